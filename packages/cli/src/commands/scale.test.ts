// Plans of more ranks: `convoke scale`, and `convoke train --plan`.

import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../test/kills/kills.ts'
import { bin, convoke, folder, words } from '../../test/run.ts'

interface Plan {
  readonly ranks: number
  readonly step: { readonly seconds: number; readonly sums: readonly { after: number; bytes: number }[] }
  readonly network: { readonly latency: number; readonly bandwidth: number; readonly from: Record<string, string> }
  readonly rows: readonly Record<'ranks' | 'examples' | 'seconds' | 'rate' | 'efficiency' | 'memory', number>[]
  readonly measured: number | null
}

const scale = 'scale --network lenet5 --size 28 --channels 1 --classes 10 --batch-size 4 --threads 1'

it('convoke scale plans 1 to 1,024 ranks from a measured step', async () => {
  const ran = await convoke('.', ...words(`${scale} --bandwidth 8Mbit --latency 1ms --json`))
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  const { step, network, rows, measured } = JSON.parse(ran.stdout) as Plan
  expect(network).toMatchObject({ latency: 1e-3, bandwidth: 1e6, from: { latency: 'given', bandwidth: 'given' } })
  expect(rows.map(({ ranks }) => ranks)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
  expect(rows.map(({ examples }) => examples)).toEqual(rows.map(({ ranks }) => 4 * ranks))
  expect(rows[0].seconds).toBe(step.seconds)
  expect(rows[0].efficiency).toBe(1)
  expect(measured).toBeNull()
  // LeNet-5 has 61,706 numbers, 246,824 bytes: a quarter of a second between two ranks, behind hardly anything.
  const sent = step.sums.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(sent).toBeGreaterThan(246_824)
  expect(sent).toBeLessThan(250_000)
  expect(rows[1].seconds).toBeGreaterThan(0.24)
  expect(rows[1].seconds).toBeLessThan(step.seconds + 0.26)
  // 1,024 ranks: 2 (1 − 1/1024) of the bytes, and twenty messages.
  expect(rows[10].seconds - rows[1].seconds).toBeGreaterThan(0.2)
})

it('convoke train --plan plans the training, and keeps nothing', async () => {
  const cwd = await folder()
  const line = 'train classify --data digits --examples 60 --size 12 --global-batch 16 --plan --threads 1'
  const { code, stdout, stderr } = await convoke(cwd, ...words(line))
  expect([code, stderr]).toEqual([0, ''])
  expect(await readdir(cwd)).toEqual([])
  // Each rank has two of 16 examples, or more.
  expect([...stdout.matchAll(/^ *([\d,]+) +16 {2}/gm)].map(([, ranks]) => ranks)).toEqual(['1', '2', '4', '8'])
  expect(stdout).toContain('10 Gbit/s (assumed), 20.0 µs a message (assumed)')
  expect(stdout).toContain('Patarasuk & Yuan 2009')
})

it.each([
  ['scale --network resnet99', 2, '--network is "resnet99"; known: compact'],
  ['scale --network lenet5 --bandwidth fast', 2, '--bandwidth is "fast"'],
  ['train classify --data digits --plan --resume --out run', 2, '--plan is for a new run'],
  ['train classify --data digits --bandwidth 1Gbit', 2, '--bandwidth describes the network for --plan'],
  ['train generate --data digits --plan', 2, 'generate trains on one process'],
])('%s is refused', async (line, code, text) => {
  const ran = await convoke(await folder(), ...words(line))
  expect(ran.code).toBe(code)
  expect(ran.stderr).toContain(text)
})

describe.each(kinds.map((kind) => ({ name: kind[0], kind })))('on ranks of $name', ({ kind }) => {
  it('measures the network, and a step of all ranks', async () => {
    const [program, ...options] = kind
    const args = [...options, '-n', '3', process.execPath, bin, ...words(`${scale} --json`)]
    const stdout = await new Promise<string>((resolve, reject) =>
      execFile(program, args, { timeout: 120_000 }, (error, out) => (error === null ? resolve(out) : reject(error))),
    )
    const { ranks, network, rows, measured } = JSON.parse(stdout) as Plan
    expect(ranks).toBe(3)
    expect(network.from).toEqual({ latency: 'measured', bandwidth: 'measured' })
    expect(rows.map((row) => row.ranks)).toContain(3)
    expect(measured).toBeGreaterThan(0)
  })
})
