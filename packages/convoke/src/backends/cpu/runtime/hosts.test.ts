// Hosts that refuse something, each in a process of its own in which the cause is made to happen before the library is
// loaded: it computes the same on what is left, says why, and ends at once.

import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { nativeRuntime } from './native/index.ts'
import { platform } from './platform/node.ts'
import { reportOf, runProcess } from './testing/process.ts'

const usable = 'runtime' in nativeRuntime(platform, { threads: 1 })

/** Makes something of a module of Node's throw, as for every other importer. */
const inModule = (name: string, change: string): string => `
  const { default: module, createRequire, syncBuiltinESMExports } = await import('node:module')
  const changed = createRequire(process.cwd() + '/')('node:${name}')
  ${change}
  syncBuiltinESMExports()`

const throwing = (name: string, functions: readonly string[], message: string): string =>
  inModule(name, functions.map((name) => `changed.${name} = () => { throw new Error('${message}') }`).join('\n'))

/** Workers that begin otherwise. */
const workers = (source: string): string =>
  inModule(
    'worker_threads',
    `const Real = changed.Worker; changed.Worker = class extends Real { constructor(source, options) { super(${source}, options) } }`,
  )

const refuses = (what: string, error: string): string => `${what} = class { constructor() { throw ${error} } }`

interface Host {
  readonly before?: string
  readonly options?: readonly string[]
  /** What is said once all is computed. */
  readonly native?: RegExp
  readonly wasm?: RegExp
  /** What is said before the first work. */
  readonly began?: RegExp
}

const hosts: Readonly<Record<string, Host>> = {
  'does not report how many processors there are': {
    before: throwing('os', ['availableParallelism', 'totalmem'], 'EPERM: operation not permitted'),
    native: /AVX/,
    wasm: /WebAssembly SIMD/,
    began:
      /native: .*1 thread, .*does not report how many processors there are \(EPERM: operation not permitted\)[\s\S]*native begins with 1\nwasm begins with 1/,
  },
  'counts no processors': {
    before: inModule('os', 'changed.availableParallelism = () => 0; changed.cpus = () => []'),
    began:
      /native: .*1 thread, .*does not report how many processors there are\n[\s\S]*native begins with 1\nwasm begins with 1/,
  },
  'has no home folder': {
    before: `delete process.env.HOME; ${throwing('os', ['homedir'], 'ENOENT: no such file or directory, uv_os_homedir')}`,
    native: /AVX/,
  },
  'lets no garbage be collected by hand': {
    before: `${throwing('v8', ['setFlagsFromString'], 'no')}; {${throwing('vm', ['createContext', 'runInNewContext'], 'no')}}`,
    native: /AVX/,
  },
  'has no weak references': {
    before: 'delete globalThis.WeakRef; delete globalThis.FinalizationRegistry',
    native: /AVX.*no WeakRef: only dispose\(\) and scope\(\) free tensors/,
    wasm: /WebAssembly SIMD.*no WeakRef/,
  },
  'has weak references and no registry of them': {
    before: 'delete globalThis.FinalizationRegistry',
    native: /AVX.*no FinalizationRegistry/,
  },
  'hides weak references': {
    before: 'globalThis.WeakRef = undefined; globalThis.FinalizationRegistry = undefined',
    native: /AVX.*no WeakRef/,
    wasm: /WebAssembly SIMD.*no WeakRef/,
  },
  'refuses shared memory': {
    before: refuses('globalThis.SharedArrayBuffer', `new Error('refused by policy')`),
    native: /machine code cannot be run here \(refused by policy\)/,
    wasm: /1 thread \(this JavaScript engine refuses memory that threads share \(refused by policy\)\)/,
  },
  'has no more shared memory later on': {
    before: `
      const Real = SharedArrayBuffer
      let left = 1
      globalThis.SharedArrayBuffer = class SharedArrayBuffer { constructor(bytes) {
        if (bytes < 4096 && left-- <= 0) throw new RangeError('Array buffer allocation failed')
        return new Real(bytes)
      } }`,
    native: /1 thread, .*0 of 3 workers start \(Array buffer allocation failed\)/,
    wasm: /1 thread, 0 of 3 workers start \(Array buffer allocation failed\)/,
  },
  'has no atomics': {
    before: 'delete globalThis.Atomics',
    native: /1 thread, .*this JavaScript engine has no Atomics/,
    wasm: /1 thread \(this JavaScript engine has no Atomics\)/,
  },
  'lets nobody wait': { before: 'delete Atomics.wait', native: /AVX/, wasm: /WebAssembly SIMD/ },
  'lets this thread not wait': {
    before: `Atomics.wait = () => { throw new TypeError('Atomics.wait cannot be called in this context') }`,
    native: /AVX/,
    wasm: /WebAssembly SIMD/,
  },
  'has no WebAssembly': {
    before: 'delete globalThis.WebAssembly',
    native: /AVX/,
    wasm: /this JavaScript engine has no WebAssembly/,
  },
  'has no WebAssembly by its options': { options: ['--no-expose-wasm'], native: /AVX/, wasm: /no WebAssembly/ },
  'has no handler of traps': { options: ['--disable-wasm-trap-handler'], wasm: /WebAssembly SIMD/ },
  'has a processor without SSE 4.1': { options: ['--no-enable-sse4-1'], wasm: /no WebAssembly SIMD|WebAssembly SIMD/ },
  'gives WebAssembly a megabyte': {
    options: ['--wasm-max-mem-pages=16'],
    native: /AVX/,
    wasm: /no room for a WebAssembly memory/,
  },
  'refuses to compile WebAssembly': {
    before: refuses('WebAssembly.Module', `new WebAssembly.CompileError('refused by policy')`),
    wasm: /compiling WebAssembly is refused here \(refused by policy\)/,
  },
  'refuses to validate WebAssembly': {
    before: `WebAssembly.validate = () => { throw new Error('refused by policy') }`,
    wasm: /WebAssembly cannot be used here \(refused by policy\)/,
  },
  'refuses to link WebAssembly': {
    before: refuses('WebAssembly.Instance', `new WebAssembly.LinkError('refused by policy')`),
    wasm: /compiling WebAssembly is refused here \(refused by policy\)/,
  },
  'shares no WebAssembly memory': {
    before: `const Real = WebAssembly.Memory
      WebAssembly.Memory = class { constructor(options) {
        if (options.shared) throw new TypeError('shared memory is not enabled')
        return new Real(options)
      } }`,
    wasm: /1 thread \(this JavaScript engine refuses a WebAssembly memory that threads share \(shared memory is not enabled\)\)/,
  },
  'refuses WebAssembly memory': {
    before: refuses('WebAssembly.Memory', `new RangeError('could not allocate memory')`),
    wasm: /there is no room for a WebAssembly memory \(could not allocate memory\)/,
  },
  'loads no addons': {
    options: ['--no-addons'],
    native: /koffi could not be used \(Cannot load native addon/,
    wasm: /WebAssembly SIMD/,
  },
  'can read no files': {
    before: throwing('fs', ['readFileSync', 'openSync'], 'EACCES: permission denied'),
    wasm: /WebAssembly SIMD/,
  },
  'lets nobody read its environment': {
    before: `process.env = new Proxy({}, {
      get: (_, name) => { if (/^(CONVOKE|XDG)_/.test(name)) throw new Error('Requires env access') },
    })`,
    native: /AVX/,
    wasm: /WebAssembly SIMD/,
  },
  'starts no workers': {
    before: inModule(
      'worker_threads',
      `changed.Worker = class { constructor() { throw new Error('ERR_WORKER_INIT_FAILED: EAGAIN') } }`,
    ),
    native: /1 thread, .*0 of 3 workers start \(ERR_WORKER_INIT_FAILED: EAGAIN\)/,
    wasm: /1 thread, 0 of 3 workers start \(ERR_WORKER_INIT_FAILED: EAGAIN\)/,
  },
  'has no workers': {
    before: inModule('worker_threads', 'changed.Worker = undefined'),
    native: /1 thread, .*0 of 3 workers start/,
    wasm: /1 thread, 0 of 3 workers start/,
  },
  'has workers that fail to come up': {
    before: workers(`'throw new Error("broken")'`),
    native: /1 thread, .*workers could not be started \(Error: broken\)/,
    wasm: /1 thread, workers could not be started \(Error: broken\)/,
  },
  'has workers that end': {
    before: workers(`'process.exit(3)'`),
    wasm: /1 thread, workers could not be started \(one ended with code 3\)/,
  },
  'has workers that never come up': { before: workers(`'for (;;);'`), native: /AVX/, wasm: /WebAssembly SIMD/ },
  'has workers that begin and never come up': {
    before: workers(
      `'const { words, names } = require("worker_threads").workerData; Atomics.add(words, names.loading, 1); for (;;);'`,
    ),
    native: /AVX/,
  },
  'has workers that may not compile': {
    before: workers(`'WebAssembly.Module = class { constructor() { throw new Error("refused") } };' + source`),
    wasm: /1 thread, workers cannot compile kernels here/,
  },
}

test.each(Object.entries(hosts))('a host that %s', (_, { before = '', options = [], native, wasm, began }) => {
  const { status, stdout, stderr, ended } = runProcess(before, [], ['--no-warnings', ...options])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const report = reportOf(stdout)
  expect([256, 3]).toEqual(expect.arrayContaining([...report.sums]))
  expect(report.sums).toContain(3)
  // The limit on waiting for workers is half a second.
  expect(ended - report.at).toBeLessThan(1000)
  const saidOf = (name: string): string => report.reasons.split('\n').find((line) => line.startsWith(name)) ?? ''
  if (wasm !== undefined) expect(saidOf('wasm')).toMatch(wasm)
  if (!usable) return
  if (native !== undefined) expect(saidOf('native')).toMatch(native)
  if (began !== undefined) expect(report.began).toMatch(began)
})

test('a process that may take few addresses starts no workers that would end it', ({ skip }) => {
  const limit = (bytes: number) => ['prlimit', `--as=${bytes}`, '--']
  if (process.platform !== 'linux' || spawnSync('prlimit', ['--version']).error !== undefined) {
    return skip('there is no prlimit (util-linux)')
  }
  let refused = 0
  // Of these, engines take most for WebAssembly, and half a GiB for each worker.
  for (const gibibytes of [1.5, 12]) {
    const { status, stdout } = runProcess('', limit(gibibytes * 2 ** 30))
    expect([gibibytes, status]).toEqual([gibibytes, 0])
    const { sums, reasons } = reportOf(stdout)
    expect(sums).toEqual(usable || /wasm: WebAssembly made/.test(reasons) ? [256, 3] : [3])
    if (reasons.includes('of 3 workers start (ulimit -v leaves too little address space)')) refused++
  }
  if (usable) expect(refused).toBeGreaterThan(0)
})
