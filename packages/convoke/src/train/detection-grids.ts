// The grids of cells in what a detector says: one of `models.Detector`, several of `models.PyramidDetector`.

import type { Box } from '../data/dataset.ts'
import { detectorStride } from '../models/detector.ts'
import { check, showShape } from '../shapes/error.ts'

/** Height and width of pictures. */
export type PictureSize = readonly [height: number, width: number]

/** Cells of one stride. */
export interface CellGrid {
  /** Pixels between neighbouring cells. */
  readonly stride: number
  /** Cells down the picture. */
  readonly rows: number
  /** Cells across it. */
  readonly columns: number
  /** Cells before its first one. */
  readonly from: number
}

/**
 * The grids of a result `[batch, rows, columns, …]`, or `[batch, cells, …]` for pictures of `size`. Throws `ConvokeError` where these are not
 * the cells of such pictures, or nothing says their size.
 */
export function gridsOf(shape: readonly number[], size: PictureSize | undefined): readonly CellGrid[] {
  if (shape.length === 4) return [{ stride: detectorStride, rows: shape[1], columns: shape[2], from: 0 }]
  check(
    shape.length === 3 && size !== undefined,
    () =>
      `detection: the result has shape ${showShape(shape)}; of several scales, [batch, cells, classes + 4], the size of the pictures must be given, too: { size: [height, width] }.`,
  )
  const grids: CellGrid[] = []
  let from = 0
  for (let stride = detectorStride; from < shape[1]; stride *= 2) {
    const [rows, columns] = size!.map((side) => Math.ceil(side / stride))
    grids.push({ stride, rows, columns, from })
    from += rows * columns
  }
  check(
    from === shape[1],
    () => `detection: ${shape[1]} cells are not those of pictures of ${size!.join(' × ')} at strides of 4, 8, 16, …`,
  )
  return grids
}

/** Cells of its grid that the side of a box may have before it belongs to the next coarser one. */
const mostCells = 8

/** The grid that a box is learned on: by its size, as in Lin et al. 2017. */
export function gridOfBox({ width, height }: Pick<Box, 'width' | 'height'>, grids: readonly CellGrid[]): number {
  const side = Math.sqrt(width * height)
  const fitting = grids.findIndex(({ stride }) => side < mostCells * stride)
  return fitting < 0 ? grids.length - 1 : fitting
}
