// The rows of a transposed convolution as tables of int32:
//
//   rows   for each row of x: (its number, the first row of its image in y, bytes to its taps, how many)
//   taps   for each tap of a row: (row of y within the image, row of the kernel)

import { type Axis, liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'

export const rowWords = 4
export const tapWords = 2

export interface Rows {
  readonly rows: Int32Array
  readonly taps: Int32Array
  readonly count: number
}

/** Taps that reach x at `input`, each with the output it comes from. Of a long kernel only those that can are looked at. */
function tapsAt({ output, kernel, stride, before, dilation }: Axis, input: number): { tap: number; from: number }[] {
  const least = Math.max(0, Math.ceil((input + before - stride * (output - 1)) / dilation))
  const most = Math.min(kernel - 1, Math.floor((input + before) / dilation))
  const taps: { tap: number; from: number }[] = []
  for (let tap = least; tap <= most; tap++) {
    const from = (input + before - tap * dilation) / stride
    if (Number.isInteger(from)) taps.push({ tap, from })
  }
  return taps
}

export function rowsOf(spec: ConvSpec): Rows {
  const [depth, height] = liftAxes(spec)
  const taps: number[] = []
  const image: { start: number; count: number }[] = []
  for (let id = 0; id < depth.input; id++) {
    const across = tapsAt(depth, id)
    for (let ih = 0; ih < height.input; ih++) {
      const down = tapsAt(height, ih)
      image.push({ start: 4 * taps.length, count: across.length * down.length })
      for (const d of across) {
        for (const h of down) taps.push(d.from * height.output + h.from, d.tap * height.kernel + h.tap)
      }
    }
  }
  const count = spec.batch * image.length
  const rows = new Int32Array(rowWords * count)
  for (let row = 0; row < count; row++) {
    const { start, count: some } = image[row % image.length]
    const first = Math.floor(row / image.length) * depth.output * height.output
    rows.set([row, first, start, some], rowWords * row)
  }
  return { rows, taps: Int32Array.from(taps), count }
}
