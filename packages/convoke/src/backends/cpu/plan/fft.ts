// Convolutions of large kernels by FFT, their adjoints and the gradients of their filters. It rounds more than a plain sum does, by
// bounds it states.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../backend.ts'
import {
  canThin,
  chooseFft,
  chooseGradientFft,
  denseSpec,
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
import { adjointSpec, type FilterUse } from '../kernels/winograd/index.ts'
import type { Target } from '../program/index.ts'
import { type FastQuestion, marginOfMore, timeInWords, type Way } from './ways.ts'

/** Fewer taps are left to sums, which need no memory besides. */
const fewestTaps = 10

/** By so much the FFT must be expected to be faster; where channels are summed, its model is less exact. */
function marginOf({ groups, kernel, inputChannels, outputChannels }: ConvSpec): number {
  if (sizeOf(kernel) < fewestTaps) return Number.POSITIVE_INFINITY
  return inputChannels === groups && outputChannels === groups ? 1.08 : 1.25
}

/** Slots for a vector of all results of which strides leave some out, or of zeros that are put between. */
const strideSlots = 8

/** A convolution of stride 1 in place of one with strides, and the slots of leaving out or putting between; null where none is. */
function withoutStrides(conv: ConvSpec, { lanes }: Target) {
  if (!isStrided(conv)) return { dense: conv, strided: false, copies: 0 }
  if (!canThin(conv)) return null
  const dense = denseSpec(conv)
  return { dense, strided: true, copies: (sizeOf(convShapes(dense).output) * strideSlots) / lanes }
}

const reasonOf = (share: number, words: string, training?: boolean): string =>
  `${timeInWords('the FFT', share.toPrecision(2), training)}: ${words}`

/** A convolution, or its adjoint in the input, by FFT; `anyway` whatever memory it needs. */
export function fftWays({ conv, epilogue, training, target }: FastQuestion, use: FilterUse, anyway = false): Way[] {
  const bare = withoutStrides(conv, target)
  if (bare === null) return []
  const { dense, strided, copies } = bare
  const adjoint = use === 'adjoint'
  const own = adjoint ? adjointSpec(dense) : dense
  const choice = chooseFft(own, target)
  if (choice === null) return []
  const plan: Way['plan'] = (share) => {
    const filter = { spec: conv, turned: adjoint, single: false }
    const whole = planFft({ conv: own, epilogue: strided && !adjoint ? null : epilogue }, choice, target, filter)
    const plan = strided ? withStrides(whole, conv, epilogue, adjoint, target) : whole
    if (!anyway && memoryOf(plan) > memoryShare * sizesOf(conv)) return null
    const rounding = roundingOf({ conv: own }, choice, target)
    const words = fftInWords(rounding.size, tilesOf({ conv: own }, choice, target), plan)
    return { algorithm: 'fft', plan, error: statedError(rounding, target), reason: reasonOf(share, words, training) }
  }
  const slots = choice.slots + copies + (training ? choice.spectrum : 0)
  return [{ algorithm: 'fft', slots, margin: marginOf(conv), plan }]
}

/** The same for the gradient in the filter. */
export function fftGradientWays(conv: ConvSpec, target: Target, anyway = false): Way[] {
  const bare = withoutStrides(conv, target)
  const choice = bare && chooseGradientFft(bare.dense, target)
  if (choice === null) return []
  const { dense, strided, copies } = bare!
  const plan: Way['plan'] = (share) => {
    const whole = planGradientFft(dense, choice, target)
    const plan = strided ? spreadPlan(whole, conv, 1, 3, target) : whole
    if (!anyway && memoryOf(plan) > memoryShare * sizesOf(conv)) return null
    const rounding = gradientRounding(choice)
    const words = fftInWords(rounding.size, 2 * rounding.summands, plan)
    return { algorithm: 'fft', plan, error: statedError(rounding, target), reason: reasonOf(share, words) }
  }
  return [{ algorithm: 'fft', slots: choice.slots + copies, margin: Math.max(marginOfMore, marginOf(conv)), plan }]
}

/** Bytes of a plan's own, over those of what goes in and out, at most; and what is not worth counting. */
const memoryShare = 4
const littleMemory = 2 ** 25

const memoryOf = ({ scratch, derived = [] }: KernelPlan): number =>
  [...scratch, ...derived.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0) - littleMemory

const sizesOf = (conv: ConvSpec): number =>
  Object.values(convShapes(conv)).reduce((bytes, shape) => bytes + 4 * sizeOf(shape), 0)

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
