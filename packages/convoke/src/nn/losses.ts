// Losses. Each gives one number, the mean over what it compares, or with `reduction: 'none'` one number for each. What they
// give at 0, ±∞ and NaN is the table of docs/edges.md.

import { floatTensor } from '../ops/arguments.ts'
import {
  add,
  clip,
  concat,
  divide,
  equal,
  exp,
  greaterEqual,
  logicalOr,
  matmul,
  maximum,
  multiply,
  negate,
  norm,
  oneHot,
  power,
  sigmoid,
  softmax,
  softplus,
  square,
  subtract,
  sum,
  where,
} from '../ops/index.ts'
import { reshape } from '../ops/stretch.ts'
import { sameShape } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { arange, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { crossEntropy } from './cross-entropy.ts'
import {
  absoluteDifference,
  binaryEntropy,
  huberLoss,
  missedOverlap,
  squaredDifference,
  squaredFocal,
} from './elementwise-losses.ts'
import { type LossOptions, reduce, sumOfProducts, weighed } from './loss-terms.ts'

export { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts'
export { type CtcOptions, type CtcTargets, ctcLoss } from './ctc.ts'
export type { LossOptions, Reduction } from './loss-terms.ts'

/** Throws `ConvokeError` unless an option is a finite number from `least` to `most`. */
function checkWithin(op: string, name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): void {
  check(
    Number.isFinite(value) && value >= least && value <= most,
    () =>
      `${op}: ${name} is ${show(value)}; it must be ${most === Number.POSITIVE_INFINITY ? `a finite number of ${least} or more` : `from ${least} to ${most}`}.`,
  )
}

function pair(op: string, prediction: TensorLike, target: TensorLike): [Tensor, Tensor] {
  const [x, y] = [floatTensor(op, 'the prediction', prediction), floatTensor(op, 'the target', target)]
  check(
    sameShape(x.shape, y.shape),
    () =>
      `${op}: the prediction has shape ${showShape(x.shape)}, the target ${showShape(y.shape)}. They must be equal; reshape one of them.`,
  )
  return [x, y]
}

/** (prediction − target)². */
export function meanSquaredError(prediction: TensorLike, target: TensorLike, options: LossOptions = {}): Tensor {
  const [x, y] = pair('meanSquaredError', prediction, target)
  return squaredDifference(x, y, options)
}

/** |prediction − target|. */
export function meanAbsoluteError(prediction: TensorLike, target: TensorLike, options: LossOptions = {}): Tensor {
  const [x, y] = pair('meanAbsoluteError', prediction, target)
  return absoluteDifference(x, y, options)
}

/** ½d² for |d| ≤ delta, delta·(|d| − ½delta) beyond (Huber 1964); delta is 1 when not given. */
export function huber(
  prediction: TensorLike,
  target: TensorLike,
  options: LossOptions & {
    /** Distance, above 0, from which the loss grows in a straight line: 1 when not given. */
    readonly delta?: number | undefined
  } = {},
): Tensor {
  const { delta = 1 } = options
  check(delta > 0, () => `huber: delta is ${show(delta)}; it must be above 0.`)
  const [x, y] = pair('huber', prediction, target)
  return huberLoss(x, y, delta, options)
}

/** The options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positives: 1 when not given, above 1 where they are rare. */
  readonly positiveWeight?: number | undefined
}

/** −y·log σ(x) − (1 − y)·log(1 − σ(x)) for logits x and targets y from 0 to 1, of one shape; 0·∞ is 0. */
export function binaryCrossEntropy(
  logits: TensorLike,
  targets: TensorLike,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const [x, y] = pair('binaryCrossEntropy', logits, targets)
  const { positiveWeight = 1 } = options
  checkWithin('binaryCrossEntropy', 'positiveWeight', positiveWeight, 0)
  return binaryEntropy(x, y, positiveWeight, options)
}

/** The options of `focal`. */
export interface FocalOptions extends LossOptions {
  /** Exponent that takes weight from easy examples: 2 when not given. */
  readonly gamma?: number | undefined
  /** Weight of the positives, 1 − alpha that of the negatives; 0.25 when not given, null for none. */
  readonly alpha?: number | null | undefined
}

/** Binary focal loss −αₜ·(1 − pₜ)^γ·log pₜ of logits (Lin et al. 2017, RetinaNet). */
export function focal(logits: TensorLike, targets: TensorLike, options: FocalOptions = {}): Tensor {
  const { gamma = 2, alpha = 0.25 } = options
  checkWithin('focal', 'gamma', gamma, 0)
  if (alpha !== null) checkWithin('focal', 'alpha', alpha, 0, 1)
  const [x, y] = pair('focal', logits, targets)
  // A weight of 0 leaves out even what is infinite, which the fused one does not.
  if (gamma === 2 && alpha !== 0 && alpha !== 1)
    return squaredFocal(x, y, alpha === null ? 1 : 1 - alpha, alpha === null ? 0 : 2 * alpha - 1, options)
  const entropy = binaryCrossEntropy(x, y, { reduction: 'none' })
  const loss = gamma === 0 ? entropy : multiply(missedPower(x, y, gamma), entropy)
  const balance = alpha === null ? null : add(multiply(y, 2 * alpha - 1), 1 - alpha)
  return reduce('focal', balance === null ? loss : weighed(balance, loss), options)
}

/** Logits beyond this are certain to the last bit of any power; their own infinities would only make NaN of the product. */
const certain = 1e4

/**
 * (1 − pₜ)^γ. For targets of 0 and 1 by way of its logarithm, since (1 − pₜ)^(γ − 1), which its gradient would need otherwise,
 * is infinite for certain examples where γ < 1.
 */
function missedPower(logits: Tensor, y: Tensor, gamma: number): Tensor {
  const x = clip(logits, -certain, certain)
  const hard = logicalOr(equal(y, 0), equal(y, 1))
  // 1 − pₜ = σ(z): z is the logit of the wrong answer.
  const z = multiply(x, subtract(1, multiply(y, 2)))
  const ofHard = exp(multiply(softplus(negate(z)), -gamma))
  const p = sigmoid(x)
  const missed = add(multiply(p, subtract(1, y)), multiply(subtract(1, p), y))
  return where(hard, ofHard, power(where(hard, 1, missed), gamma))
}

/** The options of `dice`. */
export interface DiceOptions extends LossOptions {
  /** Added to numerator and denominator, so that an empty prediction of an empty target costs nothing: 1 when not given. */
  readonly smoothing?: number | undefined
}

/**
 * 1 − (2·Σ p·y + s) / (Σ p + Σ y + s) of probabilities p and targets y, summed over space, one value for each example
 * and channel (Milletari et al. 2016, with plain sums below as in most later work). Both `[batch, ...spatial, channels]`.
 */
export function dice(probabilities: TensorLike, targets: TensorLike, options: DiceOptions = {}): Tensor {
  const [p, y] = pair('dice', probabilities, targets)
  check(
    p.rank >= 3,
    () => `dice: the probabilities of shape ${showShape(p.shape)} must be [batch, ...spatial, channels].`,
  )
  const { smoothing = 1 } = options
  checkWithin('dice', 'smoothing', smoothing, 0)
  const axes = p.shape.slice(1, -1).map((_, axis) => axis + 1)
  const sizes = [p, y].map((one) => sum(one, { axes }))
  return reduce('dice', missedOverlap(sumOfProducts(p, y, axes), sizes[0], sizes[1], smoothing), options)
}

/** `dice` of logits `[batch, ...spatial, classes]` and int32 labels `[batch, ...spatial]`, 0 to classes − 1. */
export function softmaxDice(logits: TensorLike, labels: TensorLike, options: DiceOptions = {}): Tensor {
  const x = floatTensor('softmaxDice', 'the logits', logits)
  return dice(softmax(x), oneHot(labels, x.shape[x.rank - 1]), options)
}

/**
 * Pulls pairs of the same kind together and pushes others `margin` apart: y·½d² + (1 − y)·½max(0, margin − d)²
 * (Hadsell et al. 2006). Embeddings `[batch, size]`, `same` `[batch]` of 0 and 1.
 */
export function contrastive(
  a: TensorLike,
  b: TensorLike,
  same: TensorLike,
  options: LossOptions & {
    /** Distance, 0 or more, that different things should keep: 1 when not given. */
    readonly margin?: number | undefined
  } = {},
): Tensor {
  const [x, y] = pair('contrastive', a, b)
  const alike = floatTensor('contrastive', 'same', same)
  const { margin = 1 } = options
  checkWithin('contrastive', 'margin', margin, 0)
  const difference = subtract(x, y)
  // What does not count is 0 before its length is taken: the direction of an infinite difference is NaN.
  const together = where(equal(reshape(alike, [...alike.shape, 1]), 0), 0, difference)
  const isFar = greaterEqual(norm(difference, { axes: -1, keepDims: true }), margin)
  const near = norm(where(isFar, 0, difference), { axes: -1 })
  const apart = where(reshape(isFar, near.shape), 0, square(maximum(subtract(margin, near), 0)))
  const loss = add(multiply(alike, sum(square(together), { axes: -1 })), weighed(subtract(1, alike), apart))
  return reduce('contrastive', multiply(loss, 0.5), options)
}

/**
 * NT-Xent (Chen et al. 2020, SimCLR): row i of `a` and row i of `b` are two views of one thing, all other rows of both
 * are different things. Cross-entropy of cosine similarities over `temperature` (0.5 when not given).
 */
export function contrastiveViews(
  a: TensorLike,
  b: TensorLike,
  options: {
    /** What similarities are divided by, above 0: 0.5 when not given. A small one weighs the hardest pairs most. */
    readonly temperature?: number | undefined
  } = {},
): Tensor {
  const { temperature = 0.5 } = options
  check(temperature > 0, () => `contrastiveViews: the temperature is ${show(temperature)}; it must be above 0.`)
  const [x, y] = pair('contrastiveViews', a, b)
  check(x.rank === 2, () => `contrastiveViews: the embeddings have shape ${showShape(x.shape)}; use [batch, size].`)
  const unit = (rows: Tensor): Tensor => divide(rows, maximum(norm(rows, { axes: -1, keepDims: true }), 1e-8))
  const [left, right] = [unit(x), unit(y)]
  const count = x.shape[0]
  const places = arange(0, count, 1, 'int32')
  const itself = multiply(oneHot(places, count), -1e9)
  const similar = (p: Tensor, q: Tensor): Tensor => multiply(matmul(p, q, { transposeB: true }), 1 / temperature)
  // Among the other views and the own rows but itself, the row's own other view is the right answer.
  const oneSide = (p: Tensor, q: Tensor): Tensor =>
    crossEntropy(concat([similar(p, q), add(similar(p, p), itself)], 1), places)
  return multiply(add(oneSide(left, right), oneSide(right, left)), 0.5)
}
