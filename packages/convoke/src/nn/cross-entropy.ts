// The cross-entropy of softmax.

import { checkChoice, floatTensor, indexTensor } from '../ops/arguments.ts'
import {
  add,
  cast,
  divide,
  equal,
  expandDims,
  logSoftmax,
  multiply,
  negate,
  notEqual,
  oneHot,
  reshape,
  sum,
  where,
} from '../ops/index.ts'
import { softmaxLoss } from '../ops/softmax-loss.ts'
import { sameShape } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type LossOptions, reduce, weighed } from './loss-terms.ts'

/** The options of `crossEntropy`. */
export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target spread evenly over all classes (Szegedy et al. 2016); 0 when not given. */
  readonly smoothing?: number | undefined
  /** One weight a class; the mean is then divided by the weights of the targets, as in PyTorch. */
  readonly weights?: TensorLike | undefined
  /** Positions with this label do not count; any other label outside of 0 to classes − 1 is refused. */
  readonly ignore?: number | undefined
}

/**
 * −Σ target · log softmax(logits) over the last axis, where 0·∞ is 0: a class that a target gives nothing may have a logit of
 * −∞. Logits `[..., classes]`; targets are int32 labels `[...]`, or probabilities of the shape of the logits.
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
  const { ignore } = options
  check(
    ignore === undefined || Number.isInteger(ignore),
    () => `crossEntropy: ignore is ${show(ignore)}; labels are whole numbers.`,
  )
  const x = floatTensor('crossEntropy', 'the logits', logits)
  check(x.rank >= 1, () => 'crossEntropy: the logits are a single number; they must be [..., classes].')
  const classes = x.shape[x.rank - 1]
  if (Array.isArray(options.weights)) {
    const faulty = options.weights.find((weight) => typeof weight === 'number' && !(weight >= 0 && weight < Infinity))
    check(
      faulty === undefined,
      () => `crossEntropy: a weight is ${show(faulty)}; weights are finite numbers of 0 or more.`,
    )
  }
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
  const loss = negate(sum(weighed(smooth, logSoftmax(countingRows(x, smooth, counted, options))), { axes: -1 }))
  if (reduction === 'none') return loss
  const total = sum(loss)
  if (reduction === 'sum') return total
  if (share === null) return multiply(total, 1 / Math.max(loss.size, 1))
  const counts = sum(share)
  return divide(total, where(equal(counts, 0), 1, counts))
}

/** The logits, with 0 in rows that do not count: they are not looked at, and may hold anything. */
function countingRows(x: Tensor, shares: Tensor, counted: Tensor | null, options: CrossEntropyOptions): Tensor {
  const { weights, ignore } = options
  // Of labels alone it is known already.
  if (counted !== null && weights === undefined) return ignore === undefined ? x : where(expandDims(counted, -1), x, 0)
  const some = sum(cast(notEqual(shares, 0), 'float32'), { axes: -1, keepDims: true })
  return where(notEqual(some, 0), x, 0)
}

/** The labels, where nothing but labels decides the loss: int32, in range. */
function plainLabels(x: Tensor, targets: TensorLike, options: CrossEntropyOptions): Tensor | null {
  const { smoothing = 0, weights, ignore } = options
  const given = asTensor('crossEntropy', 'the targets', targets)
  const classes = x.shape[x.rank - 1]
  const plain = smoothing === 0 && weights === undefined && ignore === undefined && x.size > 0
  const fitting = given.dtype !== 'float32' && sameShape(given.shape, x.shape.slice(0, -1))
  return plain && fitting ? indexTensor('crossEntropy', given, classes, 'from-start') : null
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
      ignore === undefined,
      () =>
        `crossEntropy: ignore is ${show(ignore)}, a label, and the targets are probabilities. Give rows that do not count zeros instead, or int32 labels.`,
    )
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
    const distribution = oneHotOf(given, classes)
    return { distribution, counted: cast(equal(given, given), 'float32') }
  }
  const labels = cast(given, 'int32')
  const counts = notEqual(labels, ignore)
  const counted = cast(counts, 'float32')
  const distribution = multiply(oneHotOf(where(counts, labels, 0), classes), reshape(counted, [...given.shape, 1]))
  return { distribution, counted }
}

const oneHotOf = (labels: Tensor, classes: number): Tensor =>
  oneHot(indexTensor('crossEntropy', labels, classes, 'from-start'), classes)

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
