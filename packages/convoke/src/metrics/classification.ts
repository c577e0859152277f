// Measures of classification, on plain numbers. "Predicted" and "actual" are class indices.

import { check, show } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'

function checkPairs(op: string, predicted: ArrayLike<number>, actual: ArrayLike<number>): void {
  check(
    predicted.length === actual.length && actual.length > 0,
    () =>
      `${op}: ${counted(predicted.length, 'prediction')} for ${counted(actual.length, 'label')}. There must be one for each, and at least one.`,
  )
}

/** A class is a whole number from 0 to `classes` − 1: no index counts from the end. */
function checkLabels(op: string, labels: ArrayLike<number>, classes = Number.POSITIVE_INFINITY): void {
  for (let i = 0; i < labels.length; i++) checkLabel(op, labels, i, classes)
}

function checkLabel(op: string, labels: ArrayLike<number>, i: number, classes = Number.POSITIVE_INFINITY): void {
  check(
    Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes,
    () =>
      `${op}: label ${i} is ${labels[i]}; labels are whole numbers from 0${Number.isFinite(classes) ? ` to ${classes - 1}` : ''}.`,
  )
}

/** The share of predictions that are right, of those whose label is not `ignore`; NaN where none is left. Labels are whole numbers of 0 or more. */
export function accuracy(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  options: {
    /** Positions with this label do not count: every position counts when not given. */
    readonly ignore?: number | undefined
  } = {},
): number {
  checkPairs('accuracy', predicted, actual)
  let [hits, count] = [0, 0]
  for (let i = 0; i < actual.length; i++) {
    if (actual[i] === options.ignore) continue
    checkLabel('accuracy', actual, i)
    count++
    if (predicted[i] === actual[i]) hits++
  }
  return hits / count
}

/** The index of the largest score of each row, as `argMax`: the first of equals, and of NaN, which is larger than any. */
export function argMaxRows(scores: ArrayLike<number>, classes: number): Int32Array {
  check(
    classes >= 1 && scores.length % classes === 0,
    () => `argMaxRows: ${scores.length} scores do not fill rows of ${classes}.`,
  )
  const best = new Int32Array(scores.length / classes)
  for (let row = 0; row < best.length; row++) {
    const start = row * classes
    let top = 0
    for (let c = 1; c < classes && !Number.isNaN(scores[start + top]); c++) {
      if (scores[start + c] > scores[start + top] || Number.isNaN(scores[start + c])) top = c
    }
    best[row] = top
  }
  return best
}

/** How many rows have the actual class among their `k` largest scores; ties count for the lower index. */
export function topKHits(scores: ArrayLike<number>, actual: ArrayLike<number>, k: number): number {
  const classes = scores.length / actual.length
  check(
    Number.isInteger(classes) && Number.isInteger(k) && k >= 1 && k <= classes,
    () =>
      `topKHits: k is ${show(k)} for ${counted(scores.length, 'score')} and ${counted(actual.length, 'label')}. Give one row of scores a label, and k from 1 to the number of classes.`,
  )
  checkLabels('topKHits', actual, classes)
  let hits = 0
  for (let row = 0; row < actual.length; row++) {
    const start = row * classes
    const own = scores[start + actual[row]]
    let better = 0
    for (let c = 0; c < classes; c++) {
      const score = scores[start + c]
      if (score > own || (score === own && c < actual[row])) better++
    }
    // NaN beats nobody and is beaten by nobody: it must not count as a hit.
    if (better < k && !Number.isNaN(own)) hits++
  }
  return hits
}

/** The share of rows of `scores` (`[rows · classes]`) that have the actual class among their `k` largest. */
export const topKAccuracy = (scores: ArrayLike<number>, actual: ArrayLike<number>, k: number): number =>
  topKHits(scores, actual, k) / actual.length

/** `counts[actual][predicted]`. */
export type ConfusionMatrix = readonly (readonly number[])[]

/**
 * How often each actual class was predicted as each class. Positions with the label `ignore` do not count.
 *
 * @example
 * metrics.confusionMatrix([0, 1, 1], [0, 0, 1], 2)  // [[1, 1], [0, 1]]
 */
export function confusionMatrix(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  classes: number,
  options: {
    /** Positions with this label do not count: every position counts when not given. */
    readonly ignore?: number | undefined
  } = {},
): ConfusionMatrix {
  checkPairs('confusionMatrix', predicted, actual)
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  const isClass = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < classes
  for (let i = 0; i < actual.length; i++) {
    if (actual[i] === options.ignore) continue
    check(
      isClass(predicted[i]) && isClass(actual[i]),
      () =>
        `confusionMatrix: pair ${i} is predicted ${predicted[i]}, actual ${actual[i]}; classes go from 0 to ${classes - 1}.`,
    )
    counts[actual[i]][predicted[i]]++
  }
  return counts
}

/** The sum of confusion matrices, to collect them batch by batch. */
export const addConfusion = (a: ConfusionMatrix, b: ConfusionMatrix): ConfusionMatrix =>
  a.map((row, i) => row.map((count, j) => count + b[i][j]))

/** How well one class is told from the others, each a share from 0 to 1. */
export interface ClassScores {
  /** True positives over all predicted positives; 0 where nothing was predicted. */
  readonly precision: number
  /** True positives over all actual positives; 0 where there are none. */
  readonly recall: number
  /** Harmonic mean of both: 2·TP / (2·TP + FP + FN). */
  readonly f1: number
  /** True positives over predicted or actual (Jaccard index); NaN where the class appears in neither. */
  readonly iou: number
  /** Actual positives. */
  readonly support: number
}

/** What `classificationReport` returns. */
export interface ClassificationReport {
  /** One entry for each class, by its number. */
  readonly classes: readonly ClassScores[]
  /** Share of all examples that are right; 0 where there are none. */
  readonly accuracy: number
  /** Plain means over the classes that appear among the actual ones; IoU also over those only predicted. */
  readonly macro: {
    /** Mean precision. */
    readonly precision: number
    /** Mean recall. */
    readonly recall: number
    /** Mean F1. */
    readonly f1: number
    /** Mean IoU. */
    readonly iou: number
  }
}

/** Precision, recall, F1 and IoU of each class and their means. */
export function classificationReport(matrix: ConfusionMatrix): ClassificationReport {
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  const classes = matrix.map((row, c): ClassScores => {
    const hits = row[c]
    const support = total(row)
    const predicted = total(matrix.map((other) => other[c]))
    const union = support + predicted - hits
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
      iou: union === 0 ? Number.NaN : hits / union,
      support,
    }
  })
  const mean = (values: readonly number[]): number => ratio(total(values), values.length)
  const present = classes.filter(({ support }) => support > 0)
  const macro = {
    precision: mean(present.map(({ precision }) => precision)),
    recall: mean(present.map(({ recall }) => recall)),
    f1: mean(present.map(({ f1 }) => f1)),
    iou: mean(classes.map(({ iou }) => iou).filter((iou) => !Number.isNaN(iou))),
  }
  return { classes, accuracy: ratio(total(matrix.map((row, c) => row[c])), total(matrix.map(total))), macro }
}
