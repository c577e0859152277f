// What every kind of prediction is asked with and answers with.

import { largestOf } from 'convoke/shapes'
import type { loadRun } from '../evaluate/run.ts'
import type { PreprocessingText } from '../model/preprocessing.ts'
import { readNumber } from '../options/numbers.ts'
import type { WorkText } from '../options/training-options.ts'
import type { Ranks } from '../ranks/ranks.ts'
import type { Align } from '../terminal/table.ts'
import { percent } from '../terminal/words.ts'
import type { RunConfig } from '../training/config.ts'

export interface PredictText extends WorkText, PreprocessingText {
  readonly labels?: string
  readonly out: string
  readonly top: string
  readonly threshold: string
  readonly masks: boolean
  readonly ownSize: boolean
  readonly testTime?: string
  readonly count: string
  readonly seed: string
  readonly encoding?: string
  readonly csv?: string
  readonly json: boolean
}

/** A table for programs: a field for each number, with all its digits. */
export interface Sheet {
  readonly head: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** A table for people, and what else is to be said of it. */
export interface Told {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly aligns?: readonly Align[] | undefined
  readonly notes?: readonly string[] | undefined
  /** What `--csv` writes. */
  readonly sheet: Sheet
}

/** What came of this rank's part of the inputs: plain data, which machines read, and what could not be read. */
export interface Predictions<V = unknown> {
  readonly values: readonly V[]
  readonly problems?: readonly string[] | undefined
  /** Of the values of all ranks. */
  readonly tell: (values: readonly V[]) => Told
}

type Model = Awaited<ReturnType<typeof loadRun>>

export interface Asked {
  readonly config: RunConfig
  readonly model: Model
  readonly inputs: readonly string[]
  readonly options: PredictText
  /** Least score of a box. */
  readonly threshold: number
  /** Those that share the inputs. */
  readonly ranks: Ranks
}

export interface Ranked {
  readonly class: string
  readonly probability: number
}

/** The `top` most likely classes of logits, best first. */
export function ranked(logits: ArrayLike<number>, classes: readonly string[], top: number): Ranked[] {
  const largest = largestOf(Array.from(logits))
  const parts = Array.from(logits, (logit) => Math.exp(logit - largest))
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts
    .map((part, label) => ({ class: classes[label], probability: part / total }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top)
}

export const topOf = ({ top }: PredictText): number => readNumber('top', top, { least: 1, whole: true })!

/** A row: the input, then class and chance of each. */
export const rankedRow = (name: string, best: readonly Ranked[]): string[] => [
  name,
  ...best.flatMap((one) => [one.class, percent(one.probability, 1)]),
]

export const rankedHead = (what: string, count: number): string[] => [
  what,
  ...Array.from({ length: count }, (_, i) => [i === 0 ? 'class' : `${i + 1}.`, 'chance']).flat(),
]

export const rankedAligns = (count: number): Align[] => [
  'left',
  ...Array.from({ length: count }, () => ['left', 'right'] as const).flat(),
]

/** The best classes of inputs in columns: `class` and `probability`, then `class 2`, … */
export function rankedSheet(
  what: string,
  count: number,
  all: readonly { readonly name: string; readonly predictions: readonly Ranked[] }[],
): Sheet {
  const places = Array.from({ length: count }, (_, i) => (i === 0 ? '' : ` ${i + 1}`))
  return {
    head: [what, ...places.flatMap((place) => [`class${place}`, `probability${place}`])],
    rows: all.map(({ name, predictions }) => [
      name,
      ...places.flatMap((_, i) => (i in predictions ? [predictions[i].class, predictions[i].probability] : ['', ''])),
    ]),
  }
}
