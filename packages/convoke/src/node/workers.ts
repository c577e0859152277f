/// <reference types="node" />

// Data sets that live in worker threads: what takes time in TypeScript (augmentation, drawing, reading rows) runs beside
// the training instead of before each step. Pictures alone need none of this: sharp decodes in threads of its own.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Dataset } from '../data/dataset.ts'
import { ConvokeError, check, show } from '../shapes/error.ts'
import type { Address } from '../shapes/host.ts'
import { type RandomSource, randomSource } from '../tensor/random.ts'

type Augment<E> = (example: E, random: RandomSource) => E | Promise<E>

/** What a worker tells about its data set before anything is asked of it. */
interface Head {
  readonly length: number
  readonly classes?: readonly string[] | undefined
  readonly labels?: Int32Array | undefined
  readonly augments: boolean
}

interface Question {
  readonly id: number
  readonly index: number
  /** Seed of the augmentation; null for the example as it is. */
  readonly seed: number | null
}

type Answer<E> = { readonly id: number } & (
  | { readonly example: E }
  | { readonly problem: string; readonly ours: boolean }
)

const start = 'convoke data set'

const described = (error: unknown) => ({
  problem: error instanceof Error ? error.message : String(error),
  ours: error instanceof ConvokeError,
})

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
    readonly augment?: Augment<E> | undefined
  } = {},
): void {
  const port = parentPort
  check(
    !isMainThread && port !== null && (workerData as { kind?: unknown } | null)?.kind === start,
    () =>
      'serveDataset: this module was not started by workerDataset. Pass its URL to workerDataset instead of importing it.',
  )
  const answer = async (dataset: Dataset<E>, { id, index, seed }: Question): Promise<Answer<E>> => {
    try {
      const example = await dataset.get(index)
      return {
        id,
        example: seed === null || augment === undefined ? example : await augment(example, randomSource(seed)),
      }
    } catch (error) {
      return { id, ...described(error) }
    }
  }
  const run = async (): Promise<void> => {
    try {
      const dataset = await make((workerData as { options: O }).options)
      const { length, classes, labelOf } = dataset
      const labels = labelOf && Int32Array.from({ length }, (_, index) => labelOf(index))
      port.on('message', async (question: Question) => port.postMessage(await answer(dataset, question)))
      port.postMessage({ length, classes, labels, augments: augment !== undefined } satisfies Head)
    } catch (error) {
      port.postMessage(described(error))
    }
  }
  void run()
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

interface Line<E> {
  readonly ask: (index: number, seed: number | null) => Promise<E>
  readonly waiting: () => number
  readonly head: Head
  readonly close: () => Promise<unknown>
}

/**
 * The data set that a module serves (`serveDataset`), in worker threads. Examples are copied over, and each is asked of
 * the thread with the least to do. `data.batches` and `train.fit` prefetch from it as from any other; with
 * `augment: 'own'` the workers augment as well.
 */
export async function workerDataset<E extends object>(
  module: Address | string,
  options: WorkerDatasetOptions = {},
): Promise<WorkerDataset<E>> {
  const { threads = 1 } = options
  check(
    Number.isInteger(threads) && threads >= 1 && threads <= 64,
    () => `workerDataset: threads is ${show(threads)}; it must be a whole number from 1 to 64.`,
  )
  const opened = await Promise.allSettled(Array.from({ length: threads }, () => openLine<E>(module, options.options)))
  const lines = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const close = async (): Promise<void> => void (await Promise.all(lines.map((line) => line.close())))
  const failed = opened.find((result) => result.status === 'rejected')
  if (failed !== undefined) {
    await close()
    throw failed.reason
  }
  const { length, classes, labels, augments } = lines[0].head
  const ask = (index: number, seed: number | null): Promise<E> =>
    lines.reduce((idle, line) => (line.waiting() < idle.waiting() ? line : idle)).ask(index, seed)
  return {
    length,
    get: (index) => ask(index, null),
    ...(augments ? { getAugmented: (index: number, seed: number) => ask(index, seed) } : {}),
    ...(classes === undefined ? {} : { classes }),
    ...(labels === undefined ? {} : { labelOf: (index: number) => labels[index] }),
    close,
  }
}

function openLine<E extends object>(module: Address | string, options: unknown): Promise<Line<E>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(typeof module === 'string' ? module : new URL(module.href), {
      workerData: { kind: start, options },
    })
    const open = new Map<
      number,
      { readonly resolve: (example: E) => void; readonly reject: (error: unknown) => void }
    >()
    let [next, ended] = [0, '']
    const end = (reason: string): void => {
      ended ||= reason
      const error = new ConvokeError(
        `workerDataset: the worker ${ended}. Look at what ${typeof module === 'string' ? module : module.href} does.`,
      )
      reject(error)
      for (const question of open.values()) question.reject(error)
      open.clear()
    }
    worker.on('error', (error) => end(`failed: ${error.message}`))
    worker.on('exit', () => end('has ended'))
    worker.once('message', (head: Head | ReturnType<typeof described>) => {
      if ('problem' in head) {
        reject(failureOf(head))
        void worker.terminate()
        return
      }
      worker.on('message', (answer: Answer<E>) => {
        const question = open.get(answer.id)
        open.delete(answer.id)
        // An idle worker lets the process end; one that is asked holds it.
        if (open.size === 0) worker.unref()
        if ('example' in answer) question?.resolve(answer.example)
        else question?.reject(failureOf(answer))
      })
      worker.unref()
      resolve({ head, ask, waiting: () => open.size, close: () => worker.terminate() })
    })
    const ask = (index: number, seed: number | null): Promise<E> =>
      new Promise((answered, refused) => {
        const id = next++
        open.set(id, { resolve: answered, reject: refused })
        if (ended !== '') return end(ended)
        worker.ref()
        worker.postMessage({ id, index, seed } satisfies Question)
      })
  })
}

const failureOf = ({ problem, ours }: { readonly problem: string; readonly ours: boolean }): Error =>
  ours ? new ConvokeError(problem) : new Error(problem)
