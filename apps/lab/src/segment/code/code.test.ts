// The programs find the masks that the view shows.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setThreads, useBackend } from 'convoke'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { control, open } from '../learning/session.ts'
import { take } from '../learning/take.ts'
import { watch } from '../learning/watch.ts'
import { firstSettings, type SegmentSettings } from '../settings.ts'
import type { Snapshot } from '../task.ts'
import { pytorchOf } from './pytorch.ts'
import { tensorflowOf } from './tensorflow.ts'
import { picturesFile, weightsFile } from './used.ts'

interface Printed {
  readonly found: Readonly<Record<string, number>>
  readonly wrong: number
}

const cases: readonly (readonly [what: string, SegmentSettings])[] = [
  ['with skips', { ...firstSettings, examples: 40, skips: 'with', depth: 3, width: 4 }],
  ['without, 5×5', { ...firstSettings, examples: 40, skips: 'without', depth: 1, width: 4, kernel: 5, side: 48 }],
]

describe('The programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-segment-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeAll(async () => {
    await useBackend('wasm')
    setThreads(1)
  })

  const ready = frameworks()
  it.runIf(ready.length > 0).each(cases)(
    `find the masks that are shown: %s (run by ${ready.map(({ ranBy }) => ranBy).join('; ')})`,
    async (_, settings) => {
      const { run, classes, mean, deviation } = await open({ settings, checkpoints: [undefined] })
      control({ run, wanted: 'run' })
      const look = (since: number): Promise<Snapshot> =>
        watch({ run, since, known: [], from: 3, painting: [], block: undefined, blockOf: 0 })
      let seen = await look(-1)
      while (seen.networks[0].step < 8) seen = await look(seen.version)
      control({ run, wanted: 'pause' })
      while (seen.networks[0].phase === 'running') seen = await look(seen.version)
      const files = { weights: weightsFile, pictures: picturesFile } as const
      for (const kind of ['weights', 'pictures'] as const)
        writeFileSync(join(folder, files[kind]), await take({ run, kind, network: 0, from: 3 }))
      const { depth, kernel, skips } = settings
      const used = { depth, kernel, skips: skips === 'with', classes, mean, deviation }
      for (const { name, run: runProgram } of ready) {
        const program = name === 'PyTorch' ? pytorchOf(used) : tensorflowOf(used)
        matches(JSON.parse(runProgram(program, { folder })), seen, classes)
      }
    },
    240_000,
  )
})

function matches(printed: readonly Printed[], seen: Snapshot, classes: readonly string[]): void {
  expect(printed).toHaveLength(seen.pictures.length)
  for (const [i, { truth }] of seen.pictures.entries()) {
    const { mask } = seen.networks[0].found[i]
    const count = (wanted: (label: number, p: number) => boolean): number => mask.filter(wanted).length
    // Where two classes are as likely to the last bits of float32, either may win.
    const near = (found: number, expected: number): void => expect(Math.abs(found - expected)).toBeLessThanOrEqual(1)
    for (const [label, name] of classes.entries())
      near(
        printed[i].found[name],
        count((one) => one === label),
      )
    near(
      printed[i].wrong,
      count((one, p) => one !== truth[p]),
    )
  }
}
