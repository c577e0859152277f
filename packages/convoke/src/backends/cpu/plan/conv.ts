// Which algorithm computes a convolution, and a product of matrices.

import { planDirect } from '../kernels/direct/plan-direct.ts'
import { fitsFlat, planFlat } from '../kernels/direct/plan-flat.ts'
import { planMatmul } from '../kernels/gemm/plan-matmul.ts'
import type { Planned, Planners, PlanQuestion } from './index.ts'

function planConv({ spec, runtime }: PlanQuestion<'conv'>): Planned {
  const { conv, epilogue } = spec
  const question = { conv, epilogue, target: runtime.target, threads: runtime.threads() }
  if (fitsFlat(question)) {
    return {
      plan: planFlat(question),
      reason: 'one filter a channel, few channels: lanes run over pixels and channels',
    }
  }
  return { plan: planDirect(question), reason: 'a direct sum of products' }
}

export const convPlanners: Planners = {
  conv: planConv,
  matmul: ({ spec, runtime }) => ({
    plan: planMatmul(spec, runtime.target, runtime.threads()),
    reason: 'tiles of rows and columns in registers',
  }),
}
