// The ranks that mpirun started, as the command sees them: the first one speaks and writes, the others compute.

import { cpus, hostname } from 'node:os'
import type { ParallelWorld, World } from 'convoke/mpi'
import { check } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { useThreads, type WorkText } from '../options/training-options.ts'
import { setSpeaker } from '../terminal/output.ts'

/** The ranks of this job; one where mpirun did not start it. */
export type Ranks = World

let joined = false

/** Joins the others; from here on the first rank alone prints. Sets the threads: ranks on one machine share its processors. */
export async function joinRanks(text: WorkText): Promise<Ranks> {
  await useThreads(text)
  const { world } = await import('convoke/mpi')
  if (world.size === 1 || joined) return world
  joined = true
  setSpeaker(world.rank, world.size)
  const hosts = await gather(world, hostname())
  const local = hosts.filter((host) => host === hosts[world.rank]).length
  if (text.threads === undefined) await shareProcessors(local)
  return world
}

/** Those that mpirun bound this rank to; an equal part of the machine's where it did not. */
async function shareProcessors(local: number): Promise<void> {
  const { setThreads, threads } = await import('convoke')
  setThreads(Math.max(1, Math.min(threads(), Math.floor(cpus().length / local))))
}

/** Plain data of each rank, by rank. */
export async function gather<T>(ranks: ParallelWorld, value: T): Promise<T[]> {
  if (ranks.size === 1) return [value]
  const all = await ranks.allGather(new TextEncoder().encode(JSON.stringify(value)))
  return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T)
}

/** What the first rank finds, as plain data, on every rank: files that it alone may have are read there alone. */
export async function ofFirst<T>(ranks: ParallelWorld, find: () => T | Promise<T>): Promise<T> {
  if (ranks.size === 1) return find()
  const [found] = await gather(ranks, ranks.rank === 0 ? [await find()] : [])
  return found[0] as T
}

/** Throws `ConvokeError`, on all ranks alike, where they have read data of different sizes. */
export async function checkSameData(ranks: ParallelWorld, source: string, counts: readonly number[]): Promise<void> {
  const all = await gather(ranks, counts)
  const other = all.findIndex((theirs) => theirs.join() !== all[0].join())
  check(
    other < 0,
    () =>
      `${source}: rank ${other} reads ${all[other].join(' / ')} examples for training, validation and test, rank 0 ${all[0].join(' / ')}. Give every machine the same data at the same place.`,
  )
}

/** Refuses what one process does. */
export function checkAlone(ranks: Ranks, what: string): void {
  if (ranks.size > 1) throw new UsageError(`${what} runs on one process. Start it without mpirun.`)
}

/** `4 ranks (Open MPI v4.1.4): processes 17, 18, 19 and 20`, which mpirun names where one of them ends. */
export async function ranksText(ranks: Ranks): Promise<string | null> {
  if (ranks.size === 1) return null
  const all = await gather(ranks, { host: hostname(), pid: process.pid })
  const hosts = [...new Set(all.map(({ host }) => host))]
  const where = hosts.length === 1 ? '' : ` on ${hosts.length} machines`
  const shown = all.slice(0, 16).map(({ pid }) => pid)
  return `  ${ranks.size} ranks${where} (${ranks.library}); their processes: ${shown.join(', ')}${all.length > 16 ? ', …' : ''}`
}
