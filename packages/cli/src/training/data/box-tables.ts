// Tables that hold a box in each row, told by the names of their columns.

import { data, formats } from 'convoke'
import type { OpenOptions } from './opened.ts'
import type { Place } from './place.ts'
import { dialectOf } from './table.ts'

/** Bytes of a file that hold the names of its columns, and lines that show what parts them. */
const head = 2 ** 14

/** Whether the columns of a table are those of boxes, whose names are ASCII in any encoding. */
export async function isBoxTable({ source }: Place, file: string, options: OpenOptions): Promise<boolean> {
  const bytes = await (source.readStart?.(file, head) ?? source.read(file))
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, head)).replace(/[^\t\n\r -~]/g, '')
  const [first] = text.split(/\r\n|\n|\r/, 1)
  if (!/min|1|left|box|\bx\b/i.test(first)) return false
  const { delimiter, quoted } = dialectOf(file, text, options)
  const [names] = formats.parseDelimited(file, quoted && first.split('"').length % 2 === 0 ? '' : first, delimiter, {
    quoted,
  })
  return names !== undefined && data.boxColumns(names.fields) !== null
}

/** The tables of boxes of a place: at the top, or in any folder where none is there. */
export async function boxTables(place: Place, options: OpenOptions): Promise<string[]> {
  const tables = place.paths.filter((path) => /\.(csv|tsv)$/i.test(path))
  const top = tables.filter((path) => !path.includes('/'))
  for (const files of [top, tables]) {
    const are = await Promise.all(files.map((file) => isBoxTable(place, file, options)))
    const found = files.filter((_, i) => are[i])
    if (found.length > 0) return found
  }
  return []
}
