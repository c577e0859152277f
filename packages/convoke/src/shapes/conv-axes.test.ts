import fc from 'fast-check'
import { expect, it } from 'vitest'
import { liftAxes, tapsInside } from './conv-axes.ts'
import { convSpec } from './conv-spec.ts'

it.each([
  // 4 pixels between two of padding, 3 taps: the windows begin at −2, 0, 2, 4.
  [
    { input: 4, output: 4, kernel: 3, stride: 2, before: 2, dilation: 1 },
    [
      [2, 3],
      [0, 3],
      [0, 2],
      [0, 0],
    ],
  ],
  // Taps at −3, −1, 1 and at −2, 0, 2 of 2 pixels.
  [
    { input: 2, output: 2, kernel: 3, stride: 1, before: 3, dilation: 2 },
    [
      [2, 3],
      [1, 2],
    ],
  ],
  // A kernel larger than the input.
  [{ input: 1, output: 1, kernel: 5, stride: 1, before: 2, dilation: 1 }, [[2, 3]]],
] as const)('of %j the taps inside are those that meet a pixel', (axis, expected) => {
  expect(expected.map((_, output) => tapsInside(axis, output))).toEqual(expected)
})

it('takes exactly the taps whose place lies inside', () => {
  const axis = fc.record({
    input: fc.nat(12),
    output: fc.constant(8),
    kernel: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 4 }),
    before: fc.integer({ min: -3, max: 9 }),
    dilation: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(axis, fc.nat(7), (one, output) => {
      const places = Array.from(
        { length: one.kernel },
        (_, tap) => output * one.stride - one.before + tap * one.dilation,
      )
      const inside = places.map((place, tap) => ({ place, tap })).filter(({ place }) => place >= 0 && place < one.input)
      const [first, end] = tapsInside(one, output)
      expect(Array.from({ length: end - first }, (_, i) => first + i)).toEqual(inside.map(({ tap }) => tap))
    }),
  )
})

it('puts axes of one pixel and one tap before those that there are', () => {
  const conv = convSpec('conv', [1, 9, 3], [4, 3, 2], { stride: 2, dilation: 2, padding: [[3, 1]] })
  const absent = { input: 1, output: 1, kernel: 1, stride: 1, before: 0, dilation: 1 }
  // 9 pixels, 3 before and 1 after: windows of 7 begin at −3, −1, 1, 3.
  expect(liftAxes(conv)).toEqual([
    absent,
    absent,
    { input: 9, output: 4, kernel: 4, stride: 2, before: 3, dilation: 2 },
  ])
})
