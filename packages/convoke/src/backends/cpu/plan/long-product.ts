// Products of matrices of very many rows or columns, in stretches of them, most of which share one plan.

import { type ConvSpec, convSpec } from '../../../shapes/conv-spec.ts'
import type { KernelSpecs } from '../../backend.ts'
import { planStretches } from '../kernels/convolution/stretched-plan.ts'
import { type Stretch, stretchesOf } from '../kernels/convolution/stretches.ts'
import { merged, planMatmul } from '../kernels/gemm/plan-matmul.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'

/** Rows or columns of a matrix in stretches, as pixels; null where they are few. */
const stretchesAlong = (length: number): readonly Stretch[] | null =>
  stretchesOf(convSpec('matmul', [1, length, 1], [1, 1, 1], {}), 'output')

const lengthOf = ({ outputSize }: ConvSpec): number => outputSize[0]

/** [a, b] → [y] */
export function planLongProduct(given: KernelSpecs['matmul'], target: Target, threads: number): KernelPlan {
  const spec = merged(given)
  const { batch, m, k, n, transposeA, transposeB } = spec
  const empty = batch === 0 || m === 0 || k === 0 || n === 0
  const columns = empty ? null : stretchesAlong(n)
  if (columns !== null) {
    return planStretches({
      stretches: columns,
      planOf: (own) => planMatmul({ ...spec, n: lengthOf(own) }, target, threads, spec),
      operands: [null, { side: 'input', floats: transposeB ? k : 1 }, { side: 'output', floats: 1 }],
      target,
    })
  }
  // Rows of one product: those of several are further apart on the right than on the left.
  const rows = empty || batch > 1 ? null : stretchesAlong(m)
  if (rows === null) return planMatmul(given, target, threads)
  return planStretches({
    stretches: rows,
    planOf: (own) => planMatmul({ ...spec, m: lengthOf(own) }, target, threads, spec),
    operands: [{ side: 'input', floats: transposeA ? 1 : k }, null, { side: 'output', floats: n }],
    target,
  })
}
