import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { elementwisePlan } from './elementwise.ts'
import { nonZero } from './lanes.ts'

/** y = condition ≠ 0 ? a : b, broadcast: [condition, a, b] → [y]; a, b and y are of one dtype. */
export function planSelect(
  { shape, strides }: KernelSpecs['select'],
  [condition, choice]: readonly [DType, DType],
  target: Target,
): KernelPlan {
  return elementwisePlan({
    name: 'select',
    target,
    inputs: [condition, choice, choice],
    output: choice,
    shape,
    strides,
    compute: (b, [test, x, y]) => b.select(nonZero(b, condition, test), x, y),
  })
}
