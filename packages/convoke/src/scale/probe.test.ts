import { describe, expect, it } from 'vitest'
import { installed, job, nodeWith } from '../mpi/testing/mpirun.ts'
import { alone } from '../world/world.ts'
import { type ProbedNetwork, probeNetwork } from './probe.ts'

describe.each(installed)('the network between ranks of $name', (launcher) => {
  it('is measured, with the same result on every rank', async () => {
    const code = `
      import { world } from 'convoke/mpi'
      import { probeNetwork } from 'convoke/scale'
      const network = await probeNetwork(world)
      process.stdout.write('@' + JSON.stringify(network) + '\\n')`
    const { code: status, stdout, stderr } = await job(launcher, 2, nodeWith(code), import.meta.dirname)
    expect([status, stderr]).toEqual([0, ''])
    const [one, other] = [...stdout.matchAll(/@(\{.*\})\n/g)].map(([, text]) => JSON.parse(text) as ProbedNetwork)
    expect(one).toEqual(other)
    expect(one.ranks).toBe(2)
    // Memory of one machine: no number takes as long as a second, and no byte less than a thousandth of a nanosecond.
    expect(one.latency).toBeGreaterThan(0)
    expect(one.latency).toBeLessThan(1)
    expect(one.bandwidth).toBeGreaterThan(1e6)
    expect(one.bandwidth).toBeLessThan(1e12)
    expect(one.work).toBeGreaterThan(0)
    expect(one.work).toBeLessThan(1e-6)
  })
})

it('is none where there is one rank', async () => {
  await expect(probeNetwork(alone)).rejects.toThrow(/one rank alone has no network/)
})
