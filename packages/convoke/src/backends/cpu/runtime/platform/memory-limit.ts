// How much memory a process may take on Linux: its control group's share, and the addresses that `ulimit -v` leaves it.
// Beyond the first the system ends the process; beyond the second V8 does, wherever it happens to ask for some.
//
//     version 2   /sys/fs/cgroup/<group>/memory.max                       "536870912", or "max"; every ancestor counts
//     version 1   /sys/fs/cgroup/memory/<group>/memory.limit_in_bytes     a number near 2⁶³ for no limit
//     addresses   /proc/self/limits "Max address space", less those of /proc/self/statm
//
// Linux: Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/memory.rst, proc(5).

import { cgroupLimit, type ReadText } from './cgroup.ts'

const none = Number.POSITIVE_INFINITY

const bytesIn = (text: string | undefined): number => {
  const bytes = /^\s*\d+\s*$/.test(text ?? '') ? Number(text) : 0
  // Version 1 says "no limit" as the largest number of pages there is.
  return bytes > 0 && bytes < 2 ** 60 ? bytes : none
}

/** Bytes of addresses that `ulimit -v` leaves this process; Infinity without a limit. */
export function addressesLeft(read: ReadText): number {
  const soft = /^Max address space\s+(\d+)\s/m.exec(read('/proc/self/limits') ?? '')?.[1]
  if (soft === undefined) return none
  const pages = Number.parseInt(read('/proc/self/statm') ?? '', 10)
  return Math.max(0, bytesIn(soft) - (pages > 0 ? pages * 4096 : 0))
}

/** What JavaScript and the system keep of a limit for themselves. */
const kept = (limit: number): number => Math.min(limit / 4, 2 ** 28)

/** Bytes that tensors may take in all, of a machine that has `total`. */
export function memoryLimit(read: ReadText, total: number): number {
  const group = cgroupLimit(read, 'memory', {
    two: (path) => bytesIn(read(`${path}/memory.max`)),
    one: (path) => bytesIn(read(`${path}/memory.limit_in_bytes`)),
  })
  const limit = Math.min(group, addressesLeft(read))
  return Math.min(total, limit === none ? none : limit - kept(limit))
}
