// Reshaping, stretching to a shape and summing back: linear, and one another's gradients.

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { KernelSpecs, StridedCopy } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import {
  broadcastStrides,
  checkShape,
  normalizeAxes,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from '../shapes/broadcast.ts'
import { check, checkFlag, checkOptions, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import { allocateStorage, type Storage } from '../tensor/storage.ts'
import { checkTensor, Tensor } from '../tensor/tensor.ts'
import { enqueue } from '../tensor/witness.ts'
import { cast } from './cast.ts'

/**
 * The same elements in row-major order under another shape; one size may be −1 and is worked out. Shares memory.
 *
 * @example
 * reshape(arange(6), [2, -1]).toArray()  // [[0, 1, 2], [3, 4, 5]]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor('reshape', 'x', x)
  const target = inferSize(x, shape)
  if (sameShape(target, x.shape)) return x
  return apply(reshaping, target, [x])
}

const reshaping: Primitive<Shape> = {
  name: 'reshape',
  shape: (shape) => shape,
  made: (shape, [x]) => [sameNumber(x, shape) ?? x.view(shape)],
  adjoint: (g, _, from) => reshape(g, from),
}

function inferSize(x: Tensor, shape: Shape): number[] {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1
  const known = open < 0 ? shape : shape.filter((_, axis) => axis !== open)
  checkShape('reshape', known)
  const rest = sizeOf(known)
  const target = open < 0 ? [...shape] : shape.map((size, axis) => (axis === open ? x.size / rest : size))
  check(
    sizeOf(target) === x.size && target.every((size) => Number.isInteger(size) && size >= 0),
    () =>
      `reshape: ${showShape(x.shape)} holds ${x.size === 1 ? '1 element, which does' : `${x.size} elements, which do`} not fill ${showShape(shape)}.`,
  )
  return target
}

/** The options of `sum`, `mean`, `max` and the other reductions. */
export interface ReduceOptions {
  /** Axes to reduce; negative ones count from the end. All of them when left out. */
  readonly axes?: number | readonly number[] | undefined
  /** Keeps the reduced axes, with size 1. */
  readonly keepDims?: boolean | undefined
}

export interface Reduction {
  readonly axes: readonly number[]
  /** The result's shape with the reduced axes kept as 1. */
  readonly kept: readonly number[]
  readonly shape: readonly number[]
}

export const reductionOptions: readonly string[] = ['axes', 'keepDims']

export function planReduction(op: string, x: Tensor, options: ReduceOptions, known = reductionOptions): Reduction {
  checkOptions(op, options, known)
  checkFlag(op, 'keepDims', options.keepDims)
  const axes = normalizeAxes(op, options.axes, x.rank)
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return { axes, kept, shape: options.keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)) }
}

export interface Reducing extends Reduction {
  readonly op: KernelSpecs['reduce']['op']
}

/** A reduction by a kernel; without a rule a constant to the tape. */
export const reductionBy = (rule: Partial<Primitive<Reducing, 'reduce'>> = {}): Primitive<Reducing, 'reduce'> => ({
  kernel: kernels.reduce,
  reach: 'axes',
  kernelSpec: ({ op, axes }, [{ shape }]) => ({ op, shape, axes }),
  shape: ({ shape }) => shape,
  ...rule,
})

export const reducing = /* @__PURE__ */ reductionBy()

const summing = /* @__PURE__ */ reductionBy({
  adjoint: (g, { kept }, from) => stretched(reshape(g, kept), from),
})

/** bool and uint8 add up as int32. */
export const wide = (x: Tensor): Tensor => (x.dtype === 'float32' ? x : cast(x, 'int32'))

/** The sum; 0 over no elements. bool and uint8 give int32. */
export function sum(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = wide(asTensor('sum', 'x', value))
    return apply(summing, { op: 'sum', ...planReduction('sum', x, options) }, [x])
  })
}

/** How many axes `to` has before those of `from`, which must stretch to it. */
function checkStretch(op: string, from: Shape, to: Shape): number {
  const missing = to.length - from.length
  check(
    missing >= 0 && from.every((size, axis) => size === 1 || size === to[axis + missing]),
    () =>
      `${op}: ${showShape(from)} does not broadcast to ${showShape(to)}: aligned at the last axis, each size must be equal or 1.`,
  )
  return missing
}

/** `x` repeated along its axes of size 1, and along new leading axes, to fill `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkTensor('broadcastTo', 'x', x)
  checkShape('broadcastTo', shape)
  if (sameShape(x.shape, shape)) return x
  checkStretch('broadcastTo', x.shape, shape)
  return apply(broadcasting, { shape, later: false }, [x])
}

interface Broadcasting {
  readonly shape: Shape
  /** Whether it is written out only once somebody asks for its memory. */
  readonly later: boolean
}

const broadcasting: Primitive<Broadcasting, 'copy'> = {
  name: 'broadcastTo',
  shape: ({ shape }) => shape,
  made: ({ shape, later }, [x]) => (later ? [repeat(x, shape, broadcastStrides(x.shape, shape))] : undefined),
  kernel: kernels.copy,
  kernelSpec: ({ shape }, [x]) => copyOf(shape, broadcastStrides(x.shape, shape)),
  adjoint: (g, _, from) => sumTo(g, from),
}

/** A copy that fills its result. */
export const copyOf = (shape: Shape, inputStrides: readonly number[], inputOffset = 0): StridedCopy => ({
  shape,
  inputOffset,
  inputStrides,
  outputOffset: 0,
  outputStrides: stridesOf(shape),
})

/** `broadcastTo` for what is read once, as gradients are: kernels that take strides read it without its being written out. */
export const stretched = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(broadcasting, { shape, later: true }, [x])

/** The elements of `x` read with these strides, not written out yet. */
function repeat(x: Tensor, shape: Shape, strides: readonly number[]): Tensor {
  const writeOut = (source: Storage): Storage => {
    const storage = allocateStorage(source.backend, source.buffer.dtype, sizeOf(shape))
    enqueue(kernels.copy, copyOf(shape, strides), [source], [storage])
    return storage
  }
  return Tensor.stretched(x, shape, { strides, shape: x.shape, writeOut })
}

/** One number over and over, of which any copy is the same with another shape; undefined for any other tensor. */
export function sameNumber(x: Tensor, shape: Shape): Tensor | undefined {
  const { stretched: repeats } = x.hold
  if (repeats === undefined || repeats.strides.some((stride) => stride !== 0)) return undefined
  const source = x.repeated
  return source === undefined ? undefined : repeat(source.view([]), shape, new Array<number>(shape.length).fill(0))
}

/** The result of a primitive that only moves elements, where they are all the same. */
export function sameNumbers(_: unknown, [x]: readonly Tensor[], shape: Shape): readonly Tensor[] | undefined {
  const moved = sameNumber(x, shape)
  return moved && [moved]
}

/** The result of a primitive that takes each element by itself, where `x` repeats a few: of those alone, repeated as they were. */
export function ofRepeated(x: Tensor, of: (few: Tensor) => Tensor): readonly Tensor[] | undefined {
  const { stretched: repeats } = x.hold
  const few = x.repeated
  return repeats && few && [repeat(of(few), x.shape, repeats.strides)]
}

export interface Operand {
  readonly tensor: Tensor
  readonly strides: readonly number[]
}

/** What a kernel that takes strides reads for `x`, seen with `shape`. */
export function operandOf(x: Tensor, shape: Shape): Operand {
  const { stretched: repeats } = x.hold
  if (repeats === undefined) return { tensor: x, strides: broadcastStrides(x.shape, shape) }
  return { tensor: x.repeated ?? x, strides: broadcastStrides(x.shape, shape, repeats.strides) }
}

/** The same of several operands. */
export function operandsOver(shape: Shape, given: readonly Tensor[]) {
  const operands = given.map((x) => operandOf(x, shape))
  return { strides: operands.map(({ strides }) => strides), tensors: operands.map(({ tensor }) => tensor) }
}

/** Whether nothing is written out yet of what `x` repeats. */
export const isStretched = (x: Tensor): boolean => x.hold.stretched !== undefined

/** The adjoint of `broadcastTo`: sums over the axes along which `shape` would be stretched. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return scope(() => {
    checkTensor('sumTo', 'x', x)
    checkShape('sumTo', shape)
    if (sameShape(x.shape, shape)) return x
    const missing = checkStretch('sumTo', shape, x.shape)
    const axes = x.shape.flatMap((size, axis) =>
      axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : [],
    )
    return reshape(axes.length === 0 ? x : sum(x, { axes }), shape)
  })
}
