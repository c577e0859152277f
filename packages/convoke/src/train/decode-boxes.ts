// Which boxes the cells of a detector mean.

import { type Detection, suppressOverlaps } from '../metrics/detection.ts'
import { boxValues } from '../models/detector.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type CellGrid, gridsOf, type PictureSize } from './detection-grids.ts'

/** The options of `decodeBoxes`. */
export interface DecodeOptions {
  /** Least score; 0.05 when not given, low enough for average precision. */
  readonly threshold?: number | undefined
  /** Overlap above which the weaker of two boxes of a class goes; 0.5 when not given. */
  readonly overlap?: number | undefined
  /** Boxes kept in a picture; 100 when not given. */
  readonly limit?: number | undefined
  /** Height and width of the pictures: a result of several scales needs them. */
  readonly size?: PictureSize | undefined
}

/**
 * The boxes that a detector's result `[batch, rows, columns, classes + 4]`, or `[batch, cells, classes + 4]` of several scales, means, for each
 * picture, best first.
 */
export async function decodeBoxes(output: Tensor, options: DecodeOptions = {}): Promise<Detection[][]> {
  const { threshold = 0.05, overlap = 0.5, limit = 100 } = options
  const [batch] = output.shape
  const values = output.shape.at(-1) ?? 0
  const grids = gridsOf(output.shape, options.size)
  const data = await output.data()
  const size = data.length / batch
  const least = Math.log(threshold / (1 - threshold))
  return Array.from({ length: batch }, (_, picture) => {
    const peaks = grids.flatMap((grid) => {
      const from = picture * size + grid.from * values
      return findPeaks(data.subarray(from, from + grid.rows * grid.columns * values), grid, values, least)
    })
    return suppressOverlaps(peaks, { threshold: overlap, limit })
  })
}

type Numbers = ArrayLike<number>

/** Cells whose logit for a class is above `least` and no smaller than those of their eight neighbours. */
function findPeaks(cells: Numbers, { rows, columns, stride }: CellGrid, values: number, least: number): Detection[] {
  const classes = values - boxValues
  const found: Detection[] = []
  const logit = (row: number, column: number, label: number): number =>
    row < 0 || column < 0 || row >= rows || column >= columns
      ? Number.NEGATIVE_INFINITY
      : cells[(row * columns + column) * values + label]
  const isPeak = (row: number, column: number, label: number, own: number): boolean => {
    for (let y = -1; y <= 1; y++)
      for (let x = -1; x <= 1; x++) if (logit(row + y, column + x, label) > own) return false
    return true
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let label = 0; label < classes; label++) {
        const own = logit(row, column, label)
        if (!(own > least) || !isPeak(row, column, label, own)) continue
        const at = (row * columns + column) * values + classes
        found.push({
          x: (column + 0.5 + cells[at]) * stride,
          y: (row + 0.5 + cells[at + 1]) * stride,
          width: Math.exp(cells[at + 2]) * stride,
          height: Math.exp(cells[at + 3]) * stride,
          label,
          score: 1 / (1 + Math.exp(-own)),
        })
      }
    }
  }
  return found
}
