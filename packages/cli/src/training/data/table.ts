// Finding out what the columns of a table are.

import { data, type formats } from 'convoke'
import { check } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import type { OpenOptions } from './opened.ts'
import type { Place } from './place.ts'

/** The text of a file, UTF-8 or Latin-1. */
export const tableText = async ({ source }: Place, file: string): Promise<string> =>
  data.decodeText(`${source.name}/${file}`, await source.read(file))

export type Delimiter = ',' | ';' | '\t'

/** What parts the fields: by the file's ending, and by what its first line has most of. */
export function delimiterOf(file: string, text: string): Delimiter {
  const [line] = text.split('\n', 1)
  const count = (sign: string): number => line.split(sign).length - 1
  if (/\.tsv$/i.test(file) || count('\t') > count(',')) return '\t'
  return count(';') > count(',') ? ';' : ','
}

export const isPictureName = (field: string): boolean => /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(field.trim())

const labelWords = ['label', 'class', 'target', 'category', 'sentiment', 'y', 'tag', 'polarity']
const textWords = ['text', 'sentence', 'review', 'content', 'phrase', 'comment']
const fileWords = ['file', 'filename', 'path', 'image', 'picture']

export interface Columns {
  /** Whether the first row names the columns. */
  readonly header: boolean
  readonly label: number
  /** The column with the text or the file name; −1 where the rest is numbers. */
  readonly other: number
}

type Given = Pick<OpenOptions, 'labelColumn' | 'textColumn'>
type Fields = readonly (readonly string[])[]

const isNumber = (field: string): boolean => field.trim() !== '' && Number.isFinite(Number(field))

/** A column by its name, or counted from 1. */
function columnNamed(file: string, given: string, names: readonly string[], header: boolean): number {
  const at = header ? names.indexOf(given.trim().toLowerCase()) : -1
  const index = at >= 0 ? at : Number(given) - 1
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index
  throw new UsageError(
    `${file}: there is no column ${given}. The columns are ${header ? names.join(', ') : `1 to ${names.length}`}.`,
  )
}

const namesOf = (file: string, rows: readonly formats.Row[]): string[] => {
  check(rows.length > 0, () => `${file}: the file is empty.`)
  return rows[0].fields.map((field) => field.trim().toLowerCase())
}

/** How many different values a column has. */
const different = (body: Fields, column: number): number => new Set(body.map((fields) => fields[column])).size

/**
 * The label's column in a table of numbers. Without a name it is the last one, unless only the first looks like labels:
 * the last has one value alone, or numbers with fractions where the first has whole ones.
 */
export function numberColumns(file: string, rows: readonly formats.Row[], given: Given): Columns {
  const names = namesOf(file, rows)
  const header = rows.length > 1 && names.filter(isNumber).length < names.length / 2
  const named = names.findIndex((name) => labelWords.includes(name))
  if (given.labelColumn !== undefined) {
    return { header, label: columnNamed(file, given.labelColumn, names, header), other: -1 }
  }
  if (header && named >= 0) return { header, label: named, other: -1 }
  const body = rows.slice(header ? 1 : 0).map(({ fields }) => fields)
  const last = names.length - 1
  const isLabel = (column: number): boolean =>
    different(body, column) > 1 &&
    body.every((fields) => !isNumber(fields[column] ?? '') || /^\s*-?\d+\s*$/.test(fields[column]))
  const first = isLabel(0) && (!isLabel(last) || different(body, 0) < different(body, last))
  return { header, label: first ? 0 : last, other: -1 }
}

/** The columns of label and text, or of label and file name, in a table of those. */
export function textColumns(file: string, rows: readonly formats.Row[], given: Given, files: boolean): Columns {
  const names = namesOf(file, rows)
  const known = (words: readonly string[]): number => names.findIndex((name) => words.includes(name))
  const otherWords = files ? fileWords : textWords
  const asked = [given.labelColumn, given.textColumn].some(
    (name) => name !== undefined && names.includes(name.toLowerCase()),
  )
  const header = asked || known(labelWords) >= 0 || known(otherWords) >= 0
  const body = rows.slice(header ? 1 : 0, 5000).map(({ fields }) => fields)
  const letters = (column: number): number => body.reduce((total, fields) => total + (fields[column]?.length ?? 0), 0)
  const columns = names.map((_, column) => column)
  const most = (score: (column: number) => number, from: readonly number[]): number =>
    from.reduce((best, column) => (score(column) > score(best) ? column : best), from[0])
  const guessOther = (): number =>
    files
      ? columns.findIndex((column) => body.some((fields) => isPictureName(fields[column] ?? '')))
      : most(letters, columns)
  const other =
    given.textColumn !== undefined
      ? columnNamed(file, given.textColumn, names, header)
      : header && known(otherWords) >= 0
        ? known(otherWords)
        : guessOther()
  const rest = columns.filter((column) => column !== other)
  check(
    rest.length > 0,
    () => `${file}: the rows have one field; a label and ${files ? 'a file name' : 'a text'} are needed.`,
  )
  const label =
    given.labelColumn !== undefined
      ? columnNamed(file, given.labelColumn, names, header)
      : header && known(labelWords) >= 0
        ? known(labelWords)
        : most((column) => -different(body, column), rest)
  return { header, label, other }
}
