// How many processors' worth of time a Linux control group grants: containers are often given a few of a machine's many
// processors that way, which `availableParallelism` of Node 20 does not know of. More threads than that only wait for
// each other until the next period.
//
//   version 2   /sys/fs/cgroup/<group>/cpu.max                       "200000 100000", or "max 100000"; every ancestor counts
//   version 1   /sys/fs/cgroup/cpu/<group>/cpu.cfs_quota_us, …_period_us    −1 for no limit
//
// Linux: Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst.

import { smallestOf } from '../../../../shapes/extremes.ts'

/** Contents of a file, or undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined

const root = '/sys/fs/cgroup'

/** `/a/b` → `/a/b`, `/a`, and the root, which in a container is the container's own group. */
function withAncestors(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '')
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map((part) => `/${part}`)
      .join(''),
  )
}

function share(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

function versionTwo(group: string, read: ReadText): number {
  const limits = withAncestors(group).map((path) => {
    const [quota, period] = (read(`${root}${path}/cpu.max`) ?? 'max').trim().split(/\s+/)
    return quota === 'max' ? Number.POSITIVE_INFINITY : share(Number(quota), Number(period))
  })
  return smallestOf(limits)
}

function versionOne(group: string, read: ReadText): number {
  const limits = withAncestors(group).map((path) => {
    const at = (name: string): number => Number(read(`${root}/cpu${path}/cpu.cfs_${name}_us`) ?? -1)
    return share(at('quota'), at('period'))
  })
  return smallestOf(limits)
}

/** The number of processors granted, a whole number of 1 or more; Infinity without a limit. */
export function cpuQuota(read: ReadText): number {
  const limits = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => {
    const [, controllers = '', group = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (line.startsWith('0::')) return versionTwo(group, read)
    return controllers.split(',').includes('cpu') ? versionOne(group, read) : Number.POSITIVE_INFINITY
  })
  return Math.max(1, Math.round(Math.min(smallestOf(limits), Number.POSITIVE_INFINITY)))
}
