// Series of numbers with a class each, a row each: the layout of the UCR time series archive, or any table of numbers.

import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts } from './opened.ts'
import { filesAtTop, type PartName, type Place, partIn } from './place.ts'
import { delimiterOf, numberColumns, tableText } from './table.ts'

type Set = data.Dataset<data.SequencePair>

export async function openSeries(place: Place, options: OpenOptions): Promise<Parts<data.SequencePair>> {
  const files = filesAtTop(place, /\.(csv|tsv|txt)$/i)
  check(
    files.length > 0,
    () =>
      `${place.source.name}: there are no series. It may hold a .csv or .tsv with a series and its class in each row, or two named …_TRAIN and …_TEST.`,
  )
  const problems: string[] = []
  const tables = new Map<PartName, data.Dataset<data.TableRow>>()
  for (const file of files) {
    const text = await tableText(place, file)
    const delimiter = delimiterOf(file, text)
    const { header, label } = numberColumns(file, formats.parseDelimited(file, text, delimiter), options)
    const read = data.tableDataset(text, { name: file, delimiter, header, label, strict: options.strict })
    for (const problem of read.problems) problems.push(problem)
    const part = files.length === 1 ? 'train' : (partIn(file) ?? 'train')
    check(
      !tables.has(part),
      () => `${place.source.name}: ${file} is a second table for the part ${part}. Put them together.`,
    )
    tables.set(part, read.dataset)
  }
  const names = [...tables.values()].flatMap(({ classes }) => classes!)
  const classes = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const setOf = (part: PartName): Set | undefined => {
    const table = tables.get(part)
    return table === undefined ? undefined : pairs(table, classes)
  }
  const train = setOf('train') ?? setOf('test')
  check(train !== undefined, () => `${place.source.name}: there are no series to train on.`)
  const { length } = (await train.get(0)).input.data
  return {
    ...{ kind: 'a table of series', train, validation: setOf('validation') },
    ...{ test: tables.has('train') ? setOf('test') : undefined, classes, problems, files: false, picture: null },
    sequence: { length, features: 1, target: 'class', outputs: classes.length },
  }
}

const pairs = (table: data.Dataset<data.TableRow>, classes: readonly string[]): Set => {
  const labels = table.classes!.map((name) => classes.indexOf(name))
  return {
    ...data.mapDataset(table, ({ values, label }) => ({
      input: { shape: [values.data.length, 1], data: Float32Array.from(values.data) },
      target: { shape: [], data: Int32Array.of(labels[label]) },
    })),
    ...{ classes, labelOf: (index: number) => labels[table.labelOf!(index)] },
  }
}
