// The planner: which kernel plan runs for a spec on a machine, or why none does. The one place where algorithms are
// chosen.

import { describeConv } from '../../../shapes/conv-spec.ts'
import type { Buffer, KernelName, KernelSpecs } from '../../backend.ts'
import { elementaryPlans, isElementary } from '../kernels/elementary.ts'
import { beyondReach, fallbacks, largeTables, reach } from '../kernels/fallbacks.ts'
import type { StatedError } from '../kernels/fft/index.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Runtime } from '../runtime/index.ts'
import { convCandidates, convPlanners } from './conv.ts'
import { convGradientPlanners, convTransposeCandidates, filterGradientCandidates } from './conv-gradients.ts'
import { planCorrelate, suitsTwoPasses } from './correlate.ts'
import { suitsSeparable } from './fast-convolution.ts'
import { recurrencePlanners } from './recurrence.ts'

/** What is to be computed, and where. */
export interface PlanQuestion<K extends KernelName = KernelName> {
  readonly kernel: K
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly Pick<Buffer, 'dtype' | 'length'>[]
  readonly outputs: readonly Pick<Buffer, 'dtype' | 'length'>[]
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

/** What chooses among algorithms for a kernel. */
export type Planners = { readonly [K in KernelName]?: (question: PlanQuestion<K>) => Planned }

const planners: Planners = { ...convPlanners, ...convGradientPlanners, ...recurrencePlanners, correlate: planCorrelate }

/** Whether the plan depends on the filter's numbers: on whether they are a column times a row. */
export function asksForFactors<K extends KernelName>(kernel: K, spec: KernelSpecs[K]): boolean {
  if (kernel === 'correlate') return suitsTwoPasses(spec as KernelSpecs['correlate'])
  if (kernel !== 'conv') return false
  const { conv, epilogue, precision, training } = spec as KernelSpecs['conv']
  return precision === 'fast' && training !== true && suitsSeparable(conv, epilogue)
}

const isBeyondReach = ({ inputs, outputs }: Pick<PlanQuestion, 'inputs' | 'outputs'>): boolean =>
  [...inputs, ...outputs].some(({ length }) => 4 * length >= reach)

/** The question, without what cannot be answered where a tensor is beyond reach. */
function withinReach<K extends KernelName>(question: PlanQuestion<K>): PlanQuestion<K> {
  if (question.kernel !== 'conv' || !isBeyondReach(question)) return question
  return { ...question, spec: { ...question.spec, precision: 'exact' }, separable: false }
}

/** The plan for a kernel. A kernel without one runs as TypeScript loops on the engine's memory. */
export function planKernel<K extends KernelName>(question: PlanQuestion<K>): Planned {
  const { kernel } = question
  if (question.outputs.every(({ length }) => length === 0)) return { fallback: 'there is nothing to compute' }
  const large = isBeyondReach(question) ? beyondReach.find((fallback) => fallback.kernel === kernel) : undefined
  if (large !== undefined) return { fallback: large.reason }
  const planner = planners[kernel] as ((question: PlanQuestion<K>) => Planned) | undefined
  if (planner !== undefined) return planner(withinReach(question))
  if (isElementary(kernel)) {
    const plan = planElementary(kernel, question)
    return plan === null ? { fallback: largeTables.reason } : { plan, reason: 'the one way to do it' }
  }
  const known = fallbacks.find((fallback) => fallback.kernel === kernel)
  return { fallback: known?.reason ?? `there is no vector kernel for ${kernel}` }
}

/** A plan that can run, and why it was chosen. */
export type Candidate = Extract<Planned, { readonly plan: KernelPlan }>

/** What a planner that measures tries, the model's choice first; one or none where there is nothing to choose. */
export function planCandidates<K extends KernelName>(question: PlanQuestion<K>): Candidate[] {
  const first = planKernel(question)
  if (!('plan' in first)) return []
  const all = candidatesOf(withinReach(question))
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
  return `${kernel} ${describeConv(conv)} ${JSON.stringify(epilogue)} ${demands.join(' ')} ${runtime.threads()} threads`
}

function candidatesOf(question: PlanQuestion): Planned[] {
  if (question.kernel === 'conv') return convCandidates(question as PlanQuestion<'conv'>)
  if (question.kernel === 'convTranspose') return convTransposeCandidates(question as PlanQuestion<'convTranspose'>)
  if (question.kernel === 'convFilterGradient') {
    return filterGradientCandidates(question as PlanQuestion<'convFilterGradient'>)
  }
  return []
}

function planElementary<K extends keyof typeof elementaryPlans>(
  kernel: K,
  { spec, inputs, outputs, runtime }: Omit<PlanQuestion, 'spec'> & { readonly spec: KernelSpecs[KernelName] },
): KernelPlan | null {
  return elementaryPlans[kernel](spec as KernelSpecs[K], inputs, outputs, runtime.target)
}
