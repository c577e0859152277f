// The program for PyTorch finds the masks that the view shows, where there is a PyTorch.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setThreads, useBackend } from 'convoke'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { control, open } from '../learning/session.ts'
import { take } from '../learning/take.ts'
import { watch } from '../learning/watch.ts'
import { firstSettings, type SegmentSettings } from '../settings.ts'
import type { Snapshot } from '../task.ts'
import { picturesFile, pytorchOf, weightsFile } from './pytorch.ts'

const cases: readonly (readonly [what: string, SegmentSettings])[] = [
  ['with skips', { ...firstSettings, examples: 40, skips: 'with', depth: 3, width: 4 }],
  ['without, 5×5', { ...firstSettings, examples: 40, skips: 'without', depth: 1, width: 4, kernel: 5, side: 48 }],
]

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const hasTorch = spawnSync(python, ['-c', 'import torch, numpy'], { timeout: 60_000 }).status === 0

describe('PyTorch', () => {
  if (!hasTorch) {
    it.skip(`is not tested: ${python} has no torch (apt-get install python3-torch, or set PYTHON)`, () => {})
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'convoke-segment-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeAll(async () => {
    await useBackend('wasm')
    setThreads(1)
  })

  it.each(cases)(
    'finds the masks that are shown: %s',
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
      const text = pytorchOf({ depth, kernel, skips: skips === 'with', classes, mean, deviation })
      const { status, stdout, stderr } = spawnSync(python, ['-c', text], {
        ...{ cwd: folder, encoding: 'utf8', timeout: 120_000 },
      })
      expect({ status, stderr: stderr.slice(-2000) }).toMatchObject({ status: 0 })
      const printed = JSON.parse(stdout) as { found: Record<string, number>; wrong: number }[]
      expect(printed).toHaveLength(seen.pictures.length)
      for (const [i, { truth }] of seen.pictures.entries()) {
        const { mask } = seen.networks[0].found[i]
        const count = (wanted: (label: number, p: number) => boolean): number => mask.filter(wanted).length
        // Where two classes are as likely to the last bits of float32, either may win.
        const near = (found: number, expected: number): void =>
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1)
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
    },
    120_000,
  )
})
