// Finding out what the columns of a table are. By the names of the columns, where they have usual ones; otherwise by their
// values, which is a guess and is said to be one:
//
//   label   few values that repeat; never one value alone, never a value of its own for each row
//   text    the most letters
//   file    names of pictures

import { data, formats } from 'convoke'
import { ConvokeError, check } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import { counted } from '../../terminal/words.ts'
import { fileRank, isAside, labelRank, textRank } from './column-names.ts'
import type { OpenOptions } from './opened.ts'

export interface Columns {
  /** Whether the first row names the columns. */
  readonly header: boolean
  readonly names: readonly string[] | null
  readonly label: number
  /** The column with the text or the file name; −1 where the rest is numbers. */
  readonly other: number
  /** Columns of a table of numbers that only number its rows. */
  readonly omit: readonly number[]
  /** What was guessed, for the user to read. */
  readonly notes: readonly string[]
}

export type Given = Pick<OpenOptions, 'labelColumn' | 'textColumn'>
export type Rows = readonly formats.Row[]

export const isPictureName = (field: string): boolean => data.isPicture(field.trim())

export const isNumber = formats.isFieldNumber

/** Values that are counted one by one. */
const mostClasses = 5000

/** What is known of a column's values. */
export class Column {
  readonly index: number
  readonly counts = new Map<string, number>()
  letters = 0
  numbers = 0
  wholes = 0
  filled = 0

  readonly #rows: Rows

  constructor(index: number, rows: Rows) {
    this.index = index
    this.#rows = rows
    for (const { fields } of rows) {
      const field = fields[index]?.trim() ?? ''
      if (field === '') continue
      this.filled++
      if (!/^https?:\S+$/i.test(field)) this.letters += field.length
      if (isNumber(field)) {
        this.numbers++
        this.wholes += Number(Number.isInteger(formats.fieldNumber(field)))
      }
      // Counting more of every column would take memory.
      if (this.counts.size <= mostClasses || this.counts.has(field))
        this.counts.set(field, (this.counts.get(field) ?? 0) + 1)
    }
  }

  /** Different values, of which no more than one beyond `mostClasses` are counted. */
  get different(): number {
    return this.counts.size
  }

  /** All different values. */
  get allDifferent(): number {
    if (this.different <= mostClasses) return this.different
    return new Set(this.#rows.map(({ fields }) => fields[this.index]?.trim() ?? '').filter((field) => field !== ''))
      .size
  }

  /** How many different values there are, for a message. */
  get differentText(): string {
    return counted(this.allDifferent, 'different value')
  }

  /** Few values that repeat. In a handful of rows every value may be of its own. */
  get repeats(): boolean {
    if (this.different < 2 || this.different > 1000) return false
    return this.filled <= 4 || this.different <= this.filled / 2
  }

  /** What a column that is called a label must have at least: two values, and some of them again; most where there are many. */
  get mayRepeat(): boolean {
    if (this.repeats) return true
    if (!this.isKind || this.different < 2) return false
    const many = this.different > mostClasses
    return this.allDifferent <= (many ? 0.5 : 0.9) * this.filled
  }

  /** Words, and more than one of them as a rule. */
  get isProse(): boolean {
    return this.numbers < this.filled && this.letters > 12 * this.filled && this.different > 1
  }

  /** Words, or whole numbers; no fractions. */
  get isKind(): boolean {
    return this.numbers === 0 || this.wholes === this.numbers
  }
}

export const nameList = (names: readonly string[] | null, width: number): string =>
  names === null ? `1 to ${width}` : names.join(', ')

/** A column by its name, or counted from 1. */
export function columnNamed(file: string, given: string, names: readonly string[] | null, width: number): number {
  const wanted = given.trim()
  if (names !== null) checkOnce(file, names, names.indexOf(wanted))
  const exact = names?.indexOf(wanted) ?? -1
  const at = exact >= 0 ? exact : (names?.findIndex((name) => name.toLowerCase() === wanted.toLowerCase()) ?? -1)
  const index = at >= 0 ? at : Number(wanted) - 1
  if (Number.isInteger(index) && index >= 0 && index < width) return index
  throw new UsageError(`${file}: there is no column ${given}. The columns are ${nameList(names, width)}.`)
}

/** Throws `ConvokeError` where the name of a column that is used stands over another one, too. */
export function checkOnce(file: string, names: readonly string[], index: number): void {
  const again = index < 0 ? -1 : names.indexOf(names[index], index + 1)
  check(
    again < 0 || names[index] === '',
    () =>
      `${file}: columns ${index + 1} and ${again + 1} are both called ${names[index]}. Rename one of them, or choose by number: --label-column ${index + 1} (--text-column for the text).`,
  )
}

export const trimmed = (row: formats.Row): string[] => row.fields.map((field) => field.trim())

/** Whether the user names one of the fields of the first row. */
export const isAsked = (fields: readonly string[], { labelColumn, textColumn }: Given): boolean =>
  [labelColumn, textColumn].some(
    (name) =>
      name !== undefined && !/^\d+$/.test(name) && fields.some((one) => one.toLowerCase() === name.toLowerCase()),
  )

interface Header {
  readonly there: boolean
  /** By what it was guessed, where no name is known. */
  readonly guessed: boolean
}

/** Whether the first row names the columns of a table of texts or file names. */
function findHeader(rows: Rows, given: Given, isFile: IsFile | undefined): Header {
  const other = isFile === undefined ? textRank : fileRank
  const first = trimmed(rows[0])
  if (isAsked(first, given)) return { there: true, guessed: false }
  if (rows.length < 2) return { there: false, guessed: false }
  // Tables written one after another repeat the names between them.
  const body = rows.slice(1).filter(({ fields }) => !formats.sameFields(fields, rows[0].fields))
  if (body.length === 0) return { there: false, guessed: false }
  if (isFile !== undefined) {
    if (first.some(isFile)) return { there: false, guessed: false }
    const naming = body.filter(({ fields }) => fields.some((field) => isFile(field.trim()))).length
    if (naming > body.length / 2) return { there: true, guessed: false }
  }
  const again = (column: number): boolean => body.some(({ fields }) => fields[column]?.trim() === first[column])
  // A name of several words could be a short text: then no field of its row may occur again.
  const alone = first.every((name, column) => name === '' || !again(column))
  const known = first.some((name, column) => {
    const rank = Math.min(labelRank(name), other(name))
    return name.length < 40 && !again(column) && rank < (alone ? Number.POSITIVE_INFINITY : 1000)
  })
  if (known) return { there: true, guessed: false }
  const strange = first.some((name, index) => {
    if (name === '' || name.length > 40 || again(index)) return false
    const column = new Column(index, body)
    if (!isNumber(name) && column.filled >= 2 && column.numbers === column.filled) return true
    // Every value below occurs again, and this one never does.
    return alone && column.filled >= 6 && column.repeats && [...column.counts.values()].every((count) => count > 1)
  })
  return { there: strange, guessed: strange }
}

/** Whether the first row of a table of texts names its columns, or seems to. */
export const hasHeader = (rows: Rows): boolean => findHeader(rows, {}, undefined).there

/** Whether a field names a picture. */
type IsFile = (field: string) => boolean

/** The columns of label and text; of label and file name where it is said what such names are. Throws `ConvokeError` where no column can be the label. */
export function textColumns(file: string, rows: Rows, given: Given, isFile?: IsFile): Columns {
  check(rows.length > 0, () => `${file}: the file is empty.`)
  const first = trimmed(rows[0])
  check(
    rows.length > 1 || !first.some((name) => labelRank(name) < 1000),
    () => `${file}: there are no rows below the names of the columns (${first.join(', ')}).`,
  )
  const files = isFile !== undefined
  const header = findHeader(rows, given, isFile)
  const names = header.there ? trimmed(rows[0]) : null
  const width = formats.tableWidth(rows, header.there)
  check(
    width > 1,
    () =>
      `${file}: the rows have one field; a label and ${files ? 'a file name' : 'a text'} are needed. Separate them by a comma, a semicolon or a tab; --delimiter sets which.`,
  )
  const body = rows.slice(header.there ? 1 : 0).filter(({ fields }) => fields.length === width)
  // Where every row is misshapen, the names alone decide, and the rows are told one by one.
  const columns = Array.from({ length: width }, (_, index) => new Column(index, body))
  const other = pickOther(file, columns, names, given, isFile)
  const label = pickLabel(file, columns, names, given, other.index)
  const notes = [
    ...(header.guessed ? [`${file}: the first row is taken as the names of the columns (${names!.join(', ')}).`] : []),
    ...guessNotes(file, columns, names, { label, other }, files),
  ]
  return { header: header.there, names, label: label.index, other: other.index, omit: [], notes }
}

interface Picked {
  readonly index: number
  readonly guessed: boolean
  /** Other columns that is also possible. */
  readonly rivals: readonly number[]
}

const sure = (index: number): Picked => ({ index, guessed: false, rivals: [] })

/** The columns whose names are known, the best first. */
export const ranked = (names: readonly string[] | null, rank: (name: string) => number): number[] =>
  (names ?? [])
    .map((name, index) => ({ index, rank: rank(name) }))
    .filter((one) => one.rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
    .map(({ index }) => index)

function pickOther(
  file: string,
  columns: readonly Column[],
  names: readonly string[] | null,
  given: Given,
  isFile: IsFile | undefined,
): Picked {
  if (given.textColumn !== undefined) return sure(columnNamed(file, given.textColumn, names, columns.length))
  const label = given.labelColumn === undefined ? -1 : columnNamed(file, given.labelColumn, names, columns.length)
  const free = columns.filter(({ index }) => index !== label)
  const known = ranked(names, isFile ? fileRank : textRank).filter((index) => index !== label)
  if (isFile === undefined && known.length > 0) {
    checkOnce(file, names!, names!.indexOf(names![known[0]]))
    const rivals = known.slice(1).filter((index) => columns[index].isProse)
    return { ...sure(known[0]), rivals }
  }
  if (isFile !== undefined) {
    const named = free.map(({ index, counts }) => ({ index, count: [...counts.keys()].filter(isFile).length }))
    // Of columns that name as many pictures, as numbers may, the one that is called so.
    const [best] = named.toSorted(
      (a, b) => b.count - a.count || Number(known.includes(b.index)) - Number(known.includes(a.index)),
    )
    if (best === undefined || best.count === 0) {
      check(known.length > 0, () => `${file}: no column holds the names of pictures.`)
      return sure(known[0])
    }
    const rivals = named.filter(({ index, count }) => index !== best.index && count === best.count)
    return { index: best.index, guessed: rivals.length > 0 && !known.includes(best.index), rivals: [] }
  }
  const [most] = free.toSorted((a, b) => b.letters - a.letters || a.index - b.index)
  check(
    most === undefined || most.filled === 0 || most.numbers < most.filled,
    () =>
      `${file}: there is no text: but for the label its columns hold numbers. For series of numbers: convoke train sequence. If numbers are your texts, name their column: --text-column. The columns are ${nameList(names, columns.length)}.`,
  )
  return { index: most.index, guessed: true, rivals: [] }
}

function pickLabel(
  file: string,
  columns: readonly Column[],
  names: readonly string[] | null,
  given: Given,
  other: number,
): Picked {
  if (given.labelColumn !== undefined) return sure(columnNamed(file, given.labelColumn, names, columns.length))
  const rest = columns.filter(({ index }) => index !== other)
  const known = ranked(names, labelRank).filter((index) => index !== other)
  const useful = known.filter((index) => columns[index].mayRepeat)
  if (useful.length > 0) {
    checkOnce(file, names!, names!.indexOf(names![useful[0]]))
    return sure(useful[0])
  }
  if (known.length > 0 && columns.every(({ filled }) => filled === 0)) return sure(known[0])
  const fit = rest
    .filter(({ index, repeats }) => repeats && !known.includes(index) && !(names !== null && isAside(names[index])))
    .sort((a, b) => a.different - b.different || a.index - b.index)
  const flags = fit.filter(({ counts }) => [...counts.keys()].every((value) => value === '0' || value === '1'))
  check(
    fit.length < 2 || flags.length < fit.length,
    () =>
      `${file}: ${fit.length} columns say yes or no by 1 and 0 (${fit.map(({ index }) => columnText(index, names).replace('column ', '')).join(', ')}), and rows have several of them or none; a label is one class. Choose one of them: --label-column.`,
  )
  if (fit.length > 0) return { index: fit[0].index, guessed: true, rivals: fit.slice(1).map(({ index }) => index) }
  // One class only, or one for each row: said where the classes are counted.
  if (known.length > 0 && columns[known[0]].different === 1) return sure(known[0])
  throw new ConvokeError(
    `${file}: no column can be taken as the label: a label has a few values that repeat. Name it: --label-column. The columns are ${nameList(names, columns.length)}.`,
  )
}

export const columnText = (index: number, names: readonly string[] | null): string =>
  names === null ? `column ${index + 1}` : `column ${names[index] === '' ? index + 1 : names[index]}`

export function someValues({ counts }: Column): string {
  const short = (value: string): string => (value.length > 30 ? `${value.slice(0, 29)}…` : value)
  const values = [...counts.keys()]
  return `${values.slice(0, 3).map(short).join(', ')}${values.length > 3 ? ', …' : ''}`
}

function guessNotes(
  file: string,
  columns: readonly Column[],
  names: readonly string[] | null,
  { label, other }: { readonly label: Picked; readonly other: Picked },
  files: boolean,
): string[] {
  const what = files ? 'file name' : 'text'
  const parts = [
    ...(label.guessed ? [`${columnText(label.index, names)} (${someValues(columns[label.index])}) for the label`] : []),
    ...(other.guessed ? [`${columnText(other.index, names)} for the ${what}`] : []),
  ]
  if (parts.length === 0) {
    const [first] = other.rivals
    return first === undefined
      ? []
      : [
          `${file}: ${columnText(other.index, names)} is taken as the ${what}; ${columnText(first, names)} is also possible. To choose: --text-column.`,
        ]
  }
  const rivals = label.rivals.slice(0, 3).map((index) => columnText(index, names))
  const also = rivals.length === 0 ? '' : ` The label could be ${rivals.join(' or ')} as well.`
  return [
    `${file}: no usual names tell the columns apart. Taken by their values: ${parts.join(', ')}.${also} To choose: --label-column, --text-column.`,
  ]
}
