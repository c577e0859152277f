// Which algorithm computes a convolution, and a product of matrices.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { liftAxes } from '../../../shapes/conv-axes.ts'
import { type ConvSpec, convShapes } from '../../../shapes/conv-spec.ts'
import type { KernelSpecs } from '../../backend.ts'
import { epilogueOperands, type Operand, planStretches } from '../kernels/convolution/stretched-plan.ts'
import { stretchesOf } from '../kernels/convolution/stretches.ts'
import { fitsDepthwise, planDepthwise } from '../kernels/depthwise/index.ts'
import { type DirectQuestion, directKind, planDirect, reductionOf } from '../kernels/direct/plan-direct.ts'
import { fitsFlat, planFlat } from '../kernels/direct/plan-flat.ts'
import { planFilterGradient } from '../kernels/filter-gradient/plan.ts'
import { isLongRow, planRow } from '../kernels/gemm/row.ts'
import type { Target } from '../program/index.ts'
import { directSlots } from './direct-cost.ts'
import { fftWays } from './fft.ts'
import type { Candidate, Planned, PlanQuestion } from './index.ts'
import { planLongProduct } from './long-product.ts'
import { separableWay, suitsSeparable } from './separable.ts'
import { hasManyTaps, planTurned } from './turned.ts'
import type { Way } from './ways.ts'
import { winogradWays } from './winograd.ts'

/** Why a direct kernel is the way it is. */
const directReasons = {
  direct: 'every output is summed over taps and channels in registers',
  pointwise: 'a kernel of one tap is a matrix product over pixels',
  depthwise: 'one filter a channel: lanes are channels, and nothing is shared between them',
  dot: 'so few outputs that lanes run over the input channels',
  grouped: 'groups are so small that several stand side by side in the lanes',
} as const

/** Outputs of a picture of padding, and products of what little is inside, from which loops are the quickest to begin. */
const muchPadding = { outputs: 2 ** 16, share: 1 / 8, products: 2 ** 22 }

/** Whether nearly all windows lie in the padding, where nothing is to be summed. */
function isPadding(conv: ConvSpec): boolean {
  const { output } = convShapes(conv)
  if (sizeOf(output) < muchPadding.outputs) return false
  const inside = liftAxes(conv).reduce((outputs, axis) => {
    const first = Math.ceil((axis.before - (axis.kernel - 1) * axis.dilation) / axis.stride)
    const end = Math.ceil((axis.input + axis.before) / axis.stride)
    return outputs * Math.max(0, Math.min(axis.output, end) - Math.max(0, first))
  }, conv.batch)
  const products = inside * sizeOf(conv.kernel) * (conv.inputChannels / conv.groups) * conv.outputChannels
  return products <= muchPadding.products && inside < (sizeOf(output) / conv.outputChannels) * muchPadding.share
}

/** Multiply-adds of a convolution. */
const productsOf = ({ batch, groups, kernel, inputChannels, outputChannels, outputSize }: ConvSpec): number =>
  batch * sizeOf(outputSize) * sizeOf(kernel) * (inputChannels / groups) * outputChannels

/** Groups, and taps of several, from which on a call for each takes too much memory, and products that loops do in seconds. */
const manyGroups = { groups: 2 ** 16, taps: 2 ** 16, products: 2 ** 30 }

/** What is said where there are so many groups, none of which fill vectors together, that loops go over them; null elsewhere. */
export function byGroups(conv: ConvSpec, target: Target): { readonly fallback: string } | null {
  if (conv.groups <= manyGroups.groups || reductionOf(conv, target).kind !== 'dense') return null
  return productsOf(conv) > manyGroups.products ? null : { fallback: 'very many groups' }
}

/** What is said of groups with so many taps that to write down each takes longer than loops over them; null elsewhere. */
export const byTaps = (conv: ConvSpec): { readonly fallback: string } | null =>
  conv.groups > 1 && sizeOf(conv.kernel) > manyGroups.taps && productsOf(conv) <= manyGroups.products
    ? { fallback: 'very many taps in each group' }
    : null

/** Tiles of a direct kernel that the measuring planner tries. */
const tilesTried = 3

/** Why loops run for a convolution whatever a sum would take. */
export function convFallback({ spec: { conv }, runtime }: PlanQuestion<'conv'>): { readonly fallback: string } | null {
  if (sizeOf(convShapes(conv).filter) === 0) return { fallback: 'there is nothing to add up' }
  if (isPadding(conv)) return { fallback: 'nearly all windows lie in the padding' }
  return byGroups(conv, runtime.target)
}

export function convWays({ spec, runtime, separable = false }: PlanQuestion<'conv'>): Way[] {
  const { conv, epilogue, precision, training = false } = spec
  const { target } = runtime
  const asked = { conv, epilogue, target, threads: runtime.threads() }
  const plain: Way = {
    ...{ algorithm: 'direct', slots: directSlots(conv, 'forward', target), margin: 1 },
    plan: () => (isTurned(asked) ? null : byTaps(conv)) ?? planDirectly(asked),
    variants: () => Array.from({ length: tilesTried }, (_, tile) => planDirectly({ ...asked, tile })),
  }
  if (precision === 'exact') return [plain]
  const question = { conv, epilogue, training, target }
  const fast = [...winogradWays(question, 'forward'), ...fftWays(question, 'forward')]
  return separable ? [plain, separableWay(conv, epilogue, target), ...fast] : [plain, ...fast]
}

const isTurned = ({ conv, epilogue }: Pick<DirectQuestion, 'conv' | 'epilogue'>): boolean =>
  epilogue === null && hasManyTaps(conv) && sizeOf(conv.outputSize) > 1

export function planDirectly(question: DirectQuestion): Candidate {
  const { conv, epilogue, target, threads } = question
  if (isTurned(question)) {
    const orders = { order: ['x', 'filter', 'y'], own: ['x', 'filter', 'y'] } as const
    const planOf = (own: ConvSpec) => planFilterGradient(own, target, threads)
    return {
      algorithm: 'direct',
      reason: 'more taps than outputs: the outputs stay in registers while the filter is read',
      plan: planTurned(conv, orders, planOf, target),
    }
  }
  const stretches = stretchesOf(conv, 'output')
  if (stretches === null) return planWhole(question)
  const { algorithm, reason, plan } = planWhole({ ...question, conv: stretches[stretches.length >> 1].conv })
  const output: Operand = { side: 'output', floats: conv.outputChannels }
  const stretched = planStretches({
    stretches,
    planOf: (own) =>
      own === stretches[stretches.length >> 1].conv ? plan : planWhole({ ...question, conv: own }).plan,
    operands: [{ side: 'input', floats: conv.inputChannels }, null, ...epilogueOperands(epilogue, output), output],
    target: question.target,
  })
  return { ...(algorithm !== undefined && { algorithm }), reason, plan: stretched }
}

function planWhole(question: DirectQuestion): Candidate {
  if (fitsFlat(question)) {
    const reason = 'one filter a channel, and few channels: lanes run over pixels and channels alike'
    return { algorithm: 'depthwise', plan: planFlat(question), reason }
  }
  if (fitsDepthwise(question))
    return { algorithm: 'depthwise', plan: planDepthwise(question), reason: directReasons.depthwise }
  const algorithm = directKind(question)
  return { algorithm, plan: planDirect(question), reason: directReasons[algorithm] }
}

/** Whether two passes are the fastest way, should the filter turn out to be a column times a row. */
export const asksForColumnAndRow = ({ conv, epilogue, precision, training }: KernelSpecs['conv']): boolean =>
  precision === 'fast' && training !== true && suitsSeparable(conv, epilogue)

export function planProduct({ spec, runtime }: PlanQuestion<'matmul'>): Planned {
  const row = isLongRow(spec)
  return {
    algorithm: 'gemm',
    plan: (row ? planRow : planLongProduct)(spec, runtime.target, runtime.threads()),
    reason: row ? 'a row by a matrix that is read once, in order' : 'tiles of rows and columns in registers',
  }
}
