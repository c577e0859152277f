// Series of numbers with a class each: files of the UCR and UEA archives (.ts, .arff), or any table of numbers, a series a row.

import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import { positionsIn } from './label-order.ts'
import type { OpenOptions, Parts } from './opened.ts'
import { called, filesAtTop, type PartName, type Place, partIn } from './place.ts'
import { inNamedOrder, inOrderOf, type Layout, numbersLike, valueNames } from './same-columns.ts'
import { openSeriesFiles, seriesFiles, seriesPlace } from './series-files.ts'
import { type Columns, numberColumns, readNumbers, type Table, usefulTables } from './table.ts'
import { digestOf } from './twins.ts'

type Set = data.Dataset<data.SequencePair>

/** Endings of files with a series in each row: of UCI's and of older archives, too, whose NAME_TRAIN has none. */
export const seriesEnding = /\.(csv|tsv|txt|data|dat|all-data)$|^[^.]+_(train|test)$/i

/** Opens series. Of a set that comes in several forms, as those of the archives do, .ts counts before tables and these before .arff. */
export async function openSeries(whole: Place, options: OpenOptions): Promise<Parts<data.SequencePair>> {
  const { place, notes } = await seriesPlace(whole)
  const { ts, arff } = await seriesFiles(place)
  const hasTables = filesAtTop(place, seriesEnding).some((name) => !/^readme/i.test(name))
  const files = ts.length > 0 ? ts : hasTables ? [] : arff
  const parts = files.length > 0 ? await openSeriesFiles(place, files, options) : await openTables(place, options)
  const unused = [...ts, ...arff].filter((file) => !files.includes(file))
  const passed =
    unused.length === 0
      ? []
      : [
          `${called(place)}: ${unused.join(', ')} beside ${files.length > 0 ? files.join(', ') : 'the tables'} ${unused.length === 1 ? 'is' : 'are'} ignored.`,
        ]
  return { ...parts, notes: [...notes, ...passed, ...(parts.notes ?? [])] }
}

async function openTables(place: Place, options: OpenOptions): Promise<Parts<data.SequencePair>> {
  const { files, notes } = usefulTables(filesAtTop(place, seriesEnding).filter((name) => !/^readme/i.test(name)))
  check(
    files.length > 0,
    () =>
      `${called(place)}: there are no series. It may hold a .ts or .arff of series, or a .csv, .tsv, .txt, .data or .dat with a series and its class in each row, or two named …_TRAIN and …_TEST.`,
  )
  const told = [...notes]
  const problems: string[] = []
  const tables = new Map<PartName, data.Dataset<data.TableRow>>()
  const partOf = (file: string): PartName => (files.length === 1 ? 'train' : (partIn(file) ?? 'train'))
  const order: readonly PartName[] = ['train', 'validation', 'test']
  let layout: Layout | null = null
  for (const file of files.toSorted((a, b) => order.indexOf(partOf(a)) - order.indexOf(partOf(b)))) {
    const read = await readNumbers(place, file, options)
    for (const note of read.notes) told.push(note)
    const rows = layout === null ? inNamedOrder(file, options.columns, read.rows) : inOrderOf(layout, read.rows)
    const table: Table = { ...read, rows }
    const columns: Layout | null = layout === null ? layoutOf(table, options) : layoutLike(layout, table, options)
    if (columns === null) {
      told.push(`${file}: it has no column of labels, so nothing can be measured with it; it is left out.`)
      continue
    }
    if (layout === null) for (const note of columns.notes) told.push(note)
    layout ??= columns
    const part = partOf(file)
    check(
      !tables.has(part),
      () => `${called(place)}: ${file} is a second table for the part ${part}. Put them together.`,
    )
    const own = readRows(table, columns, options)
    for (const problem of own.problems) problems.push(problem)
    tables.set(part, own.dataset)
  }
  return { ...partsFrom(place, tables, problems, told), columns: layout === null ? undefined : valueNames(layout) }
}

const readRows = (
  { file, rows, delimiter }: Table,
  { header, label, omit }: Columns,
  { strict }: OpenOptions,
): data.Loaded<data.TableRow> => data.rowsDataset(rows, { name: file, delimiter, header, label, omit, strict })

function layoutOf({ file, rows }: Table, options: OpenOptions): Layout {
  const columns = numberColumns(file, rows, options)
  return { ...columns, file, width: formats.tableWidth(rows, columns.header) }
}

/** The same columns in another table of the set; null where it has no labels. */
function layoutLike(layout: Layout, table: Table, options: OpenOptions): Layout | null {
  if (table.rows.length === 0) return null
  const known = numbersLike(layout, table.file, table.rows)
  return known === 'other' ? layoutOf(table, options) : known
}

function partsFrom(
  place: Place,
  tables: ReadonlyMap<PartName, data.Dataset<data.TableRow>>,
  problems: readonly string[],
  notes: readonly string[],
): Parts<data.SequencePair> {
  const names = [...tables.values()].flatMap(({ classes }) => classes!)
  const classes = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const setOf = (part: PartName): Set | undefined => {
    const table = tables.get(part)
    return table === undefined ? undefined : pairs(table, classes)
  }
  const train = setOf('train') ?? setOf('test')
  check(train !== undefined, () => `${called(place)}: there are no series to train on.`)
  const lengths = [...tables.values()].map((table) => (table.get(0) as data.TableRow).values.data.length)
  const [length] = lengths
  const other = lengths.find((one) => one !== length)
  check(
    other === undefined,
    () =>
      `${called(place)}: the parts have series of ${length} and of ${other} steps; all must be of one length. Cut or pad them.`,
  )
  return {
    ...{ kind: 'a table of series', train, validation: setOf('validation') },
    ...{ test: tables.has('train') ? setOf('test') : undefined, classes, problems, notes, files: false, picture: null },
    sequence: { length, features: 1, target: 'class', outputs: classes.length },
    twins: 'series',
  }
}

const pairs = (table: data.Dataset<data.TableRow>, classes: readonly string[]): Set => {
  const labels = positionsIn(table.classes!, classes)
  return {
    ...data.mapDataset(table, ({ values, label }) => ({
      input: { shape: [values.data.length, 1], data: Float32Array.from(values.data) },
      target: { shape: [], data: Int32Array.of(labels[label]) },
    })),
    ...{ classes, labelOf: (index: number) => labels[table.labelOf!(index)] },
    groupOf: (index) => digestOf((table.get(index) as data.TableRow).values),
  }
}
