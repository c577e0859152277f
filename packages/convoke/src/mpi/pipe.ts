/// <reference types="node" />

// MPICH's mpirun talks to each rank through a socket, and says its number in PMI_FD. It hands the socket to the process that it starts; where that
// is npx, which starts the rank, npx keeps it: Node closes what it inherited to what it starts. The rank then takes a copy of npx's.

import { fstatSync, readFileSync, readlinkSync } from 'node:fs'
import type { Ffi } from '../backends/cpu/runtime/native/ffi.ts'
import { ConvokeError } from '../shapes/error.ts'

type Environment = Record<string, string | undefined>

const quietly = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** Numbers of system calls, the same for every processor (Linux 5.6 and later). */
const [pidfdOpen, pidfdGetfd] = [434, 438]

/** The process above this one that mpirun gave the socket to. Of Linux alone (proc(5)). */
function holderOf(pipe: string): number | null {
  let pid = process.ppid
  // npx, its shell, and what else may stand in between: all of them have the rank's environment, mpirun has not.
  while (quietly(() => readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`PMI_FD=${pipe}`))) {
    if (quietly(() => readlinkSync(`/proc/${pid}/fd/${pipe}`).startsWith('socket:'))) return pid
    const status = quietly(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? ''
    // The name of the program, in parentheses, may hold spaces and parentheses.
    pid = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
  }
  return null
}

/** A copy of another process's file; null where the system does not let this one have it. */
function copyOf(ffi: Ffi, pid: number, file: number): number | null {
  const syscall = ffi.native(null, 'long syscall(long number, long first, long second, long third)')
  const process = syscall(pidfdOpen, pid, 0, 0)
  const copy = process < 0 ? -1 : syscall(pidfdGetfd, process, file, 0)
  return copy < 0 ? null : copy
}

/**
 * Sees to it that MPICH reaches mpirun: by the socket that this process has, or by that of npx above it. Throws `ConvokeError` where
 * neither can be had, as where the system keeps processes of one user from each other (Yama's ptrace_scope, as in Ubuntu).
 */
export function reachMpirun(ffi: Ffi, environment: Environment): void {
  const { PMI_FD: pipe } = environment
  if (pipe === undefined || quietly(() => fstatSync(Number(pipe)).isSocket()) === true) return
  const holder = holderOf(pipe)
  const copy = holder === null ? null : copyOf(ffi, holder, Number(pipe))
  if (copy === null)
    throw new ConvokeError(
      'mpi: the pipe to mpirun is closed: MPICH hands it to the process that it starts, and npx starts another one. Write `mpirun -pmi-port -n 4 npx convoke …`, or start the command itself: `mpirun -n 4 node_modules/.bin/convoke …`.',
    )
  environment['PMI_FD'] = String(copy)
}
