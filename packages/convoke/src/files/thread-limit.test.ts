import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { threadsLeft, threadsLeftBy } from './thread-limit.ts'

const limits = (processes: string): string =>
  `Max cpu time  unlimited\nMax processes             ${processes}  95000  processes\n`
const status = (user: number, threads: number): string =>
  `Name:\tx\nUid:\t${user}\t${user}\t0\t0\nThreads:\t${threads}\n`

const none = Number.POSITIVE_INFINITY

test.each<[string, Record<string, string>, number, number]>([
  ['nothing can be read', {}, 7, none],
  ['nothing is limited', { '/proc/self/limits': limits('unlimited') }, 7, none],
  [
    'a user may have 40 threads, and has 12 and 3',
    {
      '/proc/self/limits': limits('40'),
      ...{ '/proc/10/status': status(7, 12), '/proc/11/status': status(8, 99), '/proc/12/status': status(7, 3) },
    },
    7,
    25,
  ],
  ['the superuser is not limited so', { '/proc/self/limits': limits('4'), '/proc/10/status': status(0, 12) }, 0, none],
  ['the limit is the usual one', { '/proc/self/limits': limits('95000') }, 7, 95000],
  ['more run than are allowed', { '/proc/self/limits': limits('4'), '/proc/10/status': status(7, 12) }, 7, 0],
  [
    'a container may have 50',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/pids.max': '50\n', '/sys/fs/cgroup/pids.current': '20\n' },
    0,
    30,
  ],
  [
    'the group above has less',
    {
      '/proc/self/cgroup': '0::/a/b\n',
      ...{ '/sys/fs/cgroup/a/b/pids.max': 'max\n', '/sys/fs/cgroup/a/b/pids.current': '3\n' },
      ...{ '/sys/fs/cgroup/a/pids.max': '10\n', '/sys/fs/cgroup/a/pids.current': '8\n' },
    },
    7,
    2,
  ],
  [
    'version 1 of control groups',
    {
      '/proc/self/cgroup': '4:pids:/p\n',
      ...{ '/sys/fs/cgroup/pids/p/pids.max': '9\n', '/sys/fs/cgroup/pids/p/pids.current': '4\n' },
    },
    7,
    5,
  ],
])('threads are left where %s', (_, files, user, expected) => {
  const processes = () => ['self', '10', '11', '12', 'cpuinfo']
  expect(threadsLeftBy({ read: (path) => files[path], processes, user })).toBe(expected)
})

test.runIf(process.platform === 'linux')('threads are counted on this machine', () => {
  const left = threadsLeft()
  expect(left).toBeGreaterThan(0)
  // A shell knows its own limit.
  if (process.getuid!() !== 0 && left < none)
    expect(left).toBeLessThanOrEqual(Number(execFileSync('bash', ['-c', 'ulimit -u'], { encoding: 'utf8' })))
})
