// `convoke apply`: pictures through kernels, strip by strip.

import { dirname } from 'node:path'
import { ConvokeError, check } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { readNumber } from '../options/numbers.ts'
import { readChoice, readSlideOptions, type SlideText } from '../options/slide-options.ts'
import { checkPictureFile, openPicture } from '../picture/decode.ts'
import type { Development } from '../picture/develop.ts'
import {
  isLargeJpeg,
  largeJpegAt,
  type OutputFormat,
  outputFormat,
  writeFloats,
  writePicture,
} from '../picture/encode.ts'
import type { Filter, Undoing } from '../picture/filter.ts'
import { jpegCut } from '../picture/jpeg-canvas.ts'
import { channelsOf, largestSample, type Picture } from '../picture/picture.ts'
import { type Placement, place, type SlideOptions } from '../picture/placement.ts'
import type { View } from '../picture/planes.ts'
import { type Bound, clippedAt, type Mapping, mappingOf, needsPeak, type Range, ranges } from '../picture/range.ts'
import { isScene, scene } from '../picture/scene.ts'
import type { Extremes } from '../picture/store.ts'
import { prepareFolder } from '../picture/write-whole.ts'
import { print, printJson, printNotes } from '../terminal/output.ts'
import { type Progress, startProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { exactNumber } from '../terminal/words.ts'
import { readFilters } from './filters.ts'
import { outputPaths, protectInput } from './outputs.ts'

export interface ApplyText extends SlideText {
  readonly kernel: readonly string[]
  readonly output: string
  readonly range: string
  readonly convolve: boolean
  readonly gray: boolean
  readonly linear: boolean
  readonly magnitude: boolean
  readonly deconvolve: boolean
  readonly noise?: string
  readonly force: boolean
  readonly json: boolean
  readonly maxMegapixels: string
}

/** One filter, all that is known before the work begins. */
interface Task {
  readonly filter: Filter
  readonly path: string
  readonly format: OutputFormat
  readonly mapping: Mapping
  readonly floats: boolean
}

interface Report {
  readonly path: string
  readonly kernel: string
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly sample: 'uint8' | 'uint16' | 'float32'
  readonly range: Mapping
  /** Extremes of the results before they were brought into the picture's range. */
  readonly least: number
  readonly most: number
  /** Where some of them were cut off. */
  readonly clipped: readonly Bound[]
}

export async function runApply(source: string, text: ApplyText): Promise<void> {
  const started = performance.now()
  const options = readSlideOptions(text)
  const range = readChoice('range', text.range, ranges)
  const maxMegapixels = Number(text.maxMegapixels)
  if (!(maxMegapixels > 0))
    throw new UsageError(`--max-megapixels is "${text.maxMegapixels}"; it must be a number above 0.`)
  const undoing = readUndoing(text, options)
  const filters = (await readFilters(text.kernel, text)).map((filter) => ({ ...filter, ...(undoing && { undoing }) }))
  const drawn = await isScene(source)
  if (!drawn) await checkPictureFile(source)
  const tasks = await planTasks(source, filters, range, text)

  const view: View = { gray: text.gray, linear: text.linear }
  const placeIn = (size: Size) => filters.map((filter) => placeFilter(filter, size, options, maxMegapixels))
  const opened = drawn ? undefined : await openPicture(source, { maxMegapixels })
  if (opened !== undefined) await prepare(tasks[0], opened.head, placeIn(opened.head)[0], view)
  const { picture, notes } = opened === undefined ? { picture: scene(), notes: [] } : await opened.decoded
  const placements = placeIn(picture)
  for (const { path } of tasks) await prepareFolder(dirname(path))

  const reports: Report[] = []
  const allNotes = [...notes]
  const passes = tasks.map((task) => (needsPeak(task.mapping) ? 2 : 1))
  const total = placements.reduce((sum, [[rows]], index) => sum + rows.output * passes[index], 0)
  const progress = await startProgress(`convoke ${filters.length === 1 ? filters[0].name : 'apply'}`, total)
  try {
    for (const [index, task] of tasks.entries()) {
      const { report, notes } = await applyOne(task, picture, placements[index], view, progress)
      reports.push(report)
      for (const note of notes) allNotes.push(note)
    }
  } finally {
    progress.stop()
  }
  printNotes(allNotes)
  if (text.json) {
    const { width, height } = picture
    const seconds = (performance.now() - started) / 1000
    printJson({
      input: { path: source, width, height, channels: channelsOf(picture), depth: picture.depth },
      outputs: reports,
      seconds,
    })
  } else print(describe(reports).join('\n'))
}

/** Power of the noise over that of the picture, where nothing is said: a photograph at 8 bits. */
const usualNoise = 0.001

function readUndoing(text: ApplyText, { stride, dilation, padding, boundary }: SlideOptions): Undoing | undefined {
  const noise = readNumber('noise', text.noise)
  if (!text.deconvolve) {
    if (noise !== undefined) throw new UsageError('--noise is an option of --deconvolve. Add --deconvolve.')
    return undefined
  }
  const plain = [...stride, ...dilation].every((step) => step === 1) && padding === 'same'
  if (!plain || text.magnitude)
    throw new UsageError(
      `--deconvolve undoes one kernel that was applied with stride 1 and kept the size of the picture. Leave out ${plain ? '--magnitude' : '--padding, --stride and --dilation'}.`,
    )
  return { noise: noise ?? usualNoise, boundary }
}

async function planTasks(source: string, filters: readonly Filter[], range: Range, text: ApplyText): Promise<Task[]> {
  const paths = await outputPaths(
    text.output,
    source,
    filters.map(({ name }) => name),
  )
  await protectInput(source, paths, text.force)
  return filters.map((filter, index) => {
    const path = paths[index]
    const format = outputFormat(path)
    const floats = format.picture === undefined || (range === 'none' && format.floats !== undefined)
    if (range === 'none' && !floats)
      throw new UsageError(
        `--range none keeps values below black and above white, which a ${format.extension} file cannot hold. Write .tif, .npy, .json or .csv, or use --range auto, clip or abs.`,
      )
    const kind = { signed: filter.kernels[0].signed, magnitude: filter.kernels.length === 2, floats }
    return { filter, path, format, floats, mapping: mappingOf(range, kind) }
  })
}

type Size = Pick<Picture, 'width' | 'height'>

function placeFilter(filter: Filter, picture: Size, options: SlideOptions, maxMegapixels: number): Placement[] {
  const placements = filter.kernels.map(({ name, rows }) => {
    try {
      return place([rows.length, rows[0].length], [picture.height, picture.width], options)
    } catch (error) {
      throw error instanceof ConvokeError ? new ConvokeError(`kernel ${name}: ${error.message}`) : error
    }
  })
  const sizes = placements.map(([rows, columns]) => `${columns.output} × ${rows.output}`)
  check(
    sizes.every((size) => size === sizes[0]),
    () =>
      `kernel ${filter.name}: its two kernels give ${sizes.join(' and ')} pixels with this padding. Use --padding same.`,
  )
  const [rows, columns] = placements[0]
  check(
    rows.output * columns.output <= maxMegapixels * 1e6,
    () =>
      `the result would have ${sizes[0]} pixels; the limit is ${maxMegapixels} million. Use less padding, or raise it with --max-megapixels.`,
  )
  return placements
}

/** Pixels from which there is enough to gain by being ready before the picture is decoded. */
const worthPreparing = 1e6

/** Gets the engine ready while another thread decodes. */
async function prepare(task: Task, head: Head, placements: readonly Placement[], view: View): Promise<void> {
  const [{ developedHead, rehearse }, { startThreads }] = await Promise.all([
    import('../picture/develop.ts'),
    import('convoke/backends'),
  ])
  if (head.width * head.height < worthPreparing || task.filter.undoing !== undefined) return
  startThreads()
  const development = { view, mapping: task.mapping, sample: sampleOf(task, head) }
  const into = developedHead(head, placements, development)
  const asked = isLargeJpeg(task.format, into) ? jpegCut(into) : undefined
  rehearse(head, task.filter, placements, development, asked)
}

type Head = Omit<Picture, 'samples'>

const sampleOf = ({ floats, format }: Task, { depth }: Head): Development['sample'] =>
  floats ? 'float' : format.sixteenBits ? depth : 8

async function applyOne(
  task: Task,
  picture: Picture,
  placements: readonly Placement[],
  view: View,
  progress: Progress,
): Promise<{ report: Report; notes: string[] }> {
  const { filter, path, format, mapping } = task
  const sample = sampleOf(task, picture)
  const onRows = (rows: number) => progress.advance(rows)
  const { develop, developedHead, developOnto } = await import('../picture/develop.ts')
  const development = { view, mapping, sample, onRows }
  const head = developedHead(picture, placements, development)
  let notes: string[] = []
  let extremes: Extremes
  if (isLargeJpeg(format, head)) {
    const { canvas, written } = largeJpegAt(path, format, head)
    extremes = await developOnto(canvas, picture, filter, placements, development)
    notes = await written()
  } else {
    const developed = await develop(picture, filter, placements, development)
    extremes = developed.extremes
    if (developed.values instanceof Float32Array) await writeFloats(path, format, head, developed.values)
    else notes = await writePicture(path, format, { ...head, samples: developed.values })
  }
  const { width, height } = head
  const names = { float: 'float32', 16: 'uint16', 8: 'uint8' } as const
  const size = { width, height, channels: channelsOf(head), sample: names[sample] }
  const written = {
    ...{ white: view.linear ? 1 : largestSample(picture.depth), linear: view.linear },
    largest: sample === 'float' ? null : largestSample(sample),
  }
  const clipped = clippedAt(mapping, extremes.least, extremes.most, written)
  return { report: { path, kernel: filter.name, ...size, range: mapping, ...extremes, clipped }, notes }
}

const clippedText = ({ clipped }: Report): string =>
  clipped.length === 0 ? 'none clipped' : `clipped to ${clipped.join(' and ')}`

const rangeNotes: Readonly<Record<Mapping, (report: Report) => string>> = {
  clip: clippedText,
  abs: (report) => `absolute values, ${clippedText(report)}`,
  none: () => 'kept as they are',
  signed: ({ least, most }) => `0 is middle grey, ±${exactNumber(Math.max(-least, most), 4)} are black and white`,
  magnitude: ({ most }) => `0 is black, ${exactNumber(most, 4)} is white`,
}

const describe = (reports: readonly Report[]): string[] =>
  table(
    reports.map((report) => [
      report.path,
      `${report.width} × ${report.height}`,
      report.sample,
      report.kernel,
      `values ${exactNumber(report.least, 4)} … ${exactNumber(report.most, 4)}: ${rangeNotes[report.range](report)}`,
    ]),
    ['left', 'right', 'left', 'left', 'left'],
  )
