// From examples to batches of tensors: order, collation, prefetching.

import { check, show } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { tensor } from '../tensor/create.ts'
import { deriveSeed, type RandomSource, randomSource } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Dataset, Stacked, Values } from './dataset.ts'
import { othersOf } from './others.ts'
import { isValues, stackExamples } from './stack.ts'

/** What each field of an example becomes: values are stacked, numbers become an int32 vector, the rest stays a list. */
export type Batch<E> = {
  readonly [K in keyof E]: E[K] extends Values ? Tensor : E[K] extends number ? Tensor : readonly E[K][]
}

/** Changes an example at random. */
export interface ExampleAugmentation<E extends object> {
  /** Changes the example; `others` has as many other examples as the property `others` says. */
  (example: E, random: RandomSource, others?: readonly E[]): E | Promise<E>
  /** How many other examples, drawn at random, it uses, as `data.randomMosaic` does. Default: none. */
  readonly others?: number | undefined
}

/** The options of `batches`. */
export interface BatchOptions<E extends object> {
  /** Examples in a batch. */
  readonly size: number
  /** Default false: in order. */
  readonly shuffle?: boolean | undefined
  /** Determines order and augmentation together with `epoch`; 0 when not given. */
  readonly seed?: number | undefined
  /** The epoch, counted from 0: another order for each. 0 when not given. */
  readonly epoch?: number | undefined
  /** Leaves out a last batch that is smaller. Default false. */
  readonly dropLast?: boolean | undefined
  /**
   * Puts the example that is left over where the last batch would have one alone into the batch before, which then has
   * `size` + 1: batch normalisation finds no variance in one example. Default false.
   */
  readonly joinLast?: boolean | undefined
  /** Batches left out at the start, as a run that resumes needs. */
  readonly skip?: number | undefined
  /** Batches loaded ahead while one is used; 2 when not given. */
  readonly prefetch?: number | undefined
  /**
   * Changes each example; what it draws depends on seed, epoch and index alone. 'own' has the data set do it, as those in
   * worker threads can.
   */
  readonly augment?: ExampleAugmentation<E> | 'own' | undefined
  /** Ranks that share each batch: this one gives its own part of it; one process when not given. */
  readonly world?: World | undefined
}

/** A process among those that share the work. */
export interface World {
  /** From 0 to size − 1. */
  readonly rank: number
  /** How many there are. */
  readonly size: number
}

/** The batches of one epoch, loaded ahead while they are gone through. The caller disposes each with `disposeBatch`. */
export interface Batches<E extends object> extends AsyncIterable<Batch<E>> {
  /** Batches in an epoch, those skipped included. */
  readonly length: number
  /** Examples in the last batch; 0 where there is none. */
  readonly lastSize: number
  /** What this rank has of the batch with this number, counted from 0, and what all of them have together. */
  share(at: number): Share
}

/** How a batch is shared among ranks. */
export interface Share {
  /**
   * Examples of this rank. 0 where there are fewer than there are ranks to share them: the batch it is given then repeats others'
   * examples, which count for nothing.
   */
  readonly own: number
  /** Examples of all ranks together. */
  readonly all: number
  /** Whether all ranks have as many. */
  readonly even: boolean
}

/**
 * The part of `count` examples that a rank has: as even as can be, in the order of ranks. With `least` 2 no rank has a single
 * example, in which batch normalisation finds no variance: the last ranks have none instead.
 */
function partOf(count: number, { rank, size }: World, least: number): readonly [from: number, to: number] {
  const sharing = Math.min(size, Math.max(1, Math.floor(count / least)))
  if (rank >= sharing) return [0, 0]
  return [Math.floor((count * rank) / sharing), Math.floor((count * (rank + 1)) / sharing)]
}

/** A permutation of 0 … length − 1 (Fisher & Yates 1938). */
export function permutation(length: number, random: RandomSource): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/**
 * A data set in batches of tensors, which the caller disposes.
 *
 * @example
 * const set = data.fromExamples([{ image: data.valuesOf([1, 2]), label: 3 }, { image: data.valuesOf([4, 5]), label: 6 }])
 * for await (const { image, label } of data.batches(set, { size: 2 })) {
 *   image.shape  // [2, 2]
 *   label.toArray()  // [3, 6]
 * }
 */
export function batches<E extends object>(dataset: Dataset<E>, options: BatchOptions<E>): Batches<E> {
  const {
    size,
    shuffle = false,
    seed = 0,
    epoch = 0,
    dropLast = false,
    joinLast = false,
    skip = 0,
    prefetch = 2,
  } = options
  const world = options.world ?? { rank: 0, size: 1 }
  check(
    Number.isInteger(size) && size >= 1,
    () => `batches: the size is ${show(size)}; it must be a whole number of 1 or more.`,
  )
  check(
    Number.isInteger(world.rank) && world.rank >= 0 && world.rank < world.size,
    () => `batches: rank ${show(world.rank)} of ${show(world.size)}: the rank must be from 0 to size − 1.`,
  )
  check(
    size >= world.size,
    () =>
      `batches: a batch of ${counted(size, 'example')} is too small for ${counted(world.size, 'rank')}. Each needs one or more.`,
  )
  check(
    options.augment !== 'own' || dataset.getAugmented !== undefined,
    () =>
      "batches: augment is 'own', and the data set augments nothing. Give it an augmentation, or serve it with one.",
  )
  const whole = Math.floor(dataset.length / size)
  const joins = joinLast && size > 1 && whole > 0 && dataset.length % size === 1
  const length = dropLast || joins ? whole : Math.ceil(dataset.length / size)
  const end = (at: number): number =>
    joins && !dropLast && at === length - 1 ? dataset.length : Math.min(dataset.length, (at + 1) * size)
  const least = size >= 2 * world.size ? 2 : 1
  const part = (at: number) => partOf(end(at) - at * size, world, least)
  const { augment } = options
  const seedOf = (index: number): number => deriveSeed(seed, 'augment', epoch, index)
  const load = async (index: number): Promise<E> => {
    if (augment === undefined) return dataset.get(index)
    if (augment === 'own') return dataset.getAugmented!(index, seedOf(index))
    const others = othersOf(seedOf(index), augment.others ?? 0, dataset.length)
    const [example, ...along] = await Promise.all([index, ...others].map((own) => dataset.get(own)))
    return augment(example, randomSource(seedOf(index)), along)
  }
  const loadAll = async (indices: Int32Array): Promise<Stacked> => {
    if (dataset.getBatch !== undefined && (augment === undefined || augment === 'own')) {
      const own = Array.from(indices)
      return dataset.getBatch(own, augment === undefined ? null : own.map(seedOf))
    }
    return stackExamples(await Promise.all(Array.from(indices, load)))
  }
  return {
    length,
    lastSize: length === 0 ? 0 : end(length - 1) - (length - 1) * size,
    share(at) {
      const [from, to] = part(at)
      const all = end(at) - at * size
      return { own: to - from, all, even: all % world.size === 0 && all >= least * world.size }
    },
    async *[Symbol.asyncIterator]() {
      const order = shuffle
        ? permutation(dataset.length, randomSource(deriveSeed(seed, 'order', epoch)))
        : Int32Array.from({ length: dataset.length }, (_, i) => i)
      const start = (at: number): Promise<Stacked> => {
        const [from, to] = part(at)
        const mine = order.subarray(
          at * size + from,
          from === to ? Math.min(end(at), at * size + least) : at * size + to,
        )
        const pending = loadAll(mine)
        // A batch that fails while it waits its turn is reported when its turn comes.
        pending.catch(() => {})
        return pending
      }
      const ahead: Promise<Stacked>[] = []
      for (let at = skip; at < length; at++) {
        while (ahead.length <= prefetch && at + ahead.length < length) ahead.push(start(at + ahead.length))
        yield tensorsOf(await ahead.shift()!)
      }
    },
  }
}

const tensorsOf = <E extends object>(fields: Stacked): Batch<E> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      isValues(value) ? tensor(value.data, { shape: value.shape }) : value,
    ]),
  ) as Batch<E>

/** One batch of the fields of `examples`. Throws `ConvokeError` where values to be stacked differ in shape. */
export const collate = <E extends object>(examples: readonly E[]): Batch<E> => tensorsOf(stackExamples(examples))

/** Frees the tensors of a batch. */
export function disposeBatch(batch: object): void {
  for (const value of Object.values(batch)) if (value instanceof Tensor) value.dispose()
}
