// Learning and reading boxes: how wrong the cells of a detector are. Losses after Zhou et al. 2019 ("Objects as points").

import type { Box, BoxedPicture } from '../data/dataset.ts'
import { meanAveragePrecision, type PictureResult } from '../metrics/detection.ts'
import { boxValues } from '../models/detector.ts'
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
  reshape,
  sigmoid,
  slice,
  split,
  subtract,
  sum,
} from '../ops/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { decodeBoxes } from './decode-boxes.ts'
import { type CellGrid, gridOfBox, gridsOf, type PictureSize } from './detection-grids.ts'
import { detectionTargets } from './detection-targets.ts'
import type { Meter, Task } from './task.ts'

/** log(1 + e⁻ˣ): the surprise of a yes with logit x. */
const surprise = (x: Tensor): Tensor => add(maximum(negate(x), 0), log1p(exp(negate(abs(x)))))

const certain = 1e4

/** What a grid of cells adds to the loss: of centres, of boxes by nearness, and what these weigh; and its boxes. */
interface GridLoss {
  readonly centres: Tensor
  readonly distance: Tensor
  readonly weight: Tensor
  readonly count: number
}

/** Of one grid, whose cells are `[batch, rows, columns, classes + 4]`. */
function gridLoss(cells: Tensor, pictures: readonly (readonly Box[])[], stride: number): GridLoss {
  const [batch, rows, columns, values] = cells.shape
  const classes = values - boxValues
  const targets = detectionTargets(pictures, rows, columns, classes, stride)
  const grid = (data: Float32Array, last: number): Tensor => tensor(data, { shape: [batch, rows, columns, last] })
  const [logits, boxes] = split(cells, [classes, boxValues], -1)
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
  const weights = grid(targets.weights, 1)
  const distance = weighed(weights, abs(subtract(boxes, grid(targets.boxes, boxValues))))
  return {
    ...{ centres: add(sum(found), sum(blank)), distance: sum(distance), weight: sum(weights) },
    count: targets.count,
  }
}

/** The boxes that a grid learns, and all regions to be ignored. */
const boxesOf = (
  pictures: readonly (readonly Box[])[],
  grids: readonly CellGrid[],
  index: number,
): readonly (readonly Box[])[] =>
  grids.length === 1
    ? pictures
    : pictures.map((boxes) => boxes.filter((box) => box.ignore === true || gridOfBox(box, grids) === index))

/** What `detectionLoss` is told beside the boxes. */
export interface DetectionLossOptions {
  /** Height and width of the pictures: a result of several scales needs them. */
  readonly size?: PictureSize | undefined
}

/**
 * Focal loss of centres, (1 − p)²·log p at a centre and (1 − heat)⁴·p²·log(1 − p) elsewhere, over the number of boxes;
 * plus the absolute error of boxes, weighted by nearness. Inside regions to be ignored only the centres of boxes count. Of the
 * several scales of `models.PyramidDetector` each box is learned at the one that suits its size.
 */
export function detectionLoss(
  output: Tensor,
  pictures: readonly (readonly Box[])[],
  { size }: DetectionLossOptions = {},
): Tensor {
  const [batch] = output.shape
  const values = output.shape.at(-1) ?? 0
  check(
    [3, 4].includes(output.rank) && values > boxValues && batch === pictures.length,
    () =>
      `detection: the result has shape ${showShape(output.shape)} for ${counted(pictures.length, 'picture')}; it must be [${pictures.length}, rows, columns, classes + ${boxValues}], or [${pictures.length}, cells, classes + ${boxValues}].`,
  )
  const grids = gridsOf(output.shape, size)
  const losses = grids.map((grid, i) => gridLoss(cellsOf(output, grid), boxesOf(pictures, grids, i), grid.stride))
  const total = (of: (loss: GridLoss) => Tensor): Tensor => losses.map(of).reduce((all, one) => add(all, one))
  const count = losses.reduce((all, loss) => all + loss.count, 0)
  const centreLoss = multiply(
    total(({ centres }) => centres),
    1 / Math.max(1, count),
  )
  const distance = total((loss) => loss.distance)
  const weight = total((loss) => loss.weight)
  return add(centreLoss, divide(distance, maximum(weight, 1)))
}

/** The cells of a grid, `[batch, rows, columns, classes + 4]`. */
function cellsOf(output: Tensor, { from, rows, columns }: CellGrid): Tensor {
  if (output.rank === 4) return output
  const [batch, cells, values] = output.shape
  const count = rows * columns
  const own = count === cells ? output : slice(output, [null, { start: from, stop: from + count }])
  return reshape(own, [batch, rows, columns, values])
}

function detectionMeter(classes: number): Meter<BoxedPicture, Tensor> {
  const pictures: PictureResult[] = []
  return {
    async add(output, { image, boxes }) {
      const found = await decodeBoxes(output, { size: sizeOf(image) })
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

const sizeOf = ({ shape }: { readonly shape: readonly number[] }): PictureSize => [shape[1], shape[2]]

/** Pictures to boxes, with `models.Detector`, `models.PyramidDetector` or a model that says the same. Measures mAP@0.5 and mAP@[.5:.95]. */
export const detection = (model: Module, classes: number): Task<BoxedPicture, Tensor> => ({
  forward: ({ image }) => model(image),
  loss: (output, { image, boxes }) => detectionLoss(output, boxes, { size: sizeOf(image) }),
  meter: () => detectionMeter(classes),
})
