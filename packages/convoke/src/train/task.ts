// What is trained for: how a model runs on a batch, what it loses, and how it is measured.

import type { Batch } from '../data/batches.ts'
import type { ClassifiedPicture, MaskedPicture, SequencePair, TokenizedText } from '../data/dataset.ts'
import { ignoredLabel } from '../data/masks/index.ts'
import {
  addConfusion,
  argMaxRows,
  type ConfusionMatrix,
  classificationReport,
  confusionMatrix,
  topKHits,
} from '../metrics/index.ts'
import { type CrossEntropyOptions, crossEntropy, dice, meanSquaredError } from '../nn/losses.ts'
import type { Module } from '../nn/module.ts'
import {
  add,
  cast,
  divide,
  equal,
  gather,
  maximum,
  multiply,
  notEqual,
  oneHot,
  softmax,
  sum,
  where,
} from '../ops/index.ts'
import { reshape } from '../ops/stretch.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Collects measurements over batches. */
export interface Meter<E extends object, O> {
  /** Measures a batch. */
  add(output: O, batch: Batch<E>): void | Promise<void>
  /** Larger is better for every measure, unless its name is `loss` or ends in `error`. */
  values(): Record<string, number>
  /** What it has counted, as plain data that JSON holds: so that ranks can share the measuring. */
  counts?(): unknown
  /** Counts as its own what another meter of the kind has counted. */
  addCounts?(counts: unknown): void
}

/** What is learned, apart from the network's layers: `classification`, `segmentation`, or one of your own. */
export interface Task<E extends object, O> {
  /** The output of the network for a batch. */
  readonly forward: (batch: Batch<E>) => O
  /** One number: the mean over the batch. */
  readonly loss: (output: O, batch: Batch<E>) => Tensor
  /** Makes what measures the output; without it only the loss is measured. */
  readonly meter?: (() => Meter<E, O>) | undefined
}

const sumOf = (a: ConfusionMatrix | null, b: ConfusionMatrix | null): ConfusionMatrix | null =>
  a === null || b === null ? (a ?? b) : addConfusion(a, b)

/** A meter of accuracy, F1 and the confusion matrix, for logits `[batch, classes]`. */
export interface ClassificationMeter extends Meter<Pick<ClassifiedPicture, 'label'>, Tensor> {
  /** `counts[actual][predicted]` of everything added. */
  confusion(): ConfusionMatrix
}

/** Accuracy, top-5 accuracy where there are more than five classes, and macro F1 of logits `[batch, classes]`. */
export function classificationMeter(classes: number): ClassificationMeter {
  let matrix: ConfusionMatrix | null = null
  let [topFive, count] = [0, 0]
  return {
    async add(output, batch) {
      const [scores, labels] = await Promise.all([output.data(), batch.label.data()])
      const own = confusionMatrix(argMaxRows(scores, classes), labels, classes)
      matrix = matrix === null ? own : addConfusion(matrix, own)
      if (classes > 5) topFive += topKHits(scores, labels, 5)
      count += labels.length
    },
    values() {
      const report = classificationReport(matrix ?? [])
      return {
        accuracy: report.accuracy,
        f1: report.macro.f1,
        ...(classes > 5 ? { top5: topFive / Math.max(count, 1) } : {}),
      }
    },
    confusion: () => matrix ?? [],
    counts: () => ({ matrix, topFive, count }),
    addCounts(other) {
      const theirs = other as { matrix: ConfusionMatrix | null; topFive: number; count: number }
      matrix = sumOf(matrix, theirs.matrix)
      topFive += theirs.topFive
      count += theirs.count
    },
  }
}

/** The options of `classification` and `textClassification`. */
export type ClassificationOptions = Pick<CrossEntropyOptions, 'smoothing' | 'weights'>

/** Pictures into classes: the model gives logits `[batch, classes]`. */
export const classification = (
  model: Module,
  classes: number,
  options: ClassificationOptions = {},
): Task<ClassifiedPicture, Tensor> => ({
  forward: ({ image }) => model(image),
  loss: (logits, { label }) => crossEntropy(logits, label, options),
  meter: () => classificationMeter(classes),
})

/** Texts into classes: the model takes int32 tokens `[batch, words]` and gives logits `[batch, classes]`. */
export const textClassification = (
  model: Module,
  classes: number,
  options: ClassificationOptions = {},
): Task<TokenizedText, Tensor> => ({
  forward: ({ tokens }) => model(tokens),
  loss: (logits, { label }) => crossEntropy(logits, label, options),
  meter: () => classificationMeter(classes),
})

/** What segmentation can lose by, as files and command lines name it. */
export const segmentationLosses = ['cross-entropy', 'dice', 'both'] as const

/** The options of `segmentation`. */
export interface SegmentationOptions {
  /**
   * 'cross-entropy' (when not given): every pixel counts the same. 'dice': every class counts the same in every picture,
   * however few its pixels are (Milletari et al. 2016). 'both': their sum.
   */
  readonly loss?: (typeof segmentationLosses)[number] | undefined
  /** Pixels with this label count neither for the loss nor for the measures; `data.ignoredLabel` (−1) when not given. */
  readonly ignore?: number | undefined
  /** One weight for each class in the cross-entropy: all 1 when not given. */
  readonly weights?: CrossEntropyOptions['weights'] | undefined
}

/** Pixels into classes: the model gives logits `[batch, height, width, classes]`. */
export function segmentation(
  model: Module,
  classes: number,
  options: SegmentationOptions = {},
): Task<MaskedPicture, Tensor> {
  const { ignore = ignoredLabel, weights, loss = 'cross-entropy' } = options
  check(
    segmentationLosses.includes(loss),
    () => `segmentation: loss is ${show(loss)}; it must be ${segmentationLosses.map(show).join(' or ')}.`,
  )
  const entropy = (logits: Tensor, mask: Tensor): Tensor => countedLoss(logits, mask, ignore, weights)
  const losses = {
    'cross-entropy': entropy,
    dice: (logits: Tensor, mask: Tensor) => countedDice(logits, mask, ignore),
    both: (logits: Tensor, mask: Tensor) => add(entropy(logits, mask), countedDice(logits, mask, ignore)),
  }
  return {
    forward: ({ image }) => model(image),
    loss: (logits, { mask }) => losses[loss](logits, mask),
    meter: () => segmentationMeter(classes, ignore),
  }
}

/** The mean cross-entropy of the pixels that count, each weighed by its class where `weights` are given; 0 where none does. */
function countedLoss(logits: Tensor, mask: Tensor, ignore: number, weights: SegmentationOptions['weights']): Tensor {
  const counts = notEqual(mask, ignore)
  const labels = where(counts, mask, 0)
  const each = crossEntropy(logits, labels, { reduction: 'none' })
  if (weights === undefined) return divide(sum(where(counts, each, 0)), maximum(sum(cast(counts, 'float32')), 1))
  const share = where(counts, gather(classWeights(weights, logits.shape.at(-1)!), labels), 0)
  const total = sum(share)
  return divide(sum(where(counts, multiply(each, share), 0)), where(equal(total, 0), 1, total))
}

/** Float32 `[classes]`. Throws `ConvokeError` for others. */
function classWeights(weights: TensorLike, classes: number): Tensor {
  const own = asTensor('segmentation', 'the weights', weights, 'float32')
  check(
    own.rank === 1 && own.size === classes,
    () =>
      `segmentation: the weights have shape ${showShape(own.shape)}; there are ${classes} classes. Use shape [${classes}].`,
  )
  return own
}

/** Dice over the pixels that count. */
function countedDice(logits: Tensor, mask: Tensor, ignore: number): Tensor {
  const counts = notEqual(mask, ignore)
  const share = reshape(cast(counts, 'float32'), [...mask.shape, 1])
  const actual = oneHot(where(counts, mask, 0), logits.shape[logits.rank - 1])
  return dice(multiply(softmax(logits), share), multiply(actual, share))
}

function segmentationMeter(classes: number, ignore: number): Meter<MaskedPicture, Tensor> {
  let matrix: ConfusionMatrix | null = null
  return {
    async add(output, { mask }) {
      const [scores, labels] = await Promise.all([output.data(), mask.data()])
      const own = confusionMatrix(argMaxRows(scores, classes), labels, classes, { ignore })
      matrix = matrix === null ? own : addConfusion(matrix, own)
    },
    values() {
      const report = classificationReport(matrix ?? [])
      const each = report.classes.map(({ iou }, c) => [`iou${c}`, iou] as const)
      return { accuracy: report.accuracy, iou: report.macro.iou, ...Object.fromEntries(each) }
    },
    counts: () => matrix,
    addCounts(other) {
      matrix = sumOf(matrix, other as ConfusionMatrix | null)
    },
  }
}

/** Sequences to values of the target's shape, by mean squared error: the adding problem. */
export const sequenceRegression = (model: Module): Task<SequencePair, Tensor> => ({
  forward: ({ input }) => model(input),
  loss: (output, { target }) => meanSquaredError(output, target),
})

/** Sequences to one class at each step, logits `[batch, length, classes]`: copy memory. */
export const sequenceLabelling = (model: Module, classes: number): Task<SequencePair, Tensor> => ({
  forward: ({ input }) => model(input),
  loss: (logits, { target }) => crossEntropy(logits, target),
  meter() {
    let [hits, count] = [0, 0]
    return {
      async add(output, { target }) {
        const [scores, labels] = await Promise.all([output.data(), target.data()])
        const found = argMaxRows(scores, classes)
        for (let i = 0; i < labels.length; i++) if (found[i] === labels[i]) hits++
        count += labels.length
      },
      values: () => ({ accuracy: hits / Math.max(count, 1) }),
      counts: () => [hits, count],
      addCounts(other) {
        const [theirs, all] = other as [number, number]
        hits += theirs
        count += all
      },
    }
  },
})
