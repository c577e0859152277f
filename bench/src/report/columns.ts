// Tables of plain text.

import { largestOf } from 'convoke/shapes'

/** Columns of equal width; the first and the last to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = largestOf(rows.map((row) => row.length))
  const width = (column: number): number => largestOf(rows.map((row) => (row[column] ?? '').length))
  const widths = Array.from({ length: count }, (_, column) => width(column))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const left = column === 0 || column === count - 1
        return left ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
      })
      .join('  ')
      .trimEnd(),
  )
}
