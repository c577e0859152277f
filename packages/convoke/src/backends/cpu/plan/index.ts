// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import { describeConv } from '../../../shapes/conv-spec.ts'
import type { Buffer, Kernel, KernelName, KernelSpecs } from '../../backend.ts'
import { beyondReach, largeTables, reach } from '../kernels/fallbacks.ts'
import type { StatedError } from '../kernels/fft/index.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'
import type { Runtime } from '../runtime/index.ts'

import type { Way } from './fast-convolution.ts'

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

/** A plan and why it was chosen, or why plain TypeScript loops run instead. */
export type Planned =
  | {
      readonly plan: KernelPlan
      readonly reason: string
      readonly algorithm?: string
      /** Of the FFT. */
      readonly error?: StatedError
    }
  | { readonly fallback: string }

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
  | {
      plan(question: PlanQuestion<K>): Planned
      /** What a planner that measures tries, the model's choice first. */
      candidates?(question: PlanQuestion<K>): Planned[]
      /** The ways that the model compares with a direct sum, and what it expects of them. */
      ways?(question: PlanQuestion<K>): readonly Pick<Way, 'algorithm' | 'gain'>[]
      /** Whether the plan depends on the filter's numbers: on whether they are a column times a row. */
      asksForFactors?(spec: KernelSpecs[K]): boolean
    }

/** What `backends/kernels/` gives each kernel along for the engine. */
export const engineOf = <K extends KernelName>({ engine }: Kernel<K>): EngineKernel<K> => engine as EngineKernel<K>

/** Whether the plan depends on the filter's numbers: on whether they are a column times a row. */
export function asksForFactors<K extends KernelName>(kernel: Kernel<K>, spec: KernelSpecs[K]): boolean {
  const engine = engineOf(kernel)
  return 'plan' in engine && engine.asksForFactors?.(spec) === true
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
  if ('plan' in engine) return engine.plan(withinReach(question))
  const plan = engine.only(spec, inputs, outputs, runtime.target)
  return plan === null ? { fallback: largeTables.reason } : { plan, reason: 'the one way to do it' }
}

/** What `explain` tells of the ways that were not taken: the best of each algorithm. */
export function otherWays(question: PlanQuestion, taken: Planned): { algorithm: string; time: number }[] {
  const engine = engineOf(question.kernel)
  if (!('plan' in taken) || !('plan' in engine) || engine.ways === undefined) return []
  const direct = { algorithm: 'direct', time: 1 }
  const found = [
    direct,
    ...engine.ways(withinReach(question)).map(({ algorithm, gain }) => ({ algorithm, time: 1 / gain })),
  ]
  const chosen = found.some(({ algorithm }) => algorithm === taken.algorithm) ? taken.algorithm : direct.algorithm
  const best = new Map<string, number>()
  for (const { algorithm, time } of found) best.set(algorithm, Math.min(time, best.get(algorithm) ?? time))
  return [...best]
    .filter(([algorithm]) => algorithm !== chosen)
    .map(([algorithm, time]) => ({ algorithm, time }))
    .sort((a, b) => a.time - b.time)
}

/** A plan that can run, and why it was chosen. */
export type Candidate = Extract<Planned, { readonly plan: KernelPlan }>

/** What a planner that measures tries, the model's choice first; one or none where there is nothing to choose. */
export function planCandidates<K extends KernelName>(question: PlanQuestion<K>): Candidate[] {
  const first = planKernel(question)
  if (!('plan' in first)) return []
  const engine = engineOf(question.kernel)
  const all = 'plan' in engine ? (engine.candidates?.(withinReach(question)) ?? []) : []
  const names = new Set<string>()
  return [first, ...all].filter((planned): planned is Candidate => {
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
