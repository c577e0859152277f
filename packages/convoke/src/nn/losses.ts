// Losses. Each gives one number, the mean over what it compares, or with `reduction: 'none'` one number for each.

import { checkChoice, floatTensor, indexTensor } from '../ops/arguments.ts'
import {
  abs,
  add,
  cast,
  concat,
  divide,
  equal,
  exp,
  greater,
  log1p,
  logSoftmax,
  matmul,
  maximum,
  mean,
  multiply,
  negate,
  norm,
  notEqual,
  oneHot,
  power,
  reshape,
  sigmoid,
  softmax,
  square,
  subtract,
  sum,
  where,
} from '../ops/index.ts'
import { softmaxLoss } from '../ops/softmax-loss.ts'
import { sameShape } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { arange, asTensor, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

export type Reduction = 'mean' | 'sum' | 'none'

export interface LossOptions {
  /** 'mean' when not given. */
  readonly reduction?: Reduction | undefined
}

function reduce(op: string, loss: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  checkChoice(op, 'the reduction', reduction, ['mean', 'sum', 'none'])
  return reduction === 'none' ? loss : reduction === 'sum' ? sum(loss) : mean(loss)
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
  return reduce('meanSquaredError', square(subtract(x, y)), options)
}

/** |prediction − target|. */
export function meanAbsoluteError(prediction: TensorLike, target: TensorLike, options: LossOptions = {}): Tensor {
  const [x, y] = pair('meanAbsoluteError', prediction, target)
  return reduce('meanAbsoluteError', abs(subtract(x, y)), options)
}

/** ½d² for |d| ≤ delta, delta·(|d| − ½delta) beyond (Huber 1964); delta is 1 when not given. */
export function huber(
  prediction: TensorLike,
  target: TensorLike,
  options: LossOptions & { readonly delta?: number | undefined } = {},
): Tensor {
  const { delta = 1 } = options
  check(delta > 0, () => `huber: delta is ${show(delta)}; it must be above 0.`)
  const [x, y] = pair('huber', prediction, target)
  const distance = abs(subtract(x, y))
  const near = multiply(square(distance), 0.5)
  const far = multiply(subtract(distance, 0.5 * delta), delta)
  return reduce('huber', where(greater(distance, delta), far, near), options)
}

export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target spread evenly over all classes (Szegedy et al. 2016); 0 when not given. */
  readonly smoothing?: number | undefined
  /** One weight a class; the mean is then divided by the weights of the targets, as in PyTorch. */
  readonly weights?: TensorLike | undefined
  /** Positions with this label do not count. */
  readonly ignore?: number | undefined
}

/**
 * −Σ target · log softmax(logits) over the last axis. Logits `[..., classes]`; targets are int32 labels `[...]`, or
 * probabilities of the shape of the logits.
 *
 * @example
 * nn.crossEntropy(tensor([[0, 0], [0, 0]]), tensor([0, 1], { dtype: 'int32' })).item()  // 0.6931472
 */
export function crossEntropy(logits: TensorLike, targets: TensorLike, options: CrossEntropyOptions = {}): Tensor {
  const { smoothing = 0, reduction = 'mean' } = options
  check(
    smoothing >= 0 && smoothing < 1,
    () => `crossEntropy: the smoothing is ${show(smoothing)}; it must be 0 or more and below 1.`,
  )
  checkChoice('crossEntropy', 'the reduction', reduction, ['mean', 'sum', 'none'])
  const x = floatTensor('crossEntropy', 'the logits', logits)
  check(x.rank >= 1, () => 'crossEntropy: the logits are a single number; they must be [..., classes].')
  const classes = x.shape[x.rank - 1]
  const weights = options.weights === undefined ? null : floatTensor('crossEntropy', 'the weights', options.weights)
  check(
    weights === null || (weights.rank === 1 && weights.size === classes),
    () =>
      `crossEntropy: the weights have shape ${showShape(weights?.shape ?? [])}; there are ${classes} classes. Use shape [${classes}].`,
  )
  const labels = plainLabels(x, targets, options)
  if (labels !== null) return reduce('crossEntropy', softmaxLoss(x, labels), options)
  const { distribution, counted } = targetDistribution(x, targets, classes, options.ignore)
  const weighted = weights === null ? distribution : multiply(distribution, weights)
  // What a target weighs in the mean: its class weight before smoothing.
  const share = counted === null ? null : weights === null ? counted : sum(weighted, { axes: -1 })
  const smooth = smoothing === 0 ? weighted : smoothed(weighted, smoothing, classes, weights, counted)
  const loss = negate(sum(multiply(smooth, logSoftmax(x)), { axes: -1 }))
  if (reduction === 'none') return loss
  const total = sum(loss)
  if (reduction === 'sum') return total
  return share === null ? multiply(total, 1 / Math.max(loss.size, 1)) : divide(total, maximum(sum(share), 1e-12))
}

/** The labels, where nothing but labels decides the loss: int32, in range. */
function plainLabels(x: Tensor, targets: TensorLike, options: CrossEntropyOptions): Tensor | null {
  const { smoothing = 0, weights, ignore } = options
  const given = asTensor('crossEntropy', 'the targets', targets)
  const classes = x.shape[x.rank - 1]
  const plain = smoothing === 0 && weights === undefined && ignore === undefined && x.size > 0
  const fitting = given.dtype !== 'float32' && sameShape(given.shape, x.shape.slice(0, -1))
  return plain && fitting ? indexTensor('crossEntropy', given, classes) : null
}

/** The targets as one distribution a position; with labels, 1 where a position counts and 0 where it is ignored. */
function targetDistribution(
  x: Tensor,
  targets: TensorLike,
  classes: number,
  ignore: number | undefined,
): { distribution: Tensor; counted: Tensor | null } {
  const given = asTensor('crossEntropy', 'the targets', targets)
  if (given.dtype === 'float32') {
    check(
      sameShape(given.shape, x.shape),
      () =>
        `crossEntropy: the targets are float32 ${showShape(given.shape)}, the logits ${showShape(x.shape)}. Give probabilities of the logits' shape, or int32 labels ${showShape(x.shape.slice(0, -1))}: cast(labels, 'int32').`,
    )
    return { distribution: given, counted: null }
  }
  check(
    sameShape(given.shape, x.shape.slice(0, -1)),
    () =>
      `crossEntropy: the labels have shape ${showShape(given.shape)}, the logits ${showShape(x.shape)}. The labels must have shape ${showShape(x.shape.slice(0, -1))}.`,
  )
  if (ignore === undefined) {
    const distribution = oneHot(given, classes)
    return { distribution, counted: cast(equal(given, given), 'float32') }
  }
  const labels = cast(given, 'int32')
  const counts = notEqual(labels, ignore)
  const counted = cast(counts, 'float32')
  const distribution = multiply(oneHot(where(counts, labels, 0), classes), reshape(counted, [...given.shape, 1]))
  return { distribution, counted }
}

function smoothed(
  weighted: Tensor,
  smoothing: number,
  classes: number,
  weights: Tensor | null,
  counted: Tensor | null,
): Tensor {
  const even = multiply(weights ?? 1, smoothing / classes)
  const spread = counted === null ? even : multiply(reshape(counted, [...counted.shape, 1]), even)
  return add(multiply(weighted, 1 - smoothing), spread)
}

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weighs the positives: above 1 where they are rare. */
  readonly positiveWeight?: number | undefined
}

/** log(1 + e⁻ˣ) without overflow: the cross-entropy of a positive with logit x. */
const logisticLoss = (x: Tensor): Tensor => add(maximum(negate(x), 0), log1p(exp(negate(abs(x)))))

/** −y·log σ(x) − (1 − y)·log(1 − σ(x)) for logits x and targets y from 0 to 1, of one shape. */
export function binaryCrossEntropy(
  logits: TensorLike,
  targets: TensorLike,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const [x, y] = pair('binaryCrossEntropy', logits, targets)
  const weight = add(multiply(y, (options.positiveWeight ?? 1) - 1), 1)
  const loss = add(multiply(subtract(1, y), x), multiply(weight, logisticLoss(x)))
  return reduce('binaryCrossEntropy', loss, options)
}

export interface FocalOptions extends LossOptions {
  /** How fast easy examples lose weight; 2 when not given. */
  readonly gamma?: number | undefined
  /** Weight of the positives, 1 − alpha that of the negatives; 0.25 when not given, null for none. */
  readonly alpha?: number | null | undefined
}

/** Binary focal loss −αₜ·(1 − pₜ)^γ·log pₜ of logits (Lin et al. 2017, RetinaNet). */
export function focal(logits: TensorLike, targets: TensorLike, options: FocalOptions = {}): Tensor {
  const { gamma = 2, alpha = 0.25 } = options
  check(gamma >= 0, () => `focal: gamma is ${show(gamma)}; it must be 0 or more.`)
  const [x, y] = pair('focal', logits, targets)
  const probability = sigmoid(x)
  const missed = add(multiply(probability, subtract(1, y)), multiply(subtract(1, probability), y))
  const loss = multiply(power(missed, gamma), binaryCrossEntropy(x, y, { reduction: 'none' }))
  const balance = alpha === null ? null : add(multiply(y, 2 * alpha - 1), 1 - alpha)
  return reduce('focal', balance === null ? loss : multiply(loss, balance), options)
}

export interface DiceOptions extends LossOptions {
  /** Added above and below, so that an empty target met by an empty prediction is no loss; 1 when not given. */
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
  const axes = p.shape.slice(1, -1).map((_, axis) => axis + 1)
  const overlap = multiply(sum(multiply(p, y), { axes }), 2)
  const total = add(sum(p, { axes }), sum(y, { axes }))
  return reduce('dice', subtract(1, divide(add(overlap, smoothing), add(total, smoothing))), options)
}

/** `dice` of logits `[batch, ...spatial, classes]` and int32 labels `[batch, ...spatial]`. */
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
  options: LossOptions & { readonly margin?: number | undefined } = {},
): Tensor {
  const [x, y] = pair('contrastive', a, b)
  const alike = floatTensor('contrastive', 'same', same)
  const distance = norm(subtract(x, y), { axes: -1 })
  const apart = square(maximum(subtract(options.margin ?? 1, distance), 0))
  const loss = add(multiply(alike, square(distance)), multiply(subtract(1, alike), apart))
  return reduce('contrastive', multiply(loss, 0.5), options)
}

/**
 * NT-Xent (Chen et al. 2020, SimCLR): row i of `a` and row i of `b` are two views of one thing, all other rows of both
 * are different things. Cross-entropy of cosine similarities over `temperature` (0.5 when not given).
 */
export function contrastiveViews(
  a: TensorLike,
  b: TensorLike,
  options: { readonly temperature?: number | undefined } = {},
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
