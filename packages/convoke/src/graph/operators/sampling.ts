// Reading pictures and volumes at places between their elements. Definition: ONNX GridSample and AffineGrid; Jaderberg et al. 2015,
// "Spatial transformer networks".

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { withinMemory } from '../../shapes/error.ts'
import { arange, fromData, zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'

type Padding = 'zeros' | 'border' | 'reflection'

/** One element that an output reads along an axis, and how much of it. */
interface Tap {
  readonly index: Tensor
  readonly weight: Tensor
}

interface Axis {
  readonly length: number
  /** Where reflection turns, and beyond which a place counts as outside. */
  readonly low: number
  readonly high: number
}

/** `x` thrown back at `low` and `high` until it lies between them. */
function reflected(x: Tensor, { low, high }: Axis): Tensor {
  const range = high - low
  if (range === 0) return ops.multiply(x, 0)
  const distance = ops.remainder(ops.abs(ops.subtract(x, low)), 2 * range)
  return ops.add(ops.subtract(range, ops.abs(ops.subtract(distance, range))), low)
}

const outside = (x: Tensor, low: number, high: number): Tensor => ops.logicalOr(ops.less(x, low), ops.greater(x, high))

/** Whole places as indices that exist, and the weight that is left of them. */
function tapAt(place: Tensor, weight: Tensor, axis: Axis, padding: Padding): Tap {
  const last = axis.length - 1
  const moved =
    padding === 'zeros' ? place : padding === 'border' ? ops.clip(place, 0, last) : ops.trunc(reflected(place, axis))
  const known = ops.logicalAnd(ops.greaterEqual(moved, 0), ops.lessEqual(moved, last))
  return {
    index: ops.cast(ops.where(known, moved, 0), 'int32'),
    weight: padding === 'zeros' ? ops.where(known, weight, 0) : weight,
  }
}

/** c₀ + c₁·x + c₂·x² + … */
const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight<Tensor>(
      (sum, c) => ops.add(ops.multiply(sum, x), c),
      ops.add(ops.multiply(x, 0), coefficients[coefficients.length - 1]),
    )

/** Keys 1981, "Cubic convolution interpolation", with a = −0.75: of the elements around a place, by its distance from the second. */
function cubicWeights(t: Tensor): Tensor[] {
  const a = -0.75
  const near = [1, 0, -(a + 3), a + 2]
  const far = [-4 * a, 8 * a, -5 * a, a]
  const [before, after] = [ops.subtract(1, t), ops.subtract(2, t)]
  return [polynomial(ops.add(t, 1), far), polynomial(t, near), polynomial(before, near), polynomial(after, far)]
}

type Mode = 'nearest' | 'linear' | 'cubic'

/** What is read along an axis for places `x`. */
function tapsOf(x: Tensor, axis: Axis, mode: Mode, padding: Padding): Tap[] {
  const rounded = mode === 'nearest' ? ops.round(x) : x
  // The cubic's four elements are brought to the edge one by one, as PyTorch and ONNX Runtime do.
  const kept = padding === 'zeros' || (padding === 'border' && mode === 'cubic')
  const place = kept
    ? rounded
    : ops.where(
        outside(rounded, axis.low, axis.high),
        padding === 'border' ? ops.clip(rounded, 0, axis.length - 1) : reflected(rounded, axis),
        rounded,
      )
  if (mode === 'nearest') {
    const whole = ops.trunc(place)
    return [tapAt(whole, ops.add(ops.multiply(whole, 0), 1), axis, padding)]
  }
  const below = ops.floor(place)
  const share = ops.subtract(place, below)
  const weights = mode === 'linear' ? [ops.subtract(1, share), share] : cubicWeights(share)
  const first = mode === 'linear' ? 0 : -1
  return weights.map((weight, i) => tapAt(ops.add(below, first + i), weight, axis, padding))
}

const modes = { bilinear: 'linear', linear: 'linear', nearest: 'nearest', bicubic: 'cubic', cubic: 'cubic' } as const

/** The grid's last axis names places from −1 to 1, the last spatial axis of `x` first. */
function gridSample(call: Call): Value {
  const [x, grid] = [call.value(0), call.value(1)]
  const spatial = x.shape.slice(2)
  const rank = spatial.length
  call.require(
    rank >= 1 && grid.rank === x.rank && grid.shape[grid.rank - 1] === rank && grid.shape[0] === x.shape[0],
    () => `the grid ${grid} does not fit ${x}: it must be [batch, ...output, ${rank}].`,
  )
  const given = call.text('mode', 'linear')
  call.require(
    Object.hasOwn(modes, given),
    () => `the mode ${given} is not known. Known: ${Object.keys(modes).join(', ')}.`,
  )
  const mode = modes[given as keyof typeof modes]
  const padding = call.choice('padding_mode', ['zeros', 'border', 'reflection'], 'zeros')
  const corners = call.flag('align_corners')
  const [batch, channels] = x.shape
  const output = grid.shape.slice(1, -1)
  const count = sizeOf(output)
  if (batch * channels * count === 0) return Value.of(zeros([batch, channels, ...output]), x.type)
  call.require(sizeOf(spatial) > 0, () => `the input ${x} is empty; there is nothing to read.`)
  const columns = ops.split(ops.reshape(grid.plain, [batch, count, rank]), rank, 2)
  const axes = spatial.map((length, d) => {
    const g = ops.reshape(columns[rank - 1 - d], [batch, count])
    const up = ops.add(g, 1)
    const place = corners
      ? ops.multiply(up, (length - 1) / 2)
      : ops.multiply(ops.subtract(ops.multiply(up, length), 1), 0.5)
    const axis = corners ? { length, low: 0, high: length - 1 } : { length, low: -0.5, high: length - 0.5 }
    return tapsOf(place, axis, mode, padding)
  })
  const table = ops.reshape(x.last, [batch * sizeOf(spatial), channels])
  const starts = ops.reshape(arange(0, batch, 1, 'int32'), [batch, 1])
  // Every combination of a tap along each axis.
  const combined = axes.reduce<(Tap | { readonly index: Tensor; readonly weight: null })[]>(
    (found, taps, d) =>
      found.flatMap(({ index, weight }) =>
        taps.map((tap) => ({
          index: ops.add(ops.multiply(index, spatial[d]), tap.index),
          weight: weight === null ? tap.weight : ops.multiply(weight, tap.weight),
        })),
      ),
    [{ index: starts, weight: null }],
  )
  const rows = combined.map(({ index, weight }) =>
    ops.multiply(ops.gather(table, ops.reshape(index, [-1])), ops.reshape(weight as Tensor, [batch * count, 1])),
  )
  return Value.last(
    ops.reshape(
      rows.reduce((sum, part) => ops.add(sum, part)),
      [batch, ...output, channels],
    ),
    x.type,
  )
}

/** Where the elements of an axis lie between −1 and 1. */
function evenly(length: number, corners: boolean): (i: number) => number {
  if (!corners) return (i) => (2 * i + 1) / length - 1
  return (i) => (length === 1 ? -1 : (2 * i) / (length - 1) - 1)
}

/** Affine maps `[batch, rank, rank + 1]` of every place of a picture or a volume. */
function affineGrid(call: Call): Value {
  const theta = call.value(0)
  const size = (call.numbers(1) ?? []).slice(2)
  const rank = size.length
  call.require(
    (rank === 2 || rank === 3) && theta.rank === 3 && theta.shape[1] === rank && theta.shape[2] === rank + 1,
    () => `the maps ${theta} do not fit ${rank} spatial axes: they must be [batch, ${rank}, ${rank + 1}].`,
  )
  const corners = call.flag('align_corners')
  const count = sizeOf(size)
  const points = withinMemory(
    () => `AffineGrid: ${count} places`,
    () => new Float32Array(count * (rank + 1)),
    count * (rank + 1),
  )
  const places = size.map((length) => evenly(length, corners))
  for (let at = 0; at < count; at++) {
    let rest = at
    for (let d = rank - 1; d >= 0; d--) {
      points[at * (rank + 1) + rank - 1 - d] = places[d](rest % size[d])
      rest = Math.floor(rest / size[d])
    }
    points[at * (rank + 1) + rank] = 1
  }
  const grid = ops.matmul(fromData(points, [count, rank + 1], 'float32'), theta.plain, { transposeB: true })
  return Value.of(ops.reshape(grid, [theta.shape[0], ...size, rank]), theta.type)
}

/** Cuts or fills with zeros around the centre; where one more is over on a side, it is the end's. */
function centerCropPad(call: Call): Value {
  const x = call.value(0)
  const wanted = call.numbers(1) ?? []
  const axes = call.axes(call.ints('axes') ?? x.shape.map((_, axis) => axis), x.rank)
  call.require(wanted.length === axes.length, () => `there are ${wanted.length} sizes for ${axes.length} axes.`)
  const target = x.shape.map((size, axis) => (axes.includes(axis) ? wanted[axes.indexOf(axis)] : size))
  call.require(
    target.every((size) => size >= 0),
    () => `a size of ${wanted.join(', ')} is below 0.`,
  )
  const cut = x.shape.map((size, axis) => {
    const start = Math.floor(Math.max(0, size - target[axis]) / 2)
    return { start, stop: start + Math.min(size, target[axis]) }
  })
  const grown = x.shape.map((size, axis): [number, number] => {
    const more = Math.max(0, target[axis] - size)
    return [Math.floor(more / 2), more - Math.floor(more / 2)]
  })
  const inside = ops.slice(
    x.tensor,
    x.order.map((axis) => cut[axis]),
  )
  return Value.stored(
    ops.cast(
      ops.pad(
        inside,
        x.order.map((axis) => grown[axis]),
      ),
      x.tensor.dtype,
    ),
    x.order,
    x.type,
  )
}

export const sampling: Readonly<Record<string, Operator>> = {
  ...{ GridSample: gridSample, AffineGrid: affineGrid, CenterCropPad: centerCropPad },
}
