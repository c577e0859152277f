// Dividing a data set into parts.

import { check, show } from '../shapes/error.ts'
import { deriveSeed, randomSource } from '../tensor/random.ts'
import { permutation } from './batches.ts'
import { type Dataset, subset } from './dataset.ts'

export interface SplitOptions {
  /** 0 when not given. */
  readonly seed?: number | undefined
  /** Keeps the share of each class in every part; true where labels are known without loading. */
  readonly stratify?: boolean | undefined
}

/** Indices by class, each list shuffled; one list of all where labels play no part. */
function shuffledGroups<E extends object>(
  op: string,
  dataset: Dataset<E>,
  { seed = 0, stratify }: SplitOptions,
): number[][] {
  const { labelOf, length } = dataset
  const byLabel = stratify ?? labelOf !== undefined
  check(
    !byLabel || labelOf !== undefined,
    () => `${op}: the data set does not know its labels without loading examples. Use { stratify: false }.`,
  )
  const groups = new Map<number, number[]>()
  for (const index of permutation(length, randomSource(deriveSeed(seed, 'split')))) {
    const label = byLabel ? labelOf!(index) : 0
    const group = groups.get(label)
    if (group === undefined) groups.set(label, [index])
    else group.push(index)
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, indices]) => indices)
}

const ascending = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b)

/**
 * Parts of the given shares, which add up to 1 or less, each class divided alike.
 *
 * @example
 * const set = data.fromExamples(Array.from({ length: 10 }, (_, i) => ({ label: i % 2 })))
 * const [train, test] = data.splitDataset(set, [0.8, 0.2], { seed: 1 })
 * train.length  // 8
 * test.length   // 2
 */
export function splitDataset<E extends object>(
  dataset: Dataset<E>,
  shares: readonly number[],
  options: SplitOptions = {},
): Dataset<E>[] {
  const total = shares.reduce((sum, share) => sum + share, 0)
  check(
    shares.length > 0 && shares.every((share) => share > 0) && total <= 1 + 1e-9,
    () => `splitDataset: the shares are ${show(shares)}; they must be above 0 and add up to 1 or less.`,
  )
  const parts: number[][] = shares.map(() => [])
  const ends = shares.map((_, at) => shares.slice(0, at + 1).reduce((sum, share) => sum + share, 0))
  let before = 0
  for (const group of shuffledGroups('splitDataset', dataset, options)) {
    let taken = 0
    // Rounded over all classes together: no class is off by more than one, and neither is the whole.
    ends.forEach((end, at) => {
      const own = Math.round(end * (before + group.length)) - Math.round(end * before)
      const stop = Math.min(group.length, Math.max(taken, own))
      for (let i = taken; i < stop; i++) parts[at].push(group[i])
      taken = stop
    })
    before += group.length
  }
  return parts.map((indices) => subset(dataset, ascending(indices)))
}

export interface Fold<E extends object> {
  readonly train: Dataset<E>
  readonly test: Dataset<E>
}

/** `folds` ways to hold out one part of equal size; every example is in exactly one test part. */
export function crossValidation<E extends object>(
  dataset: Dataset<E>,
  folds: number,
  options: SplitOptions = {},
): Fold<E>[] {
  check(
    Number.isInteger(folds) && folds >= 2 && folds <= dataset.length,
    () => `crossValidation: ${show(folds)} folds of ${dataset.length} examples. Use 2 to ${dataset.length}.`,
  )
  const held: number[][] = Array.from({ length: folds }, () => [])
  let turn = 0
  for (const group of shuffledGroups('crossValidation', dataset, options)) {
    for (const index of group) held[turn++ % folds].push(index)
  }
  return held.map((test, fold) => ({
    train: subset(dataset, ascending(held.flatMap((part, at) => (at === fold ? [] : part)))),
    test: subset(dataset, ascending(test)),
  }))
}
