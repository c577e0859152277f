// The ranks that mpirun started, as the command sees them: the first one speaks and writes, the others compute.

import { cpus, hostname } from 'node:os'
import type { ParallelWorld, World } from 'convoke/mpi'
import { check } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { useThreads, type WorkText } from '../options/training-options.ts'
import { warnsFirst } from '../terminal/interrupt.ts'
import { printNotes, setSpeaker } from '../terminal/output.ts'
import { type Member, memberNow, membersNotes, refuseStrangers } from './members.ts'

/** The ranks of this job; one where mpirun did not start it. */
export type Ranks = World

/** Commands that share their work among ranks. */
const shared = ['train', 'finetune', 'evaluate', 'predict', 'choose']

/** Of several ranks the first alone prints, as soon as the environment says which this is. Throws `UsageError` for commands that do not share their work. */
export async function beginAsRank(command: string): Promise<void> {
  const { launched } = await import('convoke/mpi')
  const own = launched()
  if (own === null || own.size === 1) return
  setSpeaker(own.rank, own.size)
  // `scale` measures what lies between ranks.
  if (shared.includes(command) || command === 'scale') return
  // All ranks come here, and the first one says so; it would be ended with the first that ends.
  if (own.rank > 0) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    process.exit(2)
  }
  throw new UsageError(
    `${command} runs on one process. Start it without mpirun; ${shared.join(', ')} share their work among ranks.`,
  )
}

let joined = false

/**
 * Joins the others; from here on the first rank alone prints. Sets the threads: ranks on one machine share its processors. Throws
 * `ConvokeError` where ranks have other versions or options.
 */
export async function joinRanks(text: WorkText): Promise<Ranks> {
  await useThreads(text)
  const { world } = await import('convoke/mpi')
  if (world.size === 1 || joined) return world
  joined = true
  setSpeaker(world.rank, world.size)
  const members = await gather(world, await memberNow(world.library))
  refuseStrangers(members)
  printNotes(membersNotes(members))
  if (text.threads === undefined) await shareProcessors(members, world.rank)
  return world
}

/** Those that mpirun bound this rank to; an equal part of the machine's where it did not. */
async function shareProcessors(members: readonly Member[], rank: number): Promise<void> {
  const { setThreads, threads } = await import('convoke')
  const local = members.filter(({ host }) => host === members[rank].host).length
  setThreads(Math.max(1, Math.min(threads(), Math.floor(cpus().length / local))))
}

/** Plain data of each rank, by rank. */
export async function gather<T>(ranks: ParallelWorld, value: T): Promise<T[]> {
  if (ranks.size === 1) return [value]
  const { gatherJson } = await import('convoke/mpi')
  return gatherJson(ranks, value)
}

/** What the first rank finds, as plain data, on every rank: files that it alone may have are read there alone. */
export async function ofFirst<T>(ranks: ParallelWorld, find: () => T | Promise<T>): Promise<T> {
  if (ranks.size === 1) return find()
  const [found] = await gather(ranks, ranks.rank === 0 ? [await find()] : [])
  return found[0] as T
}

/** The part of `count` things that is this rank's: one after the other, the parts are the whole. */
export function partOf({ rank, size }: ParallelWorld, count: number): readonly [from: number, to: number] {
  return [Math.floor((count * rank) / size), Math.floor((count * (rank + 1)) / size)]
}

interface Part {
  readonly length: number
}

interface DataRead {
  readonly train: Part
  readonly validation: Part | null
  readonly test: Part | null
  readonly classes: readonly string[]
}

/** Throws `ConvokeError`, on all ranks alike, where they have read data of different sizes or classes. */
export async function checkSameData(
  ranks: ParallelWorld,
  source: string,
  { train, validation, test, classes }: DataRead,
): Promise<void> {
  if (ranks.size === 1) return
  const all = await gather(ranks, { counts: [train.length, validation?.length ?? 0, test?.length ?? 0], classes })
  const [first] = all
  const rule = 'Give every machine the same data in the same place.'
  const other = all.findIndex(({ counts }) => counts.join() !== first.counts.join())
  check(
    other < 0,
    () =>
      `${source}: rank ${other} reads ${all[other].counts.join(' / ')} examples for training, validation and test, rank 0 ${first.counts.join(' / ')}. ${rule}`,
  )
  const stranger = all.findIndex(({ classes }) => classes.join('\n') !== first.classes.join('\n'))
  check(
    stranger < 0,
    () =>
      `${source}: rank ${stranger} finds the classes ${all[stranger].classes.join(', ')}, rank 0 ${first.classes.join(', ')}. ${rule}`,
  )
}

/** Refuses what one process does. */
export function checkAlone(ranks: Ranks, what: string): void {
  if (ranks.size > 1) throw new UsageError(`${what} runs on one process. Start it without mpirun.`)
}

/** What keeps a run from being saved at Ctrl-C; null where nothing does. */
function endingText(ranks: Ranks): string | null {
  if (process.env['npm_command'] === 'exec')
    return `  npx stops at Ctrl-C before the run is saved; to save it: mpirun -n ${ranks.size} node_modules/.bin/convoke …`
  return warnsFirst(ranks.library) ? openMpiText(ranks) : null
}

/** How long Open MPI gives a job to end; null where the user has said so. */
function openMpiText({ library }: Ranks): string | null {
  const isNew = /v(?:[5-9]|\d\d)/.test(library ?? '')
  const name = `${isNew ? 'PRTE' : 'OMPI'}_MCA_odls_base_sigkill_timeout`
  if (process.env[name] !== undefined) return null
  return `  Open MPI ends ranks 2 seconds after Ctrl-C; for longer steps: mpirun --${isNew ? 'prtemca' : 'mca'} odls_base_sigkill_timeout 4`
}

/** `4 ranks (Open MPI v4.1.4): processes 17, 18, 19 and 20`, which mpirun names where one of them ends. */
export async function ranksText(ranks: Ranks): Promise<string | null> {
  if (ranks.size === 1) return null
  const all = await gather(ranks, { host: hostname(), pid: process.pid })
  const hosts = [...new Set(all.map(({ host }) => host))]
  const where = hosts.length === 1 ? '' : ` on ${hosts.length} machines`
  const shown = all.slice(0, 16).map(({ pid }) => pid)
  const list = `  ${ranks.size} ranks${where} (${ranks.library}); their processes: ${shown.join(', ')}${all.length > 16 ? ', …' : ''}`
  const ending = endingText(ranks)
  return ending === null ? list : `${list}\n${ending}`
}
