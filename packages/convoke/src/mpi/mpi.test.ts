import { describe, expect, it } from 'vitest'
import { addBfloat16, fromBfloat16, toBfloat16 } from './bfloat16.ts'
import { launchOf } from './library.ts'
import { installed, job, nodeWith } from './testing/mpirun.ts'

const folder = import.meta.dirname

/** What each rank prints as JSON, by rank. */
async function printed(
  launcher: (typeof installed)[number] | null,
  ranks: number,
  body: string,
  environment: readonly string[] = [],
): Promise<unknown[]> {
  const code = `import { world } from 'convoke/mpi'
${body}
process.stdout.write('@' + JSON.stringify([world.rank, result]) + '\\n')`
  const {
    stdout,
    stderr,
    code: status,
  } = await job(launcher, ranks, ['env', ...environment, ...nodeWith(code)], folder)
  expect([status, stderr]).toEqual([0, ''])
  const lines = [...stdout.matchAll(/@(\[.*\])\n/g)].map(([, text]) => JSON.parse(text) as [number, unknown])
  return lines.sort((a, b) => a[0] - b[0]).map(([, value]) => value)
}

describe.each(installed)('$name', (launcher) => {
  it.each([4, 5])('adds up arrays shorter and longer than there are ranks: %i', async (ranks) => {
    const results = await printed(
      launcher,
      ranks,
      `
      const { rank, size } = world
      const wrong = []
      for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 1000, 65537]) {
        const values = new Float64Array(length).map((_, i) => i + rank)
        await world.allReduce(values)
        if (values.some((value, i) => value !== size * i + (size * (size - 1)) / 2)) wrong.push(length)
      }
      // Sums that round: every rank has to end up with the same bits.
      const sums = new Float32Array(300_000).map((_, i) => Math.sin(i + rank))
      await world.allReduce(sums)
      const all = await world.allGather(new Uint8Array(sums.buffer))
      const result = [wrong, all.every((bytes) => Buffer.compare(bytes, all[0]) === 0)]`,
    )
    expect(results).toEqual(Array.from({ length: ranks }, () => [[], true]))
  })

  it.each([
    // Each rank's memory is read by the others, or MPI carries the numbers.
    [2, '1'],
    [2, '0'],
    [5, '1'],
    [5, '0'],
  ])('adds up many numbers of %i ranks, with CONVOKE_MPI_DIRECT=%s', async (ranks, direct) => {
    const results = await printed(
      launcher,
      ranks,
      `
      const { rank, size } = world
      const of = (rank, length) => new Float32Array(length).map((_, i) => Math.sin(i + 0.1) / (rank + 1))
      const all = [100_003, 2_200_001].map((length) => of(rank, length))
      const under = all.map((values) => world.startAllReduce(values))
      const narrow = Float32Array.of(rank)
      await world.allReduce(narrow)
      for (const one of under.reverse()) await one.wait()
      // In the order of the ranks. A sum in another one is rounded as often: both are within half a unit of the last place, 2^-23 below 4, each time.
      const inOrder = all.map((values) => {
        const total = of(0, values.length)
        for (let r = 1; r < size; r++) of(r, values.length).forEach((value, i) => { total[i] += value })
        return total
      })
      const off = Math.max(...all.map((values, n) => values.reduce((most, value, i) => Math.max(most, Math.abs(value - inOrder[n][i])), 0)))
      const bytes = await world.allGather(new Uint8Array(all[0].buffer))
      const result = [off, narrow[0], bytes.every((one) => Buffer.compare(one, bytes[0]) === 0)]`,
      [`CONVOKE_MPI_DIRECT=${direct}`],
    )
    const [off] = results[0] as [number]
    expect(off).toBeLessThanOrEqual(direct === '1' ? 0 : (ranks - 1) * 2 ** -22)
    expect(results).toEqual(results.map(() => [off, (ranks * (ranks - 1)) / 2, true]))
  })

  it('puts numbers of all ranks together', async () => {
    const results = await printed(
      launcher,
      3,
      `
      const { rank, size } = world
      const sum = new Float32Array(1000).fill(rank + 1.5)
      const most = Int32Array.of(rank, -rank)
      const least = Float64Array.of(rank / 3)
      const now = Float64Array.of(rank, 1)
      const early = world.startAllReduce(sum)
      world.allReduceSync(now)
      await early.wait()
      await world.allReduce(most, { op: 'max' })
      await world.allReduce(least, { op: 'min' })
      const given = Uint8Array.of(rank, 7)
      await world.broadcast(given, 2)
      const words = await world.allGather(new TextEncoder().encode('x'.repeat(rank)))
      await world.barrier()
      const half = Float32Array.from({ length: 5 }, (_, i) => (rank + 1) * (i + 1))
      await world.allReduce(half, { wire: 'bfloat16' })
      // Of several pieces each, under way together, and asked after in another order than begun.
      const [narrow, wide] = [1, 2].map((times) => new Float32Array(2_200_000).fill((rank + 1) * times))
      const under = [world.startAllReduce(narrow, { wire: 'bfloat16' }), world.startAllReduce(wide)]
      await world.barrier()
      for (const one of under.reverse()) await one.wait()
      const long = [narrow, wide].map((values) => values.every((value) => value === values[0]) && values[0])
      const result = [size, long, [...new Set(sum)], [...most], [...least], [...now], [...given], words.map((w) => w.length), [...half]]`,
    )
    // 1.5 + 2.5 + 3.5; 6 times each of 1 to 5, all of which bfloat16 holds.
    const expected = [3, [6, 12], [7.5], [2, 0], [0], [3, 3], [2, 7], [0, 1, 2], [6, 12, 18, 24, 30]]
    expect(results).toEqual([expected, expected, expected])
  })

  it('ends the job where one rank fails, and says which', async () => {
    const code = `import { world } from 'convoke/mpi'
      await world.barrier()
      if (world.rank === 1) throw new Error('the shard is broken')
      await world.barrier()`
    const { code: status, stderr, seconds } = await job(launcher, 3, nodeWith(code), folder)
    expect(status).not.toBe(0)
    expect(stderr).toContain('rank 1 of 3 failed and ends the job: the shard is broken')
    expect(seconds).toBeLessThan(10)
  })

  it('runs a program of one rank', async () => {
    expect(await printed(launcher, 1, 'const result = [world.size, world.library]')).toEqual([
      [1, expect.stringContaining(launcher.name)],
    ])
  })

  it('refuses a library of another kind', async () => {
    const other = launcher.name === 'MPICH' ? 'openmpi' : 'mpich'
    const code = `process.env.CONVOKE_MPI = '${other}'
      const { world } = await import('convoke/mpi')
      world.size`
    const { code: status, stderr } = await job(launcher, 2, nodeWith(code), folder)
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/mpirun belongs to another MPI|no library of .* can be loaded/)
  })
})

it('without mpirun there is one rank, and MPI is not loaded', async () => {
  expect(await printed(null, 1, 'const result = [world.rank, world.size, world.library]')).toEqual([[0, 1, null]])
})

describe('what mpirun left in the environment', () => {
  it.each([
    ['nothing', {}, null],
    ['Open MPI', { OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' }, { kinds: ['openmpi', 'abi'], size: 4, rank: 1 }],
    [
      'Open MPI on several machines',
      { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
      { kinds: ['openmpi', 'abi'], size: 4, local: 2 },
    ],
    ['MPICH', { PMI_SIZE: '2', PMI_RANK: '0' }, { kinds: ['mpich', 'abi', 'openmpi'], size: 2, rank: 0 }],
    ['MPICH by a port', { PMI_PORT: 'host:1', PMI_ID: '0' }, { kinds: ['mpich', 'abi', 'openmpi'] }],
    ['Slurm with PMIx', { PMIX_RANK: '1' }, { kinds: ['openmpi', 'abi', 'mpich'], rank: 1 }],
    ['a kind asked for', { PMI_SIZE: '2', CONVOKE_MPI: 'abi' }, { kinds: ['abi'], size: 2 }],
    [
      'a file asked for',
      { PMI_SIZE: '2', CONVOKE_MPI: '/opt/libmpi.so' },
      { kinds: ['openmpi', 'mpich'], file: '/opt/libmpi.so', size: 2 },
    ],
  ])('says which library to look for: %s', (_, environment, expected) => {
    expect(launchOf(environment)).toEqual(expected)
  })

  it('names the package where there is no library', async () => {
    const code = `process.env.PMI_SIZE = '2'
      process.env.CONVOKE_MPI = '/no/such/libmpi.so'
      const { world } = await import('convoke/mpi')
      try { world.size } catch (error) { console.log(error.message) }`
    const { stdout } = await job(null, 1, nodeWith(code), folder)
    expect(stdout).toContain('no library of Open MPI can be loaded (')
    expect(stdout).toContain('Install openmpi-bin (Debian, Ubuntu)')
  })
})

describe('bfloat16', () => {
  it('rounds to the nearest number of 8 bits, ties to even', () => {
    // Between 1 and 1 + 2⁻⁷ lie the ties 1 + 2⁻⁸ (to 1) and 1 + 3·2⁻⁸ (to 1 + 2⁻⁶).
    const values = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -0, 3.4e38, Number.NaN)
    const [half, back] = [new Uint16Array(7), new Float32Array(7)]
    toBfloat16(values, half)
    fromBfloat16(half, back)
    const infinity = Number.POSITIVE_INFINITY
    expect([...back]).toEqual([1, 1, 1 + 2 ** -6, 1 + 2 ** -7, -0, infinity, Number.NaN])
    const sums = new Float32Array(7).fill(1)
    addBfloat16(half, sums)
    expect([...sums]).toEqual([2, 2, 2 + 2 ** -6, 2 + 2 ** -7, 1, infinity, Number.NaN])
  })
})
