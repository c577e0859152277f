import { expect, test } from 'vitest'
import { largestOf, smallestOf } from './extremes.ts'

test('the ends of a list longer than the stack are found', () => {
  const values = Float64Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003)
  values[123] = 2_000_000
  values[456] = -5
  expect([smallestOf(values), largestOf(values)]).toEqual([-5, 2_000_000])
})

test.each([
  [[], Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [[3], 3, 3],
  [[1, Number.NaN, 2], Number.NaN, Number.NaN],
  [[Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [[0, -0], -0, 0],
])('of %j the smallest is %d and the largest %d, as Math.min and Math.max say', (values, least, most) => {
  expect(smallestOf(values)).toBe(least)
  expect(largestOf(values)).toBe(most)
})
