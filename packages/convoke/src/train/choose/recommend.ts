// From measured choices to a recommendation: the cheapest that is as good as the best, as far as the measurement can tell
// (the one-standard-error rule of Breiman, Friedman, Olshen & Stone 1984, "Classification and regression trees", 3.4.3).

import { check } from '../../shapes/error.ts'
import { percent } from '../../shapes/words.ts'

/** What choices are weighed by besides accuracy. */
export type CostName = 'parameters' | 'macs' | 'milliseconds'

/** What a network costs. */
export interface Cost {
  /** Trained numbers. */
  readonly parameters: number
  /** Multiply-accumulates of one example. */
  readonly macs: number
  /** Milliseconds for one example, the median of several runs; null where it was not measured. */
  readonly milliseconds: number | null
}

/** A choice with what was measured. */
export interface Measured {
  /** Its name. */
  readonly name: string
  /** What it costs. */
  readonly cost: Cost
  /** Share right on the validation set, the mean over seeds. */
  readonly accuracy: number
  /** Standard error of the accuracy. */
  readonly error: number
}

/**
 * The standard error of a mean accuracy over trials on `examples` examples: that of a share, and, from two trials on, that
 * of their mean. Two right and two wrong are added to the share (Agresti & Coull 1998), for its error is not zero where
 * all happened to be right.
 */
export function accuracyError(accuracies: readonly number[], examples: number): number {
  const mean = meanOf(accuracies)
  const share = (mean * examples + 2) / (examples + 4)
  const count = accuracies.length
  const spread = accuracies.reduce((total, value) => total + (value - mean) ** 2, 0)
  const trials = count < 2 ? 0 : spread / (count - 1) / count
  return Math.sqrt((share * (1 - share)) / (examples + 4) + trials)
}

/** The mean; 0 of nothing. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / Math.max(1, values.length)

const costOf = ({ cost }: Measured, by: CostName): number => cost[by] ?? Number.POSITIVE_INFINITY

/** Names of the choices that no other beats: none as cheap is more accurate, none as accurate is cheaper. */
export const paretoFront = (choices: readonly Measured[], by: CostName): string[] =>
  choices
    .filter((one) =>
      choices.every((other) => {
        const [cheaper, better] = [costOf(other, by) - costOf(one, by), other.accuracy - one.accuracy]
        return !((cheaper <= 0 && better > 0) || (cheaper < 0 && better >= 0))
      }),
    )
    .map(({ name }) => name)

/** What `recommend` returns: names of choices. */
export interface Recommendation {
  /** The most accurate; the cheapest of equals. */
  readonly best: string
  /** The cheapest whose accuracy lies within one standard error of the best. */
  readonly recommended: string
  /** The reason, as a sentence. */
  readonly reason: string
}

const words: Readonly<Record<CostName, string>> = {
  parameters: 'parameters',
  macs: 'multiply-accumulates',
  milliseconds: 'milliseconds',
}

const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

/** The cheapest choice within one standard error of the most accurate one. */
export function recommend(choices: readonly Measured[], by: CostName): Recommendation {
  check(choices.length > 0, () => 'recommend: nothing was measured. Train at least one choice.')
  const cost = (choice: Measured): number => costOf(choice, by)
  const [best] = [...choices].sort((a, b) => b.accuracy - a.accuracy || cost(a) - cost(b))
  const line = best.accuracy - best.error
  const [pick] = choices
    .filter(({ accuracy }) => accuracy >= line)
    .sort((a, b) => cost(a) - cost(b) || b.accuracy - a.accuracy)
  const figures = (choice: Measured): string =>
    `${choice.name} (${percent(choice.accuracy)}, ${shown(cost(choice))} ${words[by]})`
  const rest = choices.filter(({ name }) => name !== best.name).length
  const reason =
    pick.name !== best.name
      ? `${figures(pick)} is the cheapest whose accuracy lies within one standard error, ${percent(best.error)}, of the best, ${figures(best)}: the validation set cannot tell them apart, and it needs ${shown(cost(best) / cost(pick))} times fewer ${words[by]}.`
      : rest === 0
        ? `${figures(best)} is the only choice that was trained.`
        : `${figures(best)} is the most accurate, and no cheaper choice comes within one standard error, ${percent(best.error)}, of it.`
  return { best: best.name, recommended: pick.name, reason }
}
