// Series of numbers through a network.

import { data, formats, metrics, scope, tensor, withoutGradients } from 'convoke'
import { ConvokeError, check } from 'convoke/shapes'
import { gather, partOf } from '../ranks/ranks.ts'
import { counted } from '../terminal/words.ts'
import { placeOf } from '../training/data/place.ts'
import { placesOf } from '../training/data/same-columns.ts'
import { seriesFiles } from '../training/data/series-files.ts'
import { hasNumberHeader, isNumber, readNumbers, tableText } from '../training/data/table.ts'
import { sequenceForward } from '../training/kits/sequence.ts'
import {
  type Asked,
  type Predictions,
  type Ranked,
  ranked,
  rankedHead,
  rankedRow,
  rankedSheet,
  topOf,
} from './answers.ts'
import { type Reading, readingOf } from './inputs.ts'

interface Series {
  readonly name: string
  readonly values: Float32Array
}

interface Read {
  readonly series: readonly Series[]
  readonly problems: readonly string[]
}

/**
 * Rows of numbers, as long as those of training. A row of names at the top says which column is which: those of training are taken
 * in their order, and others left out. What is no such row is a problem. Throws `ConvokeError` where the file cannot be read.
 */
async function readSeries(file: string, { length, features }: Form, columns: Names, options: Reading): Promise<Read> {
  const place = await placeOf(file)
  const [path] = place.paths
  const { ts, arff } = await seriesFiles(place)
  if (ts.length + arff.length > 0)
    return ofFile(file, data.parseSeries(file, await tableText(place, path, options)), { length, features })
  const { rows } = await readNumbers(place, path, { ...options, unlabelled: true })
  const first = rows[0]?.fields.map((field) => field.trim()) ?? []
  const isHeader = rows.length > 0 && (!first.some(isNumber) || hasNumberHeader(rows))
  const places = isHeader && columns !== undefined ? placesOf(file, columns, first) : null
  const size = length * features
  const problems: string[] = []
  const series = (isHeader ? rows.slice(1) : rows).flatMap(({ line, fields }) => {
    const own = places !== null && fields.length === first.length ? places.map((place) => fields[place]) : fields
    if (own.length === size && own.every(isNumber))
      return [{ name: `${file}:${line}`, values: Float32Array.from(own, formats.fieldNumber) }]
    problems.push(
      `${file}, line ${line}: the row has ${counted(own.length, 'field')}${own.length === size ? ', not all of them numbers' : ''}; the network takes rows of ${counted(size, 'number')} and no class.`,
    )
    return []
  })
  return { series, problems }
}

/** The series of a .ts or .arff file, whatever classes they have. */
function ofFile(name: string, file: data.SeriesFile, form: Pick<Form, 'length' | 'features'>): Read {
  const problems = [...file.problems]
  const { dataset, problems: own } = data.seriesDataset(name, file, { length: form.length })
  for (const problem of own) if (!problems.includes(problem)) problems.push(problem)
  const all = Array.from({ length: dataset.length }, (_, i) => (dataset.get(i) as data.SequencePair).input)
  const fits = all[0]?.shape[1] === form.features
  check(
    fits || all.length === 0,
    () => `${name}: its series have ${counted(all[0].shape[1], 'channel')}; the network takes ${form.features}.`,
  )
  return {
    problems,
    series: all.map((values, i) => ({ name: `${name}:${i + 1}`, values: Float32Array.from(values.data) })),
  }
}

type Form = NonNullable<Asked['config']['sequence']>
type Names = readonly string[] | undefined

/** The rows of several files. What cannot be read costs no other its result; throws `ConvokeError` where nothing can. */
async function readAll({ config, inputs, options }: Asked): Promise<Read> {
  const reading = readingOf(config, options)
  const all = await Promise.all(
    inputs.map(async (file): Promise<Read> => {
      try {
        return await readSeries(file, config.sequence!, config.data.options.columns, reading)
      } catch (error) {
        if (error instanceof ConvokeError) return { series: [], problems: [error.message] }
        throw error
      }
    }),
  )
  const [series, problems] = [all.flatMap((one) => one.series), all.flatMap((one) => one.problems)]
  check(series.length > 0, () => problems[0] ?? `${inputs.join(', ')}: there are no rows of numbers.`)
  return { series, problems }
}

/** What every rank has read alike: this one's part of it, and the problems, which the first rank tells. */
async function ownPart({ ranks, inputs }: Asked, { series, problems }: Read): Promise<Read> {
  const counts = await gather(ranks, series.length)
  const other = counts.findIndex((count) => count !== counts[0])
  check(
    other < 0,
    () =>
      `${inputs.join(', ')}: rank ${other} reads ${counted(counts[other], 'row')}, rank 0 ${counts[0]}. Give every machine the same files in the same place.`,
  )
  const [from, to] = partOf(ranks, series.length)
  return { series: series.slice(from, to), problems: ranks.rank === 0 ? problems : [] }
}

interface Classified {
  readonly series: string
  readonly predictions: readonly Ranked[]
}

interface Valued {
  readonly series: string
  readonly output: readonly number[]
}

/** A class, values, or a class at each step for each row of each file. */
export async function predictSeries(asked: Asked): Promise<Predictions<Classified> | Predictions<Valued>> {
  const { config, model, options } = asked
  const { length, features, target, outputs } = config.sequence!
  const { series: own, problems } = await ownPart(asked, await readAll(asked))
  const forward = sequenceForward(config, model)
  const results = await Promise.all(
    own.map(async ({ name, values }) => {
      const output = withoutGradients(() => scope(() => forward(tensor(values, { shape: [1, length, features] }))))
      const numbers = Array.from(await output.data())
      output.dispose()
      return { name, numbers }
    }),
  )
  if (target === 'class') {
    const top = Math.min(topOf(options), outputs)
    const values = results.map(({ name, numbers }) => ({
      series: name,
      predictions: ranked(numbers, config.classes, top),
    }))
    const tell: Predictions<Classified>['tell'] = (all) => ({
      head: rankedHead('series', top),
      rows: all.map(({ series, predictions }) => rankedRow(series, predictions)),
      sheet: rankedSheet(
        'series',
        top,
        all.map(({ series: one, predictions }) => ({ name: one, predictions })),
      ),
    })
    return { values, problems, tell }
  }
  const values = results.map(({ name, numbers }) => ({
    series: name,
    output: target === 'values' ? numbers : Array.from(metrics.argMaxRows(numbers, outputs)),
  }))
  const tell: Predictions<Valued>['tell'] = (all) => ({
    head: ['series', 'output'],
    rows: all.map(({ series, output }) => [series, output.map((value) => Number(value.toPrecision(5))).join(' ')]),
    sheet: {
      head: ['series', ...(all[0]?.output ?? []).map((_, i) => `output ${i + 1}`)],
      rows: all.map(({ series, output }) => [series, ...output]),
    },
  })
  return { values, problems, tell }
}
