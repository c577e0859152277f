// Between masks and the 0 and 1 of bool.

import type { DType } from '../../../backend.ts'
import type { Builder, Mask, Vector } from '../../program/index.ts'

/** 1 as int32 where the mask is true, else 0. */
export const truth = (b: Builder, mask: Mask): Vector => b.select(mask, b.constantInt(1), b.constantInt(0))

/** Where lanes of `dtype` are not 0; NaN is not. */
export const nonZero = (b: Builder, dtype: DType, x: Vector): Mask =>
  dtype === 'float32' ? b.notEqual(x, b.zero()) : b.maskNot(b.iequal(x, b.zero()))
