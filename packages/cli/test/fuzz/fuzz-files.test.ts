// A short run of the fuzzer of files; `npm run fuzz -- --files` makes it long.

import { ConvokeError } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { fileFormats } from './formats.ts'
import { caseOf, fuzzFiles, problemOf } from './fuzz-files.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)

describe('mutated files', () => {
  it.each(fileFormats.map((format) => [format.name, format] as const))(
    '%s are taken or refused in words',
    async (_, format) => {
      expect(await fuzzFiles({ formats: [format], seed, count: 300, most: 3 })).toEqual([])
    },
  )

  it('are the same for the same seed and case, and differ for others', async () => {
    const [format] = fileFormats
    const samples = await format.samples()
    expect(caseOf(format, samples, 1, 5)).toEqual(caseOf(format, samples, 1, 5))
    const cases = Array.from({ length: 50 }, (__, index) => caseOf(format, samples, 1, index).join())
    expect(new Set(cases).size).toBeGreaterThan(45)
  })

  it('reach what lies behind the first check: some are taken, most are refused', async () => {
    for (const format of fileFormats.filter(({ name }) => ['safetensors', 'config', 'npy', 'state'].includes(name))) {
      const samples = await format.samples()
      const messages = new Set<string>()
      let taken = 0
      for (let index = 0; index < 300; index++) {
        try {
          await format.read(caseOf(format, samples, seed, index))
          taken++
        } catch (error) {
          messages.add(String(error).replace(/\d+|"[^"]*"/g, ''))
        }
      }
      expect(taken, format.name).toBeGreaterThan(3)
      expect(messages.size, format.name).toBeGreaterThan(8)
    }
  })

  it('find readers that fail otherwise, that take long, or that take memory', async () => {
    const format = (read: () => unknown) => ({ name: 'x', samples: () => [], read })
    const bytes = new Uint8Array(8)
    expect(
      await problemOf(
        format(() => null),
        bytes,
      ),
    ).toBe(null)
    const refuse = () => {
      throw new ConvokeError('no')
    }
    expect(await problemOf(format(refuse), bytes)).toBe(null)
    const broken = () => (undefined as unknown as number[]).length
    expect(await problemOf(format(broken), bytes)).toMatch(/TypeError/)
    const slow = () => {
      const { user } = process.cpuUsage()
      // Asking takes time of its own.
      while (process.cpuUsage().user - user < 2_100_000) for (let i = 0; i < 1e6; i++) Math.random()
    }
    expect(await problemOf(format(slow), bytes)).toMatch(/it took \d+\.\d s for 8 bytes/)
    const greedy = () => new Uint8Array(2 ** 28).fill(1).length
    expect(await problemOf(format(greedy), bytes)).toMatch(/MiB for 8 bytes/)
  })
})
