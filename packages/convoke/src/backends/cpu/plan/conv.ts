// Which algorithm computes a convolution.

import { planDirect } from '../kernels/direct/plan-direct.ts'
import type { Planned, PlanQuestion } from './index.ts'

export function planConv({ spec, runtime }: PlanQuestion<'conv'>): Planned {
  const { conv, epilogue } = spec
  const plan = planDirect({ conv, epilogue, target: runtime.target, threads: runtime.threads() })
  return { plan, reason: 'a direct sum of products' }
}
