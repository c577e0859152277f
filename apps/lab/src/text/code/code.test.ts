// The programs that the view hands out print what it shows: run by Node, and by PyTorch where there is one.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { computeText, computeWeights } from '../compute.ts'
import { firstText, type NetworkSettings, settingsOf } from '../state.ts'
import type { Reading, TextAnswer } from '../task.ts'
import { weightsFile } from './facts.ts'
import { pytorchOf } from './pytorch.ts'
import { tensorflowOf } from './tensorflow.ts'
import { typescriptOf } from './typescript.ts'

const english = settingsOf(firstText('en'))
const cases: readonly (readonly [what: string, NetworkSettings, steps: number, sentence: string])[] = [
  ['English', english, 60, 'The film is not bad, says "Kafka\\n".'],
  ['Chinese', settingsOf(firstText('zh')), 30, '这部电影一点也不好看。'],
  ['other windows', { ...english, windows: [1, 5], maps: 3, seed: 9 }, 25, 'dull'],
]

interface Program {
  readonly folder: string
  readonly answer: TextAnswer
  readonly reading: Reading
}

describe('the programs', () => {
  const made: Program[] = []
  beforeAll(async () => {
    for (const [, settings, steps, sentence] of cases) {
      const { answer: weights } = await computeWeights({ settings, steps })
      const { answer } = await computeText({ settings, steps, milliseconds: 0, sentence })
      expect(answer.step).toBe(steps)
      const folder = mkdtempSync(join(tmpdir(), 'convoke-text-'))
      symlinkSync(fileURLToPath(new URL('../../../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
      writeFileSync(join(folder, weightsFile), weights)
      made.push({ folder, answer, reading: answer.reading! })
    }
  }, 60_000)
  afterAll(() => {
    for (const { folder } of made) rmSync(folder, { recursive: true })
  })

  const matches = (printed: string, { answer, reading }: Program): void => {
    const { logit, probability, filters } = JSON.parse(printed)
    expect(logit).toBeCloseTo(reading.logit, 4)
    expect(probability).toBeCloseTo(reading.probability, 5)
    expect(filters).toHaveLength(reading.filters.length)
    for (const [i, filter] of reading.filters.entries()) {
      const { window, map, winner, pooled } = filter
      const words = reading.tokens.map(({ text }) => text)
      expect(filters[i]).toMatchObject({ window, map, ngram: pooled > 0 ? words.slice(winner, winner + window) : [] })
      for (const name of ['pooled', 'weight', 'contribution'] as const)
        expect(filters[i][name], `${name} of ${i}, step ${answer.step}`).toBeCloseTo(filter[name], 4)
    }
  }

  it.each(cases.map(([what], i) => [what, i] as const))('in TypeScript print what is shown: %s', async (_, i) => {
    const { code } = await transform(typescriptOf(made[i]), { loader: 'ts', format: 'esm' })
    writeFileSync(join(made[i].folder, 'textcnn.mjs'), code)
    const printed = execFileSync(process.execPath, ['textcnn.mjs'], {
      ...{ cwd: made[i].folder, encoding: 'utf8', timeout: 60_000 },
    })
    matches(printed, made[i])
  })

  for (const { name, ranBy, run } of frameworks())
    it.each(cases.map(([what], i) => [what, i] as const))(
      `in ${name} print what is shown: %s (run by ${ranBy})`,
      (_, i) => {
        const write = name === 'PyTorch' ? pytorchOf : tensorflowOf
        matches(run(write(made[i]), { folder: made[i].folder }), made[i])
      },
    )
})
