// Reductions over any axes, and what is built from them.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive, type Primitive } from '../autodiff/primitive.ts'
import { isTracked, withoutGradients } from '../autodiff/tape.ts'
import type { KernelSpecs } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { aroundAxis, normalizeAxis, type Shape, sizeOf } from '../shapes/broadcast.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkFinite, floatTensor } from './arguments.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { cast } from './cast.ts'
import { evaluate, exp, log, tensors } from './elementwise.ts'
import { type Algebra, type Formula, formulaBy, lowerFormula, type ReducedFormula, reduced } from './formula.ts'
import { shiftOf } from './shift.ts'
import {
  planReduction,
  type ReduceOptions,
  type Reduction,
  reducing,
  reductionBy,
  reductionOptions,
  reshape,
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
    return apply(averaging, { op: 'sum', formula: itself, scale, ...plan }, [x])
  })
}

/** A reduction of float32 by a formula. */
interface Totalling extends ReducedFormula, Reduction {
  readonly scale: number
}

const averaging = /* @__PURE__ */ formulaBy<Totalling>({
  adjoint: (g, { scale, kept }, from) => stretched(reshape(multiply(g, scale), kept), from),
})

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
    return apply(multiplying, { op: 'product', ...planReduction('product', x, options) }, [x])
  })
}

const multiplying = /* @__PURE__ */ reductionBy({
  gradient: (g, [x], spec) => [
    () => {
      // d/dxᵢ is the product of all others: that of the nonzero ones, where no other factor is zero.
      const others = apply(reducedFormula, { ...spec, formula: nonZeros }, [x])
      const zeros = apply(reducedFormula, { ...spec, op: 'sum', formula: zeroOnes }, [x])
      const whole = [g, others, zeros].map((part) => reshape(part, spec.kept))
      return evaluate(productOfOthers, [x, ...whole])
    },
  ],
})

/** A formula reduced by sums or products, step by step where it is differentiated itself. */
const reducedFormula = /* @__PURE__ */ formulaBy<ReducedFormula>({
  composition: ({ op, formula, axes }, inputs) => [
    () => (op === 'sum' ? sum : product)(formula(tensors, inputs, []), { axes }),
  ],
})

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
    return apply(choosing, { op, ...plan }, [x])
  })
}

const choosing = /* @__PURE__ */ reductionBy({
  saves: ([x], [y]) => [x, y],
  gradient: (g, [x, y], spec) => [
    () => {
      const whole = reshape(y, spec.kept)
      const count = reduced({ ...spec, op: 'sum', formula: winners }, [x, whole])
      return evaluate(shareOfWinners, [x, whole, reshape(g, spec.kept), reshape(count, spec.kept)])
    },
  ],
})

const wins: <T>(o: Algebra<T>, x: T, y: T) => T = (o, x, y) => o.or(o.equal(x, y), o.not(o.equal(x, x)))
const winners: Formula = (o, [x, y]) => o.where(wins(o, x, y), 1, 0)
const shareOfWinners: Formula = (o, [x, y, g, count]) => o.where(wins(o, x, y), o.divide(g, count), 0)

/** The largest element; NaN if there is one. */
export const max = (x: TensorLike, options: ReduceOptions = {}): Tensor => extreme('max', x, options)
/** The smallest element; NaN if there is one. */
export const min = (x: TensorLike, options: ReduceOptions = {}): Tensor => extreme('min', x, options)

/** The variance about the mean: divided by n, or by n − `correction` (1 for the unbiased estimate). */
export function variance(
  value: TensorLike,
  options: ReduceOptions & {
    /** Subtracted from the number of elements before dividing: 0 when not given, 1 for the unbiased estimate. */
    correction?: number | undefined
  } = {},
): Tensor {
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
    const centre = withoutGradients(() => mean(x, { axes: plan.axes, keepDims: true }))
    return apply(varying, { op: 'sum', formula: squaredDistance, scale: 1 / divisor, ...plan }, [x, centre])
  })
}

const varying = /* @__PURE__ */ formulaBy<Totalling>({
  gradient: (gradient, [x, centre], { scale, kept, axes }) => [
    () => {
      const g = reshape(multiply(gradient, 2 * scale), kept)
      // What the mean adds to the gradient is a sum of distances from it: 0.
      return evaluate(scaledDistance, [g, x, isTracked([x]) ? mean(x, { axes, keepDims: true }) : centre])
    },
  ],
})

const squaredDistance: Formula = (o, [x, centre]) => o.square(o.subtract(x, centre))
/** Without end where the mean is, so that one ∞ makes NaN of its whole group. */
const scaledDistance: Formula = (o, [g, x, centre]) =>
  o.multiply(g, o.add(o.subtract(x, centre), o.subtract(centre, centre)))

/** The p-norm (Σ|x|ᵖ)^(1/p) for p = 1 or 2 (the default). */
export function norm(
  value: TensorLike,
  options: ReduceOptions & {
    /** Which norm: 2, the Euclidean length, when not given; 1 adds up magnitudes. */
    p?: 1 | 2 | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('norm', 'x', value)
    checkOptions('norm', options, [...reductionOptions, 'p'])
    const { p = 2, ...rest } = options
    check(p === 1 || p === 2, () => `norm: p is ${show(p)}; use 1 or 2.`)
    const plan = planReduction('norm', x, rest)
    return apply(measuring, { op: 'sum', formula: p === 1 ? magnitudes : squares, root: p === 2, ...plan }, [x])
  })
}

const measuring = /* @__PURE__ */ formulaBy<ReducedFormula & Reduction>({
  saves: (inputs, outputs, { root }) => (root ? [...inputs, ...outputs] : inputs),
  gradient: (gradient, [x, length], { kept, root }) => [
    () => {
      const g = reshape(gradient, kept)
      return root ? evaluate(direction, [g, x, reshape(length, kept)]) : evaluate(towardsZero, [g, x])
    },
  ],
})

const towardsZero: Formula = (o, [g, x]) => o.multiply(g, o.sign(x))
/** At 0 the norm has no derivative; 0 is the subgradient of least norm, and keeps NaN away. */
const direction: Formula = (o, [g, x, length]) => {
  const nowhere = o.equal(length, 0)
  return o.where(nowhere, 0, o.divide(o.multiply(g, x), o.where(nowhere, 1, length)))
}

function booleanReduction(op: 'all' | 'any', value: TensorLike, options: ReduceOptions): Tensor {
  return scope(() => {
    const x = cast(asTensor(op, 'x', value), 'bool')
    return apply(reducing, { op: op === 'all' ? 'product' : 'max', ...planReduction(op, x, options) }, [x])
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
    return apply(placing, { op, shape, ...aroundAxis(x.shape, axis) }, [x])
  })
}

const placing: Primitive<KernelSpecs['argReduce'] & { readonly shape: Shape }, 'argReduce'> = {
  kernel: kernels.argReduce,
  kernelSpec: ({ op, outer, length, inner }) => ({ op, outer, length, inner }),
  shape: ({ shape }) => shape,
  dtype: 'int32',
}

/** Index of the first largest element along `axis` (the last when not given), int32. Has no gradient. */
export const argMax = (
  x: TensorLike,
  options: {
    /** The axis to search along: the last when not given. Negative ones count from the end. */
    axis?: number | undefined
    /** Whether the axis stays, with size 1: not when not given. */
    keepDims?: boolean | undefined
  } = {},
): Tensor => extremeIndex('argMax', x, options)
/** Index of the first smallest element along `axis` (the last when not given), int32. Has no gradient. */
export const argMin = (
  x: TensorLike,
  options: {
    /** The axis to search along: the last when not given. Negative ones count from the end. */
    axis?: number | undefined
    /** Whether the axis stays, with size 1: not when not given. */
    keepDims?: boolean | undefined
  } = {},
): Tensor => extremeIndex('argMin', x, options)

/** The options of `cumulativeSum`. Both flags are off when not given. */
export interface CumulativeSumOptions {
  /** The axis to sum along: the last when not given. Negative ones count from the end. */
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
    return apply(accumulating, { ...aroundAxis(x.shape, axis), exclusive, reverse }, [x])
  })
}

const accumulating: KernelPrimitive<'cumulativeSum'> = {
  kernel: kernels.cumulativeSum,
  reach: 'everything',
  adjoint: (g, spec) => apply(accumulating, { ...spec, reverse: !spec.reverse }, [g]),
}

/** log Σ eˣ without overflow. */
export function logSumExp(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('logSumExp', 'x', value)
    const plan = planReduction('logSumExp', x, options)
    checkNotEmpty('logSumExp', x, plan)
    const shift = shiftOf(x, plan.axes)
    return apply(logarithm, plan, [
      x,
      shift,
      reduced({ op: 'sum', formula: shiftedPower, ...plan, shape: plan.kept }, [x, shift]),
    ])
  })
}

const logarithm: Primitive<Reduction> = {
  name: 'logSumExp',
  reach: 'axes',
  shape: ({ shape }) => shape,
  made: ({ shape }, [, shift, total]) => withoutGradients(() => [reshape(add(log(total), shift), shape)]),
  gradient: (g, saved, spec) => [() => apply(sharing, spec, [reshape(g, spec.kept), ...saved]), ...[null, null]],
}

/** The part of each eˣ in their sum. */
const sharing: Primitive<Reduction> = {
  name: 'shareOfSum',
  shape: (_, [, x]) => x.shape,
  lower: (_, inputs, outputs, described) => lowerFormula({ formula: share, constants: [] }, inputs, outputs, described),
  composition: ({ axes }, [g, x, shift]) => [
    () => {
      const powers = exp(subtract(x, shift))
      return multiply(divide(g, sum(powers, { axes, keepDims: true })), powers)
    },
  ],
}

const share: Formula = (o, [g, x, shift, total]) => o.multiply(o.divide(g, total), o.exp(o.subtract(x, shift)))
const shiftedPower: Formula = (o, [x, shift]) => o.exp(o.subtract(x, shift))

/** eˣ / Σ eˣ along `axis` (the last when not given). */
export const softmax = (
  x: TensorLike,
  options: {
    /** The axis that sums to 1: the last when not given. Negative ones count from the end. */
    axis?: number | undefined
  } = {},
): Tensor => alongAxis('softmax', x, options)

/** x − log Σ eˣ along `axis` (the last when not given). */
export const logSoftmax = (
  x: TensorLike,
  options: {
    /** The axis that the sum goes along: the last when not given. Negative ones count from the end. */
    axis?: number | undefined
  } = {},
): Tensor => alongAxis('logSoftmax', x, options)

function alongAxis(op: 'softmax' | 'logSoftmax', value: TensorLike, options: { axis?: number | undefined }): Tensor {
  return scope(() => {
    const x = floatTensor(op, 'x', value)
    checkOptions(op, options, ['axis'])
    const axis = normalizeAxis(op, options.axis ?? -1, x.rank)
    return apply(shares, { axis, ...aroundAxis(x.shape, axis), log: op === 'logSoftmax' }, [x])
  })
}

type Shares = KernelSpecs['softmax'] & { readonly axis: number }

const shares: Primitive<Shares, 'softmax'> = {
  kernel: kernels.softmax,
  composition: ({ axis, log: logarithms }, [x]) => [
    () => {
      const distance = subtract(x, shiftOf(x, [axis]))
      const powers = exp(distance)
      const total = sum(powers, { axes: axis, keepDims: true })
      return logarithms ? subtract(distance, log(total)) : divide(powers, total)
    },
  ],
  saves: (_, outputs) => outputs,
  gradient: (g, [y], spec) => [() => apply(gradientOfShares, spec, [g, y])],
}

const gradientOfShares: Primitive<Shares, 'softmaxGradient'> = {
  kernel: kernels.softmaxGradient,
  composition: ({ axis, log }, [g, y]) => [
    () => {
      const total = sum(log ? g : multiply(g, y), { axes: axis, keepDims: true })
      return log ? subtract(g, multiply(exp(y), total)) : multiply(y, subtract(g, total))
    },
  ],
}
