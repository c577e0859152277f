// Learning and reading boxes: what the cells of a detector should say, how wrong they are, and which boxes they mean.
// Losses after Zhou et al. 2019 ("Objects as points"); every cell near a centre learns its box, weighted by nearness,
// after Liu et al. 2020 ("Training-time-friendly network"), which needs far fewer epochs. The cells of a box together
// count as much as those of any other, however many they are: else the large ones are all that is learned.

import type { Box, BoxedPicture } from '../data/dataset.ts'
import { type Detection, meanAveragePrecision, type PictureResult, suppressOverlaps } from '../metrics/detection.ts'
import { boxValues, detectorStride } from '../models/detector.ts'
import { weighed } from '../nn/loss-terms.ts'
import type { Module } from '../nn/module.ts'
import {
  abs,
  add,
  clip,
  divide,
  exp,
  log1p,
  maximum,
  multiply,
  negate,
  power,
  sigmoid,
  split,
  subtract,
  sum,
} from '../ops/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Meter, Task } from './task.ts'

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

/** Draws what a detector should say of pictures with these boxes, on a grid of `rows` × `columns` cells. */
export function detectionTargets(
  pictures: readonly (readonly Box[])[],
  rows: number,
  columns: number,
  classes: number,
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
        forget(known, box, picture, { rows, columns, classes })
        continue
      }
      count++
      const [x, y] = [box.x / detectorStride, box.y / detectorStride]
      const [width, height] = [box.width / detectorStride, box.height / detectorStride]
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
  { rows, columns, classes }: { readonly rows: number; readonly columns: number; readonly classes: number },
): void {
  const [top, bottom] = [(y - height / 2) / detectorStride, (y + height / 2) / detectorStride]
  const [left, right] = [(x - width / 2) / detectorStride, (x + width / 2) / detectorStride]
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(rows, Math.ceil(bottom)); row++) {
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(columns, Math.ceil(right)); column++)
      known[((picture * rows + row) * columns + column) * classes + label] = 0
  }
}

const hold = (index: number, length: number): number => Math.min(length - 1, Math.max(0, index))

/** log(1 + e⁻ˣ): the surprise of a yes with logit x. */
const surprise = (x: Tensor): Tensor => add(maximum(negate(x), 0), log1p(exp(negate(abs(x)))))

const certain = 1e4

/**
 * Focal loss of centres, (1 − p)²·log p at a centre and (1 − heat)⁴·p²·log(1 − p) elsewhere, over the number of boxes;
 * plus the absolute error of boxes, weighted by nearness. Inside regions to be ignored only the centres of boxes count.
 */
export function detectionLoss(output: Tensor, pictures: readonly (readonly Box[])[]): Tensor {
  const [batch, rows, columns, values] = output.shape
  const classes = values - boxValues
  check(
    output.rank === 4 && classes >= 1 && batch === pictures.length,
    () =>
      `detection: the result has shape ${showShape(output.shape)} for ${counted(pictures.length, 'picture')}; it must be [${pictures.length}, rows, columns, classes + ${boxValues}].`,
  )
  const targets = detectionTargets(pictures, rows, columns, classes)
  const grid = (data: Float32Array, last: number): Tensor => tensor(data, { shape: [batch, rows, columns, last] })
  const [logits, boxes] = split(output, [classes, boxValues], -1)
  const heat = grid(targets.heat, classes)
  const isCentre = grid(
    targets.heat.map((value) => (value === 1 ? 1 : 0)),
    classes,
  )
  // Beyond this, shares are 0 and 1 to the last bit; the products of infinite logits would be NaN in gradients.
  const p = sigmoid(clip(logits, -certain, certain))
  const found = weighed(isCentre, multiply(power(subtract(1, p), 2), surprise(logits)))
  const far = multiply(power(subtract(1, heat), 4), grid(targets.known, classes))
  const blank = weighed(far, multiply(power(p, 2), surprise(negate(logits))))
  const centreLoss = multiply(add(sum(found), sum(blank)), 1 / Math.max(1, targets.count))
  const weights = grid(targets.weights, 1)
  const distance = weighed(weights, abs(subtract(boxes, grid(targets.boxes, boxValues))))
  return add(centreLoss, divide(sum(distance), maximum(sum(weights), 1)))
}

/** The options of `decodeBoxes`. */
export interface DecodeOptions {
  /** Least score; 0.05 when not given, low enough for average precision. */
  readonly threshold?: number | undefined
  /** Overlap above which the weaker of two boxes of a class goes; 0.5 when not given. */
  readonly overlap?: number | undefined
  /** Boxes kept in a picture; 100 when not given. */
  readonly limit?: number | undefined
}

/** The boxes that a detector's result `[batch, rows, columns, classes + 4]` means, for each picture, best first. */
export async function decodeBoxes(output: Tensor, options: DecodeOptions = {}): Promise<Detection[][]> {
  const { threshold = 0.05, overlap = 0.5, limit = 100 } = options
  const [batch, rows, columns, values] = output.shape
  const data = await output.data()
  const size = rows * columns * values
  return Array.from({ length: batch }, (_, picture) => {
    const cells = data.subarray(picture * size, (picture + 1) * size)
    const peaks = findPeaks(cells, rows, columns, values, Math.log(threshold / (1 - threshold)))
    return suppressOverlaps(peaks, { threshold: overlap, limit })
  })
}

type Numbers = ArrayLike<number>

/** Cells whose logit for a class is above `least` and no smaller than those of their eight neighbours. */
function findPeaks(cells: Numbers, rows: number, columns: number, values: number, least: number): Detection[] {
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
          x: (column + 0.5 + cells[at]) * detectorStride,
          y: (row + 0.5 + cells[at + 1]) * detectorStride,
          width: Math.exp(cells[at + 2]) * detectorStride,
          height: Math.exp(cells[at + 3]) * detectorStride,
          label,
          score: 1 / (1 + Math.exp(-own)),
        })
      }
    }
  }
  return found
}

function detectionMeter(classes: number): Meter<BoxedPicture, Tensor> {
  const pictures: PictureResult[] = []
  return {
    async add(output, { boxes }) {
      const found = await decodeBoxes(output)
      found.forEach((detections, i) => {
        pictures.push({ detections, boxes: boxes[i] })
      })
    },
    values() {
      const { at50, at50to95, classes: each } = meanAveragePrecision(pictures, classes)
      const byClass = each.map((value, c) => [`ap50 of ${c}`, value] as const)
      return { map50: at50, map50to95: at50to95, ...Object.fromEntries(byClass) }
    },
  }
}

/** Pictures to boxes, with a model such as `models.Detector`. Measures mAP@0.5 and mAP@[.5:.95]. */
export const detection = (model: Module, classes: number): Task<BoxedPicture, Tensor> => ({
  forward: ({ image }) => model(image),
  loss: (output, { boxes }) => detectionLoss(output, boxes),
  meter: () => detectionMeter(classes),
})
