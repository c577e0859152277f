// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import type { DType, KernelName, KernelSpecs } from '../../backend.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Runtime } from '../runtime/index.ts'
import { planConv } from './conv.ts'

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

type Planner<K extends KernelName> = (spec: KernelSpecs[K], question: PlanQuestion) => Planned

const planners: { readonly [K in KernelName]?: Planner<K> } = { conv: planConv }

/** Kernels that run as TypeScript loops on the engine's memory, and why. `doctor` prints this. */
export function planKernel(question: PlanQuestion): Planned {
  const planner = planners[question.kernel] as Planner<KernelName> | undefined
  return planner?.(question.spec, question) ?? { fallback: `${question.kernel} has no kernel yet` }
}
