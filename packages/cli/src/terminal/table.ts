// Plain tables: columns padded to the widest cell, two spaces apart. Reads well on a terminal and after `| less`.

import { largestOf } from 'convoke/shapes'
import { visible } from './visible.ts'
import { terminalColumns } from './wrap.ts'

export type Align = 'left' | 'right'

/** Lines of a table, `gap` between columns; trailing spaces removed. `aligns` has one entry a column (`right` where it is short of one). */
export function table(given: readonly (readonly string[])[], aligns: readonly Align[] = [], gap = '  '): string[] {
  const rows = given.map((row) => row.map(visible))
  const columns = largestOf(rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    largestOf(rows.map((row) => widthOf(row[column] ?? ''))),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column], aligns[column] ?? 'right'))
      .join(gap)
      .trimEnd(),
  )
}

/** The same, without columns that `least` lists, first things first, as far as the terminal is too narrow for all of them. */
export function narrowTable(
  rows: readonly (readonly string[])[],
  aligns: readonly Align[],
  least: readonly number[],
  columns = terminalColumns() ?? Number.POSITIVE_INFINITY,
): string[] {
  for (let dropped = 0; ; dropped++) {
    const keeps = (_: unknown, column: number): boolean => !least.slice(0, dropped).includes(column)
    const lines = table(
      rows.map((row) => row.filter(keeps)),
      aligns.filter(keeps),
    )
    if (dropped === least.length || lines.every((line) => widthOf(line) <= columns)) return lines
  }
}

const pad = (text: string, width: number, align: Align): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + space : space + text
}

/** Characters, not UTF-16 units: every sign the tables use is one column wide. */
const widthOf = (text: string): number => [...text].length

/** Blocks of lines side by side, each aligned to the left, `gap` between them. Shorter blocks are centred vertically. */
export function beside(blocks: readonly (readonly string[])[], gap = '   '): string[] {
  const height = largestOf(blocks.map((block) => block.length))
  const filled = blocks.map((block) => {
    const above = Math.floor((height - block.length) / 2)
    const width = Math.max(0, largestOf(block.map(widthOf)))
    return Array.from({ length: height }, (_, line) => pad(block[line - above] ?? '', width, 'left'))
  })
  return Array.from({ length: height }, (_, line) =>
    filled
      .map((block) => block[line])
      .join(gap)
      .trimEnd(),
  )
}

/** 1234567 → 1,234,567 */
export { thousands } from 'convoke/shapes'
export { bytes, engineering } from 'convoke-workbench'
