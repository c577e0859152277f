// Pictures drawn by a generator, on one sheet.

import { extname, join } from 'node:path'
import { loadRun } from '../evaluate/run.ts'
import { readNumber } from '../options/numbers.ts'
import { print, printJson } from '../terminal/output.ts'
import { visible } from '../terminal/visible.ts'
import { counted } from '../terminal/words.ts'
import type { Run } from '../training/config.ts'
import { drawPictures, sheetOf } from '../training/samples.ts'
import type { PredictText } from './answers.ts'
import { writePng } from './draw.ts'

export async function drawSamples(run: Run, { count, seed, out, json }: PredictText): Promise<void> {
  const many = readNumber('count', count, { least: 1, most: 4096, whole: true })!
  const from = readNumber('seed', seed, { whole: true })!
  const model = await loadRun(run)
  const pictures = await drawPictures(model, Number(run.config.model.options['latent']), many, from)
  const path = extname(out) === '.png' ? out : join(out, 'samples.png')
  await writePng(path, sheetOf(pictures))
  if (json) printJson({ run: run.path, task: 'generate', count: many, seed: from, sheet: path })
  else print(`${visible(path)}  ${counted(many, 'picture')} of ${pictures[0].shape[1]}×${pictures[0].shape[0]}`)
}
