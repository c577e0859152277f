// How a table is written: judged over many of its lines, not by the first alone.

import { decimalsOf, withDecimalPoints } from './decimal.ts'
import { announcedDelimiter, type Delimiter, mostCommon, type Row, readRows } from './delimited.ts'
import { isFieldNumber } from './field-number.ts'

/** How a table is written. */
export interface Dialect {
  /** What stands between fields. */
  readonly delimiter: Delimiter
  /** Whether fields stand in quotation marks. */
  readonly quoted: boolean
}

/** Rows that are looked at. */
const looked = 400

interface Fit {
  readonly dialect: Dialect
  /** Fields of most rows. */
  readonly width: number
  /** Share of the rows that have so many. */
  readonly share: number
}

function fitOf(text: string, dialect: Dialect): Fit {
  const rows = someRows(text, dialect)
  const { value, count } = mostCommon(rows.map(({ fields }) => fields.length))
  return { dialect, width: value, share: rows.length === 0 ? 0 : count / rows.length }
}

function someRows(text: string, { delimiter, quoted }: Dialect): Row[] {
  const rows: Row[] = []
  readRows(text, delimiter, { quoted }, (row) => rows.push(row) < looked)
  return rows
}

/**
 * The delimiter with which most rows have the same number of fields, two or more: of equally good ones a tab, a semicolon,
 * a bar, a comma; spaces where they alone part numbers. A comma where nothing fits. Between tabs, quotation marks count
 * as such only where every field that begins with one also ends with one, or where rows become even by them.
 */
export function guessDialect(
  text: string,
  options: {
    /** Taken where at least half the rows have the same number of fields by it. */
    readonly prefer?: Delimiter | undefined
  } = {},
): Dialect {
  const announced = announcedDelimiter(text)
  if (announced !== undefined) return { delimiter: announced, quoted: true }
  const { prefer } = options
  const order: readonly Delimiter[] = ['\t', ';', '|', ',']
  const fits = order
    .map((delimiter) => (delimiter === '\t' ? tabbed(text) : fitOf(text, { delimiter, quoted: true })))
    .filter(({ width }) => width > 1)
  const preferred = fits.find(({ dialect }) => dialect.delimiter === prefer)
  if (preferred !== undefined && preferred.share >= 0.5) return preferred.dialect
  const [best] = fits.toSorted((a, b) => b.share - a.share)
  const spaced: Dialect = { delimiter: ' ', quoted: false }
  const { width, share } = fitOf(text, spaced)
  if (width > 1 && share >= 0.9) {
    const raw = someRows(text, spaced)
    // "1,5 2,5" is two numbers, where a comma would part "5 2".
    const even = best?.dialect.delimiter === ',' && best.share === 1
    const commas =
      best?.dialect.delimiter === ',' && !(even && share < 1) && decimalsOf(raw) === 'comma' && areDecimal(raw)
    if (commas || (width > 2 && (best === undefined || best.share < 0.9))) {
      const rows = commas ? withDecimalPoints(raw) : raw
      const numbers = rows.filter(({ fields }) => fields.filter(isFieldNumber).length >= fields.length - 1).length
      if (numbers >= 0.9 * rows.length) return spaced
    }
  }
  return best?.dialect ?? { delimiter: ',', quoted: true }
}

/** Whether every comma stands in a number: in `3,70 80 82,Training` it parts fields. */
const areDecimal = (rows: readonly Row[]): boolean =>
  withDecimalPoints(rows).every(({ fields }) => fields.every((field) => !field.includes(',')))

function tabbed(text: string): Fit {
  const plain: Dialect = { delimiter: '\t', quoted: false }
  const marked: Dialect = { delimiter: '\t', quoted: true }
  const [bare, quoted] = [fitOf(text, plain), fitOf(text, marked)]
  if (bare.share < 1 || quoted.share < 1) return quoted.share > bare.share ? quoted : bare
  const fields = someRows(text, plain).flatMap((row) => row.fields.filter((field) => field.startsWith('"')))
  return fields.length > 0 && fields.every((field) => /^"(?:[^"]|"")*"$/.test(field)) ? quoted : bare
}
