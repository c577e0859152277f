// Reductions over any axes, and what is built from them.

import { scope } from '../autodiff/gradients.ts'
import { isTracked, record, withoutGradients } from '../autodiff/tape.ts'
import * as kernels from '../backends/kernels/index.ts'
import { aroundAxis, normalizeAxis, sizeOf } from '../shapes/broadcast.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkFinite, floatTensor } from './arguments.ts'
import { divide, multiply, subtract, where } from './arithmetic.ts'
import { cast } from './cast.ts'
import { exp, isFiniteNumber, log, tensors } from './elementwise.ts'
import { type Algebra, evaluate, type Formula, fused, fusedReduction } from './formula.ts'
import {
  planReduction,
  type ReduceOptions,
  type Reduction,
  reductionOptions,
  reshape,
  runReduce,
  stretched,
  sum,
  wide,
} from './stretch.ts'

const itself: Formula = (_, [x]) => x
const squares: Formula = (o, [x]) => o.square(x)
const magnitudes: Formula = (o, [x]) => o.abs(x)

/** The arithmetic mean, float32. */
export function mean(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('mean', 'x', value)
    const plan = planReduction('mean', x, options)
    checkNotEmpty('mean', x, plan)
    const scale = 1 / reducedCount(x, plan)
    const from = x.shape
    return record('mean', fusedReduction('sum', itself, [x], plan, { scale }), [x], [], (gradient) => [
      () => stretched(reshape(multiply(gradient, scale), plan.kept), from),
    ])
  })
}

const reducedCount = (x: Tensor, { axes }: Reduction): number => sizeOf(axes.map((axis) => x.shape[axis]))

function checkNotEmpty(op: string, x: Tensor, plan: Reduction): void {
  check(
    reducedCount(x, plan) > 0,
    () =>
      `${op}: there is nothing to reduce in a tensor of shape ${showShape(x.shape)}. Every reduced axis must have 1 element or more.`,
  )
}

/** The product; 1 over no elements. The gradient is exact with zeros among the factors. */
export function product(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = wide(asTensor('product', 'x', value))
    const plan = planReduction('product', x, options)
    return record('product', runReduce('product', x, plan), [x], [x], (gradient, [kept]) => [
      () => {
        // d/dxᵢ is the product of all others: that of the nonzero ones, where no other factor is zero.
        const within = { axes: plan.axes }
        const [others, zeros] = isTracked([kept])
          ? [product(nonZeros(tensors, [kept], []), within), sum(zeroOnes(tensors, [kept], []), within)]
          : [fusedReduction('product', nonZeros, [kept], plan), fusedReduction('sum', zeroOnes, [kept], plan)]
        const whole = [gradient, others, zeros].map((part) => reshape(part, plan.kept))
        return evaluate(productOfOthers, tensors, [kept, ...whole])
      },
    ])
  })
}

const nonZeros: Formula = (o, [x]) => o.where(o.equal(x, 0), 1, x)
const zeroOnes: Formula = (o, [x]) => o.where(o.equal(x, 0), 1, 0)
const productOfOthers: Formula = (o, [x, g, others, zeros]) => {
  const zero = o.equal(x, 0)
  const ofZero = o.where(o.equal(zeros, 1), others, 0)
  const ofNonZero = o.where(o.equal(zeros, 0), o.divide(others, o.where(zero, 1, x)), 0)
  return o.multiply(g, o.where(zero, ofZero, ofNonZero))
}

/** The largest or smallest elements share the gradient equally, NaN where there are some; the others get 0, whatever comes in. */
function extreme(op: 'max' | 'min', value: TensorLike, options: ReduceOptions): Tensor {
  return scope(() => {
    const x = asTensor(op, 'x', value)
    const plan = planReduction(op, x, options)
    checkNotEmpty(op, x, plan)
    const y = runReduce(op, x, plan)
    return record(op, y, [x], [x, y], (gradient, [kept, result]) => [
      () => {
        const whole = reshape(result, plan.kept)
        const count = withoutGradients(() => fusedReduction('sum', winners, [kept, whole], plan))
        return evaluate(shareOfWinners, tensors, [kept, whole, reshape(gradient, plan.kept), reshape(count, plan.kept)])
      },
    ])
  })
}

const wins: <T>(o: Algebra<T>, x: T, y: T) => T = (o, x, y) => o.or(o.equal(x, y), o.not(o.equal(x, x)))
const winners: Formula = (o, [x, y]) => o.where(wins(o, x, y), 1, 0)
const shareOfWinners: Formula = (o, [x, y, g, count]) => o.where(wins(o, x, y), o.divide(g, count), 0)

/** The largest element; NaN if there is one. */
export const max = (x: TensorLike, options: ReduceOptions = {}): Tensor => extreme('max', x, options)
/** The smallest element; NaN if there is one. */
export const min = (x: TensorLike, options: ReduceOptions = {}): Tensor => extreme('min', x, options)

/** The variance about the mean: divided by n, or by n − `correction` (1 for the unbiased estimate). */
export function variance(value: TensorLike, options: ReduceOptions & { correction?: number | undefined } = {}): Tensor {
  return scope(() => {
    const x = floatTensor('variance', 'x', value)
    const plan = planReduction('variance', x, options, [...reductionOptions, 'correction'])
    const { correction = 0 } = options
    checkFinite('variance', 'the correction', correction)
    const divisor = reducedCount(x, plan) - correction
    check(
      divisor > 0,
      () =>
        `variance: ${reducedCount(x, plan)} elements with correction ${correction} leave nothing to divide by. Use more elements, or correction 0.`,
    )
    const about = (values: Tensor): Tensor => mean(values, { axes: plan.axes, keepDims: true })
    const centre = withoutGradients(() => about(x))
    const y = fusedReduction('sum', squaredDistance, [x, centre], plan, { scale: 1 / divisor })
    return record('variance', y, [x], [x, centre], (gradient, [kept, middle]) => [
      () => {
        const g = reshape(multiply(gradient, 2 / divisor), plan.kept)
        // What the mean adds to the gradient is a sum of distances from it: 0.
        return evaluate(scaledDistance, tensors, [g, kept, isTracked([kept]) ? about(kept) : middle])
      },
    ])
  })
}

const squaredDistance: Formula = (o, [x, centre]) => o.square(o.subtract(x, centre))
/** Without end where the mean is, so that one ∞ makes NaN of its whole group. */
const scaledDistance: Formula = (o, [g, x, centre]) =>
  o.multiply(g, o.add(o.subtract(x, centre), o.subtract(centre, centre)))

/** The p-norm (Σ|x|ᵖ)^(1/p) for p = 1 or 2 (the default). */
export function norm(value: TensorLike, options: ReduceOptions & { p?: 1 | 2 | undefined } = {}): Tensor {
  return scope(() => {
    const x = floatTensor('norm', 'x', value)
    checkOptions('norm', options, [...reductionOptions, 'p'])
    const { p = 2, ...rest } = options
    check(p === 1 || p === 2, () => `norm: p is ${show(p)}; use 1 or 2.`)
    const plan = planReduction('norm', x, rest)
    const y = fusedReduction('sum', p === 1 ? magnitudes : squares, [x], plan, { root: p === 2 })
    return record('norm', y, [x], p === 1 ? [x] : [x, y], (gradient, [kept, length]) => [
      () => {
        const g = reshape(gradient, plan.kept)
        if (p === 1) return evaluate(towardsZero, tensors, [g, kept])
        return evaluate(direction, tensors, [g, kept, reshape(length, plan.kept)])
      },
    ])
  })
}

const towardsZero: Formula = (o, [g, x]) => o.multiply(g, o.sign(x))
/** At 0 the norm has no derivative; 0 is the subgradient of least norm, and keeps NaN away. */
const direction: Formula = (o, [g, x, length]) => {
  const nowhere = o.equal(length, 0)
  return o.where(nowhere, 0, o.divide(o.multiply(g, x), o.where(nowhere, 1, length)))
}

function booleanReduction(op: 'all' | 'any', value: TensorLike, options: ReduceOptions): Tensor {
  return scope(() => {
    const x = cast(asTensor(op, 'x', value), 'bool')
    return runReduce(op === 'all' ? 'product' : 'max', x, planReduction(op, x, options))
  })
}

/** Whether every element is nonzero, as bool; true over no elements. */
export function all(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return booleanReduction('all', x, options)
}

/** Whether any element is nonzero, as bool; false over no elements. */
export function any(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return booleanReduction('any', x, options)
}

function extremeIndex(
  op: 'argMax' | 'argMin',
  value: TensorLike,
  options: { axis?: number | undefined; keepDims?: boolean | undefined },
): Tensor {
  return scope(() => {
    const x = asTensor(op, 'x', value)
    checkOptions(op, options, ['axis', 'keepDims'])
    checkFlag(op, 'keepDims', options.keepDims)
    const axis = normalizeAxis(op, options.axis ?? -1, x.rank)
    check(
      x.shape[axis] > 0,
      () => `${op}: axis ${axis} of ${showShape(x.shape)} is empty. It must have 1 element or more.`,
    )
    const shape = x.shape.flatMap((size, a) => (a !== axis ? [size] : options.keepDims ? [1] : []))
    return runOne(kernels.argReduce, { op, ...aroundAxis(x.shape, axis) }, [x], shape, 'int32')
  })
}

/** Index of the first largest element along `axis` (the last when not given), int32. Has no gradient. */
export const argMax = (
  x: TensorLike,
  options: { axis?: number | undefined; keepDims?: boolean | undefined } = {},
): Tensor => extremeIndex('argMax', x, options)
/** Index of the first smallest element along `axis` (the last when not given), int32. Has no gradient. */
export const argMin = (
  x: TensorLike,
  options: { axis?: number | undefined; keepDims?: boolean | undefined } = {},
): Tensor => extremeIndex('argMin', x, options)

export interface CumulativeSumOptions {
  readonly axis?: number | undefined
  /** Leaves each element out of its own sum. */
  readonly exclusive?: boolean | undefined
  /** Sums from the end. */
  readonly reverse?: boolean | undefined
}

/** Running sums along `axis` (the last when not given). */
export function cumulativeSum(value: TensorLike, options: CumulativeSumOptions = {}): Tensor {
  return scope(() => {
    const x = wide(asTensor('cumulativeSum', 'x', value))
    checkOptions('cumulativeSum', options, ['axis', 'exclusive', 'reverse'])
    checkFlag('cumulativeSum', 'exclusive', options.exclusive)
    checkFlag('cumulativeSum', 'reverse', options.reverse)
    const axis = normalizeAxis('cumulativeSum', options.axis ?? -1, x.rank)
    const { exclusive = false, reverse = false } = options
    const output = runOne(
      kernels.cumulativeSum,
      { ...aroundAxis(x.shape, axis), exclusive, reverse },
      [x],
      x.shape,
      x.dtype,
    )
    return record('cumulativeSum', output, [x], [], (gradient) => [
      () => cumulativeSum(gradient, { axis, exclusive, reverse: !reverse }),
    ])
  })
}

/** log Σ eˣ without overflow. */
export function logSumExp(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('logSumExp', 'x', value)
    const plan = planReduction('logSumExp', x, options)
    checkNotEmpty('logSumExp', x, plan)
    const keeping = { axes: plan.axes, keepDims: true }
    const shift = shiftOf(x, plan.axes)
    const total = fusedReduction('sum', shiftedPower, [x, shift], planReduction('logSumExp', x, keeping))
    const y = withoutGradients(() => reshape(addBack(log(total), shift), plan.shape))
    return record('logSumExp', y, [x], [x, shift, total], (gradient, [kept, from, sums]) => [
      () => {
        const g = reshape(gradient, plan.kept)
        if (!isTracked([g, kept])) return fused(share, [g, kept, from, sums])
        const powers = exp(subtract(kept, from))
        return multiply(divide(g, sum(powers, keeping)), powers)
      },
    ])
  })
}

/** The part of each eˣ in their sum. */
const share: Formula = (o, [g, x, shift, total]) => o.multiply(o.divide(g, total), o.exp(o.subtract(x, shift)))
const shiftedPower: Formula = (o, [x, shift]) => o.exp(o.subtract(x, shift))

const addBack = (total: Tensor, shift: Tensor): Tensor => subtract(total, multiply(shift, -1))

/** The largest element along the axes, as a constant to the tape; 0 where it is infinite, so that ∞ − ∞ never happens. */
function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const largest = runReduce('max', x, planReduction('max', x, { axes, keepDims: true }))
  return where(isFiniteNumber(largest), largest, 0)
}

/** eˣ / Σ eˣ along `axis` (the last when not given). */
export const softmax = (x: TensorLike, options: { axis?: number | undefined } = {}): Tensor =>
  alongAxis('softmax', x, options)

/** x − log Σ eˣ along `axis` (the last when not given). */
export const logSoftmax = (x: TensorLike, options: { axis?: number | undefined } = {}): Tensor =>
  alongAxis('logSoftmax', x, options)

function alongAxis(op: 'softmax' | 'logSoftmax', value: TensorLike, options: { axis?: number | undefined }): Tensor {
  return scope(() => {
    const x = floatTensor(op, 'x', value)
    checkOptions(op, options, ['axis'])
    const axis = normalizeAxis(op, options.axis ?? -1, x.rank)
    const log = op === 'logSoftmax'
    const spec = { ...aroundAxis(x.shape, axis), log }
    const output = runOne(kernels.softmax, spec, [x], x.shape)
    return record(op, output, [x], [output], (gradient, [y]) => [
      () => {
        if (!isTracked([gradient, y])) return runOne(kernels.softmaxGradient, spec, [gradient, y], y.shape)
        const total = sum(log ? gradient : multiply(gradient, y), { axes: axis, keepDims: true })
        return log ? subtract(gradient, multiply(exp(y), total)) : multiply(y, subtract(gradient, total))
      },
    ])
  })
}
