import { expect, test } from 'vitest'
import { cpuQuota } from './cpu-quota.ts'

const reading =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string | undefined =>
    files[path]

test('a container of version 2 has what cpu.max says', () => {
  const files = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }
  expect(cpuQuota(reading(files))).toBe(2)
})

test('the smallest limit of a group and those above it counts', () => {
  const files = {
    '/proc/self/cgroup': '0::/user.slice/job.scope\n',
    '/sys/fs/cgroup/user.slice/job.scope/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/user.slice/cpu.max': '350000 100000\n',
  }
  expect(cpuQuota(reading(files))).toBe(4)
})

test('version 1 names quota and period apart', () => {
  const files = {
    '/proc/self/cgroup': '11:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n',
    '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us': '50000\n',
    '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us': '100000\n',
  }
  expect(cpuQuota(reading(files))).toBe(1)
})

test('a controller that shares a tree is found under both names', () => {
  for (const tree of ['cpu', 'cpu,cpuacct']) {
    const files = {
      '/proc/self/cgroup': '4:cpu,cpuacct:/a\n',
      [`/sys/fs/cgroup/${tree}/cpu.cfs_quota_us`]: '300000\n',
      [`/sys/fs/cgroup/${tree}/cpu.cfs_period_us`]: '100000\n',
    }
    expect(cpuQuota(reading(files))).toBe(3)
  }
})

test('nothing is read outside of the tree where a group lies outside of what the process sees', () => {
  const files = {
    '/proc/self/cgroup': '0::/../../etc\n',
    '/sys/fs/cgroup/../../etc/cpu.max': '100000 100000\n',
    '/sys/fs/cgroup/cpu.max': '400000 100000\n',
  }
  expect(cpuQuota(reading(files))).toBe(4)
})

test('less than one processor is one', () => {
  const files = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '1000 100000\n' }
  expect(cpuQuota(reading(files))).toBe(1)
})

test('no limit, no such files and strange ones are no limit', () => {
  const unlimited = [
    {},
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'two\n' },
    { '/proc/self/cgroup': '4:cpu:/\n', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' },
    { '/proc/self/cgroup': 'nonsense' },
    { '/proc/self/cgroup': '' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '100000' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '100000 0' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '-5 100000' },
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '\u0000\u0001' },
    { '/proc/self/cgroup': '4:cpu:/\n', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000\n' },
  ]
  for (const files of unlimited) expect(cpuQuota(reading(files))).toBe(Number.POSITIVE_INFINITY)
})
