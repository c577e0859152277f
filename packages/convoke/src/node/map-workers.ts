/// <reference types="node" />

// Examples that are loaded here and changed in worker threads: what augmentation and preparation cost runs beside the training.

import type { Dataset, Stacked } from '../data/dataset.ts'
import { othersOf } from '../data/others.ts'
import { isValues } from '../data/stack.ts'
import type { Address } from '../shapes/host.ts'
import { type RandomSource, randomSource } from '../tensor/random.ts'
import { openLines, type Roles, serveLine } from './worker-lines.ts'
import { replyOf, type WorkerDataset } from './workers.ts'

/** What a module does to each example. */
export interface ExampleChange<E extends object, R extends object> {
  /** What is done whether or not the example is augmented: resizing, normalising. */
  prepare(example: E): R | Promise<R>
  /** What `augment: 'own'` of `data.batches` asks for, with the random numbers that it would have in the main thread. */
  augment?(example: R, random: RandomSource, others: readonly R[]): R | Promise<R>
}

interface Question {
  readonly examples: readonly object[]
  readonly seeds: readonly number[] | null
  /** Of each, those that go along. */
  readonly others: readonly (readonly object[])[]
  readonly stacked: boolean
}

const roles: Roles = { starter: 'mapInWorkers', server: 'serveMap' }

/**
 * To be called by a module that `mapInWorkers` starts: changes the examples that are sent there. `make` receives `options` of
 * `mapInWorkers`.
 *
 * ```ts ignore
 * // larger.js
 * import { data } from 'convoke'
 * import { serveMap } from 'convoke/node'
 * serveMap(({ side }) => ({
 *   prepare: (example) => data.resizeExample(example, side, side),
 *   augment: data.randomFlip(),
 * }))
 * ```
 */
export function serveMap<E extends object, R extends object, O>(
  make: (options: O) => ExampleChange<E, R> | Promise<ExampleChange<E, R>>,
): void {
  serveLine<O>(roles, async (options) => {
    const change = await make(options)
    const prepare = (example: object): R | Promise<R> => change.prepare(example as E)
    const changed = async (example: object, seed: number | undefined, others: readonly object[]): Promise<R> => {
      const prepared = await prepare(example)
      if (seed === undefined || change.augment === undefined) return prepared
      return change.augment(prepared, randomSource(seed), await Promise.all(others.map(prepare)))
    }
    return {
      head: null,
      async answer(question) {
        const { examples, seeds, others, stacked } = question as Question
        const all = examples.map((example, at) => changed(example, seeds?.[at], others[at] ?? []))
        return replyOf(await Promise.all(all), stacked)
      },
    }
  })
}

/** The options of `mapInWorkers`. */
export interface MapInWorkersOptions {
  /**
   * Worker threads; 'auto', when not given, begins with one and adds others while batches come late, up to one less than there are
   * cores. Examples are the same for any number.
   */
  readonly threads?: number | 'auto' | undefined
  /**
   * Other examples that the augmentation of each takes along, as `data.randomMosaic` does; none when not given. They are drawn from
   * all of the data set: divide it into parts first.
   */
  readonly others?: number | undefined
  /** Handed to the function that makes the change; plain data. */
  readonly options?: unknown
}

/**
 * A data set whose examples are changed by a module (`serveMap`) in worker threads, a batch at a time. The examples are loaded in this
 * thread and copied over: they are plain data. `data.batches` and `train.fit` use it as any other; with `augment: 'own'` the workers
 * augment as well. What goes wrong in the module fails the examples asked for.
 */
export function mapInWorkers<E extends object, R extends object>(
  dataset: Dataset<E>,
  module: Address | string,
  { threads = 'auto', options, others: count = 0 }: MapInWorkersOptions = {},
): WorkerDataset<R> {
  const lines = openLines(roles, module, { threads, options })
  const ask = async (
    indices: readonly number[],
    seeds: readonly number[] | null,
    stacked: boolean,
  ): Promise<unknown> => {
    const transfer: ArrayBuffer[] = []
    const load = async (all: readonly number[]): Promise<object[]> =>
      ownCopies(await Promise.all(all.map((index) => dataset.get(index))), transfer)
    const along = seeds?.map((seed) => othersOf(seed, count, dataset.length)) ?? []
    const [examples, ...others] = await Promise.all([indices, ...along].map(load))
    return lines.ask({ examples, seeds, others, stacked } satisfies Question, transfer)
  }
  const one = async (index: number, seed: number | null): Promise<R> =>
    ((await ask([index], seed === null ? null : [seed], false)) as R[])[0]
  const { length, classes, labelOf, labelsOf, nameOf, groupOf } = dataset
  return {
    length,
    get: (index) => one(index, null),
    getAugmented: one,
    getBatch: async (indices, seeds) => (await ask(indices, seeds, true)) as Stacked,
    ...(classes === undefined ? {} : { classes }),
    ...(labelOf === undefined ? {} : { labelOf }),
    ...(labelsOf === undefined ? {} : { labelsOf }),
    ...(nameOf === undefined ? {} : { nameOf }),
    ...(groupOf === undefined ? {} : { groupOf }),
    close: lines.close,
  }
}

/** Examples with values of their own, to be handed over: values may be parts of the memory of a whole data set. */
function ownCopies(examples: readonly object[], transfer: ArrayBuffer[]): object[] {
  return examples.map((example) =>
    Object.fromEntries(
      Object.entries(example).map(([field, value]) => {
        if (!isValues(value)) return [field, value]
        const data = value.data.slice()
        transfer.push(data.buffer as ArrayBuffer)
        return [field, { shape: value.shape, data }]
      }),
    ),
  )
}
