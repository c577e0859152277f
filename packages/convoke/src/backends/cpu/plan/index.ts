// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import type { DType, KernelName, KernelSpecs } from '../../backend.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Runtime } from '../runtime/index.ts'
import { convPlanners } from './conv.ts'
import { elementwisePlanners } from './elementwise.ts'

/** What is to be computed, and where. */
export interface PlanQuestion<K extends KernelName = KernelName> {
  readonly kernel: K
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly DType[]
  readonly outputs: readonly DType[]
  /** Elements of each output. */
  readonly sizes: readonly number[]
  readonly runtime: Pick<Runtime, 'target' | 'threads' | 'name'>
}

/** A plan and why it was chosen, or why plain TypeScript loops run instead. */
export type Planned = { readonly plan: KernelPlan; readonly reason: string } | { readonly fallback: string }

/** What plans a kernel. */
export type Planners = { readonly [K in KernelName]?: (question: PlanQuestion<K>) => Planned }

const planners: Planners = { ...elementwisePlanners, ...convPlanners }

/** The plan for a kernel. A kernel without a planner runs as TypeScript loops on the engine's memory. */
export function planKernel<K extends KernelName>(question: PlanQuestion<K>): Planned {
  const planner = planners[question.kernel] as ((question: PlanQuestion<K>) => Planned) | undefined
  return planner?.(question) ?? { fallback: `no vector kernel for ${question.kernel} yet` }
}
