// Times that the models expect of a plain sum, over those of other ways.

import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import { chooseFft } from '../kernels/fft/index.ts'
import { filterGradientSlots } from '../kernels/filter-gradient/cost.ts'
import {
  adjointSpec,
  type FilterUse,
  type WinogradCost,
  winogradCosts,
  winogradGradientCosts,
} from '../kernels/winograd/index.ts'
import { directSlots } from '../plan/direct-cost.ts'
import type { Target } from '../program/index.ts'

type Gain = Pick<WinogradCost, 'tile'> & { readonly gain: number }

/** `spec` is that of what Winograd computes: for 'adjoint', of the adjoint. */
const plainSlots = (spec: ConvSpec, use: FilterUse, target: Target): number =>
  directSlots(use === 'adjoint' ? adjointSpec(spec) : spec, use, target)

/** The fastest tile; null where none applies. */
export function winogradGain(spec: ConvSpec, target: Target, use: FilterUse = 'forward'): Gain | null {
  const [best] = winogradCosts(spec, target, use)
  return best === undefined ? null : { tile: best.tile, gain: plainSlots(spec, use, target) / best.slots }
}

/** Tiles for a filter that changes with every use, the fastest first. */
export const trainingGains = (spec: ConvSpec, target: Target, use: FilterUse): Gain[] =>
  winogradCosts(spec, target, use)
    .map(({ tile, slots, packing }) => ({ tile, gain: plainSlots(spec, use, target) / (slots + packing) }))
    .sort((a, b) => b.gain - a.gain)

/** Tiles for the gradient of a filter, the fastest first. */
export const gradientGains = (spec: ConvSpec, target: Target): Gain[] =>
  winogradGradientCosts(spec, target).map(({ tile, slots }) => ({
    tile,
    gain: filterGradientSlots(spec, target) / slots,
  }))

/** By FFT; null where it does not apply. */
export function fftGain(spec: ConvSpec, target: Target): number | null {
  const choice = chooseFft(spec, target)
  return choice && directSlots(spec, 'forward', target) / choice.slots
}
