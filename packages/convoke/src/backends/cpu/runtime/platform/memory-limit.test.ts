import { expect, test } from 'vitest'
import { memoryLimit } from './memory-limit.ts'

const reading =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string | undefined =>
    files[path]

const total = 2 ** 34
const GiB = 2 ** 30

test.each([
  ['nothing can be read', {}, total],
  ['version 2 says max', { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/memory.max': 'max\n' }, total],
  // A quarter of a limit is left to JavaScript and the system, 256 MiB at most.
  [
    'version 2 gives a group 512 MiB',
    { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/memory.max': `${2 ** 29}\n` },
    0.375 * GiB,
  ],
  [
    'a group above it has less',
    {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/memory.max': `${4 * GiB}\n`,
      '/sys/fs/cgroup/a/memory.max': `${2 * GiB}\n`,
    },
    1.75 * GiB,
  ],
  [
    'a container sees its own group as the root',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${GiB}\n` },
    0.75 * GiB,
  ],
  [
    'version 1 gives 2 GiB',
    { '/proc/self/cgroup': '5:memory:/m\n', '/sys/fs/cgroup/memory/m/memory.limit_in_bytes': `${2 * GiB}\n` },
    1.75 * GiB,
  ],
  [
    'version 1 says no limit as a large number',
    { '/proc/self/cgroup': '5:memory:/m\n', '/sys/fs/cgroup/memory/m/memory.limit_in_bytes': '9223372036854771712\n' },
    total,
  ],
  [
    'addresses are limited to 4 GiB, of which 1 GiB is taken',
    {
      '/proc/self/limits': 'Max cpu time  unlimited\nMax address space         4294967296           unlimited  bytes\n',
      '/proc/self/statm': '262144 1000 500 1 0 2000 0\n',
    },
    2.75 * GiB,
  ],
  [
    'addresses are not limited',
    { '/proc/self/limits': 'Max address space         unlimited            unlimited            bytes\n' },
    total,
  ],
  [
    'what is said is no number',
    {
      '/proc/self/cgroup': '0::/a\nnonsense\n5:memory:/m\n',
      '/sys/fs/cgroup/a/memory.max': '12 many\n',
      '/sys/fs/cgroup/memory.max': '',
      '/sys/fs/cgroup/memory/m/memory.limit_in_bytes': '-1\n',
      '/proc/self/limits': 'Max address space 12x\n',
      '/proc/self/statm': 'x',
    },
    total,
  ],
  [
    'a limit exceeds the machine',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${2 ** 40}\n` },
    total,
  ],
])('tensors may take what is left where %s', (_, files, expected) => {
  expect(memoryLimit(reading(files), total)).toBe(expected)
})
