// Dividing a data set into parts.

import { check, show } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { deriveSeed, randomSource } from '../tensor/random.ts'
import { permutation } from './batches.ts'
import { type Dataset, subset } from './dataset.ts'

/** The options of `splitDataset` and `crossValidation`. */
export interface SplitOptions {
  /** Determines which examples go where: 0 when not given. */
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

/** The members of each group of two or more, for each of them; none where the data set knows no groups. */
function tiedExamples({ groupOf, length }: Dataset<object>): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<string | number, number[]>()
  for (let index = 0; groupOf !== undefined && index < length; index++) {
    const own = groups.get(groupOf(index))
    if (own === undefined) groups.set(groupOf(index), [index])
    else own.push(index)
  }
  const tied = new Map<number, readonly number[]>()
  for (const group of groups.values()) if (group.length > 1) for (const index of group) tied.set(index, group)
  return tied
}

/**
 * Parts of the given shares, which add up to 1 or less, each class divided alike. What `groupOf` of the data set puts
 * together comes into one part.
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
  const classes = shuffledGroups('splitDataset', dataset, options)
  const rooms = roomsOf(classes, shares)
  // The last list takes what belongs to no part.
  const parts: number[][] = [...shares, null].map(() => [])
  const tied = tiedExamples(dataset)
  if (tied.size > 0) placeTied(classes, rooms, parts, tied)
  classes.forEach((indices, own) => {
    const singles = indices.filter((index) => !tied.has(index))
    let taken = 0
    rooms[own].forEach((room, at) => {
      for (let end = Math.min(singles.length, taken + room); taken < end; taken++) parts[at].push(singles[taken])
    })
  })
  return parts.slice(0, shares.length).map((indices) => subset(dataset, ascending(indices)))
}

/** How many examples of each class come into each part, and, last, into none. */
function roomsOf(classes: readonly (readonly number[])[], shares: readonly number[]): number[][] {
  const ends = shares.map((_, at) => shares.slice(0, at + 1).reduce((sum, share) => sum + share, 0))
  let before = 0
  return classes.map(({ length }) => {
    let taken = 0
    // Rounded over all classes together: no class is off by more than one, and neither is the whole.
    const rooms = ends.map((end) => {
      const own = Math.round(end * (before + length)) - Math.round(end * before)
      const stop = Math.min(length, Math.max(taken, own))
      const room = stop - taken
      taken = stop
      return room
    })
    before += length
    return [...rooms, length - taken]
  })
}

/** Each group comes whole where its first example would, or where there is most room; the rooms shrink by it. */
function placeTied(
  classes: readonly (readonly number[])[],
  rooms: readonly number[][],
  parts: readonly number[][],
  tied: ReadonlyMap<number, readonly number[]>,
): void {
  const classOf = new Map<number, number>()
  classes.forEach((indices, own) => {
    for (const index of indices) if (tied.has(index)) classOf.set(index, own)
  })
  const whole = rooms.map((room) => [...room])
  const placed = new Set<readonly number[]>()
  classes.forEach((indices, own) => {
    indices.forEach((index, position) => {
      const group = tied.get(index)
      if (group === undefined || placed.has(group)) return
      placed.add(group)
      const room = rooms[own]
      let at = 0
      for (let end = whole[own][0]; position >= end; end += whole[own][at]) at++
      if (room[at] < group.length) at = room.indexOf(room.reduce((most, one) => Math.max(most, one), room[0]))
      for (const member of group) {
        parts[at].push(member)
        rooms[classOf.get(member)!][at]--
      }
    })
  })
}

/** One way to hold a part of a data set out. */
export interface Fold<E extends object> {
  /** The rest, to learn from. */
  readonly train: Dataset<E>
  /** The part held out, to measure on. */
  readonly test: Dataset<E>
}

/**
 * `folds` ways to hold out one part of equal size; every example is in exactly one test part. What `groupOf` of the data
 * set puts together is in one of them.
 */
export function crossValidation<E extends object>(
  dataset: Dataset<E>,
  folds: number,
  options: SplitOptions = {},
): Fold<E>[] {
  check(
    Number.isInteger(folds) && folds >= 2 && folds <= dataset.length,
    () => `crossValidation: ${show(folds)} folds of ${counted(dataset.length, 'example')}. Use 2 to ${dataset.length}.`,
  )
  const held: number[][] = Array.from({ length: folds }, () => [])
  const tied = tiedExamples(dataset)
  const smallest = (): number[] => held.reduce((least, one) => (one.length < least.length ? one : least))
  for (const group of [...new Set(tied.values())].sort((a, b) => b.length - a.length)) {
    const fold = smallest()
    for (const index of group) fold.push(index)
  }
  let turn = 0
  for (const group of shuffledGroups('crossValidation', dataset, options)) {
    for (const index of group) {
      if (!tied.has(index)) (tied.size > 0 ? smallest() : held[turn++ % folds]).push(index)
    }
  }
  return held.map((test, fold) => ({
    train: subset(dataset, ascending(held.flatMap((part, at) => (at === fold ? [] : part)))),
    test: subset(dataset, ascending(test)),
  }))
}
