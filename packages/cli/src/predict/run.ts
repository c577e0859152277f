// `convoke predict`

import { basename, extname, join, resolve } from 'node:path'
import { data, scope, tensor, train, withoutGradients } from 'convoke'
import { check } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { loadRun } from '../evaluate/run.ts'
import { isModelFile } from '../model/open.ts'
import { refusePreprocessing } from '../model/preprocessing.ts'
import { readNumber } from '../options/numbers.ts'
import { checkAlone, gather, joinRanks } from '../ranks/ranks.ts'
import { complain, print, printJson, printNotes } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'
import { percent } from '../terminal/words.ts'
import { openRun } from '../training/config.ts'
import { textForward } from '../training/kits/text.ts'
import { tokenizerOf } from '../training/kits/tokenizer.ts'
import { problemNotes } from '../training/open-data.ts'
import { overlay } from '../training/report/colours.ts'
import {
  type Asked,
  type Predictions,
  type PredictText,
  type Ranked,
  ranked,
  rankedAligns,
  rankedHead,
  rankedRow,
  topOf,
} from './answers.ts'
import { withBoxes, writePng } from './draw.ts'
import { pictureFiles, readingOf, texts } from './inputs.ts'
import { classMap, throughNetwork } from './pictures.ts'
import { predictSeries } from './series.ts'

export async function runPredict(path: string, inputs: readonly string[], options: PredictText): Promise<void> {
  const ranks = await joinRanks(options)
  const threshold = readNumber('threshold', options.threshold, { least: 0.001, most: 0.999 })!
  if (isModelFile(path)) {
    checkAlone(ranks, 'predicting with a model of another tool')
    const { predictWithModel } = await import('./model.ts')
    return predictWithModel(path, inputs, options)
  }
  const run = await openRun(path)
  const { config } = run
  refusePreprocessing(options, 'a run knows its classes and how its inputs are made ready')
  if (config.task === 'generate') {
    if (inputs.length > 0) throw new UsageError('a network that draws takes no inputs. Say how many: --count 64.')
    checkAlone(ranks, 'drawing pictures')
    const { drawSamples } = await import('./samples.ts')
    return drawSamples(run, options)
  }
  if (inputs.length === 0)
    throw new UsageError(
      `name what to read: ${config.task === 'text' ? 'a text, a file, or - for the standard input' : config.task === 'sequence' ? 'a .csv or .tsv' : 'pictures, a folder or a pattern'}.`,
    )
  if (config.picture === null) checkAlone(ranks, `predicting for ${config.task}`)
  const asked = { config, model: await loadRun(run), inputs, options, threshold, ranks }
  const own = await predictors[config.task](asked)
  const { head, aligns } = own
  const all = await gather(ranks, { rows: own.rows, values: own.values, problems: own.problems ?? [] })
  if (ranks.rank > 0) return
  const [rows, values, problems] = [
    all.flatMap((part) => part.rows),
    all.flatMap((part) => part.values),
    all.flatMap((part) => part.problems),
  ]
  if (options.json)
    printJson({
      ...{ run: path, task: config.task, classes: config.classes, predictions: values },
      ...(problems.length > 0 && { problems }),
    })
  else print(table([head, ...rows], aligns ?? head.map(() => 'left' as const)).join('\n'))
  tellMissing(config.task === 'sequence' ? 'series' : 'pictures', problems, values.length)
}

/** What has no result, below the results, where it is seen. */
function tellMissing(what: string, problems: readonly string[], results: number): void {
  if (problems.length === 0) return
  for (const problem of problems) complain(problem)
  complain(`${what} without a result: ${problems.length} of ${results + problems.length}.`)
  process.exitCode = 1
}

const predictors = {
  classify: predictClasses,
  segment: predictPixels,
  detect: predictBoxes,
  text: predictTexts,
  sequence: predictSeries,
} as const

async function predictClasses({ config, model, inputs, options, ranks }: Asked): Promise<Predictions> {
  const top = Math.min(topOf(options), config.classes.length)
  const values: { file: string; predictions: Ranked[] }[] = []
  const problems = await throughNetwork(
    config,
    model,
    await pictureFiles(inputs),
    { ...options, ranks },
    async ({ file, output }) => {
      values.push({ file, predictions: ranked(await output.data(), config.classes, top) })
    },
  )
  const rows = values.map(({ file, predictions }) => rankedRow(file, predictions))
  return { head: rankedHead('picture', top), rows, aligns: rankedAligns(top), values, problems }
}

/** Names for results in one folder: those of the files, numbered where two are alike. No picture that is read is replaced. */
function namesIn(out: string, files: readonly string[]): string[] {
  const taken = new Set<string>()
  return files.map((file) => {
    const stem = basename(file, extname(file))
    let name = stem
    for (let n = 2; taken.has(name); n++) name = `${stem}-${n}`
    taken.add(name)
    if (resolve(out, `${name}.png`) === resolve(file)) {
      throw new UsageError(`the result for ${file} would replace it. Choose another folder: --out.`)
    }
    return name
  })
}

async function predictPixels({ config, model, inputs, options, ranks }: Asked): Promise<Predictions> {
  const { classes } = config
  const files = await pictureFiles(inputs)
  const names = namesIn(options.out, files)
  const values: { file: string; overlay: string; mask?: string; shares: Record<string, number> }[] = []
  const problems = await throughNetwork(config, model, files, { ...options, ranks }, async (seen) => {
    const labels = await classMap(seen)
    const name = names[seen.at]
    const path = join(options.out, `${name}.png`)
    await writePng(path, overlay(seen.picture, labels, classes.length))
    const counts = classes.map(() => 0)
    for (const label of labels) counts[label]++
    const shares = Object.fromEntries(classes.map((one, label) => [one, counts[label] / labels.length]))
    const mask = join(options.out, `${name}.mask.png`)
    if (options.masks) await writePng(mask, { shape: seen.picture.shape.slice(0, 2), data: Uint8Array.from(labels) })
    values.push({ file: seen.file, overlay: path, ...(options.masks ? { mask } : {}), shares })
  })
  return {
    head: ['picture', ...classes, 'overlay'],
    rows: values.map(({ file, shares, overlay: path }) => [
      file,
      ...classes.map((one) => percent(shares[one], 1)),
      path,
    ]),
    aligns: ['left', ...classes.map(() => 'right' as const), 'left'],
    values,
    problems,
  }
}

async function predictBoxes({ config, model, inputs, options, threshold, ranks }: Asked): Promise<Predictions> {
  const { classes } = config
  const files = await pictureFiles(inputs)
  const names = namesIn(options.out, files)
  const values: { file: string; overlay: string; boxes: object[] }[] = []
  const problems = await throughNetwork(
    config,
    model,
    files,
    { ...options, ranks },
    async ({ file, at, picture, size, output }) => {
      const [sx, sy] = [picture.shape[1] / size[1], picture.shape[0] / size[0]]
      const found = (await train.decodeBoxes(output, { threshold }))[0].map((one) => ({
        ...one,
        ...{ x: one.x * sx, y: one.y * sy, width: one.width * sx, height: one.height * sy },
      }))
      const path = join(options.out, `${names[at]}.png`)
      await writePng(path, await withBoxes(picture, found, classes))
      const boxes = found.map(({ label, score, x, y, width, height }) => ({
        class: classes[label],
        score,
        x,
        y,
        width,
        height,
      }))
      values.push({ file, overlay: path, boxes })
    },
  )
  const count = (boxes: readonly object[], name: string): string =>
    String(boxes.filter((box) => (box as { class: string }).class === name).length)
  return {
    head: ['picture', ...classes, 'overlay'],
    rows: values.map(({ file, boxes, overlay: path }) => [file, ...classes.map((name) => count(boxes, name)), path]),
    aligns: ['left', ...classes.map(() => 'right' as const), 'left'],
    values,
    problems,
  }
}

async function predictTexts({ config, model, inputs, options }: Asked): Promise<Predictions> {
  const { classes, text } = config
  const top = Math.min(topOf(options), classes.length)
  const all = await texts(inputs, readingOf(config, options))
  check(
    all.some((one) => one.trim() !== ''),
    () => 'there is no text to read: every line is empty.',
  )
  const words = data.vocabularyOf(text!.words)
  const divide = tokenizerOf(text!)
  const forward = textForward(config, model)
  const values: { text: string; known: number; unknown: number; predictions: Ranked[] }[] = []
  for (let at = 0; at < all.length; at += 64) {
    const some = all.slice(at, at + 64)
    const tokens = some.map((one) => words.encode(divide(one), text!.length).data as Int32Array)
    const batch = Int32Array.from(
      { length: some.length * text!.length },
      (_, i) => tokens[Math.floor(i / text!.length)][i % text!.length],
    )
    const logits = withoutGradients(() => scope(() => forward(tensor(batch, { shape: [some.length, text!.length] }))))
    const scores = await logits.data()
    logits.dispose()
    some.forEach((one, i) => {
      const unknown = tokens[i].filter((token) => token === data.unknownToken).length
      const padding = tokens[i].filter((token) => token === data.paddingToken).length
      values.push({
        text: one,
        known: tokens[i].length - padding - unknown,
        unknown,
        // Of an empty text there is nothing to tell; its row stays, so that rows are those of the file.
        predictions:
          one.trim() === '' ? [] : ranked(scores.subarray(i * classes.length, (i + 1) * classes.length), classes, top),
      })
    })
  }
  const short = (one: string): string => (one.length > 60 ? `${one.slice(0, 59)}…` : one)
  const what = text!.tokenizer === 'characters' ? 'characters' : 'words'
  printNotes(
    problemNotes(
      values
        .filter(({ known, predictions }) => known === 0 && predictions.length > 0)
        .map(
          (one) =>
            `“${short(one.text)}”: the network knows none of its ${what}, so that the chances say nothing of it.`,
        ),
    ),
  )
  const empty = values.filter(({ predictions }) => predictions.length === 0).length
  if (empty > 0)
    printNotes([`${empty === 1 ? 'one text is empty and has' : `${empty} texts are empty and have`} no class.`])
  const head = rankedHead('text', top)
  const rows = values.map((one) => {
    const row = rankedRow(short(one.text), one.predictions)
    return [...row, ...head.slice(row.length).map(() => '')]
  })
  return { head, rows, aligns: rankedAligns(top), values }
}
