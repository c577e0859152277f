import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { planOf } from '../step.ts'
import { elementwiseStep } from './elementwise.ts'

/** What a typed array of `dtype` makes of `value`. */
const stored = (dtype: DType, value: number): number =>
  dtype === 'float32' ? value : (dtype === 'int32' ? Int32Array : Uint8Array).of(value)[0]

/** Writes `value` to `size` elements of a buffer of the plan, from element `first` on. */
export function fillStep(value: number, dtype: DType, size: number, target: Target, buffer = 0, first = 0): KernelStep {
  return elementwiseStep({
    name: 'fill',
    target,
    inputs: [],
    output: dtype,
    shape: [size],
    strides: [],
    buffers: [buffer],
    offsets: [first],
    floats: { value: stored(dtype, value) },
    compute: (b) => (dtype === 'float32' ? b.float('value') : b.splat(b.integer('value'))),
  })
}

/** [] → [y] of `size` elements. */
export const planFill = ({ value }: KernelSpecs['fill'], dtype: DType, size: number, target: Target): KernelPlan =>
  planOf([fillStep(value, dtype, size, target)])
