// Which kernels run for the two adjoints of a convolution.

import type { KernelSpecs } from '../../backend.ts'
import { planFilterGradient } from '../kernels/filter-gradient/plan.ts'
import { planTransposed } from '../kernels/transposed/plan.ts'
import type { Planned, PlanQuestion } from './index.ts'

export function planConvFilterGradient(
  { conv }: KernelSpecs['convFilterGradient'],
  { runtime }: PlanQuestion,
): Planned {
  return { plan: planFilterGradient(conv, runtime.target, runtime.threads()), reason: 'the filter stays in registers' }
}

export function planConvTranspose(
  { conv, epilogue }: KernelSpecs['convTranspose'],
  { runtime }: PlanQuestion,
): Planned {
  return {
    plan: planTransposed(conv, epilogue, runtime.target, runtime.threads()),
    reason: 'each phase of the stride is dense',
  }
}
