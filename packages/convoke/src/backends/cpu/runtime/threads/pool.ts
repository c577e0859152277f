// A pool of worker threads that share runs with the calling thread. Workers start when a run first needs them and never
// keep the process open; the calling thread works too, and does not wait for a worker that has taken nothing.

import { ConvokeError, check, show } from '../../../../shapes/error.ts'
import { control, controlWords, type ExecutorData, mostThreads, spins, type WorkerData } from './protocol.ts'

/** Starts a worker with this data; throws or returns false where it cannot. `failed` is told in words when it does not come up after all. */
export type StartWorker = (data: WorkerData, failed: (reason: string) => void) => boolean

export interface Pool {
  /**
   * Runs calls 0 … total − 1 of the table at `address` on all threads; `runHere` runs some on this one. Worker n reads
   * its calls from a table of its own, `ownBytes` · (n + 1) further on; 0 where all read the same.
   */
  readonly run: (
    address: number,
    total: number,
    runHere: (first: number, count: number) => void,
    ownBytes: number,
  ) => void
  readonly threads: () => number
  readonly setThreads: (count: number) => void
  /** Why there are fewer threads than asked for, in words. */
  readonly problem: () => string | undefined
}

export interface PoolOptions {
  readonly threads: number
  readonly executor: () => ExecutorData
  readonly start: StartWorker
  /** Whether this thread may sleep: a page's main thread may not. */
  readonly mayWait: boolean
  /** Hears of every shared run before workers are woken, with their thread numbers. */
  readonly place?: ((threadIds: Int32Array) => void) | undefined
  /** Milliseconds of runs that this thread does alone before workers are worth their start; 5 when not given. */
  readonly patience?: number | undefined
}

function checkThreads(count: number): number {
  check(
    Number.isInteger(count) && count >= 1 && count <= mostThreads,
    () => `setThreads: ${show(count)} threads; it must be a whole number from 1 to ${mostThreads}.`,
  )
  return count
}

/** Enough pieces to share out evenly, few enough that taking one costs nothing against running it. */
const grainFor = (total: number, threads: number): number => Math.max(1, Math.floor(total / (threads * 16)))

export function createPool(options: PoolOptions): Pool {
  let threads = checkThreads(options.threads)
  const patience = options.patience ?? 5
  let started = 0
  let spent = 0
  let problem: string | undefined
  let words: Int32Array<SharedArrayBuffer> | undefined

  const start = (): Int32Array<SharedArrayBuffer> => {
    words ??= new Int32Array(new SharedArrayBuffer(4 * controlWords))
    const executor = options.executor()
    const wanted = threads
    while (started < threads - 1) {
      const failed = (reason: string): void => {
        // It fails before it takes part in any run, so the others go on without it.
        problem = `workers do not start (${reason})`
        threads = 1
      }
      const refused = startOne({ number: started, words, names: control, spins, executor }, failed)
      if (refused !== undefined) {
        // Those that did start go on.
        threads = started + 1
        problem = `${threads - 1} of ${wanted - 1} workers start (${refused})`
        break
      }
      started++
    }
    return words
  }

  /** Why it was not started; systems refuse threads, and permission models workers, at once. */
  const startOne = (data: WorkerData, failed: (reason: string) => void): string | undefined => {
    try {
      return options.start(data, failed) ? undefined : 'they are not allowed here'
    } catch (error) {
      return error instanceof Error ? error.message.split('\n')[0].replace(/\.$/, '') : String(error)
    }
  }

  const waitForWorkers = (shared: Int32Array<SharedArrayBuffer>): void => {
    let left = spins
    for (;;) {
      const active = Atomics.load(shared, control.active)
      if (active === 0) return
      if (left-- > 0 || !options.mayWait) continue
      Atomics.wait(shared, control.active, active, 1)
    }
  }

  const runShared = (
    address: number,
    total: number,
    runHere: (first: number, count: number) => void,
    ownBytes: number,
  ): void => {
    const shared = started < threads - 1 || words === undefined ? start() : words
    if (threads === 1) {
      runHere(0, total)
      return
    }
    const grain = grainFor(total, threads)
    const partStart = (part: number): number => Math.floor((total * part) / threads)
    for (let part = 0; part < threads; part++) Atomics.store(shared, control.next + part, partStart(part))
    Atomics.store(shared, control.total, total)
    Atomics.store(shared, control.grain, grain)
    Atomics.store(shared, control.ownBytes, ownBytes)
    Atomics.store(shared, control.limit, threads - 1)
    Atomics.store(shared, control.failed, 0)
    Atomics.store(shared, control.tableLow, address | 0)
    Atomics.store(shared, control.tableHigh, Math.floor(address / 2 ** 32))
    Atomics.store(shared, control.open, 1)
    Atomics.add(shared, control.generation, 1)
    options.place?.(shared.subarray(control.threadIds, control.threadIds + threads - 1))
    if (Atomics.load(shared, control.sleepers) > 0) Atomics.notify(shared, control.generation)
    try {
      for (let part = 0; part < threads; part++) {
        const end = partStart(part + 1)
        for (;;) {
          const first = Atomics.add(shared, control.next + part, grain)
          if (first >= end) break
          runHere(first, Math.min(grain, end - first))
        }
      }
    } finally {
      Atomics.store(shared, control.open, 0)
      waitForWorkers(shared)
    }
    if (Atomics.load(shared, control.failed) !== 0) {
      throw new ConvokeError('A worker thread failed to run a kernel. Use setThreads(1) to run without workers.')
    }
  }

  return {
    run: (address, total, runHere, ownBytes) => {
      if (threads === 1 || total === 1) runHere(0, total)
      else if (words === undefined && spent < patience) {
        const before = performance.now()
        runHere(0, total)
        spent += performance.now() - before
      } else runShared(address, total, runHere, ownBytes)
    },
    threads: () => threads,
    setThreads: (count) => {
      threads = checkThreads(count)
    },
    problem: () => problem,
  }
}
