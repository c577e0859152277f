// `convoke choose`: the table, the chart, the budget, and going on.

import { spawn } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { nn } from 'convoke'
import { loadWeights } from 'convoke/node'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { bin, convoke, folder } from '../../test/run.ts'
import { buildModel, parseConfig } from '../training/config.ts'

const small = ['choose', '--data', 'digits', '--examples', '60', '--epochs', '1', '--size', '12', '--threads', '1']
const two = [...small, '--kernels', '1,3', '--counts', '2', '--depths', '1']

interface Row {
  readonly name: string
  readonly skipped: string | null
  readonly accuracy: number | null
  readonly cost: { readonly parameters: number; readonly macs: number; readonly milliseconds: number | null }
}

interface Result {
  readonly finished: boolean
  readonly rows: readonly Row[]
  readonly recommended: string | null
  readonly reason: string
  readonly test: { readonly accuracy: number; readonly examples: number } | null
}

async function choose(cwd: string, ...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await convoke(cwd, ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Result
}

describe('choose', () => {
  it('prints the table with the recommendation and why, draws the chart, and tests the recommended network', async () => {
    const cwd = await folder()
    const { code, stdout, stderr } = await convoke(cwd, ...two, '-o', 'chart.png')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/2 choices, each 1 epoch of batches of/)
    expect(stdout).toMatch(/1\/2 {2}1×1, 2 kernels, 1 stage: accuracy [\d.]+%/)
    expect(stdout).toMatch(/→ {2}\d×\d, 2 kernels, 1 stage +\d+ +[\d,]+ +[\d.]+ +[\d.]+% +±[\d.]+/)
    expect(stdout).toMatch(/multiply-accumulates\) is the/)
    expect(stdout).toMatch(/On 12 test examples not used for the choice, its accuracy is [\d.]+%/)
    expect((await sharp(join(cwd, 'chart.png')).metadata()).width).toBe(1720)
    const svg = await readFile(join(cwd, 'runs/choose/choose.svg'), 'utf8')
    expect(svg).toContain('accuracy on the validation set')
    expect(svg.match(/<circle/g)).toHaveLength(2)
  })

  it('goes on where it was, adds choices, and refuses other rules in the same folder', async () => {
    const cwd = await folder()
    const first = await choose(cwd, ...two)
    const log = join(cwd, 'runs/choose/trials.jsonl')
    const before = await readFile(log, 'utf8')
    const again = await choose(cwd, ...two)
    expect(again).toEqual(first)
    expect(await readFile(log, 'utf8')).toBe(before)
    // As a crash leaves it: the last line cut short.
    await writeFile(log, before.slice(0, -20))
    const repaired = await choose(cwd, ...two)
    expect(repaired.rows.map(({ accuracy }) => accuracy)).toEqual(first.rows.map(({ accuracy }) => accuracy))
    const more = await choose(cwd, ...small, '--kernels', '1,3,5', '--counts', '2', '--depths', '1')
    expect(more.rows.slice(0, 2).map(({ accuracy }) => accuracy)).toEqual(first.rows.map(({ accuracy }) => accuracy))
    expect(more.rows[2].accuracy).not.toBe(null)
    const { code, stderr } = await convoke(cwd, ...two, '--epochs', '2')
    expect(code).toBe(1)
    expect(stderr).toMatch(/runs\/choose holds a comparison with other settings \(training differ\)/)
  })

  it('keeps the recommended network as a file that says how it was made', async () => {
    const cwd = await folder()
    const { recommended, rows } = await choose(cwd, ...two)
    const file = join(cwd, 'runs/choose/best.safetensors')
    const header = (await readFile(file)).subarray(8).toString('latin1')
    const metadata = /"convoke":("(?:[^"\\]|\\.)*")/.exec(header)!
    const config = parseConfig(file, JSON.parse(metadata[1]) as string)
    const model = buildModel(config)
    await loadWeights(model, file)
    const { parameters, macs } = nn.summary(model, [1, 12, 12, 1])
    expect(rows.find(({ name }) => name === recommended)!.cost).toMatchObject({ parameters, macs })
  })

  it('leaves out what is above the budget of parameters, MACs and time', async () => {
    const cwd = await folder()
    const skipped = async (...args: string[]) => (await choose(cwd, ...two, ...args)).rows.map((row) => row.skipped)
    expect(await skipped('--max-macs', '400', '--out', 'a')).toEqual([null, 'macs'])
    expect(await skipped('--max-parameters', '40', '--out', 'b')).toEqual([null, 'parameters'])
    expect(await skipped('--time', '0.001', '--out', 'c')).toEqual([null, 'time'])
  })

  it('compares windows and maps of texts', async () => {
    const cwd = await folder()
    const args = ['choose', 'text', '--data', 'sentences', '--examples', '60', '--epochs', '1', '--threads', '1']
    const result = await choose(
      cwd,
      ...args,
      '--windows',
      '2;2,3',
      '--maps',
      '4',
      '--cost',
      'parameters',
      '--seeds',
      '2',
    )
    expect(result.rows.map(({ name }) => name)).toEqual(['windows 2, 4 maps', 'windows 2+3, 4 maps'])
    expect(result.reason).toMatch(/parameters/)
  })

  it.skipIf(process.platform === 'win32')('stops at Ctrl-C with what was trained kept', async () => {
    const cwd = await folder()
    const args = ['choose', '--data', 'digits', '--examples', '400', '--epochs', '40', '--threads', '1']
    const child = spawn(
      process.execPath,
      [bin, ...args, '--kernels', '1,3', '--counts', '2', '--depths', '1', '--json'],
      { cwd },
    )
    let stdout = ''
    child.stdout.on('data', (text) => {
      stdout += text
    })
    const log = join(cwd, 'runs/choose/trials.jsonl')
    for (let tries = 0; tries < 600 && !(await stat(log).catch(() => false)); tries++) await pause(100)
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as Result
    expect(result.rows.map(({ skipped }) => skipped)).toEqual([null, 'stopped'])
    expect(result).toMatchObject({ finished: false, test: null })
  })

  it.each([
    [[], /--data is missing/],
    [['--data', 'digits', '--kernels', '3,x'], /--kernels is "x"/],
    [['--data', 'digits', '--kernels', '3,3'], /different whole numbers/],
    [['--data', 'digits', '--windows', '3'], /--windows is for text/],
    [['--data', 'digits', '--cost', 'money'], /Use parameters, macs, milliseconds/],
    [['--data', 'digits', '-o', 'chart.pdf'], /must end in \.svg or \.png/],
  ])('refuses %j', async (args, message) => {
    const cwd = await folder()
    const { code, stderr } = await convoke(cwd, 'choose', ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
