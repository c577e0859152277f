// The examples run as they stand, on less than they take by default.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [fileURLToPath(new URL('../tools/example.js', import.meta.url)), ...args], {
    encoding: 'utf8',
  })

/** On one thread: several that wait for each other on a busy machine take minutes. */
const quick = (name: string, ...args: string[]): string => run(name, '--quick', '--threads', '1', ...args)

const out = mkdtempSync(join(tmpdir(), 'convoke-examples-'))
afterAll(() => rmSync(out, { recursive: true, force: true }))

it('digits trains, and its loss falls', () => {
  const losses = [...run('digits', '--examples', '600', '--epochs', '3').matchAll(/loss ([\d.]+)/g)].map(([, loss]) =>
    Number(loss),
  )
  expect(losses).toHaveLength(3)
  expect(losses[2]).toBeLessThan(losses[0])
})

it('copy-task trains every network alike and prints what each recalls', () => {
  const text = quick('copy-task')
  const rows = [
    ...text.matchAll(/^(plain CNN|dilated CNN \(TCN\)|GRU|LSTM|attention) +\d+ +(\d+|all) +[\d.]+ +([\d.]+)% +\d+$/gm),
  ]
  expect(rows.map(([, , sees]) => sees)).toEqual(['17', '61', 'all', 'all', 'all'])
})

it.each(['adding', 'copy'])('tcn learns %s, and says what it reached', (task) => {
  const text = quick('tcn', '--task', task)
  expect(text).toMatch(/^epoch 2\/2 · loss [\d.]+/m)
  expect(text).toMatch(/^tcn: loss of .* at length 20 [\d.e+-]+ \(asked: 1\.00e-4 or less\), a quick run$/m)
})

it('gan draws digits and says how well they can be read', async () => {
  const text = quick('gan', '--out', out)
  expect(text).toMatch(/^gan: confidence of the classifier, .* \(asked: 80\.00% or more\), a quick run$/m)
  // Ten by ten drawings of 32 pixels, 2 pixels between them.
  expect(await sharp(join(out, 'samples.png')).metadata()).toMatchObject({ format: 'png', width: 342, height: 342 })
})

const present = existsSync(new URL('../../shared/data/', import.meta.url))
if (!present) console.warn('skipped: examples on real data; shared/data is not beside the repository')

describe.skipIf(!present)('on real data', () => {
  it.each([
    ['fashion', 'validation accuracy'],
    ['reviews', 'mean accuracy over 1 of 10 folds'],
    ['cells', 'mAP@0.5 on the list test'],
  ])('%s trains, and says what it reached', (name, what) => {
    const lines = quick(name).trim().split('\n')
    expect(lines.at(-2)).toMatch(new RegExp(`^${name}: ${what} \\d+\\.\\d\\d% \\(asked: .*\\), a quick run$`))
    expect(lines.at(-1)).toMatch(/^[\d,]+ parameters · \d+ s · \d+ threads? of \w+ · seed 1$/)
  })

  it('membranes trains, and paints over a slice what it found', async () => {
    expect(quick('membranes', '--out', out)).toMatch(/^membranes: pixel accuracy .*, a quick run$/m)
    expect(await sharp(join(out, '24.png')).metadata()).toMatchObject({ width: 512, height: 512, channels: 3 })
  })

  it('repeats to the digit under a seed', () => {
    const losses = (seed: string): string[] | null => quick('cells', '--seed', seed).match(/loss [\d.]+/g)
    const first = losses('5')
    expect(first).toHaveLength(2)
    expect(losses('5')).toEqual(first)
    expect(losses('6')).not.toEqual(first)
  })
})
