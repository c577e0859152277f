// Tensors as text and as plain values.

import type { DType } from '../backends/backend.ts'
import type { NestedNumbers } from './nested.ts'

/** Elements up to which all are written; of more, the ends of each axis, as NumPy prints arrays. */
const mostShown = 1000
const atEnds = 3
/** Elements that are copied only to be printed, at most. */
export const mostRead = 2 ** 24

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : String(+value.toPrecision(7)))

/** The numbers as nested lists. `at` gives an element by its place in row-major order. */
export function showNumbers(shape: readonly number[], size: number, at: (place: number) => number): string {
  const write = (axis: number, start: number, inside: number): string => {
    if (axis === shape.length) return shown(at(start))
    const length = shape[axis]
    const cut = size > mostShown && length > 2 * atEnds
    const parts = Array.from({ length: cut ? 2 * atEnds : length }, (_, i) =>
      write(axis + 1, start + (cut && i >= atEnds ? length - 2 * atEnds + i : i) * (inside / length), inside / length),
    )
    if (cut) parts.splice(atEnds, 0, '…')
    return `[${parts.join(axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`
  }
  return write(0, 0, size)
}

/** Nested numbers as JSON can hold them: what it has no number for as text. */
export type JsonNumbers = number | string | readonly JsonNumbers[]

/** A tensor as plain values: what `JSON.stringify` writes of it. `tensor(…)` makes the tensor again. */
export interface TensorJson {
  /** Length of each axis. */
  readonly shape: readonly number[]
  /** What the elements are. */
  readonly dtype: DType
  /** Nested as the shape is; `"NaN"`, `"Infinity"`, `"-Infinity"` and `"-0"` as text. */
  readonly values: JsonNumbers
}

export const jsonNumbers = (value: NestedNumbers): JsonNumbers => {
  if (typeof value !== 'number') return value.map(jsonNumbers)
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : String(value)
}
