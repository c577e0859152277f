// The programs read the pictures that were held out as the view does.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setThreads, useBackend } from 'convoke'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { control, open } from '../learning/session.ts'
import { take } from '../learning/take.ts'
import { watch } from '../learning/watch.ts'
import { firstSettings, type TrainSettings } from '../settings.ts'
import type { OwnData, Snapshot } from '../task.ts'
import { pytorchOf } from './pytorch.ts'
import { tensorflowOf } from './tensorflow.ts'
import { picturesFile, weightsFile } from './used.ts'

/** Colours that are told apart after a few steps, with noise. */
const colours: OwnData = {
  ...{
    height: 32,
    width: 32,
    channels: 3,
    classes: ['blue', 'red'],
    labels: Array.from({ length: 40 }, (_, i) => i % 2),
  },
  pictures: Array.from({ length: 40 }, (_, i) =>
    Uint8Array.from({ length: 3072 }, (__, p) => (p % 3 === (i % 2 ? 0 : 2) ? 120 : 90) + ((p * 37 + i * 101) % 60)),
  ),
}

const cases: readonly (readonly [what: string, TrainSettings, OwnData | undefined])[] = [
  ['digits, three stages', { ...firstSettings, examples: 500, count: 4, depth: 3 }, undefined],
  [
    'own pictures, 5 × 5, one stage',
    { ...firstSettings, source: 'pictures', kernel: 5, count: 2, depth: 1, batch: 4 },
    colours,
  ],
]

describe('The programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-train-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeAll(async () => {
    await useBackend('wasm')
    setThreads(1)
  })
  const ready = frameworks()

  it.runIf(ready.length > 0).each(cases)(
    `read the held-out pictures as the view does: %s (run by ${ready.map(({ ranBy }) => ranBy).join('; ')})`,
    async (_, settings, own) => {
      const { run, classes, mean, deviation } = await open({ settings, own, checkpoint: undefined })
      control({ run, wanted: 'run' })
      const look = (since: number): Promise<Snapshot> => watch({ run, since, known: 0, measuredStep: -1, probe: 0 })
      let seen = await look(-1)
      while (seen.step < 12) seen = await look(seen.version)
      control({ run, wanted: 'pause' })
      while (seen.phase === 'running' || seen.measured?.step !== seen.step) seen = await look(seen.version)
      writeFileSync(join(folder, weightsFile), await take({ run, kind: 'weights' }))
      writeFileSync(join(folder, picturesFile), await take({ run, kind: 'pictures' }))
      const { kernel, count, depth } = settings
      const used = { kernel, count, depth, classes, mean, deviation }
      for (const { name, run: runProgram } of ready) {
        const program = name === 'PyTorch' ? pytorchOf(used) : tensorflowOf(used)
        const { accuracy, confusion } = JSON.parse(runProgram(program, { folder }))
        expect(confusion, name).toEqual(seen.measured!.confusion)
        expect(accuracy, name).toBeCloseTo(seen.measured!.figures['accuracy'], 6)
      }
    },
    240_000,
  )
})
