// Picking by index, and putting back. Names follow ONNX (Gather, GatherElements, ScatterElements).

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { KernelSpecs } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { aroundAxis, normalizeAxis, type Shape, sameShape } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { arange, asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { type AxisLike, axisFrom, checkChoice, indexTensor } from './arguments.ts'
import { equal, where } from './arithmetic.ts'
import { cast } from './cast.ts'
import { expandDims } from './movement.ts'
import { reshape } from './stretch.ts'

/**
 * Whole slices of `x` along `axis`, picked by `indices` of any shape: result shape
 * `[...before axis, ...indices, ...after axis]`. Negative indices count from the end.
 *
 * @example
 * gather(tensor([10, 20, 30]), [2, 0]).toArray()  // [30, 10]
 */
export function gather(
  x: Tensor,
  indices: TensorLike,
  options: {
    /** The axis to pick from: 0 when not given; negative ones count from the end. */
    axis?: number | undefined
  } = {},
): Tensor {
  return scope(() => {
    checkTensor('gather', 'x', x)
    checkOptions('gather', options, ['axis'])
    const axis = normalizeAxis('gather', options.axis ?? 0, x.rank)
    return slicesAt(x, indexTensor('gather', indices, x.shape[axis], 'from-either-end'), axis)
  })
}

/** Rows of a table `[count, ...]`, picked by indices from 0 to `count` − 1. `op` is named where one is outside. */
export const rowsAt = (op: string, table: Tensor, indices: TensorLike): Tensor =>
  scope(() => slicesAt(table, indexTensor(op, indices, table.shape[0], 'from-start'), 0))

/** `gather` with int32 indices known to be in range. */
export const slicesAt = (x: Tensor, index: Tensor, axis: number): Tensor =>
  apply(gathering, { axis, ...aroundAxis(x.shape, axis), count: index.size }, [x, index])

type Slices = KernelSpecs['gather'] & { readonly axis: number }

const gathering: Primitive<Slices, 'gather'> = {
  kernel: kernels.gather,
  shape: ({ axis }, [{ shape }, index]) => [...shape.slice(0, axis), ...index.shape, ...shape.slice(axis + 1)],
  saves: ([, index]) => [index],
  gradient: (g, [index], { axis }, [shape]) => [() => addSlices(g, index, axis, shape), null],
}

/** The adjoint of `gather`: adds slices into zeros of `shape`. */
export const addSlices = (updates: Tensor, index: Tensor, axis: number, shape: Shape): Tensor =>
  apply(addingSlices, { axis, shape, ...aroundAxis(shape, axis), count: index.size }, [updates, index])

const addingSlices: Primitive<Slices & { readonly shape: Shape }, 'scatterAdd'> = {
  kernel: kernels.scatterAdd,
  shape: ({ shape }) => shape,
  saves: ([, index]) => [index],
  gradient: (g, [index], { axis }) => [() => slicesAt(g, index, axis), null],
}

function checkElementShapes(op: string, x: Tensor, index: Tensor, axis: number): void {
  check(
    index.rank === x.rank && index.shape.every((size, a) => a === axis || size <= x.shape[a]),
    () =>
      `${op}: indices of shape ${showShape(index.shape)} do not fit ${showShape(x.shape)}: the ranks must be equal, and no axis but ${axis} longer.`,
  )
}

/**
 * y[i] = x[i with its coordinate on `axis` replaced by indices[i]]; the result has the shape of `indices`. Negative indices
 * count from the end.
 */
export function gatherElements(x: Tensor, indices: TensorLike, axis: AxisLike = -1): Tensor {
  return scope(() => {
    checkTensor('gatherElements', 'x', x)
    const at = normalizeAxis('gatherElements', axisFrom('gatherElements', axis, -1), x.rank)
    const index = indexTensor('gatherElements', indices, x.shape[at], 'from-either-end')
    checkElementShapes('gatherElements', x, index, at)
    return elementsAt(x, index, at)
  })
}

/** `gatherElements` with int32 indices known to be in range. */
export const elementsAt = (x: Tensor, index: Tensor, axis: number): Tensor => apply(gatheringElements, axis, [x, index])

const gatheringElements: Primitive<number, 'gatherElements'> = {
  kernel: kernels.gatherElements,
  kernelSpec: (axis, [{ shape }, { shape: indexShape }]) => ({ shape, indexShape, axis }),
  shape: (_, [, { shape }]) => shape,
  saves: ([, index]) => [index],
  gradient: (g, [index], axis, [shape]) => [() => addElements(g, index, axis, shape), null],
}

interface Elements {
  readonly axis: number
  readonly reduction: 'none' | 'add'
}

const scatterSpec = (spec: Elements, [{ shape }, { shape: indexShape }]: readonly Tensor[]) => ({
  shape,
  indexShape,
  ...spec,
})

/** The adjoint of `gatherElements`: adds elements into zeros of `shape`. */
export const addElements = (updates: Tensor, index: Tensor, axis: number, shape: Shape): Tensor =>
  apply(addingElements, { axis, reduction: 'add' }, [zeros(shape, updates.dtype), index, updates])

const addingElements: Primitive<Elements, 'scatterElements'> = {
  kernel: kernels.scatterElements,
  kernelSpec: scatterSpec,
  saves: ([, index]) => [index],
  gradient: (g, [index], { axis }) => [null, null, () => elementsAt(g, index, axis)],
}

/** The options of `scatter`. */
export interface ScatterOptions {
  /** The axis that the indices count along: the last when not given. Negative ones count from the end. */
  readonly axis?: number | undefined
  /** 'none' replaces (the last of several updates to one place stays), 'add' adds. */
  readonly reduction?: 'none' | 'add' | undefined
}

/**
 * A copy of `x` with `updates` put (or added) where `indices` say: the reverse of `gatherElements`. Negative indices count
 * from the end.
 */
export function scatter(x: Tensor, indices: TensorLike, updates: TensorLike, options: ScatterOptions = {}): Tensor {
  return scope(() => {
    checkTensor('scatter', 'x', x)
    checkOptions('scatter', options, ['axis', 'reduction'])
    const axis = normalizeAxis('scatter', options.axis ?? -1, x.rank)
    const reduction = options.reduction ?? 'none'
    checkChoice('scatter', 'the reduction', reduction, ['none', 'add'])
    const index = indexTensor('scatter', indices, x.shape[axis], 'from-either-end')
    checkElementShapes('scatter', x, index, axis)
    const values = cast(asTensor('scatter', 'the updates', updates), x.dtype)
    check(
      sameShape(values.shape, index.shape),
      () =>
        `scatter: updates of shape ${showShape(values.shape)} and indices of shape ${showShape(index.shape)} must have one shape.`,
    )
    return apply(scattering, { axis, reduction }, [x, index, values])
  })
}

const scattering: Primitive<Elements, 'scatterElements'> = {
  kernel: kernels.scatterElements,
  kernelSpec: scatterSpec,
  saves: ([, index]) => [index],
  gradient: (g, [index], { axis, reduction }) =>
    reduction === 'add'
      ? [() => g, null, () => elementsAt(g, index, axis)]
      : [() => where(touched(index, axis, g.shape), 0, g), null, () => lastWriterGradient(g, index, axis)],
}

/** Where any update landed. */
const touched = (index: Tensor, axis: number, shape: Shape): Tensor =>
  cast(addElements(cast(equal(index, index), 'float32'), index, axis, shape), 'bool')

/** When several updates meet at one place, only the last, the one that stays, has a gradient. */
function lastWriterGradient(gradient: Tensor, index: Tensor, axis: number): Tensor {
  const order = reshape(arange(0, index.size, 1, 'int32'), index.shape)
  const winners = apply(scattering, { axis, reduction: 'none' }, [zeros(gradient.shape, 'int32'), index, order])
  return where(equal(elementsAt(winners, index, axis), order), elementsAt(gradient, index, axis), 0)
}

/**
 * Rows of zeros with a one at each index: shape `[...indices, depth]`, float32. Indices go from 0 to `depth` − 1.
 *
 * @example
 * oneHot([1, 0], 3).toArray()  // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(indices: TensorLike, depth: number): Tensor {
  return scope(() => {
    check(
      Number.isInteger(depth) && depth >= 1,
      () => `oneHot: the depth is ${show(depth)}; it must be a whole number of 1 or more.`,
    )
    const index = indexTensor('oneHot', indices, depth, 'from-start')
    return cast(equal(expandDims(index, -1), arange(0, depth, 1, 'int32')), 'float32')
  })
}
