// Picking by index, and putting back. Names follow ONNX (Gather, GatherElements, ScatterElements).

import { scope } from '../autodiff/gradients.ts'
import { record } from '../autodiff/tape.ts'
import * as kernels from '../backends/kernels/index.ts'
import { aroundAxis, normalizeAxis, type Shape, sameShape } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { arange, asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { checkChoice, indexTensor } from './arguments.ts'
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
export function gather(x: Tensor, indices: TensorLike, options: { axis?: number | undefined } = {}): Tensor {
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

function slicesAt(x: Tensor, index: Tensor, axis: number): Tensor {
  return gatherChecked(x, index, axis, [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)])
}

function gatherChecked(x: Tensor, index: Tensor, axis: number, shape: Shape): Tensor {
  const output = runOne(kernels.gather, { ...aroundAxis(x.shape, axis), count: index.size }, [x, index], shape, x.dtype)
  const from = x.shape
  return record('gather', output, [x], [index], (gradient, [kept]) => [() => addSlices(gradient, kept, axis, from)])
}

/** The adjoint of `gather`: adds slices into zeros of `shape`. */
export function addSlices(updates: Tensor, index: Tensor, axis: number, shape: Shape): Tensor {
  const output = runOne(
    kernels.scatterAdd,
    { ...aroundAxis(shape, axis), count: index.size },
    [updates, index],
    shape,
    updates.dtype,
  )
  const picked = updates.shape
  return record('scatterAdd', output, [updates], [index], (gradient, [kept]) => [
    () => gatherChecked(gradient, kept, axis, picked),
  ])
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
export function gatherElements(x: Tensor, indices: TensorLike, axis = -1): Tensor {
  return scope(() => {
    checkTensor('gatherElements', 'x', x)
    const at = normalizeAxis('gatherElements', axis, x.rank)
    const index = indexTensor('gatherElements', indices, x.shape[at], 'from-either-end')
    checkElementShapes('gatherElements', x, index, at)
    return elementsAt(x, index, at)
  })
}

/** `gatherElements` with int32 indices known to be in range. */
export function elementsAt(x: Tensor, index: Tensor, axis: number): Tensor {
  const output = runOne(
    kernels.gatherElements,
    { shape: x.shape, indexShape: index.shape, axis },
    [x, index],
    index.shape,
    x.dtype,
  )
  const from = x.shape
  return record('gatherElements', output, [x], [index], (gradient, [kept]) => [
    () => addElements(gradient, kept, axis, from),
  ])
}

/** The adjoint of `gatherElements`: adds elements into zeros of `shape`. */
export function addElements(updates: Tensor, index: Tensor, axis: number, shape: Shape): Tensor {
  const spec = { shape, indexShape: index.shape, axis, reduction: 'add' } as const
  const background = zeros(shape, updates.dtype)
  const output = runOne(kernels.scatterElements, spec, [background, index, updates], shape, updates.dtype)
  return record('addElements', output, [updates], [index], (gradient, [kept]) => [
    () => elementsAt(gradient, kept, axis),
  ])
}

export interface ScatterOptions {
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
    const spec = { shape: x.shape, indexShape: index.shape, axis, reduction }
    const output = runOne(kernels.scatterElements, spec, [x, index, values], x.shape, x.dtype)
    return record('scatter', output, [x, values], [index], (gradient, [kept]) =>
      reduction === 'add'
        ? [() => gradient, () => elementsAt(gradient, kept, axis)]
        : [
            () => where(touched(kept, axis, gradient.shape), 0, gradient),
            () => lastWriterGradient(gradient, kept, axis),
          ],
    )
  })
}

/** Where any update landed. */
const touched = (index: Tensor, axis: number, shape: Shape): Tensor =>
  cast(addElements(cast(equal(index, index), 'float32'), index, axis, shape), 'bool')

/** When several updates meet at one place, only the last, the one that stays, has a gradient. */
function lastWriterGradient(gradient: Tensor, index: Tensor, axis: number): Tensor {
  const order = reshape(arange(0, index.size, 1, 'int32'), index.shape)
  const spec = { shape: gradient.shape, indexShape: index.shape, axis, reduction: 'none' } as const
  const winners = runOne(
    kernels.scatterElements,
    spec,
    [zeros(gradient.shape, 'int32'), index, order],
    gradient.shape,
    'int32',
  )
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
