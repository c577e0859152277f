// Which kernels run for the two adjoints of a convolution.

import { planFilterGradient } from '../kernels/filter-gradient/plan.ts'
import { planTransposed } from '../kernels/transposed/plan.ts'
import { planFastAdjoint } from './fast-convolution.ts'
import type { Planners } from './index.ts'

export const gradientPlanners: Planners = {
  convFilterGradient: ({ spec: { conv }, runtime }) => ({
    plan: planFilterGradient(conv, runtime.target, runtime.threads()),
    reason: 'the filter stays in registers',
  }),
  convTranspose: ({ spec: { conv, epilogue, precision }, runtime }) =>
    planFastAdjoint({ conv, epilogue, precision, target: runtime.target }) ?? {
      plan: planTransposed(conv, epilogue, runtime.target, runtime.threads()),
      reason: 'each phase of the stride is dense',
    },
}
