import { describe, expect, test } from 'vitest'
import { adaptivePoolSpec, type PoolSpec, poolRegions, poolSpec, poolWindow, windowInside } from './pool-spec.ts'

const specs: readonly (readonly [string, PoolSpec])[] = [
  ['padding wider than the stride', poolSpec('pool', [1, 40, 1], { kernel: 7, stride: 2, padding: [[6, 5]] })],
  ['dilation over padding', poolSpec('pool', [1, 40, 1], { kernel: 4, stride: 3, dilation: 5, padding: 4 })],
  ['a rounded-up end', poolSpec('pool', [1, 41, 1], { kernel: 4, stride: 4, ceil: true })],
  ['no overlap with the padding', poolSpec('pool', [1, 40, 1], { kernel: 2 })],
  ['a size that does not divide', adaptivePoolSpec('pool', [1, 42, 1], 28)],
  ['a size without a common divisor', adaptivePoolSpec('pool', [1, 41, 1], 30)],
]

/** The taps of a window inside the input, one by one. */
function tapsOf(pool: PoolSpec, output: number): number[] {
  const { start, taps, step } = poolWindow(pool, 0, output)
  return Array.from({ length: taps }, (_, t) => start + t * step).filter((at) => at >= 0 && at < pool.inputSize[0])
}

describe.each(specs)('a pooling with %s', (_, pool) => {
  const outputs = Array.from({ length: pool.outputSize[0] }, (_, o) => o)

  test('has windows inside the input that are its windows without what lies outside', () => {
    for (const o of outputs) {
      const { start, taps, step } = windowInside(pool, 0, o)
      expect(Array.from({ length: taps }, (_, t) => start + t * step)).toEqual(tapsOf(pool, o))
    }
  })

  test('is regions in which the same windows return', () => {
    const { regions, longest } = poolRegions(pool, 0, 3)
    let next = 0
    for (const { first, end, turns, step } of regions) {
      expect(first).toBe(next)
      next = end
      const period = (end - first) / turns
      for (let o = first; o < end; o++) {
        const shift = Math.floor((o - first) / period) * step
        expect(tapsOf(pool, o)).toEqual(tapsOf(pool, first + ((o - first) % period)).map((at) => at + shift))
      }
    }
    expect(next).toBe(outputs.length)
    expect(Math.max(...outputs.map((o) => tapsOf(pool, o).length))).toBeLessThanOrEqual(longest)
  })
})
