// How many processors' worth of time a Linux control group grants: containers are often given a few of a machine's many
// processors that way, which `availableParallelism` of Node 20 does not know of. More threads than that only wait for
// each other until the next period.
//
//   version 2   /sys/fs/cgroup/<group>/cpu.max                       "200000 100000", or "max 100000"; every ancestor counts
//   version 1   /sys/fs/cgroup/cpu/<group>/cpu.cfs_quota_us, …_period_us    −1 for no limit
//
// Linux: Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst.

import { cgroupLimit, type ReadText } from './cgroup.ts'

function share(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

/** The number of processors granted, a whole number of 1 or more; Infinity without a limit. */
export function cpuQuota(read: ReadText): number {
  const limit = cgroupLimit(read, 'cpu', {
    two: (folder) => {
      const [quota, period] = (read(`${folder}/cpu.max`) ?? 'max').trim().split(/\s+/)
      return quota === 'max' ? Number.POSITIVE_INFINITY : share(Number(quota), Number(period))
    },
    one: (folder) => {
      const at = (name: string): number => Number(read(`${folder}/cpu.cfs_${name}_us`) ?? -1)
      return share(at('quota'), at('period'))
    },
  })
  return Math.max(1, Math.round(limit))
}
