// Which algorithm computes a convolution.

import type { KernelSpecs } from '../../backend.ts'
import { planDirect } from '../kernels/direct/plan-direct.ts'
import type { Planned, PlanQuestion } from './index.ts'

export function planConv({ conv, epilogue }: KernelSpecs['conv'], { runtime }: PlanQuestion): Planned {
  const plan = planDirect({ conv, epilogue, target: runtime.target, threads: runtime.threads() })
  return { plan, reason: 'a direct sum of products' }
}
