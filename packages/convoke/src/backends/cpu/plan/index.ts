// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import type { DType, KernelName, KernelSpecs } from '../../backend.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Runtime } from '../runtime/index.ts'

/** What is to be computed, and where. */
export interface PlanQuestion {
  readonly kernel: KernelName
  readonly spec: KernelSpecs[KernelName]
  readonly inputs: readonly DType[]
  readonly outputs: readonly DType[]
  readonly runtime: Pick<Runtime, 'target' | 'threads' | 'name'>
}

/** A plan and why it was chosen, or why plain TypeScript loops run instead. */
export type Planned = { readonly plan: KernelPlan; readonly reason: string } | { readonly fallback: string }

/** Kernels that run as TypeScript loops on the engine's memory, and why. `doctor` prints this. */
export function planKernel(question: PlanQuestion): Planned {
  return { fallback: `${question.kernel} has no kernel yet` }
}
