// A frame over a map.

import type { Frame } from './task.ts'

interface MarkProps {
  readonly height: number
  readonly width: number
  readonly rows: readonly [first: number, last: number]
  readonly columns: readonly [first: number, last: number]
}

/** A frame over a map; what is outside of it stands over its edge. */
export function Mark({ height, width, rows, columns }: MarkProps) {
  return (
    <span
      class="frame-mark"
      aria-hidden="true"
      style={{
        left: `${(100 * columns[0]) / width}%`,
        top: `${(100 * rows[0]) / height}%`,
        width: `${(100 * (columns[1] - columns[0] + 1)) / width}%`,
        height: `${(100 * (rows[1] - rows[0] + 1)) / height}%`,
      }}
    />
  )
}

export const frameEnds = ({ rows, columns }: Frame): Pick<MarkProps, 'rows' | 'columns'> => ({
  rows: [rows[0], rows[rows.length - 1]],
  columns: [columns[0], columns[columns.length - 1]],
})
