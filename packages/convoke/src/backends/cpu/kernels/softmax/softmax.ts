// softmax and its logarithm along any axis, and their gradients from what they gave.

import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { softmaxColumns, softmaxColumnsGradient } from './columns.ts'
import { softmaxRows, softmaxRowsGradient } from './rows.ts'

const titleOf = (log: boolean, inner: number): string =>
  `${log ? 'log softmax' : 'softmax'} ${inner === 1 ? 'rows' : 'columns'}`

/** [x] → [y]. */
export function planSoftmax({ log, ...axis }: KernelSpecs['softmax'], target: Target): KernelPlan {
  const step = axis.inner === 1 ? softmaxRows : softmaxColumns
  return planOf([step(titleOf(log, axis.inner), log, axis, target)])
}

/** [g, y] → [x gradient]. */
export function planSoftmaxGradient({ log, ...axis }: KernelSpecs['softmaxGradient'], target: Target): KernelPlan {
  const step = axis.inner === 1 ? softmaxRowsGradient : softmaxColumnsGradient
  return planOf([step(`${titleOf(log, axis.inner)} gradient`, log, axis, target)])
}
