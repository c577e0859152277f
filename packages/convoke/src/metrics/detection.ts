// Measures of detection. A box is { x, y, width, height } with (x, y) its centre.

import { check, show } from '../shapes/error.ts'
import { boxIoU, overlapping, type Region, shareInside } from './regions.ts'

export { boxIoU, type Region, shareInside }

/** A box of the truth. */
export interface LabelledBox extends Region {
  /** Number of its class, from 0. */
  readonly label: number
  /** Found or not, it does not count: VOC's "difficult", COCO's crowds. */
  readonly ignore?: boolean | undefined
}

/** A box that a network found. */
export interface Detection extends Region {
  /** Number of its class, from 0. */
  readonly label: number
  /** How sure the network is: larger is surer. */
  readonly score: number
}

/** The higher score first; NaN, which a network that diverged gives, is worse than every number. */
const byScore = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a === b ? 0 : b > a ? 1 : -1

/**
 * Keeps the best of detections of one label that overlap by more than `threshold` (0.5 when not given), best first. A score of
 * NaN is worse than every other.
 */
export function suppressOverlaps(
  detections: readonly Detection[],
  options: {
    /** IoU above which two detections of a label are taken for one object: 0.5 when not given. */
    readonly threshold?: number | undefined
    /** Detections kept, the best: 100 when not given. */
    readonly limit?: number | undefined
  } = {},
): Detection[] {
  const { threshold = 0.5, limit = 100 } = options
  const kept: Detection[] = []
  for (const candidate of [...detections].sort((a, b) => byScore(a.score, b.score))) {
    if (kept.length >= limit) break
    if (!kept.some((other) => other.label === candidate.label && boxIoU(other, candidate) > threshold)) {
      kept.push(candidate)
    }
  }
  return kept
}

/**
 * How the area under the precision–recall curve is taken:
 * 'coco'    mean precision at recalls 0, 0.01, …, 1 (Lin et al. 2014; pycocotools)
 * 'voc'     the whole area under the curve made monotone (VOC from 2010 on)
 * 'voc2007' mean precision at recalls 0, 0.1, …, 1 (Everingham et al. 2010)
 */
export type Interpolation = 'coco' | 'voc' | 'voc2007'

/** Detections and truth of one picture. */
export interface PictureResult {
  /** What was found, in any order. */
  readonly detections: readonly Detection[]
  /** What is there. */
  readonly boxes: readonly LabelledBox[]
}

/** The options of `averagePrecision` and `meanAveragePrecision`. */
export interface AveragePrecisionOptions {
  /** How the area under the curve is taken: 'coco' when not given. */
  readonly interpolation?: Interpolation | undefined
  /** Detections of a class counted in each picture, the best first; 100 when not given, as in COCO. */
  readonly limit?: number | undefined
}

/** Average precision of one class at one IoU threshold; NaN where the class has no boxes that count. */
export function averagePrecision(
  pictures: readonly PictureResult[],
  label: number,
  threshold: number,
  options: AveragePrecisionOptions = {},
): number {
  const own = ({ label: one }: LabelledBox | Detection): boolean => one === label
  const [result] = precisionsAt(byLabel(pictures, options, own).get(label), [threshold], options)
  return result
}

/** Of the detections down to one score: how many of the boxes they find, and how many of them are right. */
export interface PrecisionRecall {
  /** True positives over boxes. */
  readonly recall: number
  /** True positives over detections. */
  readonly precision: number
  /** The lowest score among these detections. */
  readonly score: number
}

/**
 * The precision–recall curve of one class at one IoU threshold, as measured, from the best score to the lowest: by COCO's rule, or VOC's
 * where that is the interpolation. Empty where the class has no boxes that count.
 */
export function precisionRecallCurve(
  pictures: readonly PictureResult[],
  label: number,
  threshold: number,
  options: AveragePrecisionOptions = {},
): PrecisionRecall[] {
  const own = ({ label: one }: LabelledBox | Detection): boolean => one === label
  const results = byLabel(pictures, options, own).get(label)
  if (results === undefined || results.positives === 0) return []
  const [outcomes] = outcomesAt(results, [threshold], options)
  return curveOf(outcomes, results)
}

/** What a picture has of one class: its boxes, and those of its detections that count, the best first. */
interface ClassInPicture {
  readonly ranked: readonly Detection[]
  readonly own: readonly LabelledBox[]
  /** The number of its first detection among those of the class. */
  readonly first: number
}

interface ClassResults {
  readonly pictures: readonly ClassInPicture[]
  /** Numbers of the detections, the best first, and the scores of all by number. */
  readonly order: readonly number[]
  readonly scores: readonly number[]
  readonly positives: number
}

/** Every picture is looked at once and every class sorted once, for however many classes and thresholds. */
function byLabel(
  pictures: readonly PictureResult[],
  { limit = 100 }: AveragePrecisionOptions,
  wanted: (item: LabelledBox | Detection) => boolean = () => true,
): ReadonlyMap<number, ClassResults> {
  const classes = new Map<number, { pictures: ClassInPicture[]; scores: number[]; positives: number }>()
  for (const { detections, boxes } of pictures) {
    const [found, there] = [grouped(detections.filter(wanted)), grouped(boxes.filter(wanted))]
    for (const label of new Set([...found.keys(), ...there.keys()])) {
      const ranked = (found.get(label) ?? []).sort((a, b) => byScore(a.score, b.score)).slice(0, limit)
      const own = there.get(label) ?? []
      const known = classes.get(label) ?? { pictures: [], scores: [], positives: 0 }
      classes.set(label, known)
      known.pictures.push({ ranked, own, first: known.scores.length })
      for (const { score } of ranked) known.scores.push(score)
      for (const { ignore } of own) if (!ignore) known.positives++
    }
  }
  return new Map(
    [...classes].map(([label, { scores, ...rest }]) => {
      const order = Array.from(scores.keys()).sort((a, b) => byScore(scores[a], scores[b]))
      return [label, { ...rest, scores, order }]
    }),
  )
}

function grouped<T extends { readonly label: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(item.label)
    if (group === undefined) groups.set(item.label, [item])
    else group.push(item)
  }
  return groups
}

function precisionsAt(
  results: ClassResults | undefined,
  thresholds: readonly number[],
  options: AveragePrecisionOptions,
): number[] {
  if (results === undefined || results.positives === 0) return thresholds.map(() => Number.NaN)
  const { interpolation = 'coco' } = options
  return outcomesAt(results, thresholds, options).map((own) => precisionOf(own, results, interpolation))
}

function outcomesAt(
  { order, pictures }: ClassResults,
  thresholds: readonly number[],
  { interpolation = 'coco' }: AveragePrecisionOptions,
): Uint8Array[] {
  const outcomes = thresholds.map(() => new Uint8Array(order.length))
  const judge = interpolation === 'coco' ? judgeCoco : judgeVoc
  for (const picture of pictures) judge(picture, thresholds, outcomes)
  return outcomes
}

function curveOf(outcomes: Uint8Array, { order, scores, positives }: ClassResults): PrecisionRecall[] {
  let [hits, misses] = [0, 0]
  const curve: PrecisionRecall[] = []
  for (const at of order) {
    if (outcomes[at] === dropped) continue
    if (outcomes[at] === hit) hits++
    else misses++
    curve.push({ recall: hits / positives, precision: hits / (hits + misses), score: scores[at] })
  }
  return curve
}

function precisionOf(outcomes: Uint8Array, results: ClassResults, interpolation: Interpolation): number {
  const curve = curveOf(outcomes, results).map(({ recall, precision }) => ({ recall, precision }))
  // Precision made monotone: the best reached at this recall or beyond.
  for (let i = curve.length - 2; i >= 0; i--) {
    if (curve[i + 1].precision > curve[i].precision) curve[i].precision = curve[i + 1].precision
  }
  return area(curve, interpolation)
}

interface CurvePoint {
  readonly recall: number
  readonly precision: number
}

function area(curve: readonly CurvePoint[], interpolation: Interpolation): number {
  if (interpolation === 'voc') {
    return curve.reduce(
      (total, { recall, precision }, i) => total + (recall - (curve[i - 1]?.recall ?? 0)) * precision,
      0,
    )
  }
  const points = interpolation === 'coco' ? 101 : 11
  let [total, at] = [0, 0]
  for (let i = 0; i < points; i++) {
    const recall = i / (points - 1)
    // Recall never falls along the curve.
    while (at < curve.length && curve[at].recall < recall - 1e-12) at++
    total += curve[at]?.precision ?? 0
  }
  return total / points
}

/** What became of a detection. */
const [miss, hit, dropped] = [0, 1, 2]

/** Writes what became of the detections of a picture at each threshold. Which boxes they overlap is found once for all. */
type Judge = (picture: ClassInPicture, thresholds: readonly number[], outcomes: readonly Uint8Array[]) => void

/**
 * VOC's rule (VOCevaldet.m): the box that a detection overlaps most decides, be it free, found already, or one to be ignored.
 * Overlap is intersection over union.
 */
const judgeVoc: Judge = ({ ranked, own, first }, thresholds, outcomes) => {
  const near = overlapping(own)
  const taken = thresholds.map(() => new Set<number>())
  ranked.forEach((detection, i) => {
    let [best, most] = [-1, 0]
    for (const k of near(detection)) {
      const overlap = boxIoU(detection, own[k])
      if (overlap > most) [best, most] = [k, overlap]
    }
    thresholds.forEach((threshold, t) => {
      if (best < 0 || most < threshold) outcomes[t][first + i] = miss
      else if (own[best].ignore) outcomes[t][first + i] = dropped
      else {
        outcomes[t][first + i] = taken[t].has(best) ? miss : hit
        taken[t].add(best)
      }
    })
  })
}

/**
 * COCO's rule (cocoeval.py and maskApi.c of pycocotools): each, the best first, takes the free box that it overlaps most. One
 * that overlaps no such box, but lies in a region to be ignored with a share of at least the threshold, is dropped, and any
 * number may be: a crowd holds many.
 */
const judgeCoco: Judge = ({ ranked, own, first }, thresholds, outcomes) => {
  // At a threshold of 0 what shares nothing fits too.
  const near = thresholds.every((threshold) => threshold > 0) ? overlapping(own) : () => own.keys()
  const taken = thresholds.map(() => new Set<number>())
  ranked.forEach((detection, i) => {
    const boxes: { readonly k: number; readonly overlap: number }[] = []
    let inside = Number.NEGATIVE_INFINITY
    for (const k of near(detection)) {
      if (own[k].ignore) inside = Math.max(inside, shareInside(detection, own[k]))
      else boxes.push({ k, overlap: boxIoU(detection, own[k]) })
    }
    thresholds.forEach((threshold, t) => {
      let [best, most] = [-1, threshold]
      for (const { k, overlap } of boxes) if (overlap >= most && !taken[t].has(k)) [best, most] = [k, overlap]
      if (best >= 0) {
        taken[t].add(best)
        outcomes[t][first + i] = hit
      } else if (inside >= threshold) outcomes[t][first + i] = dropped
    })
  })
}

/** What `meanAveragePrecision` returns: shares from 0 to 1. */
export interface MeanAveragePrecision {
  /** Mean over classes at IoU 0.5. */
  readonly at50: number
  /** Mean over classes and the IoU thresholds 0.5, 0.55, …, 0.95. */
  readonly at50to95: number
  /** Average precision of each class at IoU 0.5; NaN where a class has no boxes. */
  readonly classes: readonly number[]
}

/** mAP@0.5 and mAP@[.5:.95] over classes that have boxes. */
export function meanAveragePrecision(
  pictures: readonly PictureResult[],
  classes: number,
  options: AveragePrecisionOptions = {},
): MeanAveragePrecision {
  check(
    Number.isInteger(classes) && classes >= 1,
    () => `meanAveragePrecision: the number of classes is ${show(classes)}; it must be a whole number of 1 or more.`,
  )
  const labels = Array.from({ length: classes }, (_, label) => label)
  const found = byLabel(pictures, options)
  const thresholds = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i)
  const byClass = labels.map((label) => precisionsAt(found.get(label), thresholds, options))
  const mean = (values: readonly number[]): number => {
    const present = values.filter((value) => !Number.isNaN(value))
    return present.length === 0 ? 0 : present.reduce((sum, value) => sum + value, 0) / present.length
  }
  const byThreshold = thresholds.map((_, t) => byClass.map((own) => own[t]))
  return {
    at50: mean(byThreshold[0]),
    at50to95: mean(byThreshold.map(mean)),
    classes: byThreshold[0],
  }
}
