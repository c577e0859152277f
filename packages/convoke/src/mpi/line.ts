// Calls of MPI that are under way. Ranks must begin them in the same order, whenever each of them comes to it: so they stand in one line. And
// they are cut small, a few at a time, as MPI takes as much memory for itself as it is given to add up.

import type { Mpi, Request } from './library.ts'

export interface Call {
  /** What MPI may take for it. */
  readonly bytes: number
  /** Whether it may begin; those behind it wait with it. At once when not given. */
  readonly ready?: (() => boolean) | undefined
  readonly begin: () => Request
  readonly end?: (() => void) | undefined
}

export interface Line {
  /** Begins calls as soon as those before them have begun. Returns what moves everything on, and is true once these are done. */
  add(calls: readonly Call[], held?: unknown): () => boolean
}

interface Job {
  left: number
  /** What MPI reads and writes, kept alive. */
  readonly held: unknown
}

interface Running {
  readonly call: Call
  readonly request: Request
  readonly job: Job
}

/** At most `most` bytes are under way at a time, or one call. */
export function lineOf(mpi: Pick<Mpi, 'test'>, most: number): Line {
  const waiting: { readonly call: Call; readonly job: Job }[] = []
  let running: Running[] = []
  let bytes = 0
  const isDone = ({ call, request, job }: Running): boolean => {
    if (!mpi.test(request)) return false
    bytes -= call.bytes
    job.left--
    call.end?.()
    return true
  }
  const mayBegin = ({ bytes: more, ready }: Call): boolean =>
    (running.length === 0 || bytes + more <= most) && (ready === undefined || ready())
  const move = (): void => {
    running = running.filter((one) => !isDone(one))
    while (waiting.length > 0 && mayBegin(waiting[0].call)) {
      const { call, job } = waiting.shift()!
      running.push({ call, request: call.begin(), job })
      bytes += call.bytes
    }
  }
  return {
    add(calls, held) {
      const job: Job = { left: calls.length, held }
      for (const call of calls) waiting.push({ call, job })
      move()
      return () => {
        if (job.left > 0) move()
        return job.left === 0
      }
    },
  }
}

/** Ranges of at most `most` that together are 0 to `length`. */
export const piecesOf = (length: number, most: number): (readonly [from: number, to: number])[] =>
  Array.from({ length: Math.ceil(length / most) }, (_, i) => [i * most, Math.min(length, (i + 1) * most)] as const)
