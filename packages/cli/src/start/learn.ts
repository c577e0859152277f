// The part of `npm start` in which a network learns to read digits.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { argMax, data, scope, tensor, withoutGradients } from 'convoke'
import { normalized } from 'convoke-workbench'
import { writePng } from '../predict/draw.ts'
import { joinRanks } from '../ranks/ranks.ts'
import { bold } from '../terminal/output.ts'
import { beside } from '../terminal/table.ts'
import { counted, duration, percent } from '../terminal/words.ts'
import { newRun } from '../train/request.ts'
import { introduction } from '../train/run.ts'
import { writeReport } from '../training/report/write.ts'
import { runSession, type Session } from '../training/session.ts'

const run = 'out/digits'

export interface Learned {
  readonly run: string
  readonly report: string
  readonly weights: string
  readonly pictures: string
  readonly epochs: number
  readonly seconds: number
  /** On digits drawn from another seed. */
  readonly accuracy: number
  readonly predictions: readonly { readonly is: string; readonly readAs: string }[]
}

/** Digits kept as pictures and read at the end. */
const readAtEnd = 20

/** Trains, measures, reads a few digits, writes the report. Null where Ctrl-C ended it. */
export async function learnDigits(say: (line: string) => void, quiet: boolean): Promise<Learned | null> {
  // An earlier `npm start` left its run here.
  await rm(run, { recursive: true, force: true })
  const text = {
    ...{ data: 'digits', out: run, examples: '6000', epochs: '4', batchSize: '64', modelOption: [] },
    ...{ resume: false, json: quiet },
  }
  const request = await newRun('classify', text, await joinRanks({}))
  say(
    introduction(request.config, run)
      .split('\n')
      .slice(1)
      .map((line) => ` ${line}`)
      .join('\n'),
  )
  const session = await runSession({
    ...request,
    resume: false,
    ...(quiet ? {} : { say: (line) => say(`   ${line}`) }),
  })
  const { evaluation, progress, part, seconds } = session
  if (evaluation === null) {
    say(`   stopped and saved. To continue: npx convoke train --resume --out ${run}`)
    return null
  }
  const report = join(run, 'report.html')
  await writeReport(report, request.config, progress.history, evaluation, part)
  const { accuracy } = evaluation.figures
  say(
    `   ${bold(`${percent(accuracy)}`)} of ${counted(evaluation.count, 'digit')} it has not seen, after ${duration(seconds)} of training`,
  )
  const unseen = data.digits({ count: readAtEnd, seed: 2024 })
  const predictions = await readDigits(session, request.config, unseen)
  const pictures = join(run, 'unseen')
  for (let i = 0; i < readAtEnd; i++) {
    const { shape, data: ink } = (await unseen.get(i)).image
    await writePng(join(pictures, `${i}.png`), {
      shape,
      data: Uint8Array.from(ink, (value) => Math.round(value * 255)),
    })
  }
  say(`\n${(await asText(unseen, predictions, [3, 7, 5, 8, 2])).join('\n')}\n`)
  const files = { run, report, weights: join(run, 'best.safetensors'), pictures }
  say(`   ${files.report}        curves, mistakes, what the network looks for: open it in a browser`)
  say(`   ${files.weights}  the network, in one file`)
  return { ...files, epochs: progress.epoch, seconds, accuracy, predictions }
}

async function readDigits(
  { model }: Session,
  config: Parameters<typeof introduction>[0],
  set: data.Dataset<data.ClassifiedPicture>,
): Promise<Learned['predictions']> {
  model.eval()
  return Promise.all(
    Array.from({ length: set.length }, async (_, i) => {
      const { image, label } = await set.get(i)
      const input = tensor(image.data, { shape: [1, ...image.shape] })
      const best = withoutGradients(() => scope(() => argMax(model(normalized(input, config.picture!)), { axis: -1 })))
      return { is: config.classes[label], readAs: config.classes[(await best.data())[0]] }
    }),
  )
}

const shades = ' .:-=+*#%@'

/** Some digits in letters, two pixels a line, with what they were read as. */
async function asText(
  set: data.Dataset<data.ClassifiedPicture>,
  predictions: Learned['predictions'],
  chosen: readonly number[],
): Promise<string[]> {
  const blocks = await Promise.all(
    chosen.map(async (index) => {
      const small = data.resizePicture((await set.get(index)).image, 11, 20)
      const rows = Array.from({ length: 11 }, (_, y) =>
        Array.from({ length: 20 }, (_, x) => shades[Math.min(9, Math.floor(small.data[y * 20 + x] * 12))]).join(''),
      )
      return [...rows, `   read as ${predictions[index].readAs}`]
    }),
  )
  return beside(blocks, ' ')
    .filter((line) => line.trim() !== '')
    .map((line) => `   ${line}`)
}
