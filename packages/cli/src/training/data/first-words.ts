// Texts whose first word is their label, a text a line, as fastText has them: `__label__good A fine film`, `good A fine film`,
// `good "A fine film"`.

import type { formats } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import { labelRank, textRank } from './column-names.ts'
import type { OpenOptions } from './opened.ts'
import type { Place } from './place.ts'
import { type Columns, readTable, type Table, tableText, textColumns } from './table.ts'

export interface TextTable extends Table {
  readonly notes: readonly string[]
  /** Where label and text are; null where that is still to be found out. */
  readonly columns: Columns | null
}

const mark = '__label__'

/** Lines that are looked at to tell whether their first words are labels. */
const looked = 1000

const split = (line: string): readonly string[] => /^(\S+)\s+(\S.*)$/.exec(line)?.slice(1) ?? [line]

const unquoted = (text: string): string =>
  /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text

/** The label, or labels, of a line, and its text. */
function fieldsOf(line: string): string[] {
  const fields: string[] = []
  let rest = line
  while (rest.startsWith(mark)) {
    const [label, after = ''] = split(rest)
    fields.push(label.slice(mark.length))
    rest = after
  }
  if (fields.length > 0) return [...fields, unquoted(rest)]
  const [label, text = ''] = split(line)
  return [label, unquoted(text)]
}

/** Whether first words are labels by what they are: few, each of them again and again, and a text after nearly all. */
function areLabels(lines: readonly string[]): boolean {
  const some = lines.slice(0, looked)
  const counts = new Map<string, number>()
  let texts = 0
  for (const line of some) {
    const [label, text] = split(line)
    counts.set(label, (counts.get(label) ?? 0) + 1)
    if (text !== undefined) texts++
  }
  return (
    counts.size >= 2 &&
    counts.size <= some.length / 3 &&
    texts >= 0.9 * some.length &&
    [...counts.values()].every((count) => count > 1)
  )
}

const startsAsHeader = ([label, text = '']: readonly string[]): boolean =>
  labelRank(label) < Number.POSITIVE_INFINITY && textRank(text) < Number.POSITIVE_INFINITY && !/\s/.test(text)

/** A table of texts: with a delimiter, or with a label as the first word of each line. */
export async function readTextTable(place: Place, file: string, options: OpenOptions): Promise<TextTable> {
  const text = await tableText(place, file, options)
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const filled = lines.flatMap((own, i) => (own.trim() === '' ? [] : [{ line: i + 1, text: own.trim() }]))
  const all = filled.map((own) => own.text)
  const header = startsAsHeader(split(all[0] ?? ''))
  const asLines = (notes: readonly string[]): TextTable => ({
    ...{ file, text, delimiter: ' ', quoted: true, notes },
    rows: filled.map((own) => ({ line: own.line, fields: fieldsOf(own.text) })),
    columns: { header, names: header ? fieldsOf(all[0]) : null, label: 0, other: 1, omit: [], notes: [] },
  })
  const isMarked = all.length > 0 && all.slice(0, looked).every((own) => own.startsWith(mark))
  if (options.delimiter === ' ' || isMarked) return asLines([])
  const fits = options.delimiter === undefined && areLabels(header ? all.slice(1) : all)
  const note = `${file}: the first word of each line is taken as its label. If it is not, separate label and text by a comma or a tab.`
  try {
    const table = await readTable(place, file, options)
    if (fits && !isEven(table.rows)) return asLines([note])
    // Each text may have one comma.
    if (fits && table.delimiter === ',') textColumns(file, table.rows, options)
    return { ...table, columns: null }
  } catch (error) {
    if (fits && error instanceof ConvokeError) return asLines([note])
    throw error
  }
}

/** Whether a delimiter parts nearly all rows alike. */
function isEven(rows: readonly formats.Row[]): boolean {
  const counts = new Map<number, number>()
  for (const { fields } of rows) if (fields.length > 1) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
  return [...counts.values()].some((count) => count >= 0.9 * rows.length)
}
