// Separable kernels: an outer product of a column and a row, which cost rows + columns products a pixel, not rows × columns.

import { largestOf } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'

export interface Separated {
  readonly column: readonly number[]
  readonly row: readonly number[]
}

/** Deviation from an outer product that float64 arithmetic alone explains, relative to the largest number. */
const tolerance = 1e-13

/** The column and the row whose outer product `kernel` is; undefined when there are none, or when they would save little. */
export function separate(kernel: Matrix): Separated | undefined {
  const [rows, columns] = [kernel.length, kernel[0].length]
  if (rows * columns < 3 * (rows + columns)) return undefined
  const magnitudes = kernel.map((row) => largestOf(row.map(Math.abs)))
  const largest = largestOf(magnitudes)
  if (largest === 0) return undefined
  const pivot = magnitudes.indexOf(largest)
  const row = kernel[pivot]
  const at = row.findIndex((value) => Math.abs(value) === largest)
  const column = kernel.map((line) => line[at] / row[at])
  const fits = kernel.every((line, i) =>
    line.every((value, j) => Math.abs(value - column[i] * row[j]) <= tolerance * largest),
  )
  return fits ? { column, row } : undefined
}
