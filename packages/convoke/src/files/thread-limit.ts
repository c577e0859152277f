/// <reference types="node" />

// How many threads a process may start on Linux. `ulimit -u` counts all of a user, control groups all of a container; what
// cannot start one tells so, or, as the libraries that decode pictures do, ends the process.
//
//     user        /proc/self/limits "Max processes", less the threads in /proc/<pid>/status of this user; not for the superuser
//     version 2   /sys/fs/cgroup/<group>/pids.max, pids.current        "max", or a number; every ancestor counts
//     version 1   /sys/fs/cgroup/pids/<group>/pids.max, pids.current
//
// Linux: getrlimit(2) RLIMIT_NPROC, Documentation/admin-guide/cgroup-v1/pids.rst, cgroup-v2.rst, proc(5).

import { readdirSync, readFileSync } from 'node:fs'
import { cgroupLimit, type ReadText } from '../backends/cpu/runtime/platform/cgroup.ts'

const none = Number.POSITIVE_INFINITY

const wholeIn = (text: string | undefined): number => (/^\s*\d+\s*$/.test(text ?? '') ? Number(text) : none)

/** What is read to know the limits. */
export interface ThreadFiles {
  readonly read: ReadText
  /** Names in /proc. */
  readonly processes: () => readonly string[]
  readonly user: number
}

/** Limits beyond this are the system's usual ones, nowhere near: to look through all processes would only take time. */
const usual = 2 ** 14

/** Threads of all processes of a user. */
function threadsOf({ read, processes, user }: ThreadFiles): number {
  let threads = 0
  for (const name of processes()) {
    const status = /^\d+$/.test(name) ? (read(`/proc/${name}/status`) ?? '') : ''
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) !== user) continue
    threads += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  }
  return threads
}

/** Threads that may still be started; Infinity where nothing limits them. */
export function threadsLeftBy(files: ThreadFiles): number {
  const { read, user } = files
  const left = (folder: string): number => {
    const most = wholeIn(read(`${folder}/pids.max`))
    return most === none ? none : Math.max(0, most - Number(read(`${folder}/pids.current`) ?? 0))
  }
  const group = cgroupLimit(read, 'pids', { two: left, one: left })
  const own = user === 0 ? none : wholeIn(/^Max processes\s+(\d+)\s/m.exec(read('/proc/self/limits') ?? '')?.[1])
  return Math.min(group, own > usual ? own : Math.max(0, own - threadsOf(files)))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Threads that the system still lets this process start: by `ulimit -u` and its control groups; Infinity elsewhere than on Linux. */
export function threadsLeft(): number {
  if (process.platform !== 'linux') return none
  const processes = (): string[] => {
    try {
      return readdirSync('/proc')
    } catch {
      return []
    }
  }
  return threadsLeftBy({ read: readText, processes, user: process.getuid?.() ?? 0 })
}
