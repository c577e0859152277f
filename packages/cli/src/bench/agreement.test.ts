// What counts as a difference between run-times.

import { expect, it } from 'vitest'
import { differenceOf } from './agreement.ts'

const output = (data: ArrayLike<number | bigint>, ...shape: number[]) => ({ shape, data })

it('is the largest difference over the largest value expected', () => {
  expect(differenceOf([output([1, 2.5, -4], 3)], [output([1, 2, -4], 3)])).toBe(0.5 / 4)
  expect(differenceOf([output([3n], 1)], [output([4], 1)])).toBe(1 / 4)
  expect(differenceOf([output([0], 1)], [output([0], 1)])).toBe(0)
})

it('is infinite where shapes or counts differ, or one alone is no number', () => {
  expect(differenceOf([output([1, 2], 2)], [output([1, 2], 1, 2)])).toBe(Number.POSITIVE_INFINITY)
  expect(differenceOf([], [output([1], 1)])).toBe(Number.POSITIVE_INFINITY)
  expect(differenceOf([output([Number.NaN], 1)], [output([1], 1)])).toBe(Number.POSITIVE_INFINITY)
  expect(differenceOf([output([Number.NaN], 1)], [output([Number.NaN], 1)])).toBe(0)
})

it('moves channels of pictures from the second to the last axis', () => {
  // Two channels of 1 × 3 pixels: 10, 11, 12 and 20, 21, 22.
  const first = output([10, 11, 12, 20, 21, 22], 1, 2, 1, 3)
  const last = output([10, 20, 11, 21, 12, 22], 1, 1, 3, 2)
  expect(differenceOf([first], [last], [true])).toBe(0)
  expect(differenceOf([first], [last], [false])).toBe(Number.POSITIVE_INFINITY)
})
