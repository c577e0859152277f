// Text with a delimiter between its fields. Definition: RFC 4180; a lone line feed and a lone carriage return end a row, too.

import { check, show } from '../shapes/error.ts'

/** The field separator. A space means any run of spaces and tabs. */
export type Delimiter = ',' | ';' | '\t' | '|' | ' '

/** A row of a table. */
export interface Row {
  /** Where the row starts, counted from 1. */
  readonly line: number
  /** The fields in order, as text. */
  readonly fields: readonly string[]
  /** What is wrong with the row's quotation marks. */
  readonly fault?: string
}

/** How delimited text is read. */
export interface DelimitedOptions {
  /** Whether a field may be quoted. Default: true, except for tabs and spaces. */
  readonly quoted?: boolean | undefined
}

/** The rows of delimited text, empty lines left out. Throws `ConvokeError` where a quotation mark is never closed. */
export function parseDelimited(
  name: string,
  text: string,
  delimiter: Delimiter = ',',
  options: DelimitedOptions = {},
): Row[] {
  const rows: Row[] = []
  const stray = readRows(text, delimiter, options, (row) => rows.push(row) > 0)
  check(
    stray === null,
    () => `${name}, line ${stray}: a quotation mark is never closed. Close it, or double it inside a field.`,
  )
  return rows
}

/** Excel's first line that names the delimiter. */
const announcement = /^"?sep=([,;|\t])"?(\r\n?|\n)/i

/** The delimiter that a first line of `sep=;` names. */
export const announcedDelimiter = (text: string): Delimiter | undefined =>
  announcement.exec(text)?.[1] as Delimiter | undefined

/** Hands over row after row until `take` returns false. Returns the line of a quotation mark that is never closed. */
export function readRows(
  text: string,
  delimiter: Delimiter,
  { quoted = delimiter !== '\t' && delimiter !== ' ' }: DelimitedOptions,
  take: (row: Row) => boolean,
): number | null {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text
  if (delimiter === ' ') return readSpaced(source, take)
  const announced = announcement.exec(source)
  let at = announced === null ? 0 : announced[0].length
  let line = announced === null ? 1 : 2
  while (at < source.length) {
    const started = line
    const fields: string[] = []
    let marked = false
    let fault: string | undefined
    for (;;) {
      let field = ''
      const closes = quoted && source[at] === '"'
      if (closes) {
        const opened = line
        marked = true
        for (at++; ; at++) {
          const end = source.indexOf('"', at)
          if (end < 0) return opened
          field += source.slice(at, end)
          line += breaksIn(source, at, end)
          at = end + 1
          if (source[at] !== '"') break
          field += '"'
        }
      }
      const stop = fieldEnd(source, at, delimiter)
      const rest = source.slice(at, stop)
      const strange = closes && rest.trim() !== ''
      if (strange)
        fault ??= `text follows the closing quotation mark of field ${fields.length + 1}; double a quotation mark inside of a field`
      fields.push(!closes || strange ? field + rest : field)
      at = stop
      if (source[at] !== delimiter) break
      at++
    }
    if (source[at] === '\r' && source[at + 1] === '\n') at++
    at++
    line++
    const empty = fields.length === 1 && !marked && fields[0].trim() === ''
    if (!empty && !take({ line: started, fields, ...(fault !== undefined && { fault }) })) return null
  }
  return null
}

function fieldEnd(text: string, from: number, delimiter: string): number {
  const own = delimiter.charCodeAt(0)
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === own || code === 10 || code === 13) return at
  }
  return text.length
}

function breaksIn(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) count++
  }
  return count
}

function readSpaced(text: string, take: (row: Row) => boolean): null {
  let line = 0
  for (const content of text.split(/\r\n|\n|\r/)) {
    line++
    const fields = content.trim().split(/\s+/)
    if (fields[0] !== '' && !take({ line, fields })) break
  }
  return null
}

/**
 * The rows that have as many fields as the first, or without a header as most rows have; a row of another width, or with
 * stray quotation marks, is reported and left out, and so is a repeated header. Empty fields beyond the width are ignored.
 * The header itself is left out.
 */
export function evenRows(
  name: string,
  rows: readonly Row[],
  options: {
    /** Whether the first row names the columns. */
    readonly header: boolean
    /** Called with each problem, in a sentence. */
    readonly tell: (problem: string) => void
  },
): Row[] {
  const { header, tell } = options
  const width = tableWidth(rows, header)
  const body = header ? rows.slice(1) : rows
  return body.flatMap((row) => {
    const { line, fields, fault } = row
    if (header && sameFields(fields, rows[0].fields)) {
      tell(`${name}, line ${line}: this line repeats the names of the columns; it is left out.`)
      return []
    }
    if (fault !== undefined) {
      tell(`${name}, line ${line}: ${fault}.`)
      return []
    }
    if (fields.length === width) return [row]
    if (fields.length > width && fields.slice(width).every((field) => field.trim() === ''))
      return [{ line, fields: fields.slice(0, width) }]
    const has = fields.length === 1 ? '1 field' : `${fields.length} fields`
    tell(`${name}, line ${line}: the row has ${has}; ${width} are expected.`)
    return []
  })
}

const plain = (field: string): string => field.replace(/^\ufeff/, '').trim()

/** Whether two rows say the same, as where tables with their headers are written one after another. */
export const sameFields = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((field, i) => plain(field) === plain(b[i]))

/** Fields of the header; without one, as many as most rows have. */
export function tableWidth(rows: readonly Row[], header: boolean): number {
  if (header || rows.length === 0) return rows[0]?.fields.length ?? 0
  return mostCommon(rows.map(({ fields }) => fields.length)).value
}

/** The value that occurs most often, of several the first to come. */
export function mostCommon(values: readonly number[]): { readonly value: number; readonly count: number } {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best = { value: 0, count: 0 }
  for (const [value, count] of counts) if (count > best.count) best = { value, count }
  return best
}

/** Throws `ConvokeError` unless it is a delimiter. */
export function checkDelimiter(value: string): asserts value is Delimiter {
  check(
    [',', ';', '\t', '|', ' '].includes(value),
    () => `the delimiter is ${show(value)}. Use a comma, a semicolon, a tab, | or a space.`,
  )
}
