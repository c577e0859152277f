// A matrix applied along an axis of a value.

import { sizeOf } from '../../shapes/broadcast.ts'
import { type Draft, int } from './draft.ts'

/** Row-major `[rows, columns]`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

/** Whether every row picks one element as it is. */
function picks({ rows, columns, values }: Matrix): number[] | null {
  const places: number[] = []
  for (let row = 0; row < rows; row++) {
    const line = values.subarray(row * columns, (row + 1) * columns)
    const at = line.indexOf(1)
    if (at < 0 || line.some((value, column) => value !== 0 && column !== at)) return null
    places.push(at)
  }
  return places
}

/** y = matrix · x along axis `at` of the value, which has as many elements as the matrix columns. */
export function applied(draft: Draft, name: string, at: number, matrix: Matrix): string {
  const dims = draft.dimsOf(name)
  const { rows, columns, values } = matrix
  const result = dims.with(at, rows)
  const places = picks(matrix)
  if (places !== null) {
    return draft.node('Gather', [name, draft.indices('places', [rows], places)], result, { axis: int(at) })
  }
  if (at === dims.length - 1 && dims.length > 1) {
    const turned = Float32Array.from(
      { length: values.length },
      (_, i) => values[(i % rows) * columns + Math.floor(i / rows)],
    )
    return draft.node('MatMul', [name, draft.floats('matrix', [columns, rows], turned)], result)
  }
  const weights = draft.floats('matrix', [rows, columns], values)
  if (at === dims.length - 2) return draft.node('MatMul', [weights, name], result)
  const inner = sizeOf(dims.slice(at + 1))
  const lines = [...dims.slice(0, at + 1), inner]
  const flat = draft.node('Reshape', [name, draft.lengths(lines, 'shape')], lines)
  const product = draft.node('MatMul', [weights, flat], lines.with(at, rows))
  return draft.node('Reshape', [product, draft.lengths(result, 'shape')], result)
}
