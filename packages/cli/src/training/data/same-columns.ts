// The columns of the first table of a set found again in another of its tables.
//
//   names alike       by name, in whatever order they stand
//   no names          by place, where there are as many
//   names of its own  where they tell the label themselves; refused otherwise, since nothing says which column is which

import { formats } from 'convoke'
import { ConvokeError, check } from 'convoke/shapes'
import { labelRank } from './column-names.ts'
import { type Columns, type Rows, trimmed } from './columns.ts'
import { hasNumberHeader, numberColumns } from './number-columns.ts'

/** Columns, and the table that told them. */
export interface Layout extends Columns {
  readonly file: string
  readonly width: number
}

/** Throws `ConvokeError` where a table calls its columns in another way than the first, and by no usual names. */
export function checkNames(
  layout: Layout,
  file: string,
  names: readonly string[],
  own: Columns | null,
): asserts own is Columns {
  const few = (all: readonly string[]): string => `${all.slice(0, 4).join(', ')}${all.length > 4 ? ', …' : ''}`
  check(
    own !== null,
    () =>
      `${file}: its columns are called ${few(names)}, those of ${layout.file} ${layout.names === null ? 'have no names' : few(layout.names)}, so that nothing says which is the label. Give them the same names, or leave the file out.`,
  )
}

/**
 * Rows of numbers with their columns in the order of the first table, where the names say that they stand in another one; columns
 * that the first has not are left out.
 */
export function inOrderOf(layout: Layout, rows: Rows): Rows {
  const { names, label, omit } = layout
  if (names === null || rows.length === 0) return rows
  const first = trimmed(rows[0])
  const wanted = names.filter((_, index) => index !== label && !omit.includes(index))
  const places = [...wanted, names[label]].map((name) => first.indexOf(name))
  const isPlain = new Set(first).size === first.length && new Set(names).size === names.length
  const ordered = places.slice(0, -1).every((place, at) => at === 0 || place > places[at - 1])
  if (!isPlain || places.includes(-1) || ordered) return rows
  return rows.map((row): formats.Row => {
    const { line, fields, fault } = row
    if (fields.length === first.length) return { ...row, fields: places.map((place) => fields[place]) }
    const has = fields.length === 1 ? '1 field' : `${fields.length} fields`
    return { line, fields, fault: fault ?? `the row has ${has}; ${first.length} are expected` }
  })
}

/** The names of the columns of values, in the order in which they were learnt; undefined where no name tells them apart. */
export function valueNames({ names, label, omit }: Columns): readonly string[] | undefined {
  const own = names?.filter((_, index) => index !== label && !omit.includes(index))
  return own === undefined || own.some((name) => name === '') || new Set(own).size < own.length ? undefined : own
}

/** Where columns stand in a row of names; null where it has none of them. Throws `ConvokeError` where it has some of them alone. */
export function placesOf(file: string, wanted: readonly string[], first: readonly string[]): readonly number[] | null {
  const places = wanted.map((name) => first.indexOf(name))
  if (places.every((place) => place < 0)) return null
  const missing = wanted.filter((_, at) => places[at] < 0)
  check(
    missing.length === 0,
    () =>
      `${file}: columns that the network was trained on are missing: ${missing.slice(0, 4).join(', ')}${missing.length > 4 ? ', …' : ''}. Call the columns as in training, or leave the row of names out where they stand in the same order.`,
  )
  return places
}

/** Rows with the named columns in this order in the places that they share; all others stay where they are. */
export function inNamedOrder(file: string, wanted: readonly string[] | undefined, rows: Rows): Rows {
  if (wanted === undefined || rows.length < 2) return rows
  const first = trimmed(rows[0])
  const places = placesOf(file, wanted, first)
  if (places === null || places.every((place, at) => at === 0 || place > places[at - 1])) return rows
  const order = first.map((_, column) => column)
  places
    .toSorted((a, b) => a - b)
    .forEach((place, at) => {
      order[place] = places[at]
    })
  // A row of another width is told as it is.
  return rows.map((row) =>
    row.fields.length === first.length ? { ...row, fields: order.map((column) => row.fields[column]) } : row,
  )
}

/**
 * The columns of the first table of numbers in another one; null where that has no labels, 'other' where it has too many columns
 * to be the same.
 */
export function numbersLike(layout: Layout, file: string, rows: Rows): Layout | null | 'other' {
  const { names, label } = layout
  const first = trimmed(rows[0])
  if (names !== null) {
    const at = first.indexOf(names[label])
    const omit = layout.omit.map((index) => first.indexOf(names[index])).filter((index) => index >= 0)
    if (at >= 0) return { ...layout, names: first, header: true, label: at, omit, width: first.length }
    if (names.some((name) => first.includes(name))) return null
  }
  const width = formats.tableWidth(rows, false)
  if (width === layout.width - 1) return null
  if (width !== layout.width) return 'other'
  if (!hasNumberHeader(rows)) return { ...layout, header: false, names: null }
  const own = first.some((name) => labelRank(name) < Number.POSITIVE_INFINITY) ? ownColumns(file, rows) : null
  checkNames(layout, file, first, own)
  return { ...own, file, width }
}

/** What a table says of its columns itself; null where it does not. */
function ownColumns(file: string, rows: Rows): Columns | null {
  try {
    return numberColumns(file, rows, {})
  } catch (error) {
    if (error instanceof ConvokeError) return null
    throw error
  }
}
