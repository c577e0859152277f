// Which algorithm computes a convolution, and a product of matrices.

import { type DirectQuestion, directKind, planDirect } from '../kernels/direct/plan-direct.ts'
import { fitsFlat, planFlat } from '../kernels/direct/plan-flat.ts'
import { planMatmul } from '../kernels/gemm/plan-matmul.ts'
import { planFastConv } from './fast-convolution.ts'
import type { Planned, Planners, PlanQuestion } from './index.ts'

/** Why a direct kernel is the way it is. */
const directReasons = {
  direct: 'every output is summed over taps and channels in registers',
  pointwise: 'a kernel of one tap is a matrix product over pixels',
  depthwise: 'one filter a channel: lanes are channels, and nothing is shared between them',
  dot: 'so few outputs that lanes run over the input channels',
  grouped: 'groups are so small that several stand side by side in the lanes',
} as const

function planConv({ spec, runtime, separable = false }: PlanQuestion<'conv'>): Planned {
  const { conv, epilogue, precision, training = false } = spec
  const fast = planFastConv({ conv, epilogue, precision, training, separable, target: runtime.target })
  if (fast !== null) return fast
  const question: DirectQuestion = { conv, epilogue, target: runtime.target, threads: runtime.threads() }
  if (fitsFlat(question)) {
    const reason = 'one filter a channel, and few channels: lanes run over pixels and channels alike'
    return { algorithm: 'depthwise', plan: planFlat(question), reason }
  }
  const algorithm = directKind(question)
  return { algorithm, plan: planDirect(question), reason: directReasons[algorithm] }
}

export const convPlanners: Planners = {
  conv: planConv,
  matmul: ({ spec, runtime }) => ({
    algorithm: 'gemm',
    plan: planMatmul(spec, runtime.target, runtime.threads()),
    reason: 'tiles of rows and columns in registers',
  }),
}
