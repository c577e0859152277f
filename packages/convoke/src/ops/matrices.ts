// Matrices with a diagonal, and parts on one side of it.

import { scope } from '../autodiff/gradients.ts'
import type { DType } from '../backends/backend.ts'
import { checkShape } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { arange, asTensor, checkDType, full, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { equal, greaterEqual, lessEqual, where } from './arithmetic.ts'
import { cast } from './cast.ts'
import { expandDims } from './movement.ts'

/** The number of each row, plus `diagonal`, as a column, and that of each column. */
const numbered = (rows: number, columns: number, diagonal: number): readonly [Tensor, Tensor] => [
  expandDims(arange(diagonal, rows + diagonal, 1, 'int32'), 1),
  arange(0, columns, 1, 'int32'),
]

/**
 * The identity `[rows, columns]`, square when `columns` is not given: ones where row and column are equal, zeros elsewhere.
 *
 * @example
 * eye(2).toArray()  // [[1, 0], [0, 1]]
 */
export function eye(rows: number, columns: number = rows, dtype: DType = 'float32'): Tensor {
  return scope(() => {
    checkShape('eye', [rows, columns])
    checkDType('eye', dtype)
    const [row, column] = numbered(rows, columns, 0)
    return cast(equal(row, column), dtype)
  })
}

function triangle(
  op: 'tril' | 'triu',
  value: TensorLike,
  diagonal: number,
  inside: (column: Tensor, row: Tensor) => Tensor,
): Tensor {
  return scope(() => {
    const x = asTensor(op, 'x', value)
    check(x.rank >= 2, () => `${op}: x has shape ${showShape(x.shape)}; it must hold matrices, [..., rows, columns].`)
    check(
      Number.isInteger(diagonal),
      () => `${op}: the diagonal is ${show(diagonal)}; it must be a whole number: 0 is the main one, 1 that above it.`,
    )
    const [rows, columns] = x.shape.slice(-2)
    const [row, column] = numbered(rows, columns, Math.min(Math.max(diagonal, -rows), columns))
    return where(inside(column, row), x, full([], 0, x.dtype))
  })
}

/**
 * Matrices `[..., rows, columns]` with zeros above a diagonal: 0 is the main one, 1 that above it, −1 that below.
 *
 * @example
 * tril([[1, 2], [3, 4]]).toArray()  // [[1, 0], [3, 4]]
 */
export const tril = (x: TensorLike, diagonal = 0): Tensor => triangle('tril', x, diagonal, lessEqual)

/**
 * Matrices `[..., rows, columns]` with zeros below a diagonal: 0 is the main one, 1 that above it, −1 that below.
 *
 * @example
 * triu([[1, 2], [3, 4]]).toArray()  // [[1, 2], [0, 4]]
 */
export const triu = (x: TensorLike, diagonal = 0): Tensor => triangle('triu', x, diagonal, greaterEqual)
