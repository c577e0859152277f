// What a filter gradient walks over, as tables of int32 for its program:
//
//   rows     for each row of taps (kd, kh): (row of x, row of y) of every pair it connects, in order
//   columns  for each block of output columns and each block of taps along the width: (column of x at the first tap,
//            column of y, pixels at the left border, inside, at the right border)
//   chunks   (1 for the first chunk, bytes to its columns, then for each row of taps: bytes to its rows, how many)
//   tiles    (bytes to the row of taps in a chunk, bytes to the tap block in the columns, channel of x, element of the filter)

import { type Axis, liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'
import { inputOf, outputsInside, type Part } from '../convolution/axes.ts'
import { columnWords, rowWords } from './program.ts'

/** Words of a chunk before those of its rows of taps. */
export const chunkHeadWords = 2

export interface Walk {
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly chunks: Int32Array
  readonly chunkCount: number
  readonly chunkBytes: number
}

/** The rows that a row of taps connects, in order, and how many come before each output row. */
interface RowList {
  readonly pairs: Int32Array
  readonly before: Int32Array
}

/** `whole`: the heights of input and output from plane to plane in memory. */
function rowList(spec: ConvSpec, [depth, height, whole]: readonly [Axis, Axis, Axis], kd: number, kh: number): RowList {
  const total = spec.batch * depth.output * height.output
  const pairs = new Int32Array(rowWords * total)
  const before = new Int32Array(total + 1)
  let found = 0
  for (let row = 0; row < total; row++) {
    before[row] = found
    const oh = row % height.output
    const od = Math.floor(row / height.output) % depth.output
    const image = Math.floor(row / (height.output * depth.output))
    const [id, ih] = [inputOf(depth, od, kd), inputOf(height, oh, kh)]
    if (id < 0 || id >= depth.input || ih < 0 || ih >= height.input) continue
    pairs[rowWords * found] = (image * depth.input + id) * whole.input + ih
    pairs[rowWords * found + 1] = (image * depth.output + od) * whole.output + oh
    found++
  }
  before[total] = found
  return { pairs: pairs.subarray(0, rowWords * found), before }
}

/** Columns first … end − 1 of the output as a block of taps sees them. */
function columnEntry(width: Axis, { first, count }: Part, start: number, end: number): number[] {
  const ranges = Array.from({ length: count }, (_, i) => outputsInside(width, first + i))
  const clip = (value: number): number => Math.min(Math.max(value, start), end)
  const from = clip(smallestOf(ranges.map((range) => range.first)))
  const to = Math.max(from, clip(largestOf(ranges.map((range) => range.end))))
  const innerFrom = clip(largestOf(ranges.map((range) => range.first)))
  const innerTo = clip(smallestOf(ranges.map((range) => range.end)))
  const x = inputOf(width, from, first)
  // Without a pixel that all taps share, every pixel is border.
  if (innerTo <= innerFrom) return count === 1 ? [x, from, 0, 0, 0] : [x, from, to - from, 0, 0]
  return [x, from, innerFrom - from, innerTo - innerFrom, to - innerTo]
}

/**
 * Cuts the output into chunks of about `pixels` pixels: whole rows, or pieces of one where rows are long. `swapped`
 * exchanges the parts of x and y. `adds`: the first chunk adds to what the filter holds, as all others do. `whole`: what
 * `spec` is a part of, whose rows the tables count.
 */
export function walkOf(
  spec: ConvSpec,
  blocks: readonly Part[],
  pixels: number,
  {
    swapped,
    adds,
    whole = spec,
  }: { readonly swapped: boolean; readonly adds: boolean; readonly whole?: ConvSpec | undefined },
): Walk {
  const [depth, height, width] = liftAxes(spec)
  const pieces = Math.max(1, Math.round(width.output / (1.5 * pixels)))
  const columnStep = Math.max(1, Math.ceil(width.output / pieces))
  const starts = Array.from({ length: Math.max(1, Math.ceil(width.output / columnStep)) }, (_, i) => i * columnStep)
  const columns = starts.flatMap((start) =>
    blocks.flatMap((block) => {
      const [x, y, ...counts] = columnEntry(width, block, start, Math.min(start + columnStep, width.output))
      return swapped ? [y, x, ...counts] : [x, y, ...counts]
    }),
  )
  const lists = Array.from({ length: depth.kernel * height.kernel }, (_, taps) =>
    rowList(spec, [depth, height, liftAxes(whole)[1]], Math.floor(taps / height.kernel), taps % height.kernel),
  )
  let words = 0
  const listStarts = lists.map(({ pairs }) => {
    words += pairs.length
    return words - pairs.length
  })
  const rows = new Int32Array(words)
  lists.forEach(({ pairs }, list) => {
    const start = listStarts[list]
    if (!swapped) rows.set(pairs, start)
    else for (let i = 0; i < pairs.length; i++) rows[start + i] = pairs[i ^ 1]
  })
  const total = spec.batch * depth.output * height.output
  const rowStep = Math.max(1, Math.round(pixels / columnStep))
  const chunkWords = chunkHeadWords + 2 * lists.length
  // With no rows at all the one chunk still writes zeros.
  const chunkCount = starts.length * Math.ceil(Math.max(total, 1) / rowStep)
  const chunks = new Int32Array(chunkWords * chunkCount)
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const piece = chunk % starts.length
    const start = rowStep * Math.floor(chunk / starts.length)
    const end = Math.min(start + rowStep, total)
    let at = chunk * chunkWords
    chunks[at++] = !adds && chunk === 0 ? 1 : 0
    chunks[at++] = 4 * columnWords * blocks.length * piece
    lists.forEach(({ before }, i) => {
      chunks[at++] = 4 * (listStarts[i] + rowWords * before[start])
      chunks[at++] = before[end] - before[start]
    })
  }
  return {
    ...{ rows, columns: Int32Array.from(columns), chunks, chunkCount },
    chunkBytes: 4 * chunkWords,
  }
}
