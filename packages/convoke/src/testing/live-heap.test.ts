import { expect, test } from 'vitest'
import { heapHeldBy } from './live-heap.ts'

const made = (count: number) => Array.from({ length: count }, (_, i) => ({ i }))

test('counts what a result holds', () => {
  const { result, bytes } = heapHeldBy(() => made(1e6))
  expect(result.length).toBe(1e6)
  // An object of one field takes at least 16 bytes, its place in the array at least four.
  expect(bytes).toBeGreaterThan(20e6)
})

test('counts what was held and let go of', () => {
  const { result, bytes } = heapHeldBy(() => made(4e6).length)
  expect(result).toBe(4e6)
  expect(bytes).toBeGreaterThan(60e6)
})

test('counts no garbage', () => {
  const { bytes } = heapHeldBy(() => {
    let total = 0
    for (let i = 0; i < 1000; i++) total += made(10_000).length
    return total
  })
  expect(bytes).toBeLessThan(10e6)
})

test('lets errors through', () => {
  expect(() =>
    heapHeldBy(() => {
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
})
