// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import { describeConv } from '../../../shapes/conv-spec.ts'
import type { Buffer, Kernel, KernelName, KernelSpecs } from '../../backend.ts'
import { beyondReach, largeTables, reach } from '../kernels/fallbacks.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Planned } from './planned.ts'
import { type Candidate, chosenOf, othersOf, triedOf, type Way } from './ways.ts'

/** What a plan may know of a buffer. */
type Described = Pick<Buffer, 'dtype' | 'length'>

/** What is to be computed, and where. */
export interface PlanQuestion<K extends KernelName = KernelName> {
  readonly kernel: Kernel<K>
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly Described[]
  readonly outputs: readonly Described[]
  readonly runtime: Pick<Runtime, 'target' | 'threads' | 'name'>
  /** Of a convolution or a correlation whose filter was looked at (`asksForFactors`): whether it is a column times a row. */
  readonly separable?: boolean
}

export type { Planned } from './planned.ts'
export type { Candidate } from './ways.ts'

/** How the engine runs a kernel: in one way, or in whichever is planned to be the fastest. */
export type EngineKernel<K extends KernelName> =
  | {
      /** Null where plain loops take less memory. It may be kept by what it was made from. */
      only(
        spec: KernelSpecs[K],
        inputs: readonly Described[],
        outputs: readonly Described[],
        target: Target,
      ): KernelPlan | null
    }
  | { plan(question: PlanQuestion<K>): Planned }
  | {
      /** What is answered before ways are compared: why loops run. */
      fallback?(question: PlanQuestion<K>): { readonly fallback: string } | null
      /** The ways to compute it, the plain one first. */
      ways(question: PlanQuestion<K>): readonly Way[]
      /** Whether the plan depends on the filter's numbers: on whether they are a column times a row. */
      asksForFactors?(spec: KernelSpecs[K]): boolean
    }

/** What `backends/kernels/` gives each kernel along for the engine. */
export const engineOf = <K extends KernelName>({ engine }: Kernel<K>): EngineKernel<K> => engine as EngineKernel<K>

/** Whether the plan depends on the filter's numbers: on whether they are a column times a row. */
export function asksForFactors<K extends KernelName>(kernel: Kernel<K>, spec: KernelSpecs[K]): boolean {
  const engine = engineOf(kernel)
  return 'ways' in engine && engine.asksForFactors?.(spec) === true
}

const isBeyondReach = ({ inputs, outputs }: Pick<PlanQuestion, 'inputs' | 'outputs'>): boolean =>
  [...inputs, ...outputs].some(({ length }) => 4 * length >= reach)

/** The question, without what cannot be answered where a tensor is beyond reach. */
function withinReach<K extends KernelName>(question: PlanQuestion<K>): PlanQuestion<K> {
  if (question.kernel.name !== 'conv' || !isBeyondReach(question)) return question
  return { ...question, spec: { ...question.spec, precision: 'exact' }, separable: false }
}

/** The plan for a kernel. A kernel without one runs as TypeScript loops on the engine's memory. */
export function planKernel<K extends KernelName>(question: PlanQuestion<K>): Planned {
  const { kernel, spec, inputs, outputs, runtime } = question
  const { name } = kernel
  const engine = engineOf(kernel)
  if (outputs.every(({ length }) => length === 0)) return { fallback: 'there is nothing to compute' }
  const large = isBeyondReach(question) ? beyondReach.find((fallback) => fallback.kernel === name) : undefined
  if (large !== undefined) return { fallback: large.reason }
  if ('plan' in engine) return engine.plan(question)
  if ('ways' in engine) {
    const within = withinReach(question)
    return engine.fallback?.(within) ?? chosenOf(engine.ways(within))
  }
  const plan = engine.only(spec, inputs, outputs, runtime.target)
  return plan === null ? { fallback: largeTables.reason } : { plan, reason: 'the one way to do it' }
}

/** What `explain` tells of the ways that were not taken: the best of each algorithm. */
export function otherWays(question: PlanQuestion, taken: Planned): { algorithm: string; time: number }[] {
  const engine = engineOf(question.kernel)
  if (!('plan' in taken) || !('ways' in engine)) return []
  return othersOf(engine.ways(withinReach(question)), taken.algorithm)
}

/** What a planner that measures tries, the model's choice first; one or none where there is nothing to choose. */
export function planCandidates<K extends KernelName>(question: PlanQuestion<K>): Candidate[] {
  const first = planKernel(question)
  if (!('plan' in first)) return []
  const engine = engineOf(question.kernel)
  // Measured in training, a filter is packed each time; which ways might be the fastest is told without.
  const within = withinReach({ ...question, spec: { ...question.spec, training: false } })
  const names = new Set<string>()
  return [first, ...('ways' in engine ? triedOf(engine.ways(within)) : [])].filter((planned): planned is Candidate => {
    if (!('plan' in planned) || names.has(planned.plan.name)) return false
    names.add(planned.plan.name)
    return true
  })
}

/** A question in words, for people and across processes: what a measured choice is kept under. */
export function questionText({ kernel, spec, runtime, separable = false }: PlanQuestion): string {
  const { conv, epilogue = null, precision, training = false } = spec as KernelSpecs['conv']
  const demands = [precision, ...(training ? ['training'] : []), ...(separable ? ['separable'] : [])]
  return `${kernel.name} ${describeConv(conv)} ${JSON.stringify(epilogue)} ${demands.join(' ')} ${runtime.threads()} threads`
}
