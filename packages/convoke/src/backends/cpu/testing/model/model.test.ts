import { expect, it, vi } from 'vitest'
import { convSpec } from '../../../../shapes/conv-spec.ts'
import { platform } from '../../runtime/platform/node.ts'
import { wasmRuntime } from '../../runtime/wasm/index.ts'
import { compareWays } from './compare.ts'
import { main } from './main.ts'
import { usualRows } from './rows.ts'

it('times each way beside what is expected of it, the plain one first, and marks the one that is taken', () => {
  const found = wasmRuntime(platform, { threads: 1, strict: true })
  if (!('runtime' in found)) throw new Error(found.reason)
  const conv = convSpec('conv2d', [1, 28, 28, 16], [3, 3, 16, 16], { padding: 1 })
  const { ways, milliseconds } = compareWays({ kernel: 'conv', conv }, found.runtime)
  expect(ways[0]).toMatchObject({ algorithm: 'direct', expected: 1, measured: 1 })
  expect(ways.map(({ algorithm }) => algorithm)).toContain('winograd')
  expect(ways.filter(({ taken }) => taken)).toHaveLength(1)
  expect(milliseconds).toBeGreaterThan(0)
})

it('compares each layer forward and with both gradients', () => {
  expect(new Set(usualRows().map(({ kernel }) => kernel)).size).toBe(3)
  expect(usualRows().length % 3).toBe(0)
})

it.each([
  [['--target', 'sse'], 'there is no target "sse". Known: native-avx512'],
  [['--random', 'many'], '--random is many; it must be a whole number from 0 on.'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j in words', async (args, words) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(await main(args)).toBe(2)
  expect(said.mock.calls.join()).toContain(words)
  said.mockRestore()
})
