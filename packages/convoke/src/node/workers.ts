/// <reference types="node" />

// Data sets that live in worker threads: what takes time in TypeScript (augmentation, drawing, reading rows) runs beside
// the training instead of before each step. Pictures alone need none of this: sharp decodes in threads of its own.

import type { ExampleAugmentation } from '../data/batches.ts'
import type { Dataset, Stacked } from '../data/dataset.ts'
import { othersOf } from '../data/others.ts'
import { isValues, stackExamples } from '../data/stack.ts'
import type { Address } from '../shapes/host.ts'
import { randomSource } from '../tensor/random.ts'
import { openLines, type Reply, type Roles, serveLine } from './worker-lines.ts'

/** What a worker tells about its data set before anything is asked of it. */
interface Head {
  readonly length: number
  readonly classes?: readonly string[] | undefined
  readonly labels?: Int32Array | undefined
  readonly augments: boolean
}

interface Question {
  readonly indices: readonly number[]
  /** Seed of the augmentation of each; null for the examples as they are. */
  readonly seeds: readonly number[] | null
  /** Whether they come side by side. */
  readonly stacked: boolean
}

const roles: Roles = { starter: 'workerDataset', server: 'serveDataset' }

/** Examples as a thread sends them: those side by side are in arrays of their own, which are handed over. */
export function replyOf(examples: readonly object[], stacked: boolean): Reply {
  if (!stacked) return { value: examples }
  const value = stackExamples(examples)
  const transfer = Object.values(value).flatMap((field) => (isValues(field) ? [field.data.buffer as ArrayBuffer] : []))
  return { value, transfer }
}

/**
 * To be called by a module that `workerDataset` starts: makes the data set there, and answers for it. `make` receives
 * `options` of `workerDataset`; `augment` is what `augment: 'own'` of `data.batches` asks for, with the random numbers that
 * it would have in the main thread.
 *
 * ```ts ignore
 * // pets.js
 * import { data } from 'convoke'
 * import { folderSource, pictureDecoder, serveDataset } from 'convoke/node'
 * import sharp from 'sharp'
 * serveDataset(({ folder }) => data.pictureFolders(folderSource(folder), pictureDecoder(sharp)), { augment: data.randomFlip() })
 * ```
 */
export function serveDataset<E extends object, O>(
  make: (options: O) => Dataset<E> | Promise<Dataset<E>>,
  {
    augment,
  }: {
    /** Changes an example at random, for `augment: 'own'`; none when not given. */
    readonly augment?: ExampleAugmentation<E> | undefined
  } = {},
): void {
  serveLine<O>(roles, async (options) => {
    const dataset = await make(options)
    const { length, classes, labelOf } = dataset
    const labels = labelOf && Int32Array.from({ length }, (_, index) => labelOf(index))
    const load = async (index: number, seed: number | undefined): Promise<E> => {
      if (seed === undefined || augment === undefined) return dataset.get(index)
      const others = othersOf(seed, augment.others ?? 0, length)
      const [example, ...along] = await Promise.all([index, ...others].map((own) => dataset.get(own)))
      return augment(example, randomSource(seed), along)
    }
    return {
      head: { length, classes, labels, augments: augment !== undefined } satisfies Head,
      async answer(question) {
        const { indices, seeds, stacked } = question as Question
        return replyOf(await Promise.all(indices.map((index, at) => load(index, seeds?.[at]))), stacked)
      },
    }
  })
}

/** The options of `workerDataset`. */
export interface WorkerDatasetOptions {
  /** Worker threads; 1 when not given. Each makes the data set for itself. */
  readonly threads?: number | undefined
  /** Handed to the function that makes the data set; plain data. */
  readonly options?: unknown
}

/** A data set in worker threads. It does not keep the process open. */
export interface WorkerDataset<E extends object> extends Dataset<E> {
  /** Ends the workers. What they were still asked for fails. */
  close(): Promise<void>
}

/**
 * The data set that a module serves (`serveDataset`), in worker threads. Each batch is
 * asked of the thread with the least to do, which stacks its examples. `data.batches` and `train.fit` prefetch from it as from any other; with
 * `augment: 'own'` the workers augment as well.
 */
export async function workerDataset<E extends object>(
  module: Address | string,
  options: WorkerDatasetOptions = {},
): Promise<WorkerDataset<E>> {
  const lines = openLines(roles, module, { threads: options.threads ?? 1, options: options.options })
  const { length, classes, labels, augments } = (await lines.head()) as Head
  const ask = async (indices: readonly number[], seeds: readonly number[] | null, stacked: boolean): Promise<unknown> =>
    lines.ask({ indices, seeds, stacked } satisfies Question)
  const one = async (index: number, seed: number | null): Promise<E> =>
    ((await ask([index], seed === null ? null : [seed], false)) as E[])[0]
  return {
    length,
    get: (index) => one(index, null),
    ...(augments ? { getAugmented: (index: number, seed: number) => one(index, seed) } : {}),
    getBatch: async (indices, seeds) => (await ask(indices, seeds, true)) as Stacked,
    ...(classes === undefined ? {} : { classes }),
    ...(labels === undefined ? {} : { labelOf: (index: number) => labels[index] }),
    close: lines.close,
  }
}
