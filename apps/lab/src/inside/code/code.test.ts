// The programs that the view hands out print what it shows: run by Node, and by PyTorch where there is one.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { cam } from '../looking/cam.ts'
import { occlusion } from '../looking/occlusion.ts'
import { overview } from '../looking/overview.ts'
import { place } from '../looking/place.ts'
import { open } from '../looking/session.ts'
import { file, program } from '../looking/take.ts'
import { type PixelsGoIn, patchSide } from '../state.ts'
import { type OpenedNetwork, occlusionStride, type Shown, type Source } from '../task.ts'
import { attentive, branched, dropped, lenet, pictures } from '../testing/networks.ts'
import { pytorchOf } from './pytorch.ts'
import { tensorflowOf } from './tensorflow.ts'
import { insideFile, networkFile, type Told } from './told.ts'
import { typescriptOf } from './typescript.ts'

interface Case {
  readonly what: string
  readonly source: Source
  readonly goIn: PixelsGoIn
  /** The layer of the map, and that of Grad-CAM, by their operators. */
  readonly map: string
  readonly cam: string
}

const cases: readonly Case[] = [
  { what: 'the digits', source: { kind: 'digits' }, goIn: 'told', map: 'MaxPool', cam: 'Relu' },
  { what: 'branches and three channels', source: dropped(branched()), goIn: 'told', map: 'Add', cam: 'Conv' },
  { what: 'LeNet-5', source: dropped(lenet()), goIn: 'signed', map: 'Gemm', cam: 'AveragePool' },
  { what: 'attention', source: dropped(attentive()), goIn: 'unit', map: 'LayerNormalization', cam: 'MaxPool' },
  { what: 'no classes', source: dropped(pictures()), goIn: 'unit', map: 'Conv', cam: 'Conv' },
]

interface Made {
  readonly folder: string
  readonly told: Told
  readonly wanted: Readonly<Record<string, ArrayLike<number>>>
}

async function make({ what, source, goIn, map, cam: weighed }: Case): Promise<Made> {
  const answer = await open({ key: what, source })
  if (answer.kind !== 'opened') throw new Error(JSON.stringify(answer))
  const { layers, form, classes }: OpenedNetwork = answer.network
  const shown: Shown = { key: what, picture: { kind: 'set', index: 1 }, goIn }
  const layer = layers.findIndex(({ operator }) => operator === map)
  const camLayer = layers.findLastIndex(({ operator, width }) => operator === weighed && width > 1)
  const patch = patchSide(0.35, form.height, form.width)
  const wanted: Record<string, ArrayLike<number>> = {
    map: (await place({ ...shown, layer, channel: 1, row: 0, column: 0 })).answer.values,
  }
  if (classes !== undefined) {
    wanted['chances'] = (await overview(shown)).answer.chances!
    wanted['gradCam'] = (await cam({ ...shown, layer: camLayer, class: 2 })).answer.values
    let covered = (await occlusion({ ...shown, class: 2, patch })).answer
    while (covered.done < covered.of) covered = (await occlusion({ ...shown, class: 2, patch })).answer
    wanted['occlusion'] = covered.values
  }
  const told: Told = {
    ...{ facts: program(shown).answer, form, layers, layer, channel: 1 },
    cam: classes === undefined ? undefined : { layer: camLayer, class: 2 },
    occlusion:
      classes === undefined ? undefined : { class: 2, patch, stride: occlusionStride(form.height, form.width) },
  }
  const folder = mkdtempSync(join(tmpdir(), 'convoke-inside-'))
  symlinkSync(fileURLToPath(new URL('../../../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  writeFileSync(join(folder, networkFile), (await file({ ...shown, file: 'network' })).answer)
  writeFileSync(join(folder, insideFile), (await file({ ...shown, file: 'inside' })).answer)
  return { folder, told, wanted }
}

describe('the programs', () => {
  const made: Made[] = []
  beforeAll(async () => {
    for (const one of cases) made.push(await make(one))
  }, 120_000)
  afterAll(() => {
    for (const { folder } of made) rmSync(folder, { recursive: true })
  })

  const matches = (printed: string, { wanted }: Made): void => {
    const told = JSON.parse(printed) as Record<string, number[]>
    expect(Object.keys(told).sort()).toEqual(Object.keys(wanted).sort())
    for (const [name, values] of Object.entries(wanted)) {
      expect(told[name], name).toHaveLength(values.length)
      const largest = Math.max(1e-3, ...Array.from(values, Math.abs))
      for (const [i, value] of told[name].entries())
        expect(Math.abs(value - values[i]), `${name}, ${i}`).toBeLessThan(2e-4 * largest + 1e-6)
    }
  }

  it.each(cases.map(({ what }, i) => [what, i] as const))('in TypeScript print what is shown: %s', async (_, i) => {
    const { code } = await transform(typescriptOf(made[i].told), { loader: 'ts', format: 'esm' })
    writeFileSync(join(made[i].folder, 'inside.mjs'), code)
    const printed = execFileSync(process.execPath, ['inside.mjs'], {
      ...{ cwd: made[i].folder, encoding: 'utf8', timeout: 60_000 },
    })
    matches(printed, made[i])
  })

  for (const { name, ranBy, run } of frameworks())
    it.each(cases.map(({ what }, i) => [what, i] as const))(
      `in ${name} print what is shown: %s (run by ${ranBy})`,
      (_, i) => {
        const write = name === 'PyTorch' ? pytorchOf : tensorflowOf
        matches(run(write(made[i].told)!, { folder: made[i].folder }), made[i])
      },
    )
})
