// What lanes hold: floats, or whole numbers as int32, and masks as the 0 and 1 of bool.

import type { DType } from '../../../backend.ts'
import type { Builder, Mask, Vector } from '../../program/index.ts'

/** float32 is held as floats, every other dtype as int32. */
export type LaneKind = 'float' | 'whole'

export const laneKind = (dtype: DType): LaneKind => (dtype === 'float32' ? 'float' : 'whole')

/** The same numbers as the other kind, whole numbers towards zero. */
export const asKind = (b: Builder, x: Vector, from: LaneKind, to: LaneKind): Vector =>
  from === to ? x : to === 'float' ? b.toFloat(x) : b.toInt(x)

/** 1 as int32 where the mask is true, else 0. */
export const truth = (b: Builder, mask: Mask): Vector => b.select(mask, b.constantInt(1), b.constantInt(0))

/** Where lanes of `dtype` are not 0; NaN is not. */
export const nonZero = (b: Builder, dtype: DType, x: Vector): Mask =>
  dtype === 'float32' ? b.notEqual(x, b.zero()) : b.maskNot(b.iequal(x, b.zero()))
