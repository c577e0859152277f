// Boxes: which to keep, and what lies in them. Definitions: ONNX NonMaxSuppression, RoiAlign (He et al. 2017, "Mask R-CNN") and
// MaxRoiPool (Girshick 2015, "Fast R-CNN").

import * as ops from '../../ops/index.ts'
import { fromData, zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'
import { wholeNumbers } from './shapes.ts'

interface Box {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

const areaOf = ({ top, left, bottom, right }: Box): number => (bottom - top) * (right - left)

function overlap(a: Box, b: Box): number {
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  if (height <= 0 || width <= 0) return 0
  const shared = height * width
  const either = areaOf(a) + areaOf(b) - shared
  return either <= 0 ? 0 : Math.fround(shared / either)
}

/** From any two opposite corners y, x, y, x, or from centre, width and height. */
function boxAt(numbers: ArrayLike<number>, at: number, centred: boolean): Box {
  const [a, b, c, d] = [numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]
  if (centred) return { top: b - d / 2, left: a - c / 2, bottom: b + d / 2, right: a + c / 2 }
  return { top: Math.min(a, c), left: Math.min(b, d), bottom: Math.max(a, c), right: Math.max(b, d) }
}

/** Of boxes that overlap, the one with the highest score; of equal scores the first. */
function nonMaxSuppression(call: Call): Value {
  const [boxes, scores] = [call.value(0), call.value(1)]
  const [batch, count] = boxes.shape
  call.require(
    boxes.rank === 3 &&
      boxes.shape[2] === 4 &&
      scores.rank === 3 &&
      scores.shape[0] === batch &&
      scores.shape[2] === count,
    () => `the boxes ${boxes} must be [batch, boxes, 4], the scores ${scores} [batch, classes, boxes].`,
  )
  const most = call.numbers(2)?.[0] ?? 0
  const limit = Math.fround(call.numbers(3)?.[0] ?? 0)
  call.require(limit >= 0 && limit <= 1, () => `iou_threshold is ${limit}; it must be 0 to 1.`)
  const least = call.numbers(4)?.[0]
  const centred = call.flag('center_point_box')
  const [places, weights] = [boxes.numbers(), scores.numbers()]
  const classes = scores.shape[1]
  const found: number[] = []
  for (let example = 0; example < batch; example++) {
    const known = Array.from({ length: count }, (_, i) => boxAt(places, (example * count + i) * 4, centred))
    for (let group = 0; group < classes; group++) {
      const score = (i: number): number => weights[(example * classes + group) * count + i]
      const order = known.flatMap((_, i) => (least === undefined || score(i) > least ? [i] : []))
      order.sort((a, b) => score(b) - score(a))
      const kept: Box[] = []
      for (const i of order) {
        if (kept.length >= most) break
        if (kept.some((other) => overlap(known[i], other) > limit)) continue
        kept.push(known[i])
        found.push(example, group, i)
      }
    }
  }
  return wholeNumbers(found, [found.length / 3, 3])
}

/** Samples of one region: more are refused, as no region within a picture has them. */
const mostSamples = 2 ** 22

interface Picture {
  /** `[batch · height · width, channels]` */
  readonly table: Tensor
  readonly height: number
  readonly width: number
}

interface Line {
  readonly low: number
  readonly high: number
  readonly share: number
}

/** Between which elements of an axis a place lies; null where it is outside. */
function lineAt(place: number, length: number): Line | null {
  if (!(place >= -1 && place <= length)) return null
  const inside = Math.max(0, place)
  const low = Math.floor(inside)
  if (low >= length - 1) return { low: length - 1, high: length - 1, share: 0 }
  return { low, high: low + 1, share: inside - low }
}

interface Region {
  readonly example: number
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

interface Bins {
  readonly rows: number
  readonly columns: number
  /** Samples a bin along an axis; 0 for as many as it has elements. */
  readonly ratio: number
  readonly largest: boolean
}

/** `[rows, columns, channels]` of one region: the mean or the largest of bilinear samples of each bin. */
function aligned(call: Call, { table, height, width }: Picture, region: Region, bins: Bins): Tensor {
  const { rows, columns, ratio, largest } = bins
  const channels = table.shape[1]
  const [binHeight, binWidth] = [region.height / rows, region.width / columns]
  const down = ratio > 0 ? ratio : Math.max(0, Math.ceil(binHeight))
  const across = ratio > 0 ? ratio : Math.max(0, Math.ceil(binWidth))
  const each = down * across
  call.require(
    rows * columns * each <= mostSamples,
    () => `a region of ${region.height} by ${region.width} would take ${rows * columns * each} samples.`,
  )
  if (each === 0) return zeros([rows, columns, channels])
  const taps = 4 * each
  const indices = new Int32Array(rows * columns * taps)
  const weights = new Float32Array(rows * columns * taps)
  const start = region.example * height * width
  const put = (at: number, y: number, x: number, weight: number): void => {
    indices[at] = start + y * width + x
    weights[at] = largest ? weight : weight / each
  }
  let at = 0
  for (let bin = 0; bin < rows * columns; bin++) {
    const [row, column] = [Math.floor(bin / columns), bin % columns]
    for (let i = 0; i < each; i++, at += 4) {
      const [iy, ix] = [Math.floor(i / across), i % across]
      const y = lineAt(region.top + row * binHeight + ((iy + 0.5) * binHeight) / down, height)
      const x = lineAt(region.left + column * binWidth + ((ix + 0.5) * binWidth) / across, width)
      indices.fill(start, at, at + 4)
      if (y === null || x === null) continue
      put(at, y.low, x.low, (1 - y.share) * (1 - x.share))
      put(at + 1, y.low, x.high, (1 - y.share) * x.share)
      put(at + 2, y.high, x.low, y.share * (1 - x.share))
      put(at + 3, y.high, x.high, y.share * x.share)
    }
  }
  const read = ops.reshape(ops.gather(table, fromData(indices, [indices.length], 'int32')), [
    rows,
    columns,
    taps,
    channels,
  ])
  const weighed = ops.multiply(read, fromData(weights, [rows, columns, taps, 1], 'float32'))
  return largest ? ops.max(weighed, { axes: 2 }) : ops.sum(weighed, { axes: 2 })
}

function pictureOf(call: Call, x: Value): Picture {
  const [batch, channels, height, width] = x.shape
  call.require(
    x.rank === 4 && height > 0 && width > 0,
    () => `the input ${x} must be [batch, channels, height, width] and not empty.`,
  )
  return { table: ops.reshape(x.last, [batch * height * width, channels]), height, width }
}

function roiAlign(call: Call): Value {
  const [x, regions, examples] = [call.value(0), call.value(1), call.value(2)]
  const picture = pictureOf(call, x)
  const count = regions.shape[0]
  call.require(
    regions.rank === 2 && regions.shape[1] === 4 && examples.size === count,
    () =>
      `the regions ${regions} must be [regions, 4], with the number of an example each; there are ${examples.size}.`,
  )
  const half =
    call.version >= 16 &&
    call.choice('coordinate_transformation_mode', ['half_pixel', 'output_half_pixel'], 'half_pixel') === 'half_pixel'
  const scale = call.float('spatial_scale', 1)
  const bins: Bins = {
    ...{
      rows: call.int('output_height', 1),
      columns: call.int('output_width', 1),
      ratio: call.int('sampling_ratio', 0),
    },
    largest: call.choice('mode', ['avg', 'max'], 'avg') === 'max',
  }
  call.require(
    bins.rows >= 1 && bins.columns >= 1 && bins.ratio >= 0,
    () => `an output of ${bins.rows} by ${bins.columns} with ${bins.ratio} samples cannot be made.`,
  )
  if (count === 0) return Value.of(zeros([0, x.shape[1], bins.rows, bins.columns]), x.type)
  const [corners, owners] = [regions.numbers(), examples.numbers()]
  const found = Array.from({ length: count }, (_, i) => {
    const example = owners[i]
    call.require(
      example >= 0 && example < x.shape[0],
      () => `region ${i} is of example ${example}; there are ${x.shape[0]}.`,
    )
    const [left, top, right, bottom] = [0, 1, 2, 3].map((j) => corners[4 * i + j] * scale - (half ? 0.5 : 0))
    call.require([left, top, right, bottom].every(Number.isFinite), () => `region ${i} is not finite.`)
    const least = half ? Number.NEGATIVE_INFINITY : 1
    const region = { example, top, left, height: Math.max(least, bottom - top), width: Math.max(least, right - left) }
    return aligned(call, picture, region, bins)
  })
  return Value.last(ops.stack(found), x.type)
}

/** Halves away from zero, as C rounds. */
const rounded = (x: number): number => Math.sign(x) * Math.round(Math.abs(x))

function maxRoiPool(call: Call): Value {
  const [x, regions] = [call.value(0), call.value(1)]
  const { height, width } = pictureOf(call, x)
  const channels = x.shape[1]
  const [rows, columns] = call.ints('pooled_shape') ?? call.refuse('the attribute pooled_shape is missing.')
  call.require(
    regions.rank === 2 && regions.shape[1] === 5 && rows >= 1 && columns >= 1 && rows * columns <= height * width,
    () =>
      `the regions ${regions} must be [regions, 5], the output ${rows} by ${columns} neither empty nor larger than ${x}.`,
  )
  const scale = call.float('spatial_scale', 1)
  const corners = regions.numbers()
  if (regions.shape[0] === 0) return Value.of(zeros([0, channels, rows, columns]), x.type)
  const range = (start: number, length: number, i: number, parts: number, limit: number): [number, number] => {
    const inside = (at: number): number => Math.min(limit, Math.max(0, at))
    return [inside(start + Math.floor((i * length) / parts)), inside(start + Math.ceil(((i + 1) * length) / parts))]
  }
  const pooled = Array.from({ length: regions.shape[0] }, (_, i) => {
    const example = corners[5 * i]
    call.require(
      example >= 0 && example < x.shape[0],
      () => `region ${i} is of example ${example}; there are ${x.shape[0]}.`,
    )
    const [left, top, right, bottom] = [1, 2, 3, 4].map((j) => rounded(corners[5 * i + j] * scale))
    const [tall, wide] = [Math.max(1, bottom - top + 1), Math.max(1, right - left + 1)]
    const cells = Array.from({ length: rows * columns }, (_, bin) => {
      const [y0, y1] = range(top, tall, Math.floor(bin / columns), rows, height)
      const [x0, x1] = range(left, wide, bin % columns, columns, width)
      if (y1 <= y0 || x1 <= x0) return zeros([channels])
      const cell = ops.slice(x.last, [
        { start: example, stop: example + 1 },
        { start: y0, stop: y1 },
        { start: x0, stop: x1 },
      ])
      return ops.max(cell, { axes: [0, 1, 2] })
    })
    return ops.reshape(ops.stack(cells), [rows, columns, channels])
  })
  return Value.last(ops.stack(pooled), x.type)
}

export const regions: Readonly<Record<string, Operator>> = {
  ...{ NonMaxSuppression: nonMaxSuppression, RoiAlign: roiAlign, MaxRoiPool: maxRoiPool },
}
