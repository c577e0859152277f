// The rows as a table of text, and those that are behind once more.

import { columns } from '../report/columns.ts'
import type { OpRow } from './measure.ts'
import { nameOf } from './op-case.ts'

/** Below this share of the better peer's speed a row is listed again at the end. */
export const slowest = 0.9

const milliseconds = (time: number | null): string => (time === null ? '–' : time.toPrecision(3))

const cells = ({ op, size, pass, own, onnx, torch, ratio }: OpRow): string[] => [
  ...[op, size, milliseconds(own), milliseconds(onnx), milliseconds(torch)],
  ...[ratio === null ? '–' : `${ratio.toFixed(2)}×`, pass],
]

/** The table, what was found wrong, and the rows under 0.9. */
export function opLines(rows: readonly OpRow[], version: string): string[] {
  const head = ['op', 'size', 'Convoke, ms', 'ONNX Runtime', `PyTorch${version}`, 'ratio', '']
  const behind = rows.filter(({ ratio }) => ratio !== null && ratio < slowest)
  const compared = rows.filter(({ ratio }) => ratio !== null)
  const notes = [...new Set(rows.flatMap((row) => row.notes.map((note) => `${nameOf(row)}: ${note}`)))]
  return [
    ...columns([head, ...rows.map(cells)]),
    ...(notes.length > 0 ? ['', 'not timed:', ...notes] : []),
    '',
    `${behind.length} of ${compared.length} rows with a peer are under ${slowest}× the better one${behind.length > 0 ? ':' : '.'}`,
    ...(behind.length > 0 ? columns(behind.map(cells)) : []),
  ]
}
