// Every way in which the machine may refuse the engine something: each leaves a lesser engine that computes the same, and
// a reason in words.

import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { vectorProgram } from '../program/index.ts'
import { createCodeCache } from './code-cache.ts'
import { type Ffi, loadFfi } from './native/ffi.ts'
import { nativeRuntime } from './native/index.ts'
import { platform } from './platform/node.ts'
import type { Kernel, Runtime, RuntimeOrReason } from './runtime.ts'
import { built, reportOf, runProcess as run } from './testing/process.ts'
import type { StartWorker } from './threads/pool.ts'
import { wasmRuntime } from './wasm/index.ts'

const usable = 'runtime' in nativeRuntime(platform, { threads: 1 })
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Writes i + 1 in place i of so many vectors, by calls that threads share, for many times the 5 ms after which workers are asked for. */
function computes(runtime: Runtime, rounds = 1000): boolean {
  const { lanes } = runtime.target
  const kernel = runtime.assemble(
    vectorProgram('count', runtime.target, (b) => {
      const y = b.pointer('y')
      b.loop(b.integer('n'), () => b.store(y, 0, b.float('value')))
    }),
  )
  const y = runtime.allocate(4 * lanes * 400)
  const calls = Array.from({ length: 400 }, (_, i) => ({ kernel, values: [y.address + 4 * lanes * i, 400, i + 1] }))
  const order = kernel.program.arguments.map(({ name }) => name)
  const values = (i: number) => order.map((name) => (name === 'y' ? calls[i].values[0] : name === 'n' ? 400 : i + 1))
  const given = calls.map((_, i) => ({ kernel, values: values(i) }))
  for (let round = 0; round < rounds; round++) runtime.run(given)
  const right = y.float32().every((value, i) => value === Math.floor(i / lanes) + 1)
  runtime.free(y)
  return right
}

const required = (found: RuntimeOrReason): Runtime => {
  if ('reason' in found) throw new Error(found.reason)
  return found.runtime
}
const reasonOf = (found: RuntimeOrReason): string => ('reason' in found ? found.reason : 'none')

const makers: readonly (readonly [string, (start: StartWorker) => RuntimeOrReason])[] = [
  ...(usable
    ? ([['native', (startWorker: StartWorker) => nativeRuntime({ ...platform, startWorker }, { threads: 4 })]] as const)
    : []),
  ['wasm', (startWorker) => wasmRuntime({ ...platform, startWorker }, { threads: 4 })],
]

describe.each(makers)('%s without workers', (_, make) => {
  test('runs on one thread where starting one throws', () => {
    const runtime = required(
      make(() => {
        throw new Error('EAGAIN')
      }),
    )
    expect(computes(runtime)).toBe(true)
    expect(runtime.threads()).toBe(1)
    expect(runtime.description()).toMatch(/1 thread\b.*0 of 3 workers start \(EAGAIN\)/)
    runtime.setThreads(3)
    expect(computes(runtime)).toBe(true)
    expect(runtime.threads()).toBe(1)
  })

  test('runs on those that did start where the system has no more', async () => {
    let count = 0
    const runtime = required(
      make((data, failed) => {
        if (++count > 2) throw new Error('EAGAIN')
        return platform.startWorker(data, failed)
      }),
    )
    expect(computes(runtime)).toBe(true)
    await wait(200)
    expect(computes(runtime)).toBe(true)
    expect(runtime.threads()).toBe(3)
    expect(runtime.description()).toContain('2 of 3 workers start (EAGAIN)')
  })

  test('runs on one thread where they fail later', async () => {
    const runtime = required(
      make((__, failed) => {
        setTimeout(() => failed('Error: out of memory'), 1)
        return true
      }),
    )
    expect(computes(runtime)).toBe(true)
    await wait(20)
    expect(computes(runtime)).toBe(true)
    expect(runtime.threads()).toBe(1)
    expect(runtime.description()).toContain('workers could not be started (Error: out of memory)')
  })

  test('starts them before a run asks for them, once, and as many as there are to be', () => {
    let count = 0
    const runtime = required(make(() => ++count > 0))
    runtime.setThreads(1)
    runtime.startThreads()
    expect(count).toBe(0)
    runtime.setThreads(3)
    runtime.startThreads()
    runtime.startThreads()
    expect(count).toBe(2)
    expect(computes(runtime)).toBe(true)
    expect(count).toBe(2)
    runtime.setThreads(4)
    runtime.startThreads()
    expect(count).toBe(3)
  })

  test('says why they do not start where nothing has run yet', () => {
    const runtime = required(
      make(() => {
        throw new Error('EAGAIN')
      }),
    )
    runtime.startThreads()
    expect(runtime.threads()).toBe(1)
    expect(runtime.description()).toMatch(/1 thread\b.*0 of 3 workers start \(EAGAIN\)/)
    expect(computes(runtime)).toBe(true)
  })

  test('does all the work itself where they never come up', () => {
    const runtime = required(make(() => true))
    expect(computes(runtime)).toBe(true)
  })
})

describe.skipIf(!usable)('native', () => {
  /** The process's functions, but for one that fails from call number `from` on. */
  const failing = (name: string, result: number, from = 0): (() => Ffi) => {
    const ffi = loadFfi()
    let calls = 0
    return () => ({
      ...ffi,
      native: (library, prototype) => {
        const real = ffi.native(library, prototype)
        return prototype.includes(`${name}(`) ? (...values) => (calls++ < from ? real(...values) : result) : real
      },
    })
  }

  test('says so where the FFI library is not there, or may not be loaded', () => {
    const broken = (message: string) => () => {
      throw new Error(message)
    }
    for (const message of ["Cannot find module 'koffi'", 'dlopen: operation not permitted']) {
      expect(reasonOf(nativeRuntime(platform, { loadFfi: broken(message) }))).toBe(
        `the FFI library koffi could not be used (${message})`,
      )
    }
  })

  test.each([
    ['mmap', 'map memory'],
    ['mprotect', 'make memory executable'],
  ])('says so where %s is refused', (name, what) => {
    if (process.platform === 'win32') return
    const reason = reasonOf(nativeRuntime(platform, { loadFfi: failing(name, -1) }))
    expect(reason).toContain(`The operating system refused to ${what}`)
  })

  test.each(['mmap', 'mprotect'])('refuses a kernel in words where %s is refused later on', (name) => {
    if (process.platform === 'win32') return
    // Two pieces of code are installed before the first kernel.
    const runtime = required(nativeRuntime(platform, { threads: 1, loadFfi: failing(name, -1, 2) }))
    expect(() => computes(runtime)).toThrow(/The operating system refused to .* Use the wasm backend\./)
  })
})

test('where the system has no room for one more kernel, those not in use make room', () => {
  const dropped: string[] = []
  let room = 2
  const cache = createCodeCache<string>({
    sizeOf: () => 1,
    install: ({ program }) => {
      if (room === 0) throw new Error('no room')
      room--
      return program.name
    },
    drop: (name) => {
      room++
      dropped.push(name)
    },
  })
  const kernel = (name: string): Kernel => ({ program: { name } as Kernel['program'], code: new Uint8Array(1) })
  const [a, b, c] = ['a', 'b', 'c'].map(kernel)
  cache.begin()
  cache.resolve(a)
  cache.begin()
  cache.resolve(b)
  expect(cache.resolve(c)).toBe('c')
  expect(dropped).toEqual(['a'])
  expect(() => cache.resolve(a)).toThrow('no room')
})

describe('wasm', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  test('says so where there is no WebAssembly, or compiling it is refused', () => {
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new EvalError("Refused to compile: 'wasm-unsafe-eval' is not allowed")
    })
    expect(reasonOf(wasmRuntime(platform))).toMatch(/^compiling WebAssembly is refused here \(Refused to compile/)
    vi.stubGlobal('WebAssembly', undefined)
    expect(reasonOf(wasmRuntime(platform))).toBe('this JavaScript engine has no WebAssembly')
  })
})

describe('a process', () => {
  test('without SharedArrayBuffer computes on wasm on one thread', () => {
    const { status, stdout, stderr } = run('delete globalThis.SharedArrayBuffer', [])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { sums, reasons } = reportOf(stdout)
    expect(sums).toEqual([256, 3])
    expect(reasons).toContain('native: this JavaScript engine has no SharedArrayBuffer')
    expect(reasons).toMatch(/wasm: .*1 thread \(this JavaScript engine has no SharedArrayBuffer\)/)
  })

  test('without a compiler computes on what there is', () => {
    const { status, stdout } = run('', [], ['--jitless'])
    expect(status).toBe(0)
    expect(reportOf(stdout).reasons).toMatch(/wasm: .*(no WebAssembly|refused)/)
  })

  test('under the permission model computes on wasm on one thread, and ends at once', ({ skip }) => {
    const flag = ['--permission', '--experimental-permission'].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    )
    if (flag === undefined) return skip('this Node has no permission model')
    const { status, stdout, stderr, ended } = run('', [], [flag, '--allow-fs-read=*', '--no-warnings'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { sums, reasons, at } = reportOf(stdout)
    expect(sums).toEqual([256, 3])
    // Waiting for workers that never come would take 2 s.
    expect(ended - at).toBeLessThan(1500)
    expect(reasons).toMatch(/native: the FFI library koffi could not be used/)
    expect(reasons).toMatch(/wasm: .*1 thread, 0 of 3 workers start \(Access to this API has been restricted/)
  })

  test('whose workers are started and never run ends at once', () => {
    const never = `
      const { createRequire, syncBuiltinESMExports } = await import('node:module')
      createRequire(process.cwd() + '/')('node:worker_threads').Worker = class { on() {} unref() {} }
      syncBuiltinESMExports()`
    const { status, stdout, stderr, ended } = run(never, [])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { sums, at } = reportOf(stdout)
    expect(sums).toEqual([256, 3])
    expect(ended - at).toBeLessThan(1500)
  })

  test('that ends while workers come up ends well', () => {
    for (const milliseconds of [6, 12, 25, 50]) {
      const source = `
        const { matmul, ones, setThreads } = await import(${JSON.stringify(pathToFileURL(built).href)})
        setThreads(4)
        const end = performance.now() + ${milliseconds}
        while (performance.now() < end) matmul(ones([256, 256]), ones([256, 256])).dispose()
        process.exit(0)`
      const options = { encoding: 'utf8', timeout: 60_000 } as const
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], options)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    }
  })

  test('that may start no more threads computes on those it has', ({ skip }) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      return skip('limits on threads do not bind root, and another user is only given to root: run the tests as root')
    }
    const as = ['setpriv', '--reuid=54321', '--clear-groups', '--']
    if (spawnSync('setpriv', ['--version']).error !== undefined) return skip('there is no setpriv (util-linux)')
    if (
      spawnSync(as[0], [...as.slice(1), process.execPath, '-e', `require('fs').readFileSync(${JSON.stringify(built)})`])
        .status !== 0
    ) {
      return skip('another user may not read this folder')
    }
    // Node itself starts about ten threads.
    let refused = 0
    for (let limit = 8; limit <= 18; limit++) {
      const { status, stdout } = run('', ['prlimit', `--nproc=${limit}`, ...as])
      if (status !== 0 || stdout === '') continue
      const { sums, reasons } = reportOf(stdout)
      expect(sums).toEqual([256, 3])
      if (/of 3 workers start \(/.test(reasons)) refused++
    }
    expect(refused).toBeGreaterThan(0)
  })
})
