/// <reference types="node" />

// The ranks that mpirun started, as a world. MPI moves on only while it is called, so everything is begun without waiting and
// asked after until it is done; a rank that waits lets go of its processor.

import { check, show } from '../shapes/error.ts'
import { largestOf } from '../shapes/extremes.ts'
import { alone, type ParallelWorld, type Pending, type ReduceOptions, type Reducible } from '../world/world.ts'
import { foreignFunctions, launchOf, type Mpi, startMpi } from './library.ts'
import { type Call, lineOf, piecesOf } from './line.ts'
import { meetNeighbours, type Neighbours, neighbourSums } from './neighbours.ts'
import { halfSums, pieceLength, sums } from './sums.ts'

/** The ranks of this job. */
export interface World extends ParallelWorld {
  /** `Open MPI v4.1.4`; null where the program runs alone. */
  readonly library: string | null
  /** Ends the processes of all ranks with an exit code. */
  abort(code?: number): void
}

/** Milliseconds of asking again and again, before the processor is left to others between two questions. */
const patience = 0.3
/** Milliseconds between two questions of a rank that waits longer. */
const nap = 0.05

/** Milliseconds for `mpirun` to pass on what a rank that fails has said. */
const lastWords = 300

const bell = new Int32Array(new SharedArrayBuffer(4))
const giveWay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Milliseconds after which signals are to be heard and timers to run, whether or not one has to wait. */
const breath = 10
let breathed = 0

async function waitFor(test: () => boolean): Promise<void> {
  const started = performance.now()
  while (!test()) {
    if (performance.now() - started > patience) Atomics.wait(bell, 0, 0, nap)
    await breatheIfDue()
  }
  await breatheIfDue()
}

async function breatheIfDue(): Promise<void> {
  if (performance.now() - breathed > breath) await breathe()
}

async function breathe(): Promise<void> {
  await giveWay()
  breathed = performance.now()
}

function waitNow(test: () => boolean): void {
  const started = performance.now()
  while (!test()) if (performance.now() - started > patience) Atomics.wait(bell, 0, 0, nap)
}

/** Bytes of sums that are under way at a time: MPI takes as much for itself. */
const underWay = 2 * 4 * pieceLength

/** Fewer numbers go through MPI: it takes them in fewer calls. */
const leastOfNeighbours = 16_384

function worldOf(mpi: Mpi, neighbours: Neighbours | null): World {
  const line = lineOf(mpi, underWay)
  const pending = (calls: readonly Call[], held: unknown): Pending => {
    const test = line.add(calls, held)
    return { test, wait: () => waitFor(test) }
  }
  const callsOf = (values: Reducible, { op = 'sum', wire = 'float32' }: ReduceOptions): Call[] => {
    if (op !== 'sum' || !(values instanceof Float32Array)) return sums(mpi, values, op)
    if (wire === 'bfloat16') return halfSums(mpi, values)
    return neighbours === null || values.length < leastOfNeighbours
      ? sums(mpi, values, op)
      : neighbourSums(mpi, neighbours, values, pieceLength)
  }
  const startAllReduce = (values: Reducible, options: ReduceOptions = {}): Pending =>
    pending(callsOf(values, options), values)
  return {
    ...{ rank: mpi.rank, size: mpi.size, library: mpi.version, startAllReduce },
    async broadcast(values, from = 0) {
      check(
        Number.isInteger(from) && from >= 0 && from < mpi.size,
        () => `broadcast: rank ${show(from)} of ${mpi.size} does not exist. Ranks count from 0.`,
      )
      const start = mpi.addressOf(values)
      const calls = piecesOf(values.byteLength, 4 * pieceLength).map(([at, to]) => ({
        bytes: to - at,
        begin: () => mpi.startBroadcast(start + at, to - at, from),
      }))
      await pending(calls, values).wait()
    },
    allReduce: (values, options) => startAllReduce(values, options).wait(),
    allReduceSync(values) {
      const request = mpi.startAllReduce(1, 'sum', 'double', mpi.addressOf(values), values.length)
      waitNow(() => mpi.test(request))
    },
    async allGather(bytes) {
      const lengths = new Int32Array(mpi.size)
      lengths[mpi.rank] = bytes.length
      await startAllReduce(lengths).wait()
      // Pieces of the longest's length: what is gathered is small.
      const longest = largestOf(lengths)
      check(
        longest + 8 < 2 ** 31,
        () => `allGather: ${longest} bytes are more than MPI can count. Gather them in several calls.`,
      )
      const [own, all] = [new Uint8Array(longest + 8), new Uint8Array((longest + 8) * mpi.size)]
      own.set(bytes)
      const begin = () => mpi.startAllGather(mpi.addressOf(own), own.length, mpi.addressOf(all))
      await pending([{ bytes: all.length, begin }], [own, all]).wait()
      return Array.from(lengths, (length, r) => all.slice(r * own.length, r * own.length + length))
    },
    barrier: () => pending([{ bytes: 0, begin: () => mpi.startBarrier() }], null).wait(),
    breathe: breatheIfDue,
    abort: (code = 1) => mpi.abort(code),
  }
}

function connect(): World {
  const launch = launchOf(process.env)
  if (launch === null) return { ...alone, library: null, abort: (code = 1) => process.exit(code) }
  const ffi = foreignFunctions()
  const mpi = startMpi(launch, process.env, ffi)
  const direct = mpi.onOneMachine && mpi.size > 1 && process.env['CONVOKE_MPI_DIRECT'] !== '0'
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(`convoke: rank ${mpi.rank} of ${mpi.size} failed and ends the job: ${why}\n`)
  })
  process.on('exit', (code) => {
    if (code === 0) return mpi.finalize()
    // MPICH's mpirun drops what it has not passed on by the time it hears of this.
    Atomics.wait(bell, 0, 0, lastWords)
    // A rank that fails takes the others along: they would wait for it.
    mpi.abort(code)
  })
  return worldOf(mpi, direct ? meetNeighbours(mpi, ffi, waitNow) : null)
}

/** What a launcher says of a process that it started. */
export interface Launched {
  /** From 0 to size − 1. */
  readonly rank: number
  /** How many processes there are. */
  readonly size: number
}

/**
 * Which rank `mpirun` started this process as, without loading MPI; null where it did not, or does not say so in the environment (Slurm with
 * PMIx does not).
 */
export function launched(): Launched | null {
  const { rank, size } = launchOf(process.env) ?? {}
  return rank === undefined || size === undefined ? null : { rank, size }
}

let connected: World | undefined
const now = (): World => {
  connected ??= connect()
  return connected
}

/**
 * The ranks that `mpirun` started, of which this process is one; MPI begins when it is first used, and ends with the process. Without
 * `mpirun` there is one rank alone, and no MPI is loaded. Using it throws `ConvokeError` where MPI cannot be had.
 *
 * @example
 * import { world } from 'convoke/mpi'
 * const sums = Float64Array.of(world.rank, 1)
 * await world.allReduce(sums)
 * sums[1] === world.size  // true
 */
export const world: World = {
  get rank() {
    return now().rank
  },
  get size() {
    return now().size
  },
  get library() {
    return now().library
  },
  startAllReduce: (values, options) => now().startAllReduce(values, options),
  allReduce: (values, options) => now().allReduce(values, options),
  allReduceSync: (values) => now().allReduceSync(values),
  broadcast: (values, from) => now().broadcast(values, from),
  allGather: (bytes) => now().allGather(bytes),
  barrier: () => now().barrier(),
  breathe: () => now().breathe?.() ?? Promise.resolve(),
  abort: (code) => now().abort(code),
}
