// A pool of worker threads that share runs with the calling thread. Workers start when a run first needs them and never
// keep the process open; the calling thread works too, and does not wait for a worker that has taken nothing.

import { ConvokeError, check, show } from '../../../../shapes/error.ts'
import { messageOf } from '../platform/asked.ts'
import { control, controlWords, type ExecutorData, mostThreads, spins, type WorkerData } from './protocol.ts'

/** Starts a worker with this data; throws or returns false where it cannot. `failed` is told in words when it does not come up after all. */
export type StartWorker = (data: WorkerData, failed: (reason: string) => void) => boolean

export interface Pool {
  /**
   * Runs calls 0 … total − 1 of the table at `address` on all threads; `runHere` runs some on this one. Worker n reads
   * its calls from a table of its own, `ownBytes` · (n + 1) further on; 0 where all read the same. `chain` calls in a row are one
   * thread's; `total` is a multiple of it.
   */
  readonly run: (
    address: number,
    total: number,
    runHere: (first: number, count: number) => void,
    ownBytes: number,
    chain: number,
  ) => void
  readonly threads: () => number
  readonly setThreads: (count: number) => void
  /** Starts the workers that there are to be, before a run asks for them. */
  readonly start: () => void
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
  /** Why there are no more threads to begin with, in words. */
  readonly problem?: string | undefined
  /** Why threads cannot share memory here, in words; undefined where they can. */
  readonly withoutThreads?: string | undefined
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
  let threads = options.withoutThreads === undefined ? checkThreads(options.threads) : 1
  const patience = options.patience ?? 5
  let started = 0
  let spent = 0
  let problem = options.withoutThreads ?? options.problem
  let { mayWait } = options
  let words: Int32Array<SharedArrayBuffer> | undefined

  /** Workers that came up or may still do so are sent home: who asks for threads again gets new ones. */
  const goOnAlone = (reason: string): void => {
    problem = reason
    threads = 1
    started = 0
    if (words === undefined) return
    Atomics.store(words, control.stop, 1)
    Atomics.add(words, control.generation, 1)
    Atomics.notify(words, control.generation)
    words = undefined
  }

  /** Starts the workers that are missing, as far as it goes: the thread that asks is always there. */
  const start = (): void => {
    if (started >= threads - 1) return
    const wanted = threads
    try {
      if (options.withoutThreads !== undefined) throw new ConvokeError(options.withoutThreads)
      words ??= new Int32Array(new SharedArrayBuffer(4 * controlWords))
      const own = words
      const executor = options.executor()
      const failed = (reason: string): void => {
        if (words === own) goOnAlone(`workers could not be started (${reason})`)
      }
      while (started < threads - 1) {
        const data: WorkerData = { number: started, words, names: control, spins, executor }
        if (!options.start(data, failed)) throw new ConvokeError('they are not allowed here')
        started++
      }
    } catch (error) {
      // Systems refuse threads, and permission models workers, at once. Those that did start go on.
      threads = started + 1
      problem = `${started} of ${wanted - 1} workers start (${messageOf(error)})`
    }
  }

  const waitForWorkers = (shared: Int32Array<SharedArrayBuffer>): void => {
    let left = spins
    for (;;) {
      const active = Atomics.load(shared, control.active)
      if (active === 0) return
      if (left-- > 0 || !mayWait) continue
      try {
        Atomics.wait(shared, control.active, active, 1)
      } catch {
        // Some threads may not sleep, though nothing else tells them from those that may.
        mayWait = false
      }
    }
  }

  /** Runs the calls that workers took and could not run, and goes on without workers. */
  const runReturned = (
    shared: Int32Array<SharedArrayBuffer>,
    runHere: (first: number, count: number) => void,
  ): void => {
    const workers = started
    goOnAlone('workers cannot compile kernels here')
    for (let worker = 0; worker < workers; worker++) {
      const count = Atomics.load(shared, control.returnedCount + worker)
      if (count > 0) runHere(Atomics.load(shared, control.returnedFirst + worker), count)
    }
  }

  const runShared = (
    address: number,
    calls: number,
    runHere: (first: number, count: number) => void,
    ownBytes: number,
    chain: number,
  ): void => {
    start()
    const shared = words
    if (threads === 1 || shared === undefined) {
      runHere(0, calls)
      return
    }
    const total = calls / chain
    const grain = grainFor(total, threads)
    const partStart = (part: number): number => Math.floor((total * part) / threads)
    for (let part = 0; part < threads; part++) Atomics.store(shared, control.next + part, partStart(part))
    Atomics.store(shared, control.total, total)
    Atomics.store(shared, control.grain, grain)
    Atomics.store(shared, control.ownBytes, ownBytes)
    Atomics.store(shared, control.chain, chain)
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
          runHere(first * chain, Math.min(grain, end - first) * chain)
        }
      }
    } finally {
      Atomics.store(shared, control.open, 0)
      waitForWorkers(shared)
    }
    if (Atomics.load(shared, control.failed) !== 0) {
      throw new ConvokeError('A worker thread failed to run a kernel. Use setThreads(1).')
    }
    if (Atomics.load(shared, control.returned) !== 0) runReturned(shared, runHere)
  }

  return {
    run: (address, total, runHere, ownBytes, chain) => {
      if (threads === 1 || total === chain) runHere(0, total)
      else if (words === undefined && spent < patience) {
        const before = performance.now()
        runHere(0, total)
        spent += performance.now() - before
      } else runShared(address, total, runHere, ownBytes, chain)
    },
    threads: () => threads,
    setThreads: (count) => {
      threads = checkThreads(count)
    },
    start,
    problem: () => problem,
  }
}
