import { expect, it } from 'vitest'
import { convSpec } from '../../../../shapes/conv-spec.ts'
import { rowsOf } from './rows.ts'

it.each([
  [9, 3, 1, 1, 1],
  [9, 3, 2, 0, 1],
  [12, 4, 3, 2, 2],
  [7, 7, 1, 0, 1],
  [5, 2, 4, 0, 3],
  [10, 5, 2, 4, 1],
])(
  'rows of x list each output that a tap brings them: %i rows, kernel %i, stride %i, padding %i, dilation %i',
  (size, kernel, stride, padding, dilation) => {
    const geometry = { stride: [stride, 1], padding: [padding, 0], dilation: [dilation, 1] }
    const spec = convSpec('a test', [1, size, 1, 1], [kernel, 1, 1, 1], geometry)
    const { rows, taps } = rowsOf(spec)
    const outputs = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
    const expected = Array.from({ length: size }, () => [] as number[][])
    for (let tap = 0; tap < kernel; tap++) {
      for (let from = 0; from < outputs; from++) {
        const input = from * stride + tap * dilation - padding
        if (input >= 0 && input < size) expected[input].push([from, tap])
      }
    }
    const listed = Array.from({ length: size }, (_, row) => {
      const [, , start, count] = rows.subarray(4 * row, 4 * row + 4)
      return Array.from({ length: count }, (_, i) =>
        Array.from(taps.subarray(start / 4 + 2 * i, start / 4 + 2 * i + 2)),
      )
    })
    expect(listed).toEqual(expected)
  },
)

it('a kernel as long as its axis is listed in time for its taps, not for their square', () => {
  const spec = convSpec('a test', [1, 2 ** 18, 1, 1], [2 ** 18, 1, 1, 1], {})
  expect(rowsOf(spec).taps).toHaveLength(2 ** 19)
})
