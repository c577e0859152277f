// Which of several tables of one set have labels: a test table as contests publish it has none.

import { formats } from 'convoke'
import type { OpenOptions } from './opened.ts'
import { type PartName, type Place, partIn } from './place.ts'
import { type Columns, readTable } from './table.ts'

const order: readonly (PartName | null)[] = ['train', null, 'validation', 'test']

/**
 * The tables with the label's column of the first, that of the training, and a note for each that has none. Throws
 * `ConvokeError` where the first has no column that can be the label.
 */
export async function labelledTables(
  place: Place,
  files: readonly string[],
  options: OpenOptions,
  columnsOf: (file: string, rows: readonly formats.Row[]) => Columns,
): Promise<{ readonly files: readonly string[]; readonly notes: readonly string[] }> {
  const [first, ...others] = files.toSorted((a, b) => order.indexOf(partIn(a)) - order.indexOf(partIn(b)))
  const { rows } = await readTable(place, first, options)
  const { names, label, header } = columnsOf(first, rows)
  const width = formats.tableWidth(rows, header)
  const bare = new Set<string>()
  for (const file of others) {
    const own = (await readTable(place, file, options)).rows
    const head = own[0]?.fields.map((field) => field.trim()) ?? []
    const known = names !== null && head.some((name) => names.includes(name))
    if (own.length === 0 || (known ? !head.includes(names[label]) : formats.tableWidth(own, false) < width))
      bare.add(file)
  }
  const column = names === null ? 'column of labels' : `column ${names[label]}`
  return {
    files: files.filter((file) => !bare.has(file)),
    notes: [...bare].map((file) => `${file}: it has no ${column}, so it cannot be used; it is left out.`),
  }
}
