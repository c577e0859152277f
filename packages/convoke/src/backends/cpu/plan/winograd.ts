// Convolutions of 3×3 and 5×5 taps by Winograd's algorithm. It rounds more than a plain sum does, by bounds it states.

import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import type { Epilogue, Precision } from '../../backend.ts'
import { isLight } from '../kernels/epilogue.ts'
import { isStrided } from '../kernels/fft/index.ts'
import {
  adjointSpec,
  type FilterUse,
  isWinogradSpec,
  packedFloats,
  packSteps,
  planWinograd,
  planWinogradGradient,
  type WinogradCost,
  winogradCosts,
  winogradGradientCosts,
  winogradLayout,
} from '../kernels/winograd/index.ts'
import type { Target } from '../program/index.ts'
import { type Candidate, type FastQuestion, marginOfMore, timeInWords, type Way } from './ways.ts'

/** By so much Winograd must be expected to be faster. */
const margin = 1.08

/** Fifteen vectors hold the sums of an output transform and a light activation, but no polynomial besides. */
const fitsRegisters = (epilogue: Epilogue | null, { vectorRegisters }: Target): boolean =>
  vectorRegisters > 15 || isLight(epilogue?.activation ?? null)

const reasonOf = (share: number, training?: boolean): string => timeInWords('Winograd', share.toFixed(2), training)

/** Each tile there is, for a convolution or for its adjoint in the input, at stride 1 a convolution with the filter turned round. */
export function winogradWays({ conv, epilogue, training, target }: FastQuestion, use: FilterUse): Way[] {
  if ((use === 'adjoint' && isStrided(conv)) || !fitsRegisters(epilogue, target)) return []
  const own = use === 'adjoint' ? adjointSpec(conv) : conv
  return winogradCosts(own, target, use).map((cost) => ({
    algorithm: 'winograd',
    slots: cost.slots + (training ? cost.packing : 0),
    margin: training ? marginOfMore : margin,
    plan: (share) => winogradPlan(own, epilogue, target, use, cost, reasonOf(share, training)),
  }))
}

function winogradPlan(
  conv: ConvSpec,
  epilogue: Epilogue | null,
  target: Target,
  use: FilterUse,
  { tile }: WinogradCost,
  reason: string,
): Candidate {
  const layout = winogradLayout(conv, tile, target)
  const { packed, room } = packedFloats(layout, use)
  const plan = planWinograd({ conv, epilogue }, tile, target, (buffers) => ({
    key: `winograd ${use} ${tile} ${conv.kernel[0]} ${layout.vectors} ${layout.inputChannels} ${layout.outputChannels} ${target.name}`,
    bytes: 4 * (packed + room),
    steps: packSteps(layout, use, target, buffers),
  }))
  return { algorithm: 'winograd', plan, reason }
}

/** The same for the gradient in the filter. */
export const winogradGradientWays = (conv: ConvSpec, target: Target): Way[] =>
  winogradGradientCosts(conv, target).map(({ tile, slots }) => ({
    ...{ algorithm: 'winograd', slots, margin: marginOfMore },
    plan: (share) => ({
      algorithm: 'winograd',
      plan: planWinogradGradient(conv, tile, target),
      reason: reasonOf(share),
    }),
  }))

/** Why the filter gradient is not computed by one of `ways`, given the slots of the plain sum. */
export function declinedGradient(
  conv: ConvSpec,
  precision: Precision,
  target: Target,
  ways: readonly Way[],
  plainSlots: number,
): string {
  if (precision === 'exact') return 'no other algorithm is exact enough'
  if (!isWinogradSpec(conv)) return 'Winograd needs a 3×3 or 5×5 kernel, stride 1 and one group'
  const best = ways.find(({ algorithm }) => algorithm === 'winograd')
  if (best === undefined) return `Winograd needs ${target.lanes} output channels to fill a vector`
  return `Winograd would take ${(best.slots / plainSlots).toFixed(2)} of the time, by its model`
}
