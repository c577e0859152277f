// The four reductions as an identity and a step, on lanes of a dtype.

import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Builder, Vector } from '../../program/index.ts'

export type ReduceOp = KernelSpecs['reduce']['op']

/** What an empty reduction gives, before it is stored. */
export const identities: Readonly<Record<ReduceOp, number>> = {
  sum: 0,
  product: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
}

const int32Range = { max: -(2 ** 31), min: 2 ** 31 - 1 } as const

/** The identity in every lane: bytes are reduced as int32. */
export function identityLanes(b: Builder, op: ReduceOp, dtype: DType): Vector {
  if (dtype === 'float32') return b.constant(identities[op])
  return b.constantInt(op === 'max' || op === 'min' ? int32Range[op] : identities[op])
}

/** total op= x. A NaN in either stays. */
export function accumulate(b: Builder, op: ReduceOp, dtype: DType, total: Vector, x: Vector): void {
  const whole = dtype !== 'float32'
  if (op === 'sum') (whole ? b.iadd : b.add)(total, x, total)
  else if (op === 'product') (whole ? b.imul : b.mul)(total, x, total)
  else if (whole) (op === 'max' ? b.imax : b.imin)(total, x, total)
  else {
    // Where either is NaN the extreme is its second operand, the total.
    const extreme = op === 'max' ? b.max(x, total) : b.min(x, total)
    b.select(b.notEqual(x, x), x, extreme, total)
  }
}

/** Reduces all lanes in a fixed order, pairwise; the result is in every lane. */
export function acrossLanes(b: Builder, op: ReduceOp, dtype: DType, total: Vector): Vector {
  let result = total
  for (let distance = b.lanes / 2; distance >= 1; distance /= 2) {
    const pattern = Array.from({ length: b.lanes }, (_, lane) => lane ^ distance)
    const other = b.shuffle(result, result, pattern)
    accumulate(b, op, dtype, other, result)
    result = other
  }
  return result
}
