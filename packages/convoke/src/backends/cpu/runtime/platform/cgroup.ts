// Limits of the Linux control groups that this process is in: containers are given a part of a machine that way.

import { smallestOf } from '../../../../shapes/extremes.ts'

/** Contents of a file, or undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined

const root = '/sys/fs/cgroup'

/**
 * `/a/b` → `/a/b`, `/a`, and the root, which in a container is the container's own group. A group outside of the part of the
 * tree that the process sees is written `/../b`: nothing of it can be read.
 */
function withAncestors(group: string): string[] {
  const all = group.split('/').filter((part) => part !== '')
  const parts = all.includes('..') ? [] : all
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map((part) => `/${part}`)
      .join(''),
  )
}

/** What a group's folder says, in either version of the interface; Infinity for no limit. */
export interface LimitReaders {
  readonly two: (folder: string) => number
  readonly one: (folder: string) => number
}

/** The least limit of `controller` in this process's groups and all above them; Infinity without one. */
export function cgroupLimit(read: ReadText, controller: string, { two, one }: LimitReaders): number {
  const limits = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers = '', group = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (line.startsWith('0::')) return withAncestors(group).map((path) => two(`${root}${path}`))
    if (!controllers.split(',').includes(controller)) return []
    // Controllers that share a tree are mounted under all their names, and mostly linked by each.
    const trees = new Set([controller, controllers])
    return withAncestors(group).flatMap((path) => [...trees].map((tree) => one(`${root}/${tree}${path}`)))
  })
  return smallestOf([...limits, Number.POSITIVE_INFINITY])
}
