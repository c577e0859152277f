/// <reference types="node" />

// Who writes: a process told apart from every other one, so that what a dead one left behind can be taken over or removed.
// A number alone will not do: they are given again, and each container counts its own from 1.

import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Writer {
  /** The machine, its start, and the container's own count of processes: where `pid` means something. */
  readonly place: string
  readonly pid: number
  /** When it started, in ticks since the machine did; '' where the system does not say. */
  readonly started: string
}

const quietly = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch {
    return null
  }
}

interface Status {
  readonly started: string
  /** Ended, but its parent has not asked for its result yet. */
  readonly zombie: boolean
}

/** Of Linux alone (proc(5), `/proc/pid/stat`: field 3 is the state, field 22 the start). */
function statusOf(pid: number | 'self'): Status | null {
  const text = quietly(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  // The name of the program, in parentheses, may hold spaces and parentheses.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields.length < 20
    ? null
    : { started: fields[19], zombie: fields[0] === 'Z' || fields[0] === 'X' }
}

let own: Writer | null = null

/** This process. */
export function thisWriter(): Writer {
  if (own !== null && own.pid === process.pid) return own
  const parts = [
    hostname(),
    quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    quietly(() => readlinkSync('/proc/self/ns/pid')),
  ]
  const place = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
  own = { place, pid: process.pid, started: statusOf('self')?.started ?? '' }
  return own
}

/** 'unknown' for a process of another machine or container, and where only its number can be compared. */
export function stateOf({ place, pid, started }: Writer): 'alive' | 'dead' | 'unknown' {
  if (place !== thisWriter().place) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return 'dead'
  }
  const status = statusOf(pid)
  if (status === null || started === '') return 'unknown'
  return status.zombie || status.started !== started ? 'dead' : 'alive'
}
