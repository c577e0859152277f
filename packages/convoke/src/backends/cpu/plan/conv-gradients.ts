// Which kernels run for the two adjoints of a convolution, and for im2col, plain and deformable, with its own.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../shapes/conv-spec.ts'
import { epilogueOperands, type Operand, planStretches } from '../kernels/convolution/stretched-plan.ts'
import { stretchesOf } from '../kernels/convolution/stretches.ts'
import { planDeformUnfold, planDeformUnfoldGradient } from '../kernels/deform/plan.ts'
import { filterGradientSlots } from '../kernels/filter-gradient/cost.ts'
import { planFilterGradient } from '../kernels/filter-gradient/plan.ts'
import { isPointwiseAdjoint, planPointwiseAdjoint } from '../kernels/gemm/plan-matmul.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import { planFold } from '../kernels/transposed/fold.ts'
import { isNarrow, planNarrow } from '../kernels/transposed/narrow.ts'
import { planTransposed } from '../kernels/transposed/plan.ts'
import { planUnfold } from '../kernels/unfold/unfold.ts'
import type { Target } from '../program/index.ts'
import { byGroups, byTaps, planDirectly } from './conv.ts'
import { directSlots } from './direct-cost.ts'
import { fftGradientWays, fftWays } from './fft.ts'
import type { Candidate, Planned, PlanQuestion } from './index.ts'
import { hasManyTaps, planTurned } from './turned.ts'
import type { Way } from './ways.ts'
import { declinedGradient, winogradGradientWays, winogradWays } from './winograd.ts'

const noProducts = { fallback: 'there is nothing to add up' }

/** Why loops run for the gradient of a filter whatever a sum would take. */
export const filterGradientFallback = ({ spec: { conv }, runtime }: PlanQuestion<'convFilterGradient'>) =>
  sizeOf(convShapes(conv).output) === 0 ? noProducts : byGroups(conv, runtime.target)

export function filterGradientWays({ spec, runtime }: PlanQuestion<'convFilterGradient'>): Way[] {
  const { conv, precision } = spec
  const { target } = runtime
  const fast = precision === 'exact' ? [] : [...winogradGradientWays(conv, target), ...fftGradientWays(conv, target)]
  const slots = filterGradientSlots(conv, target)
  const plain: Way = {
    ...{ algorithm: 'direct', slots, margin: 1 },
    plan: () => planGradientDirectly({ spec, runtime }, declinedGradient(conv, precision, target, fast, slots)),
    variants: () => [planGradientDirectly({ spec, runtime })],
  }
  return [plain, ...fast]
}

function planGradientDirectly(
  { spec, runtime }: Pick<PlanQuestion<'convFilterGradient'>, 'spec' | 'runtime'>,
  declined?: string,
): Planned {
  if (hasManyTaps(spec.conv)) {
    const { target } = runtime
    const orders = { order: ['x', 'y', 'filter'], own: ['x', 'y', 'filter'] } as const
    const planOf = (conv: ConvSpec) => planDirectly({ conv, epilogue: null, target, threads: runtime.threads() }).plan
    return {
      plan: planTurned(spec.conv, orders, planOf, target),
      reason: 'more taps than outputs: a convolution with the gradient as its filter',
    }
  }
  return {
    algorithm: 'direct',
    plan: planFilterGradient(spec.conv, runtime.target, runtime.threads()),
    reason: `tiles of the filter stay in registers while the pixels are read${declined === undefined ? '' : `; ${declined}`}`,
  }
}

/** Phases of a stride from which on most of x lies between the windows, and products that loops do before phases are planned. */
const wideStride = { phases: 2 ** 12, products: 2 ** 22 }

function isMostlyBetweenWindows({ batch, groups, kernel, stride, ...conv }: ConvSpec): boolean {
  if (stride.every((step, axis) => Math.min(step, conv.inputSize[axis]) < wideStride.phases)) return false
  const perPosition = sizeOf(kernel) * (conv.inputChannels / groups) * conv.outputChannels
  return batch * sizeOf(conv.outputSize) * perPosition <= wideStride.products
}

const betweenWindows = {
  fallback: 'most results lie between the windows',
}

/** Why loops run for an adjoint whatever a sum would take. */
export function convTransposeFallback({ spec: { conv }, runtime }: PlanQuestion<'convTranspose'>) {
  const { filter, output } = convShapes(conv)
  if (sizeOf(filter) === 0 || sizeOf(output) === 0) return noProducts
  if (isMostlyBetweenWindows(conv)) return betweenWindows
  return byGroups(conv, runtime.target)
}

export function convTransposeWays({ spec, runtime }: PlanQuestion<'convTranspose'>): Way[] {
  const { conv, epilogue, precision, training = false } = spec
  const { target } = runtime
  const plain: Way = {
    ...{ algorithm: 'direct', slots: directSlots(conv, 'adjoint', target), margin: 1 },
    plan: () => byTaps(conv) ?? planByPhases({ spec, runtime }),
    variants: () => [planByPhases({ spec, runtime })],
  }
  if (precision === 'exact') return [plain]
  const question = { conv, epilogue, training, target }
  return [plain, ...winogradWays(question, 'adjoint'), ...fftWays(question, 'adjoint')]
}

function planByPhases({
  spec,
  runtime,
}: Pick<PlanQuestion<'convTranspose'>, 'spec' | 'runtime'>): Planned & { readonly plan: KernelPlan } {
  const { conv, epilogue } = spec
  // Filters whose lanes hold several groups are packed by a function: what is derived must be by steps.
  if (epilogue === null && conv.groups === 1 && hasManyTaps(conv)) {
    const orders = { order: ['y', 'filter', 'x'], own: ['filter', 'y', 'x'] } as const
    const planOf = (own: ConvSpec) => planByPhases({ spec: { ...spec, conv: own }, runtime }).plan
    return {
      plan: planTurned(conv, orders, planOf, runtime.target),
      reason: 'more taps than outputs: each input value adds the filter',
    }
  }
  const stretches = stretchesOf(conv, 'input')
  if (stretches === null) return planWholeByPhases({ spec, runtime })
  const ofStretch = (own: ConvSpec): Candidate => planWholeByPhases({ spec: { ...spec, conv: own }, runtime })
  const input: Operand = { side: 'input', floats: conv.inputChannels }
  const plan = planStretches({
    stretches,
    planOf: (own) => ofStretch(own).plan,
    operands: [{ side: 'output', floats: conv.outputChannels }, null, ...epilogueOperands(epilogue, input), input],
    target: runtime.target,
  })
  return { plan, reason: ofStretch(stretches[stretches.length >> 1].conv).reason }
}

function planWholeByPhases({ spec, runtime }: Pick<PlanQuestion<'convTranspose'>, 'spec' | 'runtime'>): Candidate {
  const { conv, epilogue } = spec
  const { target } = runtime
  if (isPointwiseAdjoint(conv)) {
    return {
      plan: planPointwiseAdjoint(conv, epilogue, target, runtime.threads()),
      reason: 'one tap: a matrix product of the pixels with the transposed filter',
    }
  }
  if (isNarrow(conv, target)) {
    return {
      plan: planNarrow(conv, epilogue, target, runtime.threads()),
      reason: 'vectors hold the few channels of several taps',
    }
  }
  return {
    plan: planTransposed(conv, epilogue, target, runtime.threads()),
    reason: 'each phase of the stride is a dense convolution',
  }
}

/** Numbers of an output position in unfolded columns. */
const columnFloats = ({ kernel, inputChannels }: ConvSpec): number => sizeOf(kernel) * inputChannels

/** The plan of columns and x, in stretches of the longest axis where it is long. */
function inStretches(
  conv: ConvSpec,
  side: 'input' | 'output',
  planOf: (conv: ConvSpec) => KernelPlan,
  target: Target,
): KernelPlan {
  const stretches = stretchesOf(conv, side)
  if (stretches === null) return planOf(conv)
  const x: Operand = { side: 'input', floats: conv.inputChannels }
  const columns: Operand = { side: 'output', floats: columnFloats(conv) }
  return planStretches({ stretches, planOf, operands: side === 'input' ? [columns, x] : [x, columns], target })
}

export function planFolding({ spec: { conv }, runtime }: PlanQuestion<'fold'>): Planned {
  if (sizeOf(convShapes(conv).output) === 0) return noProducts
  if (isMostlyBetweenWindows(conv)) return betweenWindows
  const { target } = runtime
  const planOf = (own: ConvSpec) => planFold(own, null, target, runtime.threads())
  return { plan: inStretches(conv, 'input', planOf, target), reason: 'each pixel gathers its taps' }
}

export function planUnfolding({ spec: { conv }, runtime: { target } }: PlanQuestion<'unfold'>): Planned {
  const planOf = (own: ConvSpec) => planUnfold(own, target)
  return { plan: inStretches(conv, 'output', planOf, target), reason: 'contiguous memory is copied' }
}

const byCorners = 'channels side by side, four corners a sample'

export const planDeformUnfolding = ({ spec, runtime }: PlanQuestion<'deformUnfold'>): Planned => ({
  plan: planDeformUnfold(spec, runtime.target),
  reason: byCorners,
})

export const planDeformUnfoldingGradient = ({ spec, runtime }: PlanQuestion<'deformUnfoldGradient'>): Planned => ({
  plan: planDeformUnfoldGradient(spec, runtime.target),
  reason: byCorners,
})
