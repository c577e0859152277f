// Series of numbers with a class each, in the files of the UCR and UEA archives (timeseriesclassification.com): sktime's .ts and
// Weka's .arff.

import { check, show } from '../../shapes/error.ts'
import { checkIndex, type Dataset, type SequencePair } from '../dataset.ts'
import { parseArff } from './series-arff.ts'
import type { FileSeries, SeriesFile } from './series-lines.ts'
import { parseTs } from './series-ts.ts'
import { type Loaded, problemList, type StrictOptions } from './source.ts'

/** Whether a text is a .ts or .arff file, by its head: other files end in .ts as well. */
export const isSeriesFile = (start: string): boolean =>
  /^\s*@(problemname|timestamps|univariate|classlabel|relation)\b/im.test(start)

/** Reads a .ts or .arff file. Throws `ConvokeError` with the file's name, and the line where one is at fault. */
export function parseSeries(name: string, text: string): SeriesFile {
  check(
    isSeriesFile(text.slice(0, 2 ** 16)),
    () => `${name}: there is no header of a .ts or .arff file (@problemName, @relation).`,
  )
  return /^\s*@relation\b/im.test(text) && !/^\s*@problemname\b/im.test(text)
    ? parseArff(name, text)
    : parseTs(name, text)
}

/** The options of `seriesDataset`. */
export interface SeriesOptions extends StrictOptions {
  /** Classes in the order of their labels; those declared, else those that occur in natural order, when not given. */
  readonly classes?: readonly string[] | undefined
  /** Steps of each series; the longest when not given. Shorter ones are filled up with zeros. */
  readonly length?: number | undefined
}

/** Steps × channels of one series: more is a damaged file. */
const mostValues = 2 ** 26

/** The classes of some files, those declared first. */
export function seriesClasses(files: readonly SeriesFile[]): string[] {
  const declared = [...new Set(files.flatMap(({ classes }) => classes ?? []))]
  const known = new Set(declared)
  const others = [...new Set(files.flatMap(({ series }) => series.map(({ label }) => label)))].filter(
    (name) => !known.has(name),
  )
  return [...declared, ...others.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))]
}

/** Steps of the longest series. */
export const seriesLength = (files: readonly SeriesFile[]): number =>
  files.reduce(
    (most, { series }) =>
      series.reduce((own, { channels }) => channels.reduce((m, { length }) => Math.max(m, length), own), most),
    0,
  )

/**
 * The series of a file, `[length, channels]` each, with the label of their class. Shorter ones are filled up with zeros at their end;
 * series with a missing value, or with another number of channels than the first, are left out and named by their line.
 */
export function seriesDataset(name: string, file: SeriesFile, options: SeriesOptions = {}): Loaded<SequencePair> {
  const { classes = seriesClasses([file]), length = seriesLength([file]) } = options
  const problems = problemList(options)
  for (const problem of file.problems) problems.add(problem)
  const labels = new Map(classes.map((own, label) => [own, label]))
  const channels = file.series[0]?.channels.length ?? 0
  check(
    length * channels <= mostValues,
    () => `${name}: series of ${length} steps and ${channels} channels exceed the limit.`,
  )
  const good = file.series.flatMap(({ line, label, channels: own }) => {
    const wrong = faultOf(own, channels, length, labels.has(label) ? null : label)
    if (wrong !== null) problems.add(`${name}, line ${line}: ${wrong}; the series is left out.`)
    return wrong === null ? [{ label: labels.get(label)!, own }] : []
  })
  const fromChannels = (own: FileSeries['channels']): Float32Array => {
    const values = new Float32Array(length * channels)
    for (const [c, list] of own.entries()) for (const [t, value] of list.entries()) values[t * channels + c] = value
    return values
  }
  const dataset: Dataset<SequencePair> = {
    length: good.length,
    classes,
    labelOf: (index) => good[index].label,
    get(index) {
      checkIndex(name, index, good.length)
      const { label, own } = good[index]
      return {
        input: { shape: [length, channels], data: fromChannels(own) },
        target: { shape: [], data: Int32Array.of(label) },
      }
    },
  }
  return { dataset, problems: problems.all }
}

/** What is wrong with a series; null where nothing is. */
function faultOf(
  own: FileSeries['channels'],
  channels: number,
  length: number,
  stranger: string | null,
): string | null {
  if (stranger !== null) return `the class ${show(stranger)} is not one of the known ones`
  if (own.length !== channels)
    return `it has ${own.length === 1 ? 'one channel' : `${own.length} channels`}, the first has ${channels}`
  for (const list of own) {
    if (list.length > length) return `it has ${list.length} steps, more than ${length}`
    if (list.length === 0) return 'it has no values'
    if (list.some(Number.isNaN)) return 'a value is missing'
    if (list.some((value) => !Number.isFinite(Math.fround(value)))) return 'a value is beyond float32'
  }
  return null
}
