// Moving elements about: every op here is strided copies, and so is its gradient.

import { scope } from '../autodiff/gradients.ts'
import { apply, applyAll, type Primitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { normalizeAxes, normalizeAxis, type Shape, sameShape, stridesOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { full } from '../tensor/create.ts'
import { runInto } from '../tensor/run.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { type AxesLike, type AxisLike, axesFrom, axisFrom, widest } from './arguments.ts'
import { cast } from './cast.ts'
import { type Part, slicing } from './placing.ts'
import { copyOf, operandOf, reshape, sameNumbers, stretched, sum } from './stretch.ts'

/** Adds an axis of size 1 at `axis` (−1: after the last). */
export function expandDims(x: Tensor, axis: AxisLike): Tensor {
  checkTensor('expandDims', 'x', x)
  const at = normalizeAxis('expandDims', axisFrom('expandDims', axis), x.rank + 1)
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** Drops axes of size 1: all of them, or those named. */
export function squeeze(x: Tensor, axes?: AxesLike): Tensor {
  checkTensor('squeeze', 'x', x)
  const named = axesFrom('squeeze', axes)
  const chosen =
    named === undefined
      ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
      : normalizeAxes('squeeze', named, x.rank)
  for (const axis of chosen) {
    check(
      x.shape[axis] === 1,
      () =>
        `squeeze: axis ${axis} of ${showShape(x.shape)} has size ${x.shape[axis]}; only axes of size 1 can be dropped.`,
    )
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !chosen.includes(axis)),
  )
}

/** Reorders the axes: axis i of the result is axis `order[i]` of x; reversed when no order is given. Copies. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  checkTensor('transpose', 'x', x)
  const wanted = order ?? x.shape.map((_, axis) => x.rank - 1 - axis)
  check(
    Array.isArray(wanted) && wanted.length === x.rank,
    () => `transpose: the order ${show(wanted)} must name each axis of shape ${showShape(x.shape)} once.`,
  )
  const axes = wanted.map((axis) => normalizeAxis('transpose', axis, x.rank))
  check(
    new Set(axes).size === x.rank,
    () => `transpose: the order ${show(wanted)} must name each axis of shape ${showShape(x.shape)} once.`,
  )
  if (axes.every((axis, i) => axis === i)) return x
  return apply(transposing, axes, [x])
}

const transposing: Primitive<readonly number[], 'copy'> = {
  name: 'transpose',
  shape: (axes, [{ shape }]) => axes.map((axis) => shape[axis]),
  made: sameNumbers,
  kernel: kernels.copy,
  kernelSpec: (axes, [x], shape) => {
    const strides = stridesOf(x.shape)
    return copyOf(
      shape,
      axes.map((axis) => strides[axis]),
    )
  },
  adjoint: (g, axes) =>
    transpose(
      g,
      axes.map((_, axis) => axes.indexOf(axis)),
    ),
}

/** `[batch, channels, ...spatial]`, as PyTorch and ONNX lay pictures out, to `[batch, ...spatial, channels]`. */
export function toChannelsLast(x: Tensor): Tensor {
  checkTensor('toChannelsLast', 'x', x)
  check(
    x.rank >= 3,
    () => `toChannelsLast: the tensor of shape ${showShape(x.shape)} needs [batch, channels, ...spatial].`,
  )
  return transpose(x, [0, ...x.shape.slice(2).map((_, axis) => axis + 2), 1])
}

/** `[batch, ...spatial, channels]` to `[batch, channels, ...spatial]`. */
export function toChannelsFirst(x: Tensor): Tensor {
  checkTensor('toChannelsFirst', 'x', x)
  check(
    x.rank >= 3,
    () => `toChannelsFirst: the tensor of shape ${showShape(x.shape)} needs [batch, ...spatial, channels].`,
  )
  return transpose(x, [0, x.rank - 1, ...x.shape.slice(1, -1).map((_, axis) => axis + 1)])
}

/** Reverses the order along the given axes, all of them when none are named. */
export function flip(x: Tensor, axes?: AxesLike): Tensor {
  checkTensor('flip', 'x', x)
  const chosen = normalizeAxes('flip', axesFrom('flip', axes), x.rank)
  return slice(
    x,
    x.shape.map((_, axis) => (chosen.includes(axis) ? { step: -1 } : {})),
  )
}

/** The part of an axis that `slice` takes, as in NumPy's `start:stop:step`. */
export interface Range {
  /** First index; negative counts from the end. Defaults to the first, or the last for a negative step. */
  readonly start?: number | undefined
  /** Index before which to stop; negative counts from the end. Defaults to all the rest. */
  readonly stop?: number | undefined
  /** Defaults to 1; negative walks backwards. */
  readonly step?: number | undefined
}

/** Python's slice.indices: first index and count. */
function resolveRange(op: string, range: Range | null | undefined, size: number, axis: number): Part {
  if (range !== null && range !== undefined) checkOptions(op, range, ['start', 'stop', 'step'])
  const { start, stop, step = 1 } = range ?? {}
  check(
    Number.isInteger(step) && step !== 0,
    () => `${op}: the step of axis ${axis} is ${show(step)}; it must be a whole number other than 0.`,
  )
  for (const bound of [start, stop]) {
    check(
      bound === undefined || Number.isInteger(bound),
      () => `${op}: a bound of axis ${axis} is ${show(bound)}; it must be a whole number.`,
    )
  }
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const place = (bound: number | undefined, otherwise: number): number =>
    bound === undefined ? otherwise : Math.min(high, Math.max(low, bound < 0 ? bound + size : bound))
  const first = place(start, step > 0 ? low : high)
  const end = place(stop, step > 0 ? high : low)
  return { start: first, step, count: Math.max(0, Math.ceil((end - first) / step)) }
}

/**
 * A part of each axis, by Python's rules for start, stop and step. Axes left out are taken whole.
 *
 * @example
 * slice(arange(6), [{ start: 1, step: 2 }]).toArray()  // [1, 3, 5]
 */
export function slice(x: Tensor, ranges: readonly (Range | null | undefined)[]): Tensor {
  checkTensor('slice', 'x', x)
  check(
    Array.isArray(ranges) && ranges.length <= x.rank,
    () =>
      `slice: the ranges are ${show(ranges)}; give at most one { start, stop, step } for each axis of shape ${showShape(x.shape)}.`,
  )
  const parts = x.shape.map((size, axis) => resolveRange('slice', ranges[axis], size, axis))
  return apply(slicing, parts, [x])
}

/** Where pieces of these lengths begin, one behind the other, and where the last ends. */
function startsOf(lengths: readonly number[]): { readonly starts: readonly number[]; readonly total: number } {
  let total = 0
  const starts = lengths.map((length) => {
    total += length
    return total - length
  })
  return { starts, total }
}

/** Joins tensors along an axis on which alone they may differ. */
export function concat(tensors: readonly Tensor[], axis: AxisLike = 0): Tensor {
  return scope(() => {
    checkTensors('concat', tensors)
    const [first] = tensors
    const at = normalizeAxis('concat', axisFrom('concat', axis, 0), first.rank)
    for (const part of tensors) {
      check(
        part.rank === first.rank && part.shape.every((size, a) => a === at || size === first.shape[a]),
        () =>
          `concat: shapes ${showShape(first.shape)} and ${showShape(part.shape)} must agree on every axis but ${at}.`,
      )
    }
    const dtype = tensors.map((part) => part.dtype).reduce(widest)
    const sources = tensors.map((part) => cast(part, dtype))
    return sources.length === 1 ? reshape(sources[0], first.shape) : apply(joining, at, sources)
  })
}

const joining: Primitive<number> = {
  name: 'concat',
  places: (axis, shapes, input) => {
    const { total } = startsOf(shapes.slice(0, input).map((shape) => shape[axis]))
    return rangeOn(axis, { start: -total, step: 1 })
  },
  shape: (axis, inputs) => inputs[0].shape.with(axis, startsOf(inputs.map(({ shape }) => shape[axis])).total),
  lower: (axis, inputs, outputs, shape) => {
    const outputStrides = stridesOf(shape)
    let outputOffset = 0
    for (const x of inputs) {
      const { tensor, strides: inputStrides } = operandOf(x, x.shape)
      const copy = { shape: x.shape, inputOffset: 0, inputStrides, outputOffset, outputStrides }
      runInto(kernels.copy, copy, [tensor], outputs)
      outputOffset += x.shape[axis] * outputStrides[axis]
    }
  },
  saves: () => [],
  gradient: (g, _, axis, shapes) => {
    const { starts } = startsOf(shapes.map((shape) => shape[axis]))
    return starts.map((start, i) => () => slice(g, rangeOn(axis, { start, stop: start + shapes[i][axis] })))
  },
}

function checkTensors(op: string, tensors: readonly Tensor[]): void {
  check(
    Array.isArray(tensors) && tensors.length > 0,
    () => `${op}: got ${show(tensors)}; give an array of one tensor or more, as in ${op}([a, b]).`,
  )
  tensors.forEach((part, index) => {
    checkTensor(op, `tensors[${index}]`, part)
  })
}

/** Ranges that touch only one axis. */
const rangeOn = <R extends Range>(axis: number, range: R): (R | null)[] => [...Array<null>(axis).fill(null), range]

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis: AxisLike = 0): Tensor {
  return scope(() => {
    checkTensors('stack', tensors)
    const [first] = tensors
    for (const part of tensors) {
      check(
        sameShape(part.shape, first.shape),
        () => `stack: shapes ${showShape(first.shape)} and ${showShape(part.shape)} must be equal.`,
      )
    }
    const at = normalizeAxis('stack', axisFrom('stack', axis, 0), first.rank + 1)
    return concat(
      tensors.map((part) => expandDims(part, at)),
      at,
    )
  })
}

/** Cuts a tensor along an axis into `parts` equal pieces, or pieces of the given lengths. */
export function split(x: Tensor, parts: number | readonly number[], axis: AxisLike = 0): Tensor[] {
  return scope(() => {
    checkTensor('split', 'x', x)
    const at = normalizeAxis('split', axisFrom('split', axis, 0), x.rank)
    const size = x.shape[at]
    const lengths =
      typeof parts === 'number'
        ? Array<number>(Number.isInteger(size / parts) && parts > 0 && parts <= Math.max(size, 1) ? parts : 0).fill(
            size / parts,
          )
        : parts
    check(
      Array.isArray(lengths) &&
        lengths.length > 0 &&
        lengths.every((length) => Number.isInteger(length) && length >= 0) &&
        startsOf(lengths).total === size,
      () =>
        `split: axis ${at} has length ${size}, which ${show(parts)} does not divide. Give a divisor, or lengths that add up to ${size}.`,
    )
    return lengths.length === 1 ? [reshape(x, x.shape)] : [...applyAll(splitting, { axis: at, lengths }, [x])]
  })
}

const splitting: Primitive<{ readonly axis: number; readonly lengths: readonly number[] }> = {
  name: 'split',
  places: ({ axis, lengths }, _, __, result) =>
    rangeOn(axis, { start: startsOf(lengths.slice(0, result)).total, step: 1 }),
  outputs: ({ axis, lengths }, [{ shape, dtype }]) =>
    lengths.map((length) => ({ shape: shape.with(axis, length), dtype })),
  lower: ({ axis, lengths }, [x], outputs) => {
    const strides = stridesOf(x.shape)
    startsOf(lengths).starts.forEach((start, i) => {
      const shape = x.shape.with(axis, lengths[i])
      runInto(kernels.copy, copyOf(shape, strides, lengths[i] === 0 ? 0 : start * strides[axis]), [x], [outputs[i]])
    })
  },
  // One joint rule: as many slices would each carry back a tensor of the size of the whole.
  saves: () => [],
  gradient: (_, __, { axis, lengths }, [shape], gradients) => [
    () =>
      concat(
        gradients.map((gradient, i) => gradient ?? stretched(full([], 0), shape.with(axis, lengths[i]))),
        axis,
      ),
  ],
}

/** Repeats a tensor `counts[axis]` times along each axis. */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  return scope(() => {
    checkTensor('tile', 'x', x)
    check(
      Array.isArray(counts) &&
        counts.length === x.rank &&
        counts.every((count) => Number.isInteger(count) && count >= 0),
      () =>
        `tile: the counts are ${show(counts)}; give a whole number of 0 or more for each axis of shape ${showShape(x.shape)}.`,
    )
    return apply(tiling, counts, [x])
  })
}

/** Seen as [count, size] pairs, tiling is a copy that stands still along the counts. */
const pairsOf = (counts: readonly number[], shape: Shape): number[] =>
  shape.flatMap((size, axis) => [counts[axis], size])

const tiling: Primitive<readonly number[], 'copy'> = {
  name: 'tile',
  shape: (counts, [{ shape }]) => shape.map((size, axis) => size * counts[axis]),
  kernel: kernels.copy,
  kernelSpec: (counts, [{ shape }]) =>
    copyOf(
      pairsOf(counts, shape),
      stridesOf(shape).flatMap((stride) => [0, stride]),
    ),
  adjoint: (g, counts, from) =>
    reshape(sum(reshape(g, pairsOf(counts, from)), { axes: from.map((_, axis) => 2 * axis) }), from),
}
