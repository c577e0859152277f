// Tables as files: their text, their delimiter, their rows.

import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import { isPictureName } from './columns.ts'
import { withOneLabel } from './one-hot.ts'
import type { OpenOptions } from './opened.ts'
import type { Place } from './place.ts'

export { type Columns, hasHeader, isNumber, isPictureName, textColumns } from './columns.ts'
export { hasNumberHeader, numberColumns } from './number-columns.ts'

type Reading = Pick<
  OpenOptions,
  'encoding' | 'usualEncoding' | 'onEncoding' | 'delimiter' | 'labelColumn' | 'textColumn'
> & {
  /** Rows of values alone, as to predict from: no column is taken as a class. */
  readonly unlabelled?: boolean | undefined
}

/** The text of a file in the encoding asked for, or in the one that it is sure to have. */
export const tableText = async ({ source }: Place, file: string, options: Reading = {}): Promise<string> =>
  textOf(source.name === '.' ? file : `${source.name}/${file}`, await source.read(file), options)

/** Text in the encoding asked for; else in UTF-8 or UTF-16, where it is that; else in the usual encoding, or one that is sure. */
export function textOf(name: string, bytes: Uint8Array, { encoding, usualEncoding, onEncoding }: Reading): string {
  if (encoding !== undefined) return data.decodeText(name, bytes, encoding)
  const own = data.recognizeEncoding(bytes)
  const used = own?.startsWith('utf-') ? own : (usualEncoding ?? own ?? undefined)
  if (used !== undefined && !used.startsWith('utf-')) onEncoding?.(name, used)
  return data.decodeText(name, bytes, used)
}

/** Lines of the name of a picture and something else, which spaces alone part: `cats/1.jpg 0`. */
function isSpacedList(text: string, delimiter: string): boolean {
  const lines = text
    .slice(0, 10_000)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
  const some = lines.slice(0, 20)
  const fits = some.filter((line) => {
    const words = line.trim().split(/\s+/)
    return words.length > 1 && words.some(isPictureName) && !line.trim().includes(delimiter)
  })
  return fits.length > 0 && fits.length >= some.length - 1
}

/** How a table is written: as asked for, or as most of its lines are. */
export function dialectOf(file: string, text: string, { delimiter }: Reading = {}): formats.Dialect {
  if (delimiter !== undefined) {
    const own = formats.guessDialect(text, { prefer: delimiter })
    return own.delimiter === delimiter ? own : { delimiter, quoted: delimiter !== '\t' && delimiter !== ' ' }
  }
  const found = formats.guessDialect(text, { prefer: /\.tsv$/i.test(file) ? '\t' : undefined })
  return /\.(txt|lst)$/i.test(file) && isSpacedList(text, found.delimiter) ? { delimiter: ' ', quoted: false } : found
}

export interface Table extends formats.Dialect {
  readonly file: string
  readonly text: string
  readonly rows: readonly formats.Row[]
  /** What was ignored or taken for granted, for the user to read. */
  readonly notes: readonly string[]
}

/** Rows above a table that are no part of it: titles and comments, of one field where most rows have several. */
function titlesOf(rows: readonly formats.Row[]): readonly formats.Row[] {
  if (rows.length < 3 || formats.tableWidth(rows.slice(0, looked), false) < 2) return []
  const first = rows.findIndex(({ fields }) => fields.length > 1)
  return first <= mostTitles ? rows.slice(0, first) : []
}

const mostTitles = 10

const partNames = /^(split|set|subset|partition|part|usage)s?$/i
const partValue = /train|test|val|dev|holdout/i

/** What is said of a column that divides the rows into parts, which files do instead; nothing where there is none. */
function partNotes(file: string, rows: readonly formats.Row[]): string[] {
  const column = rows[0]?.fields.findIndex((name) => partNames.test(name.trim())) ?? -1
  if (column < 0) return []
  const values = new Set(rows.slice(1).map(({ fields }) => fields[column]?.trim() ?? ''))
  values.delete('')
  if (values.size < 2 || values.size > 6 || ![...values].every((value) => partValue.test(value))) return []
  const name = rows[0].fields[column].trim()
  return [
    `${file}: the column ${name} (${[...values].slice(0, 3).join(', ')}) is not used: all rows are split again. To keep these parts, put each into a table of its own: train.csv, val.csv, test.csv.`,
  ]
}

export async function readTable(place: Place, file: string, options: Reading = {}): Promise<Table> {
  const text = await tableText(place, file, options)
  const dialect = dialectOf(file, text, options)
  const all = formats.parseDelimited(file, text, dialect.delimiter, dialect)
  const titles = titlesOf(all)
  const notes = titles.map(
    ({ line, fields: [title] }) =>
      `${file}, line ${line}: “${title.trim().slice(0, 60)}” is above the table and is ignored.`,
  )
  const rows = all.slice(titles.length)
  for (const note of options.unlabelled ? [] : partNotes(file, rows)) notes.push(note)
  const joined = options.unlabelled ? null : withOneLabel(file, rows, options)
  return joined === null
    ? { file, text, ...dialect, rows, notes }
    : { file, text, ...dialect, rows: joined.rows, notes: [...notes, joined.note] }
}

/** Rows that are looked at to tell how numbers are written. */
const looked = 1000

/**
 * A table of numbers; where they have a decimal comma, its rows have a point instead. Throws `ConvokeError` where commas may be
 * decimal or part thousands.
 */
export async function readNumbers(place: Place, file: string, options: Reading = {}): Promise<Table> {
  const table = await readTable(place, file, options)
  const some = table.rows.slice(0, looked)
  const decimals = formats.decimalsOf(some)
  const example = (): string =>
    some
      .flatMap(({ fields }) => fields)
      .find((field) => /^\s*[+\-\u2212]?[\d.]*,\d/.test(field))!
      .trim()
  if (decimals === 'comma')
    return {
      ...table,
      rows: formats.withDecimalPoints(table.rows),
      notes: [...table.notes, `${file}: the comma is taken as the decimal separator, as in ${example()}.`],
    }
  check(
    decimals !== 'ambiguous' || some.length < 2,
    () =>
      `${file}: ${example()} may have a decimal comma, or a comma between thousands. Write a point for the one and nothing for the other.`,
  )
  return table
}

/** Whether a table is an example of what a contest wants to get: nothing in it is true. */
export const isSubmission = (file: string): boolean => /submission|submit|sampleSub/i.test(file)

/** Sorts the tables of a place: those that teach something, and a note for each that is left out. */
export function usefulTables(files: readonly string[]): {
  readonly files: readonly string[]
  readonly notes: readonly string[]
} {
  const useful = files.filter((file) => !isSubmission(file))
  if (useful.length === 0) return { files, notes: [] }
  const notes = files
    .filter(isSubmission)
    .map((file) => `${file}: by its name a sample submission; it is not training data and is left out.`)
  return { files: useful, notes }
}
