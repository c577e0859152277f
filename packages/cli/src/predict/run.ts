// `convoke predict`

import { basename, extname, join, resolve } from 'node:path'
import { type metrics, train } from 'convoke'
import { UsageError } from '../errors.ts'
import { loadRun } from '../evaluate/run.ts'
import { isModelFile } from '../model/open.ts'
import { refusePreprocessing } from '../model/preprocessing.ts'
import { readNumber } from '../options/numbers.ts'
import { readTestTime } from '../options/training-options.ts'
import { checkAlone, gather, joinRanks, ofFirst } from '../ranks/ranks.ts'
import { complain, print, printJson, printNotes } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'
import { percent } from '../terminal/words.ts'
import { openRun } from '../training/config.ts'
import { withViews } from '../training/kits/views.ts'
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
  rankedSheet,
  type Told,
  topOf,
} from './answers.ts'
import { checkCsvPath, writeCsv } from './csv.ts'
import { withBoxes, writePng } from './draw.ts'
import { pictureFiles } from './inputs.ts'
import { classMap, throughNetwork } from './pictures.ts'
import { predictSeries } from './series.ts'
import { predictTexts } from './texts.ts'

export async function runPredict(path: string, inputs: readonly string[], options: PredictText): Promise<void> {
  const ranks = await joinRanks(options)
  checkCsvPath(options.csv)
  const threshold = readNumber('threshold', options.threshold, { least: 0.001, most: 0.999 })!
  if (isModelFile(path)) {
    if (options.testTime !== undefined)
      throw new UsageError('--test-time is for runs: the outputs of a model file have no known meaning. Leave it out.')
    const { predictWithModel } = await import('./model.ts')
    return predictWithModel(path, inputs, options, ranks)
  }
  const run = await ofFirst(ranks, () => openRun(path))
  const config = withViews(run.config, readTestTime(run.config.task, options.testTime))
  refusePreprocessing(options, 'a run knows its classes and how its inputs are prepared')
  if (config.task === 'generate') {
    if (inputs.length > 0) throw new UsageError('a generator takes no inputs. Say how many pictures: --count 64.')
    if (options.csv !== undefined)
      throw new UsageError('a generator draws pictures: there is no table. Leave out --csv.')
    checkAlone(ranks, 'drawing pictures')
    const { drawSamples } = await import('./samples.ts')
    return drawSamples(run, options)
  }
  if (inputs.length === 0)
    throw new UsageError(
      `name what to read: ${config.task === 'text' ? 'a text, a file, or - for the standard input' : config.task === 'sequence' ? 'a .csv or .tsv' : 'pictures, a folder or a pattern'}.`,
    )
  const asked = { config, model: await loadRun(run, ranks), inputs, options, threshold, ranks }
  const own = (await predictors[config.task](asked)) as Predictions<object>
  const all = await gather(ranks, { values: own.values, problems: own.problems ?? [] })
  if (ranks.rank > 0) return
  const [values, problems] = [all.flatMap((part) => part.values), all.flatMap((part) => part.problems)]
  const { head, rows, aligns, notes = [], sheet } = own.tell(values)
  printNotes(notes)
  if (options.csv !== undefined) await writeCsv(options.csv, sheet)
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

interface Classified {
  readonly file: string
  readonly predictions: readonly Ranked[]
}

async function predictClasses({ config, model, inputs, options, ranks }: Asked): Promise<Predictions<Classified>> {
  const top = Math.min(topOf(options), config.classes.length)
  const values: Classified[] = []
  const problems = await throughNetwork(
    config,
    model,
    await ofFirst(ranks, () => pictureFiles(inputs)),
    { ...options, ranks },
    async ({ file, output }) => {
      values.push({ file, predictions: ranked(await output.data(), config.classes, top) })
    },
  )
  const tell = (all: readonly Classified[]): Told => ({
    rows: all.map(({ file, predictions }) => rankedRow(file, predictions)),
    ...{ head: rankedHead('picture', top), aligns: rankedAligns(top) },
    sheet: rankedSheet(
      'picture',
      top,
      all.map(({ file, predictions }) => ({ name: file, predictions })),
    ),
  })
  return { values, problems, tell }
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

interface Segmented {
  readonly file: string
  readonly overlay: string
  readonly mask?: string
  readonly shares: Readonly<Record<string, number>>
}

async function predictPixels({ config, model, inputs, options, ranks }: Asked): Promise<Predictions<Segmented>> {
  const { classes } = config
  const files = await ofFirst(ranks, () => pictureFiles(inputs))
  const names = namesIn(options.out, files)
  const values: Segmented[] = []
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
  const tell = (all: readonly Segmented[]): Told => ({
    head: ['picture', ...classes, 'overlay'],
    rows: all.map(({ file, shares, overlay: path }) => [file, ...classes.map((one) => percent(shares[one], 1)), path]),
    aligns: ['left', ...classes.map(() => 'right' as const), 'left'],
    sheet: {
      head: ['picture', ...classes, 'overlay', ...(options.masks ? ['mask'] : [])],
      rows: all.map(({ file, shares, overlay: path, mask }) => [
        ...[file, ...classes.map((one) => shares[one]), path],
        ...(mask === undefined ? [] : [mask]),
      ]),
    },
  })
  return { values, problems, tell }
}

interface Detected {
  readonly file: string
  readonly overlay: string
  readonly boxes: readonly (metrics.Region & { readonly class: string; readonly score: number })[]
}

/** Left, top, right and bottom of a box. */
const cornersOf = ({ x, y, width, height }: metrics.Region): number[] => [
  ...[x - width / 2, y - height / 2, x + width / 2, y + height / 2],
]

async function predictBoxes({
  config,
  model,
  inputs,
  options,
  threshold,
  ranks,
}: Asked): Promise<Predictions<Detected>> {
  const { classes } = config
  const files = await ofFirst(ranks, () => pictureFiles(inputs))
  const names = namesIn(options.out, files)
  const values: Detected[] = []
  const problems = await throughNetwork(
    config,
    model,
    files,
    { ...options, ranks },
    async ({ file, at, picture, size, output }) => {
      const [sx, sy] = [picture.shape[1] / size[1], picture.shape[0] / size[0]]
      const found = (await train.decodeBoxes(output, { threshold, size: [size[0], size[1]] }))[0].map((one) => ({
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
  const count = (boxes: Detected['boxes'], name: string): string =>
    String(boxes.filter((box) => box.class === name).length)
  const tell = (all: readonly Detected[]): Told => ({
    head: ['picture', ...classes, 'overlay'],
    rows: all.map(({ file, boxes, overlay: path }) => [file, ...classes.map((name) => count(boxes, name)), path]),
    aligns: ['left', ...classes.map(() => 'right' as const), 'left'],
    // A box in each row, by its corners, as tables of boxes have it.
    sheet: {
      head: ['picture', 'class', 'score', 'xmin', 'ymin', 'xmax', 'ymax'],
      rows: all.flatMap(({ file, boxes }) => boxes.map((box) => [file, box.class, box.score, ...cornersOf(box)])),
    },
  })
  return { values, problems, tell }
}
