// Which algorithm computes a convolution, and a product of matrices.

import { planDirect } from '../kernels/direct/plan-direct.ts'
import { planMatmul } from '../kernels/gemm/plan-matmul.ts'
import { planFastConv } from './fast-convolution.ts'
import type { Planned, Planners, PlanQuestion } from './index.ts'

function planConv({ spec, runtime }: PlanQuestion<'conv'>): Planned {
  const { conv, epilogue, precision } = spec
  const fast = planFastConv({ conv, epilogue, precision, target: runtime.target })
  if (fast !== null) return fast
  const plan = planDirect({ conv, epilogue, target: runtime.target, threads: runtime.threads() })
  return { plan, reason: 'a direct sum of products' }
}

export const convPlanners: Planners = {
  conv: planConv,
  matmul: ({ spec, runtime }) => ({
    plan: planMatmul(spec, runtime.target, runtime.threads()),
    reason: 'tiles of rows and columns in registers',
  }),
}
