// Gradients that repeat a few numbers, as those of sums and means do, stay those few until somebody needs them written out.

import { describe, expect, it, vi } from 'vitest'
import { valueAndGradients } from '../autodiff/gradients.ts'
import { currentBackend } from '../backends/current.ts'
import { tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as ops from './index.ts'

const [rows, columns] = [3, 5]
const made = (seed: number): Tensor =>
  tensor(
    Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + i)),
    { shape: [rows, columns] },
  )

/** Copies of the full size that the gradients of the sum of `op` take. */
function copiesOf(op: (x: Tensor, y: Tensor) => Tensor): number {
  const [x, y] = [made(1), made(2)]
  const run = vi.spyOn(currentBackend(), 'run')
  try {
    valueAndGradients(() => ops.sum(op(x, y)), [x, y])
    const full = run.mock.calls.filter(
      ([kernel, , , outputs]) => kernel.name === 'copy' && outputs[0].length === rows * columns,
    )
    return full.length
  } finally {
    run.mockRestore()
  }
}

describe('the gradient of a sum', () => {
  // The gradients themselves are asked for: those that are one number are written out once each.
  it.each<[string, number, (x: Tensor, y: Tensor) => Tensor]>([
    ['multiply', 0, (x, y) => ops.multiply(x, y)],
    ['divide', 0, (x, y) => ops.divide(x, y)],
    ['square of a difference', 0, (x, y) => ops.square(ops.subtract(x, y))],
    ['maximum', 0, (x, y) => ops.maximum(x, y)],
    ['relu of a product', 0, (x, y) => ops.relu(ops.multiply(x, y))],
    ['mean of rows of a product', 0, (x, y) => ops.mean(ops.multiply(x, y), { axes: 1 })],
    ['negate, and 0 for what it does not depend on', 1, (x) => ops.negate(x)],
    ['add', 2, (x, y) => ops.add(x, y)],
    ['subtract', 2, (x, y) => ops.subtract(x, y)],
  ])('of %s is written out %i times', (_, times, op) => {
    expect(copiesOf(op)).toBe(times)
  })

  it('is what it would be if it were written out', () => {
    const [x, y] = [made(1), made(2)]
    const { gradients } = valueAndGradients(() => ops.sum(ops.multiply(x, y)), [x, y])
    expect(gradients[0].toArray()).toEqual(y.toArray())
    expect(gradients[1].toArray()).toEqual(x.toArray())
  })
})
