// Classes told by a column of each: 1 in the rows of its class, 0 in all others.
//
//   filename, cat, dog           filename, label
//   a.jpg,      1,   0     is    a.jpg,    cat
//   b.jpg,      0,   1           b.jpg,    dog

import { formats } from 'convoke'
import { isAside, labelRank } from './column-names.ts'
import type { OpenOptions } from './opened.ts'

type Given = Pick<OpenOptions, 'labelColumn' | 'textColumn'>
type Rows = readonly formats.Row[]

interface Joined {
  readonly rows: Rows
  readonly note: string
}

const isFlag = (field: string): boolean => /^[01](?:\.0*)?$/.test(field.trim())
const isOne = (field: string): boolean => field.trim().startsWith('1')

/** Rows of a table that are looked at before all are. */
const looked = 50

/**
 * A table's rows with one column `label` in place of those of the classes; null where there are none, or where the label is
 * told already. In a table of nothing but numbers such columns are the last ones: others may be what is measured.
 */
export function withOneLabel(file: string, rows: Rows, { labelColumn, textColumn }: Given): Joined | null {
  if (rows.length < 2 || labelColumn !== undefined || /^\d+$/.test(textColumn ?? '')) return null
  const names = rows[0].fields.map((field) => field.trim())
  const group = flagColumns(names, rows)
  if (group.length < 2 || new Set(group.map((column) => names[column])).size < group.length) return null
  const isKnown = (name: string, column: number): boolean =>
    labelRank(name) < (group.includes(column) ? 1000 : Number.POSITIVE_INFINITY)
  if (names.some(isKnown)) return null
  const even = formats.evenRows(file, rows, { header: true, tell: () => {} })
  const hot = even.map(({ fields }) => group.filter((column) => isOne(fields[column])))
  if (even.length === 0 || hot.some((columns) => columns.length !== 1)) return null
  const labels = new Map(even.map(({ line }, i) => [line, names[hot[i][0]]]))
  const rest = names.flatMap((_, column) => (group.includes(column) ? [] : [column]))
  const joined = rows.slice(1).map((row): formats.Row => {
    const { line, fields, fault } = row
    const label = labels.get(line)
    if (label !== undefined) return { line, fields: [...rest.map((column) => fields[column]), label] }
    const has = fields.length === 1 ? '1 field' : `${fields.length} fields`
    return { line, fields, fault: fault ?? `the row has ${has}; ${names.length} are expected` }
  })
  const shown = group.slice(0, 4).map((column) => names[column])
  const list = group.length > 4 ? `${shown.join(', ')}, …` : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
  return {
    rows: [{ line: rows[0].line, fields: [...rest.map((column) => names[column]), 'label'] }, ...joined],
    note: `${file}: the ${group.length} columns ${list} have one 1 in each row, and are taken as the classes. To choose one as the label: --label-column.`,
  }
}

/** Columns of 0 and 1 alone that can be classes. */
function flagColumns(names: readonly string[], rows: Rows): number[] {
  const holdFlags = (columns: readonly number[], some: Rows): number[] =>
    columns.filter((column) => some.every(({ fields }) => fields[column] === undefined || isFlag(fields[column])))
  const free = names.flatMap((name, column) =>
    name === '' || formats.isFieldNumber(name) || isAside(name) ? [] : [column],
  )
  const some = rows.slice(1, looked)
  const likely = holdFlags(free, some)
  if (likely.length < 2) return []
  const flags = holdFlags(likely, rows.slice(1))
  const areNumbers = some.every(({ fields }) => fields.every(formats.isFieldNumber))
  if (!areNumbers) return flags
  const last = names.findLastIndex((_, column) => !flags.includes(column))
  return rows.length > 3 ? flags.filter((column) => column > last) : []
}
