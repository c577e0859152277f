// What ranks must have in common, and what they had better.

import { hostname } from 'node:os'
import { check } from 'convoke/shapes'
import { version } from '../terminal/version.ts'
import { visible } from '../terminal/visible.ts'

/** What a rank says of itself when it joins. */
export interface Member {
  readonly host: string
  readonly version: string
  /** As the library of MPI tells it. */
  readonly library: string | null
  /** What computes: backend, architecture and major version of Node. */
  readonly computes: string
  /** What was typed, without the threads. */
  readonly command: readonly string[]
}

/** What was typed, without what each rank may have for itself. */
export function withoutThreads(args: readonly string[]): string[] {
  return args.filter((arg, i) => arg !== '--threads' && args[i - 1] !== '--threads' && !arg.startsWith('--threads='))
}

export async function memberNow(library: string | null): Promise<Member> {
  const { currentBackend } = await import('convoke')
  const [node] = process.versions.node.split('.')
  return {
    ...{ host: hostname(), version, library },
    computes: `${currentBackend().name} on ${process.arch}, Node ${node}`,
    command: withoutThreads(process.argv.slice(2)),
  }
}

/** Throws `ConvokeError`, on all ranks alike, where one has another version of Convoke or MPI, or other options, than rank 0. */
export function refuseStrangers(members: readonly Member[]): void {
  const [first] = members
  const stranger = (of: (member: Member) => string | null): number =>
    members.findIndex((member) => of(member) !== of(first))
  const versions = stranger((member) => member.version)
  check(
    versions < 0,
    () =>
      `rank ${versions} (${members[versions].host}) has Convoke ${members[versions].version}, rank 0 ${first.version}. Install the same on every machine.`,
  )
  const libraries = stranger(({ library }) => library)
  check(
    libraries < 0,
    () =>
      `rank ${libraries} (${members[libraries].host}) has ${members[libraries].library}, rank 0 ${first.library}. Install the same MPI on every machine.`,
  )
  const commands = stranger(({ command }) => command.join('\n'))
  check(commands < 0, () => {
    const [own, theirs] = [first.command, members[commands].command]
    const at = theirs.findIndex((word, i) => word !== own[i])
    const [here, there] = [own, theirs].map((words) => visible(words[at < 0 ? theirs.length : at] ?? 'nothing'))
    return `rank ${commands} (${members[commands].host}) was started with other arguments: ${there} where rank 0 has ${here}. Give every rank the same command; --threads alone may differ.`
  })
}

/** Differences that go on, with what they mean. */
export function membersNotes(members: readonly Member[]): string[] {
  const [first] = members
  const other = members.findIndex(({ computes }) => computes !== first.computes)
  if (other < 0) return []
  return [
    `rank ${other} (${members[other].host}) computes with ${members[other].computes}, rank 0 with ${first.computes}: results are rounded differently, so the ranks’ weights may differ in their last digits.`,
  ]
}
