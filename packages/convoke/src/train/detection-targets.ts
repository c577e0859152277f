// What the cells of a detector should say of the boxes of a picture. After Zhou et al. 2019 ("Objects as points"); every cell near a centre
// learns its box, weighted by nearness, after Liu et al. 2020 ("Training-time-friendly network"), which needs far fewer epochs. The cells of a box
// together count as much as those of any other, however many they are: else the large ones are all that is learned.

import type { Box } from '../data/dataset.ts'
import { boxValues, detectorStride } from '../models/detector.ts'
import { check } from '../shapes/error.ts'

/** Targets of a batch, each `[batch, rows, columns, …]`. */
export interface DetectionTargets {
  /** 1 at centres, falling off around them: `[…, classes]`. */
  readonly heat: Float32Array
  /** What the nearest box would have each cell say: `[…, 4]`. */
  readonly boxes: Float32Array
  /** How much a cell's box counts, 1 for all cells of a box together: `[…, 1]`. */
  readonly weights: Float32Array
  /**
   * 0 where nothing is known, because the cell lies in a region of that class to be ignored, else 1: `[…, classes]`. What is
   * found there is neither right nor wrong.
   */
  readonly known: Float32Array
  /** Boxes in the batch, those to be ignored left out. */
  readonly count: number
}

/** Deviation of the fall-off over the side of the box; the share of Liu et al. 2020 (0.54 of half a side, three deviations). */
const spread = 0.54 / 6

/** Least deviation in cells: the neighbours of a small box's centre must learn it too, as either may be the best guess. */
const leastSpread = 0.6

/** Nearness below which a cell learns nothing of a box. */
const leastNear = 0.1

/** Draws what a detector should say of pictures with these boxes, on a grid of `rows` × `columns` cells of `stride` pixels, 4 when not given. */
export function detectionTargets(
  pictures: readonly (readonly Box[])[],
  rows: number,
  columns: number,
  classes: number,
  stride: number = detectorStride,
): DetectionTargets {
  const cells = rows * columns
  const heat = new Float32Array(pictures.length * cells * classes)
  const boxes = new Float32Array(pictures.length * cells * boxValues)
  const weights = new Float32Array(pictures.length * cells)
  const known = new Float32Array(heat.length).fill(1)
  /** The box that each cell learns, counted from 1. */
  const owners = new Int32Array(pictures.length * cells)
  let count = 0
  pictures.forEach((list, picture) => {
    // Small boxes last: where two overlap, the smaller one has fewer cells to lose.
    for (const box of [...list].sort((a, b) => b.width * b.height - a.width * a.height)) {
      check(
        Number.isInteger(box.label) && box.label >= 0 && box.label < classes,
        () => `detection: a box has label ${box.label}; the model knows 0 to ${classes - 1}.`,
      )
      if (box.ignore) {
        forget(known, box, picture, { rows, columns, classes, stride })
        continue
      }
      count++
      const [x, y] = [box.x / stride, box.y / stride]
      const [width, height] = [box.width / stride, box.height / stride]
      const [centreX, centreY] = [hold(Math.floor(x), columns), hold(Math.floor(y), rows)]
      const [sx, sy] = [Math.max(width * spread, leastSpread), Math.max(height * spread, leastSpread)]
      const [reachX, reachY] = [Math.ceil(3 * sx), Math.ceil(3 * sy)]
      for (let row = Math.max(0, centreY - reachY); row <= Math.min(rows - 1, centreY + reachY); row++) {
        for (let column = Math.max(0, centreX - reachX); column <= Math.min(columns - 1, centreX + reachX); column++) {
          const near = Math.exp(-((column - centreX) ** 2 / (2 * sx * sx) + (row - centreY) ** 2 / (2 * sy * sy)))
          const cell = picture * cells + row * columns + column
          const at = cell * classes + box.label
          heat[at] = Math.max(heat[at], near)
          if (near < leastNear || near < weights[cell]) continue
          weights[cell] = near
          owners[cell] = count
          boxes.set([x - column - 0.5, y - row - 0.5, Math.log(width), Math.log(height)], cell * boxValues)
        }
      }
    }
  })
  const totals = new Float32Array(count + 1)
  owners.forEach((owner, cell) => {
    totals[owner] += weights[cell]
  })
  const shares = weights.map((near, cell) => (near === 0 ? 0 : near / totals[owners[cell]]))
  return { heat, boxes, weights: shares, known, count }
}

/** Marks the cells that a region touches as unknown for its class. */
function forget(
  known: Float32Array,
  { x, y, width, height, label }: Box,
  picture: number,
  { rows, columns, classes, stride }: Readonly<Record<'rows' | 'columns' | 'classes' | 'stride', number>>,
): void {
  const [top, bottom] = [(y - height / 2) / stride, (y + height / 2) / stride]
  const [left, right] = [(x - width / 2) / stride, (x + width / 2) / stride]
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(rows, Math.ceil(bottom)); row++) {
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(columns, Math.ceil(right)); column++)
      known[((picture * rows + row) * columns + column) * classes + label] = 0
  }
}

const hold = (index: number, length: number): number => Math.min(length - 1, Math.max(0, index))
