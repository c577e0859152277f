// When Winograd pays: a model of time in issue slots of vector FMAs, for a planner that does not measure.

import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { outputsInside } from '../convolution/axes.ts'
import { directKind } from '../direct/plan-direct.ts'
import { bytesPerSlot, reached, thirdCache } from '../machine.ts'
import { isNarrow } from '../transposed/narrow.ts'
import { algorithmsFor, type OutputTile } from './cook-toom.ts'
import { isWinogradSpec, registerTileCost, type WinogradLayout, winogradLayout } from './layout.ts'
import { adjointSpec, type FilterUse } from './pack.ts'

/** Slots that a transform takes for one vector of channels of a tile, stores and cache misses included. Measured on Zen 5. */
const transformSlots: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  'F(2, 3)': { input: 115, output: 80 },
  'F(4, 3)': { input: 370, output: 240 },
  'F(2, 5)': { input: 350, output: 150 },
}

/** Slots of adding up the lanes of a sum. */
const laneSumSlots = 9

/**
 * Slots of transforming the filter for one input channel and one vector of output channels, as `packSteps` does for either
 * use; measured on Zen 5, two slots a cycle. And of beginning to.
 */
const packingSlots: Readonly<Record<string, Readonly<Record<FilterUse, number>>>> = {
  'F(2, 3)': { forward: 450, adjoint: 800 },
  'F(4, 3)': { forward: 1450, adjoint: 1850 },
  'F(2, 5)': { forward: 1600, adjoint: 2600 },
}
const packingBegins = 8000

const packedBytes = ({ algorithm, inputChannels, outputChannels }: WinogradLayout, { lanes }: Target): number =>
  algorithm.size ** 2 * inputChannels * Math.ceil(outputChannels / lanes) * lanes * 4

function winogradSlots(layout: WinogradLayout, target: Target): number {
  const { tiles, inputChannels, outputChannels, algorithm, blockTiles, rows, vectors } = layout
  const { lanes, caches } = target
  const channelVectors = Math.ceil(outputChannels / lanes)
  const positions = algorithm.size ** 2
  const products =
    (positions * inputChannels * registerTileCost({ rows, vectors }, tiles, channelVectors)) / reached.winograd
  const filterBytes = packedBytes(layout, target)
  const streamed =
    filterBytes > caches.second ? (filterBytes * Math.ceil(tiles / blockTiles)) / bytesPerSlot(filterBytes) : 0
  const { input, output } = transformSlots[`F(${algorithm.outputs}, ${algorithm.taps})`]
  return Math.max(products, streamed) + tiles * (Math.ceil(inputChannels / lanes) * input + channelVectors * output)
}

/**
 * The direct algorithm where outputs are few and lanes have something else to hold: input channels in the forward
 * convolution, whose sums are then added up lane by lane, taps together with channels in the adjoint.
 */
function fewOutputsSlots(spec: ConvSpec, use: FilterUse, target: Target): number {
  const { batch, outputSize, kernel, inputChannels, outputChannels } = spec
  const pixels = batch * outputSize[0] * outputSize[1]
  const vectors = (channels: number): number => Math.ceil(channels / target.lanes)
  if (use === 'forward') {
    if (directKind({ conv: spec, target }) !== 'dot') return Number.POSITIVE_INFINITY
    return pixels * outputChannels * (kernel[0] * kernel[1] * vectors(inputChannels) + laneSumSlots)
  }
  if (!isNarrow(adjointSpec(spec), target)) return Number.POSITIVE_INFINITY
  return (pixels * kernel[0] * inputChannels * vectors(kernel[1] * outputChannels)) / reached.narrow
}

function directSlots(spec: ConvSpec, use: FilterUse, target: Target): number {
  const { batch, outputSize, kernel, inputChannels, outputChannels } = spec
  const { lanes, caches } = target
  const taps = kernel[0] * kernel[1]
  const channelVectors = Math.ceil(outputChannels / lanes)
  const filterBytes = taps * inputChannels * channelVectors * lanes * 4
  const products = batch * outputSize[0] * outputSize[1] * taps * inputChannels * channelVectors
  const computed = Math.min(products, fewOutputsSlots(spec, use, target)) / reached.direct
  return Math.max(computed, filterBytes > caches.second ? filterBytes / bytesPerSlot(filterBytes) : 0)
}

export interface WinogradChoice {
  readonly tile: OutputTile
  /** Expected time of the direct algorithm over that of this one. */
  readonly gain: number
}

/**
 * The algorithms for `spec` (for 'adjoint' that of `adjointSpec`), the fastest by the model first; none where none applies. A
 * gain under 1 is a loss.
 */
export function winogradChoices(spec: ConvSpec, target: Target, use: FilterUse = 'forward'): WinogradChoice[] {
  if (!isWinogradSpec(spec) || spec.batch === 0) return []
  const direct = directSlots(spec, use, target)
  const choices = algorithmsFor(spec.kernel[0]).map(({ outputs }): WinogradChoice => {
    const tile = outputs as OutputTile
    return { tile, gain: direct / winogradSlots(winogradLayout(spec, tile, target), target) }
  })
  return choices.sort((a, b) => b.gain - a.gain)
}

/** The fastest of them and what it gains over direct; null where none applies. */
export const winogradGain = (spec: ConvSpec, target: Target, use: FilterUse = 'forward'): WinogradChoice | null =>
  winogradChoices(spec, target, use)[0] ?? null

/** Transforming the filter, and fetching it again where it outgrows the third cache. */
function packing(layout: WinogradLayout, use: FilterUse, target: Target): number {
  const { algorithm, inputChannels, outputChannels } = layout
  const slots = packingSlots[`F(${algorithm.outputs}, ${algorithm.taps})`][use]
  const filterBytes = packedBytes(layout, target)
  const fetched = filterBytes > thirdCache ? filterBytes / bytesPerSlot(filterBytes) : 0
  return packingBegins + inputChannels * Math.ceil(outputChannels / target.lanes) * slots + fetched
}

/** The share of taps that meet the input: the direct algorithm leaves the others out. */
const insideShare = (spec: ConvSpec): number =>
  liftAxes(spec).reduce((share, axis) => {
    const taps = Array.from({ length: axis.kernel }, (_, tap) => outputsInside(axis, tap))
    return (share * taps.reduce((sum, { first, end }) => sum + end - first, 0)) / (axis.kernel * axis.output)
  }, 1)

/** `winogradChoices` for a filter that changes with every use, so that its transform is part of the time. */
export function trainingChoices(spec: ConvSpec, target: Target, use: FilterUse): WinogradChoice[] {
  if (!isWinogradSpec(spec) || spec.batch === 0) return []
  const direct = directSlots(spec, use, target) * insideShare(spec)
  const choices = algorithmsFor(spec.kernel[0]).map(({ outputs }): WinogradChoice => {
    const tile = outputs as OutputTile
    const layout = winogradLayout(spec, tile, target)
    return { tile, gain: direct / (winogradSlots(layout, target) + packing(layout, use, target)) }
  })
  return choices.sort((a, b) => b.gain - a.gain)
}
