// Matrix products.

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { KernelSpecs } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../shapes/broadcast.ts'
import { check, checkFlag, checkOptions, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { broadcastTo, reshape, sumTo } from './stretch.ts'

/** The options of `matmul`. Both are off when not given. */
export interface MatmulOptions {
  /** Whether a is given as [..., k, m]. */
  readonly transposeA?: boolean | undefined
  /** Whether b is given as [..., n, k]. */
  readonly transposeB?: boolean | undefined
}

/**
 * Matrix product over the last two axes, `[..., m, k] × [..., k, n] → [..., m, n]`; leading axes broadcast. A vector
 * on the left is a row, on the right a column, and its axis is dropped from the result, as in NumPy.
 */
export function matmul(left: TensorLike, right: TensorLike, options: MatmulOptions = {}): Tensor {
  return scope(() => {
    const a = floatTensor('matmul', 'a', left)
    const b = floatTensor('matmul', 'b', right)
    checkOptions('matmul', options, ['transposeA', 'transposeB'])
    checkFlag('matmul', 'transposeA', options.transposeA)
    checkFlag('matmul', 'transposeB', options.transposeB)
    check(
      a.rank >= 1 && b.rank >= 1,
      () =>
        `matmul: shapes ${showShape(a.shape)} and ${showShape(b.shape)} must have rank 1 or more. Use multiply for numbers.`,
    )
    const aMatrix = a.rank === 1 ? reshape(a, options.transposeA ? [a.size, 1] : [1, a.size]) : a
    const bMatrix = b.rank === 1 ? reshape(b, options.transposeB ? [1, b.size] : [b.size, 1]) : b
    const y = batchedMatmul(aMatrix, bMatrix, options.transposeA ?? false, options.transposeB ?? false)
    if (a.rank > 1 && b.rank > 1) return y
    const dropped = y.shape.filter(
      (_, axis) => !(a.rank === 1 && axis === y.rank - 2) && !(b.rank === 1 && axis === y.rank - 1),
    )
    return reshape(y, dropped)
  })
}

function batchedMatmul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [rows, columns] = a.shape.slice(-2)
  const [m, k] = transposeA ? [columns, rows] : [rows, columns]
  const [bRows, bColumns] = b.shape.slice(-2)
  const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns]
  check(
    k === inner,
    () =>
      `matmul: ${showShape(a.shape)} × ${showShape(b.shape)}: the inner sizes ${k} and ${inner} must be equal${transposeA || transposeB ? ' (after transposing)' : ''}.`,
  )
  const batchShape = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const [left, strideA] = spread(a, batchShape, m * k)
  const [right, strideB] = spread(b, batchShape, k * n)
  const told = { batch: sizeOf(batchShape), m, n, k, transposeA, transposeB, strideA, strideB }
  return apply(multiplying, { told, shape: [...batchShape, m, n] }, [left, right])
}

interface Multiplying {
  readonly told: KernelSpecs['matmul']
  readonly shape: Shape
}

const multiplying: Primitive<Multiplying, 'matmul'> = {
  kernel: kernels.matmul,
  kernelSpec: ({ told }) => told,
  shape: ({ shape }) => shape,
  reach: 'product',
  gradient: (g, [x, y], { told: { transposeA, transposeB } }, [a, b]) => [
    () => sumTo(transposeA ? batchedMatmul(y, g, transposeB, true) : batchedMatmul(g, y, false, !transposeB), a),
    () => sumTo(transposeB ? batchedMatmul(g, x, true, transposeA) : batchedMatmul(x, g, !transposeA, false), b),
  ],
}

/** The operand as the kernel walks it: one matrix for all (stride 0), or one a batch, copied out where broadcasting mixes. */
function spread(x: Tensor, batch: Shape, size: number): [Tensor, number] {
  const own = x.shape.slice(0, -2)
  if (sizeOf(own) === 1) return [x, 0]
  const trimmed = own.slice(own.findIndex((length) => length !== 1))
  const wanted = batch.slice(
    Math.max(
      0,
      batch.findIndex((length) => length !== 1),
    ),
  )
  if (sameShape(trimmed, wanted)) return [x, size]
  return [broadcastTo(x, [...batch, ...x.shape.slice(-2)]), size]
}
