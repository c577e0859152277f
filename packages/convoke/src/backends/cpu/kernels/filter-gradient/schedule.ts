// What a filter gradient walks over, as tables of int32 for its program:
//
//   rows     for each row of taps (kd, kh): (row of x, row of y) of every pair it connects, in order
//   columns  for each block of output columns and each block of taps along the width: (column of x at the first tap,
//            column of y, pixels at the left border, inside, at the right border)
//   chunks   (1 for the first chunk, bytes to its columns, then for each row of taps: bytes to its rows, how many)
//   tiles    (bytes to the row of taps in a chunk, bytes to the tap block in the columns, channel of x, element of the filter)

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'
import { type Axis, axesOf, inputOf, outputsInside, type Part } from '../convolution/axes.ts'
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
  readonly pairs: readonly number[]
  readonly before: readonly number[]
}

function rowList(spec: ConvSpec, depth: Axis, height: Axis, kd: number, kh: number): RowList {
  const pairs: number[] = []
  const before: number[] = []
  for (let row = 0; row < spec.batch * depth.output * height.output; row++) {
    before.push(pairs.length / rowWords)
    const oh = row % height.output
    const od = Math.floor(row / height.output) % depth.output
    const image = Math.floor(row / (height.output * depth.output))
    const [id, ih] = [inputOf(depth, od, kd), inputOf(height, oh, kh)]
    if (id < 0 || id >= depth.input || ih < 0 || ih >= height.input) continue
    pairs.push((image * depth.input + id) * height.input + ih, row)
  }
  before.push(pairs.length / rowWords)
  return { pairs, before }
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
 * exchanges the parts of x and y. `adds`: the first chunk adds to what the filter holds, as all others do.
 */
export function walkOf(
  spec: ConvSpec,
  blocks: readonly Part[],
  pixels: number,
  { swapped, adds }: { readonly swapped: boolean; readonly adds: boolean },
): Walk {
  const [depth, height, width] = axesOf(spec)
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
    rowList(spec, depth, height, Math.floor(taps / height.kernel), taps % height.kernel),
  )
  const listStarts: number[] = []
  const rows: number[] = []
  for (const { pairs } of lists) {
    listStarts.push(rows.length)
    for (let i = 0; i < pairs.length; i += rowWords) {
      if (swapped) rows.push(pairs[i + 1], pairs[i])
      else rows.push(pairs[i], pairs[i + 1])
    }
  }
  const total = spec.batch * depth.output * height.output
  const rowStep = Math.max(1, Math.round(pixels / columnStep))
  const chunks: number[] = []
  // With no rows at all the one chunk still writes zeros.
  for (let start = 0; start < Math.max(total, 1); start += rowStep) {
    const end = Math.min(start + rowStep, total)
    starts.forEach((_, piece) => {
      chunks.push(!adds && start === 0 && piece === 0 ? 1 : 0, 4 * columnWords * blocks.length * piece)
      lists.forEach(({ before }, i) => {
        chunks.push(4 * (listStarts[i] + rowWords * before[start]), before[end] - before[start])
      })
    })
  }
  const chunkWords = chunkHeadWords + 2 * lists.length
  return {
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
    chunks: Int32Array.from(chunks),
    chunkCount: chunks.length / chunkWords,
    chunkBytes: 4 * chunkWords,
  }
}
