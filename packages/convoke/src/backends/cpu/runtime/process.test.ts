// The built library as other programs load it: in a process of its own, and in a bundle for a page.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'
import { describe, expect, test } from 'vitest'
import { runtimeOrReason } from './index.ts'

const built = (path: string) => fileURLToPath(new URL(`../../../../dist/backends/cpu/${path}`, import.meta.url))
if (!existsSync(built('runtime/index.js'))) throw new Error('The library is not built. Run `npm run build` first.')

const script = (body: string) => `
  import { bestRuntime, requireRuntime, runtimeOrReason } from ${JSON.stringify(pathToFileURL(built('runtime/index.js')).href)}
  import { vectorProgram } from ${JSON.stringify(pathToFileURL(built('program/index.js')).href)}
  const fill = (runtime) => runtime.assemble(vectorProgram('fill', runtime.target, (b) => {
    b.store(b.pointer('y'), 0, b.constant(2))
  }))
  const times = (runtime, count) => {
    const [kernel, y] = [fill(runtime), runtime.allocate(64 * count)]
    runtime.run(Array.from({ length: count }, (_, i) => ({ kernel, values: [y.address + 64 * i] })))
    return y.float32()[16 * count - 16]
  }
  ${body}`

const run = (body: string, environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', script(body)], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 30_000,
  })

const native = runtimeOrReason('native')

describe('a process', () => {
  test.each([
    ['native', native],
    ['wasm', runtimeOrReason('wasm')],
  ] as const)('that has used %s threads ends by itself', (name, found) => {
    if ('reason' in found) {
      console.warn(`${name} is not run: ${found.reason}.`)
      return
    }
    const body = `
      const runtime = requireRuntime('${name}')
      runtime.setThreads(3)
      console.log(times(runtime, 500), times(runtime, 500))
      setTimeout(() => console.log(times(runtime, 500)), 300)`
    const { status, stdout, stderr, signal } = run(body)
    expect({ status, stdout, stderr, signal }).toEqual({ status: 0, stdout: '2 2\n2\n', stderr: '', signal: null })
  })

  test('that ends while its threads are starting ends well', () => {
    if ('reason' in native) {
      console.warn(`native is not run: ${native.reason}.`)
      return
    }
    for (const longer of [0, 1, 2, 4, 8, 16]) {
      const body = `
        const runtime = requireRuntime('native')
        runtime.setThreads(4)
        const end = performance.now() + 8 + ${longer}
        while (performance.now() < end) times(runtime, 500)`
      const { status, stderr, signal } = run(body)
      expect({ status, stderr, signal }).toEqual({ status: 0, stderr: '', signal: null })
    }
  })

  test('uses the backend and the instruction set that the environment names', () => {
    const body = 'console.log(bestRuntime().runtime.name, bestRuntime().runtime.target.name)'
    expect(run(body, { CONVOKE_BACKEND: 'wasm' }).stdout).toMatch(/^wasm wasm/)
    expect(run(body, { CONVOKE_BACKEND: 'native', CONVOKE_ISA: 'sse9' }).stderr).toContain('CONVOKE_ISA is "sse9"')
    if ('runtime' in native) {
      expect(run(body, { CONVOKE_BACKEND: '', CONVOKE_ISA: 'avx2' }).stdout).toBe('native avx2\n')
      expect(run(body, { CONVOKE_BACKEND: '', CONVOKE_ISA: '' }).stdout).toMatch(/^native avx/)
    }
  })

  test('that may take few addresses hears why there is no WebAssembly memory, and is not ended', () => {
    const body = `
      const reasonOf = ({ reason = 'none' }) => reason
      console.log(reasonOf(runtimeOrReason('wasm')))`
    const limited = `ulimit -v 4000000 2>/dev/null || exit 9; exec "$0" --input-type=module -e "$1"`
    const { status, stdout, stderr } = spawnSync('sh', ['-c', limited, process.execPath, script(body)], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    if (status === 9) {
      console.warn('The limit on addresses is not tested: this system sets none.')
      return
    }
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^there is no room for a WebAssembly memory .*ulimit -v|^none/)
  })
})

test('a bundle for a page holds neither Node modules nor koffi', async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: built('runtime/index.js'), formats: ['es'], fileName: 'engine' },
    },
  })
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []))
  const chunks = outputs.flatMap((one) => (one.type === 'chunk' ? [one] : []))
  expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])).toEqual([])
  const code = chunks.map((one) => one.code).join('\n')
  expect(code).toContain('machine code runs in Node only')
  expect(code).not.toMatch(/["']node:|["']koffi["']|browser-external/)
})
