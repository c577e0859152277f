// Losses of each element of a prediction x beside its target y, as formulas: one pass forward, and one backward.

import { apply } from '../autodiff/primitive.ts'
import { elementwise, elementwiseTotal, type Parts } from '../ops/elementwise.ts'
import type { Algebra, Formula } from '../ops/formula.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type LossOptions, reduce } from './loss-terms.ts'

/** What is the same for x and, negated, for y. */
const ofDifference = (
  value: <T>(o: Algebra<T>, difference: T, delta: T | number) => T,
  slope: <T>(o: Algebra<T>, difference: T, delta: T | number) => T,
): Parts => ({
  formula: (o, [x, y], [delta]) => value(o, o.subtract(x, y), delta),
  gradients: [
    (o, [g, x, y], [delta]) => o.multiply(g, slope(o, o.subtract(x, y), delta)),
    (o, [g, x, y], [delta]) => o.multiply(g, slope(o, o.subtract(y, x), delta)),
  ],
})

const squared = ofDifference(
  (o, d) => o.square(d),
  (o, d) => o.multiply(d, 2),
)
const absolute = ofDifference(
  (o, d) => o.abs(d),
  (o, d) => o.sign(d),
)
const halfSquared = ofDifference(
  (o, d) => o.multiply(o.square(d), 0.5),
  (_, d) => d,
)
const bent = ofDifference(
  (o, d, delta) => {
    const distance = o.abs(d)
    const near = o.minimum(distance, delta)
    // What lies beyond delta has its own term, so that neither branch meets the infinities of the other.
    return o.add(o.multiply(o.square(near), 0.5), o.multiply(o.subtract(distance, near), delta))
  },
  (o, d, delta) => o.multiply(o.sign(d), o.minimum(o.abs(d), delta)),
)

/** `value`, but 0 where it is infinite or NaN and its weight is 0. */
const counting = <T>(o: Algebra<T>, weight: T, value: T): T =>
  o.where(o.and(o.equal(weight, 0), o.not(o.isFinite(value))), 0, value)

/** weight · value, 0 where the weight is, be the value what it may. */
const weighed = <T>(o: Algebra<T>, weight: T, value: T): T => o.where(o.equal(weight, 0), 0, o.multiply(weight, value))

/** −log σ(x) and −log(1 − σ(x)): what both have of the logarithm is taken once. */
const entropies = <T>(o: Algebra<T>, x: T): readonly [T, T] => {
  const shared = o.softplus(o.negate(o.abs(x)))
  return [o.add(o.maximum(o.negate(x), 0), shared), o.add(o.maximum(x, 0), shared)]
}

/** Each side keeps its small values, and neither cancels the other's large ones. */
const entropy: Parts = {
  formula: (o, [x, y], [positive]) => {
    const [left, right] = [o.multiply(y, positive), o.subtract(1, y)]
    const [miss, alarm] = entropies(o, x)
    const misses = o.multiply(left, counting(o, left, miss))
    return o.add(misses, o.multiply(right, counting(o, right, alarm)))
  },
  gradients: [
    (o, [g, x, y], [positive]) => {
      const [left, right] = [o.multiply(y, positive), o.subtract(1, y)]
      const pull = weighed(o, right, o.sigmoid(x))
      return o.multiply(g, o.subtract(pull, weighed(o, left, o.sigmoid(o.negate(x)))))
    },
    (o, [g, x, y], [positive]) => {
      const [miss, alarm] = entropies(o, x)
      const misses = counting(o, o.multiply(y, positive), miss)
      const alarms = counting(o, o.subtract(1, y), alarm)
      return o.multiply(g, o.subtract(o.multiply(misses, positive), alarms))
    },
  ],
}

/** What the squared focal loss is made of: s = σ(x), t = σ(−x), 1 − pₜ = s·(1 − y) + t·y, the cross-entropy E, and the weight a + b·y. */
function focalParts<T>(o: Algebra<T>, x: T, y: T, a: T | number, b: T | number) {
  const right = o.subtract(1, y)
  const [miss, alarm] = entropies(o, x)
  const [misses, alarms] = [counting(o, y, miss), counting(o, right, alarm)]
  const [s, t] = [o.sigmoid(x), o.sigmoid(o.negate(x))]
  return {
    ...{ right, misses, alarms, s, t },
    missed: o.add(o.multiply(s, right), o.multiply(t, y)),
    entropy: o.add(o.multiply(y, misses), o.multiply(right, alarms)),
    weight: o.add(o.multiply(y, b), a),
  }
}

/** (1 − pₜ)²·E, weighed: neither side of 1 − pₜ cancels, so that any target keeps its small values. */
const focalSquared: Parts = {
  formula: (o, [x, y], [a, b]) => {
    const { missed, entropy, weight } = focalParts(o, x, y, a, b)
    return o.multiply(o.multiply(o.square(missed), entropy), weight)
  },
  gradients: [
    (o, [g, x, y], [a, b]) => {
      const { missed, entropy, weight, right, s, t } = focalParts(o, x, y, a, b)
      // Where a logit is certain its s·t is 0, and its entropy may be ∞.
      const slope = o.multiply(o.multiply(o.multiply(s, t), o.subtract(right, y)), 2)
      const turning = weighed(o, slope, entropy)
      const pull = o.subtract(weighed(o, right, s), weighed(o, y, t))
      return o.multiply(o.multiply(g, weight), o.multiply(missed, o.add(turning, o.multiply(missed, pull))))
    },
    (o, [g, x, y], [a, b]) => {
      const { missed, entropy, weight, misses, alarms, s, t } = focalParts(o, x, y, a, b)
      const turning = o.multiply(o.multiply(o.subtract(t, s), 2), entropy)
      const along = o.add(turning, weighed(o, missed, o.subtract(misses, alarms)))
      const own = weighed(o, missed, o.multiply(weight, along))
      return o.multiply(g, o.add(own, o.multiply(o.multiply(o.square(missed), entropy), b)))
    },
  ],
}

/** As the caller wants it; a mean or a sum without writing the losses out. */
function loss(
  op: string,
  parts: Parts,
  inputs: readonly Tensor[],
  constants: readonly number[],
  options: LossOptions,
): Tensor {
  const { reduction = 'mean' } = options
  const [x] = inputs
  const spec = { ...parts, constants }
  if (reduction !== 'mean' && reduction !== 'sum') return reduce(op, apply(elementwise, spec, inputs), options)
  if (x.size === 0) return reduce(op, x, options)
  const everything = { op: 'sum', axes: x.shape.map((_, axis) => axis), shape: [] } as const
  return apply(elementwiseTotal, { ...spec, ...everything, scale: reduction === 'mean' ? 1 / x.size : 1 }, inputs)
}

/** (x − y)². */
export const squaredDifference = (x: Tensor, y: Tensor, options: LossOptions): Tensor =>
  loss('meanSquaredError', squared, [x, y], [], options)
/** |x − y|. */
export const absoluteDifference = (x: Tensor, y: Tensor, options: LossOptions): Tensor =>
  loss('meanAbsoluteError', absolute, [x, y], [], options)
/** ½d² for d = |x − y| up to delta, delta·(d − ½delta) beyond. */
export const huberLoss = (x: Tensor, y: Tensor, delta: number, options: LossOptions): Tensor =>
  delta === Number.POSITIVE_INFINITY
    ? loss('huber', halfSquared, [x, y], [], options)
    : loss('huber', bent, [x, y], [delta], options)
/** −w·y·log σ(x) − (1 − y)·log(1 − σ(x)), w weighing the positives; 0·∞ is 0. */
export const binaryEntropy = (x: Tensor, y: Tensor, positiveWeight: number, options: LossOptions): Tensor =>
  loss('binaryCrossEntropy', entropy, [x, y], [positiveWeight], options)
/** (1 − pₜ)²·E·(a + b·y): the focal loss of γ = 2. */
export const squaredFocal = (x: Tensor, y: Tensor, a: number, b: number, options: LossOptions): Tensor =>
  loss('focal', focalSquared, [x, y], [a, b], options)

/** 2·overlap + smoothing over both sizes + smoothing, and what is divided by, 1 instead of 0. */
function overlapShare<T>(o: Algebra<T>, [overlap, a, b]: readonly T[], smoothing: T | number) {
  const total = o.add(o.add(a, b), smoothing)
  const nothing = o.equal(total, 0)
  const divisor = o.where(nothing, 1, total)
  return { nothing, divisor, share: o.divide(o.add(o.multiply(overlap, 2), smoothing), divisor) }
}

const missed: Parts = {
  // Without smoothing, nothing found where nothing is has no overlap to measure: no loss.
  formula: (o, sums, [smoothing]) => {
    const { nothing, share } = overlapShare(o, sums, smoothing)
    return o.subtract(1, o.where(nothing, 1, share))
  },
  gradients: [
    (o, [g, ...sums], [smoothing]) => {
      const { nothing, divisor } = overlapShare(o, sums, smoothing)
      return o.multiply(g, o.where(nothing, 0, o.divide(-2, divisor)))
    },
    ...[1, 2].map(
      (): Formula =>
        (o, [g, ...sums], [smoothing]) => {
          const { nothing, divisor, share } = overlapShare(o, sums, smoothing)
          return o.multiply(g, o.where(nothing, 0, o.divide(share, divisor)))
        },
    ),
  ],
}

/** 1 − (2·overlap + smoothing) / (a + b + smoothing) of tensors of one shape. */
export const missedOverlap = (overlap: Tensor, a: Tensor, b: Tensor, smoothing: number): Tensor =>
  apply(elementwise, { ...missed, constants: [smoothing] }, [overlap, a, b])
