// When a convolution pays in another basis: Winograd for 3×3 and 5×5, FFT for large kernels. Both round more than a plain sum of
// products does, by bounds they state, so a caller who asks for 'exact' never gets them.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../shapes/conv-spec.ts'
import type { Epilogue, Precision } from '../../backend.ts'
import { isLight } from '../kernels/epilogue.ts'
import {
  canThin,
  chooseFft,
  chooseGradientFft,
  denseSpec,
  directSlots,
  fftInWords,
  gradientRounding,
  isStrided,
  planFft,
  planGradientFft,
  roundingOf,
  spreadPlan,
  statedError,
  thinnedPlan,
  tilesOf,
} from '../kernels/fft/index.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import { isSeparableSpec, planSeparable } from '../kernels/separable/index.ts'
import {
  adjointSpec,
  type FilterUse,
  gradientChoices,
  isWinogradSpec,
  packedFloats,
  packSteps,
  planWinograd,
  planWinogradGradient,
  trainingChoices,
  type WinogradChoice,
  winogradChoices,
  winogradLayout,
} from '../kernels/winograd/index.ts'
import type { Target } from '../program/index.ts'
import type { Candidate, Planned } from './index.ts'

/** Taps from which two passes beat every other way, and sides up to which they beat the FFT; measured. */
const fewestSeparableTaps = 49
const mostSeparableSide = (channels: number): number => (channels === 1 ? 25 : 31)

/** Whether two passes are the fastest way, should the filter turn out to be a column times a row. */
export const suitsSeparable = (conv: ConvSpec, epilogue: Epilogue | null): boolean =>
  isSeparableSpec(conv) &&
  conv.kernel[0] * conv.kernel[1] >= fewestSeparableTaps &&
  conv.kernel.every((side) => side > 1 && side <= mostSeparableSide(conv.inputChannels)) &&
  !(epilogue?.bias && conv.inputChannels > 1)

/** Below this expected gain the plain sum stays: the model is not that exact. */
const worthwhile = 1.08

/** The same in training, where the transform of a filter counts, and gradients of filters: models of more parts. */
const worthwhileTraining = 1.15

export interface FastQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly precision: Precision
  /** The filter will have changed by the next time: packing it counts. */
  readonly training: boolean
  /** The filter was looked at: it is a column times a row, the same for every channel. */
  readonly separable?: boolean
  readonly target: Target
}

/** A way to compute a convolution in another basis than sums of products. */
export interface Way {
  readonly algorithm: 'separable' | 'winograd' | 'fft'
  /** Expected time of a direct sum over its own. */
  readonly gain: number
  /** The gain from which the model takes it. */
  readonly least: number
  /** Null where it turns out to need too much memory. */
  readonly plan: () => Candidate | null
}

const isWay = (way: Way | null): way is Way => way !== null

/**
 * Every way in another basis that there is for a convolution, or for its adjoint in the input, which at stride 1 is a convolution with
 * the filter turned round; the ways that the model takes first come first.
 */
export function waysOf(question: FastQuestion, use: FilterUse): Way[] {
  const { conv, precision, separable } = question
  if (precision === 'exact') return []
  const passes = separable && use === 'forward' ? inPasses(question) : null
  const inWinograd = use === 'adjoint' && isStrided(conv) ? [] : winogradWays(question, use)
  return [passes, ...inWinograd, wayByFft(question, use)].filter(isWay)
}

const inPasses = ({ conv, epilogue, target }: FastQuestion): Way => ({
  algorithm: 'separable',
  gain: Number.POSITIVE_INFINITY,
  least: 0,
  plan: () => ({
    algorithm: 'separable',
    plan: planSeparable({ conv, epilogue }, target),
    reason: 'the filter is a column times a row: two passes of one dimension',
  }),
})

/** The same for the gradient in the filter. */
export function gradientWaysOf(conv: ConvSpec, precision: Precision, target: Target): Way[] {
  if (precision === 'exact') return []
  const inWinograd = isWinogradSpec(conv)
    ? gradientChoices(conv, target).map((choice) => winogradGradientWay(conv, choice, target))
    : []
  return [...inWinograd, gradientWayByFft(conv, target)].filter(isWay)
}

/** What the model takes of these ways; null where a plain sum of products is as fast. */
export function planFrom(ways: readonly Way[]): Candidate | null {
  for (const { gain, least, plan } of ways) {
    const planned = gain < least ? null : plan()
    if (planned !== null) return planned
  }
  return null
}

/** Below this expected gain an algorithm is not even tried: the model is not that wrong. */
const worthTrying = 0.6

/** All that might be the fastest, for a planner that measures. */
export const candidatesFrom = (ways: readonly Way[]): Candidate[] =>
  ways.flatMap(({ gain, plan }) => (gain < worthTrying ? [] : (plan() ?? [])))

/** The same by FFT, whether it pays or not: for tests. */
export const convByFft = (question: FastQuestion, use: FilterUse): Planned | null =>
  wayByFft(question, use, true)?.plan() ?? null

/** The filter gradient by FFT, whether it pays or not: for tests. */
export const filterGradientByFft = (conv: ConvSpec, target: Target): Planned | null =>
  gradientWayByFft(conv, target, true)?.plan() ?? null

function winogradWays({ conv, epilogue, training, target }: FastQuestion, use: FilterUse): Way[] {
  if (!fitsRegisters(epilogue, target)) return []
  const own = use === 'adjoint' ? adjointSpec(conv) : conv
  const choices = (training ? trainingChoices : winogradChoices)(own, target, use)
  return choices.map((choice) => ({
    algorithm: 'winograd',
    gain: choice.gain,
    least: training ? worthwhileTraining : worthwhile,
    plan: () => {
      const planned = winogradPlan(own, epilogue, target, use, choice)
      return training ? { ...planned, reason: `${planned.reason}, the transform of the filter included` } : planned
    },
  }))
}

function winogradPlan(
  conv: ConvSpec,
  epilogue: Epilogue | null,
  target: Target,
  use: FilterUse,
  { tile, gain }: WinogradChoice,
): Candidate {
  const layout = winogradLayout(conv, tile, target)
  const { packed, room } = packedFloats(layout, use)
  const plan = planWinograd({ conv, epilogue }, tile, target, (buffers) => ({
    key: `winograd ${use} ${tile} ${conv.kernel[0]} ${layout.vectors} ${layout.inputChannels} ${layout.outputChannels} ${target.name}`,
    bytes: 4 * (packed + room),
    steps: packSteps(layout, use, target, buffers),
  }))
  return {
    algorithm: 'winograd',
    plan,
    reason: `Winograd takes ${(1 / gain).toFixed(2)} of the time of a direct sum, by its model`,
  }
}

/** Why the filter gradient is not computed in another basis. */
export function declinedGradient(conv: ConvSpec, precision: Precision, target: Target): string {
  if (precision === 'exact') return 'no other algorithm is exact enough'
  if (!isWinogradSpec(conv)) return 'Winograd needs a 3×3 or 5×5 kernel, stride 1 and one group'
  const [choice] = gradientChoices(conv, target)
  if (choice === undefined) return `Winograd needs ${target.lanes} output channels to fill a vector`
  return `Winograd would take ${(1 / choice.gain).toFixed(2)} of the time, by its model`
}

function gradientWayByFft(conv: ConvSpec, target: Target, anyway = false): Way | null {
  const strided = isStrided(conv)
  if (strided && !canThin(conv)) return null
  const dense = strided ? denseSpec(conv) : conv
  const choice = chooseGradientFft(dense, target)
  if (choice === null) return null
  const copies = strided ? (sizeOf(convShapes(dense).output) * strideSlots) / target.lanes : 0
  const gain = directSlots(conv, target) / (choice.slots + copies)
  const plan = (): Candidate | null => {
    const whole = planGradientFft(dense, choice, target)
    const plan = strided ? spreadPlan(whole, conv, 1, 3, target) : whole
    if (!anyway && memoryOf(plan) > memoryShare * sizesOf(conv)) return null
    const rounding = gradientRounding(choice)
    const words = fftInWords(rounding.size, 2 * rounding.summands, plan)
    return {
      ...{ algorithm: 'fft', plan, error: statedError(rounding, target) },
      reason: `the FFT takes ${(1 / gain).toPrecision(2)} of the time of a direct sum, by its model: ${words}`,
    }
  }
  return { algorithm: 'fft', gain, least: worthwhileTraining, plan }
}

const winogradGradientWay = (conv: ConvSpec, { tile, gain }: WinogradChoice, target: Target): Way => ({
  ...{ algorithm: 'winograd', gain, least: worthwhileTraining },
  plan: () => ({
    algorithm: 'winograd',
    plan: planWinogradGradient(conv, tile, target),
    reason: `Winograd takes ${(1 / gain).toFixed(2)} of the time of a direct sum, by its model`,
  }),
})

/** Fifteen vectors hold the sums of an output transform and a light activation, but no polynomial besides. */
const fitsRegisters = (epilogue: Epilogue | null, { vectorRegisters }: Target): boolean =>
  vectorRegisters > 15 || isLight(epilogue?.activation ?? null)

/** By FFT; `anyway` asks neither for time nor for memory. */
function wayByFft({ conv, epilogue, training, target }: FastQuestion, use: FilterUse, anyway = false): Way | null {
  const strided = isStrided(conv)
  if (strided && !canThin(conv)) return null
  const [adjoint, dense] = [use === 'adjoint', strided ? denseSpec(conv) : conv]
  const own = adjoint ? adjointSpec(dense) : dense
  const choice = chooseFft(own, target)
  if (choice === null) return null
  const copies = strided ? (sizeOf(convShapes(dense).output) * strideSlots) / target.lanes : 0
  const gain = directSlots(conv, target) / (choice.slots + copies + (training ? choice.spectrum : 0))
  const plan = (): Candidate | null => {
    const filter = { spec: conv, turned: adjoint, single: false }
    const whole = planFft({ conv: own, epilogue: strided && !adjoint ? null : epilogue }, choice, target, filter)
    const plan = strided ? withStrides(whole, conv, epilogue, adjoint, target) : whole
    if (!anyway && memoryOf(plan) > memoryShare * sizesOf(conv)) return null
    const rounding = roundingOf({ conv: own }, choice, target)
    const included = training ? ', the transform of the filter included' : ''
    const words = fftInWords(rounding.size, tilesOf({ conv: own }, choice, target), plan)
    return {
      ...{ algorithm: 'fft', plan, error: statedError(rounding, target) },
      reason: `the FFT takes ${(1 / gain).toPrecision(2)} of the time of a direct sum, by its model${included}: ${words}`,
    }
  }
  return { algorithm: 'fft', gain, least: worthwhile, plan }
}

/** Bytes of a plan's own, over those of what goes in and out, at most; and what is not worth counting. */
const memoryShare = 4
const littleMemory = 2 ** 25

const memoryOf = ({ scratch, derived = [] }: KernelPlan): number =>
  [...scratch, ...derived.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0) - littleMemory

const sizesOf = (conv: ConvSpec): number =>
  Object.values(convShapes(conv)).reduce((bytes, shape) => bytes + 4 * sizeOf(shape), 0)

/** Slots for a vector of all results of which strides leave some out, or of zeros that are put between. */
const strideSlots = 8

function withStrides(
  dense: KernelPlan,
  conv: ConvSpec,
  epilogue: Epilogue | null,
  adjoint: boolean,
  target: Target,
): KernelPlan {
  if (!adjoint) return thinnedPlan(dense, conv, epilogue, target)
  const given = 3 + (epilogue?.bias ? 1 : 0) + (epilogue?.residual ? 1 : 0)
  return spreadPlan(dense, conv, 0, given, target)
}
