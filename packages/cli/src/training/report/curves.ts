// How sure a classifier is, and whether it is right to be: precision over recall, and calibration.

import type { Judged } from 'convoke-workbench'
import { percent } from '../../terminal/words.ts'
import type { Line, Plot, Section } from './section.ts'

type Points = Line['points']

const shares = { percent: true, range: [0, 1] } as const

/** Points of a curve that are drawn: more lie on each other. */
const mostPoints = 200

/** Some of a long curve, its ends among them. */
export const thinned = <T>(points: readonly T[]): readonly T[] =>
  points.length <= mostPoints
    ? points
    : Array.from({ length: mostPoints }, (_, i) => points[Math.round((i * (points.length - 1)) / (mostPoints - 1))])

/** Precision over recall, with the average precision beside the name. */
export function precisionRecallPlot(
  lines: readonly {
    readonly name: string
    readonly points: Points
    readonly average: number
    readonly colour: number
  }[],
): Plot {
  return {
    title: 'Precision over recall',
    lines: lines.map(({ name, points, average, colour }) => ({
      ...{ name: `${name}, AP ${percent(average, 1)}`, points: thinned(points), colour, plain: true },
    })),
    ...{ x: { ...shares, name: 'recall' }, y: shares },
  }
}

/** One class against the rest: the curve from the surest example to the least sure, and the area under it as measured. */
export function oneAgainstRest(
  chances: readonly number[],
  labels: readonly number[],
  label: number,
): { readonly points: Points; readonly average: number } {
  const classes = chances.length / labels.length
  const order = Array.from(labels.keys()).sort((a, b) => chances[b * classes + label] - chances[a * classes + label])
  const positives = labels.filter((own) => own === label).length
  const points: [number, number][] = []
  let [hits, total] = [0, 0]
  order.forEach((example, i) => {
    const isHit = labels[example] === label
    if (isHit) hits++
    const precision = hits / (i + 1)
    if (isHit) total += precision
    // Examples of one probability are told apart by nothing: the curve goes on after the last of them.
    const next = order[i + 1]
    if (next === undefined || chances[next * classes + label] !== chances[example * classes + label])
      points.push([positives === 0 ? 0 : hits / positives, precision])
  })
  return { points, average: positives === 0 ? Number.NaN : total / positives }
}

export interface Calibration {
  /** Expected calibration error: the mean distance of how sure the network is from how often it is right. */
  readonly error: number
  readonly bins: readonly { readonly sure: number; readonly right: number; readonly share: number }[]
}

const binCount = 10

/** Guo, Pleiss, Sun & Weinberger 2017, "On calibration of modern neural networks": ten bins of equal width. */
export function calibrationOf(judged: readonly Pick<Judged, 'label' | 'predicted' | 'chance'>[]): Calibration {
  const bins = Array.from({ length: binCount }, () => ({ count: 0, sure: 0, right: 0 }))
  for (const { label, predicted, chance } of judged) {
    const bin = bins[Math.min(binCount - 1, Math.floor(chance * binCount))]
    bin.count++
    bin.sure += chance
    bin.right += Number(label === predicted)
  }
  const filled = bins
    .filter(({ count }) => count > 0)
    .map(({ count, sure, right }) => ({ sure: sure / count, right: right / count, share: count / judged.length }))
  return {
    error: filled.reduce((sum, { sure, right, share }) => sum + share * Math.abs(sure - right), 0),
    bins: filled,
  }
}

/** A mean needs no more digits, however near to 100% it is. */
const rounded = (share: number): string => `${(100 * share).toFixed(1)}%`

/** Nothing where the probabilities are no numbers. */
function calibrationPlots(judged: readonly Judged[]): { readonly plots: readonly Plot[]; readonly note: string } {
  const { error, bins } = calibrationOf(judged)
  if (bins.length === 0) return { plots: [], note: '' }
  const diagonal = { name: 'perfect calibration', points: [[0, 0] as const, [1, 1] as const], dashed: true, colour: 7 }
  const x = { ...shares, name: 'confidence' }
  const plots: Plot[] = [
    {
      title: 'Accuracy by confidence',
      lines: [{ name: 'accuracy', points: bins.map(({ sure, right }) => [sure, right] as const) }, diagonal],
      ...{ x, y: shares },
    },
    {
      title: 'Examples by confidence',
      lines: [{ name: 'share of the examples', points: bins.map(({ sure, share }) => [sure, share] as const) }],
      ...{ x, y: shares },
    },
  ]
  const sure = judged.reduce((sum, { chance }) => sum + chance, 0) / judged.length
  const right = judged.filter(({ label, predicted }) => label === predicted).length / judged.length
  const tells = error < 0.02 ? 'It is well calibrated' : sure > right ? 'It is overconfident' : 'It is underconfident'
  const means = `on average ${rounded(sure)} confidence and ${rounded(right)} accuracy`
  return { plots, note: `${tells}: ${means}; expected calibration error ${rounded(error)}.` }
}

/** What is known of every decision of a classifier. */
export interface Decisions {
  readonly classes: readonly string[]
  readonly judged: readonly Judged[]
  /** Probabilities of all classes of every example; empty where there are too many classes to be drawn. */
  readonly chances: readonly number[]
}

/** Precision and recall of each class where they are few, and calibration. */
export function decisionSections({ classes, judged, chances }: Decisions): Section[] {
  const known = judged.filter(({ chance }) => !Number.isNaN(chance))
  if (known.length === 0) return []
  const labels = judged.map(({ label }) => label)
  const curves = classes.flatMap((name, label) =>
    chances.length === 0 || !labels.includes(label)
      ? []
      : [{ name, colour: label, ...oneAgainstRest(chances, labels, label) }],
  )
  const { plots, note } = calibrationPlots(known)
  return [
    ...(curves.length === 0
      ? []
      : [
          {
            ...({ kind: 'plot', title: 'Precision and recall', plots: [precisionRecallPlot(curves)] } as const),
            note: 'Each class against all others: with a lower probability threshold, more examples of the class are found, but more of those found are wrong.',
          },
        ]),
    { kind: 'plot', title: 'Calibration', note, plots },
  ]
}
