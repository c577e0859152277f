// Casts, by the rules of `KernelSpecs.cast`: towards zero, saturating, NaN to 0, bool is x ≠ 0.

import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import { within } from '../math/exp.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { planOf } from '../step.ts'
import { elementwiseStep } from './elementwise.ts'
import { nonZero, truth } from './lanes.ts'

/** `toInt` is unspecified from 2³¹ on and for NaN; −2³¹ itself is a float32. */
function floatToInt32(b: Builder, x: Vector): Vector {
  const whole = b.toInt(b.max(b.constant(-(2 ** 31)), x))
  const saturated = b.select(b.greaterOrEqual(x, b.constant(2 ** 31)), b.constantInt(2 ** 31 - 1), whole)
  return b.select(b.equal(x, x), saturated, b.zero())
}

const floatToUint8 = (b: Builder, x: Vector): Vector => b.select(b.equal(x, x), b.toInt(within(b, x, 0, 255)), b.zero())

function convert(b: Builder, from: DType, to: DType, x: Vector): Vector {
  if (from === to) return x
  if (to === 'bool') return truth(b, nonZero(b, from, x))
  if (from === 'float32') return to === 'int32' ? floatToInt32(b, x) : floatToUint8(b, x)
  if (to === 'float32') return b.toFloat(x)
  return to === 'uint8' && from === 'int32' ? b.imax(b.constantInt(0), b.imin(b.constantInt(255), x)) : x
}

/** [x] → [y] over `size` elements. */
export const planCast = ({ to }: KernelSpecs['cast'], from: DType, size: number, target: Target): KernelPlan =>
  planOf([castStep({ from, to }, size, target)])

/** The same from one buffer of a plan to another. */
export function castStep(
  { from, to }: { readonly from: DType; readonly to: DType },
  size: number,
  target: Target,
  buffers: readonly [from: number, to: number] = [0, 1],
): KernelStep {
  return elementwiseStep({
    name: 'cast',
    target,
    inputs: [from],
    output: to,
    shape: [size],
    strides: [[1]],
    buffers,
    compute: (b, [x]) => convert(b, from, to, x),
  })
}
