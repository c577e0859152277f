// When Winograd pays: a model of time in issue slots of vector FMAs, for a planner that does not measure.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { algorithmsFor, type OutputTile } from './cook-toom.ts'
import { isWinogradSpec, registerTileCost, type WinogradLayout, winogradLayout } from './layout.ts'

/** Slots that a transform takes for one vector of channels of a tile, stores and cache misses included. Measured on Zen 4. */
const transformSlots: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  'F(2, 3)': { input: 75, output: 55 },
  'F(4, 3)': { input: 250, output: 160 },
  'F(2, 5)': { input: 250, output: 100 },
}

/** Shares of the FMA peak that the products, and direct kernels with enough channels, reach. */
const productShare = 0.92
const directShare = 0.92

/** Bytes of weights that arrive a slot from beyond L2. */
const weightBytes = 5.5

function winogradSlots(layout: WinogradLayout, target: Target): number {
  const { tiles, inputChannels, outputChannels, algorithm, blockTiles, rows, vectors } = layout
  const { lanes, caches } = target
  const channelVectors = Math.ceil(outputChannels / lanes)
  const positions = algorithm.size ** 2
  const products =
    (positions * inputChannels * registerTileCost({ rows, vectors }, tiles, channelVectors)) / productShare
  const filterBytes = positions * inputChannels * channelVectors * lanes * 4
  const streamed = filterBytes > caches.second ? (filterBytes * Math.ceil(tiles / blockTiles)) / weightBytes : 0
  const { input, output } = transformSlots[`F(${algorithm.outputs}, ${algorithm.taps})`]
  return Math.max(products, streamed) + tiles * (Math.ceil(inputChannels / lanes) * input + channelVectors * output)
}

function directSlots(
  { batch, outputSize, kernel, inputChannels, outputChannels }: ConvSpec,
  { lanes, caches }: Target,
): number {
  const taps = kernel[0] * kernel[1]
  const channelVectors = Math.ceil(outputChannels / lanes)
  const filterBytes = taps * inputChannels * channelVectors * lanes * 4
  const products = batch * outputSize[0] * outputSize[1] * taps * inputChannels * channelVectors
  return Math.max(products / directShare, filterBytes > caches.second ? filterBytes / weightBytes : 0)
}

export interface WinogradChoice {
  readonly tile: OutputTile
  /** Expected time of the direct algorithm over that of this one. */
  readonly gain: number
}

/** The algorithms for `spec`, the fastest by the model first; none where none applies. A gain under 1 is a loss. */
export function winogradChoices(spec: ConvSpec, target: Target): WinogradChoice[] {
  if (!isWinogradSpec(spec) || spec.batch === 0) return []
  const direct = directSlots(spec, target)
  const choices = algorithmsFor(spec.kernel[0]).map(({ outputs }): WinogradChoice => {
    const tile = outputs as OutputTile
    return { tile, gain: direct / winogradSlots(winogradLayout(spec, tile, target), target) }
  })
  return choices.sort((a, b) => b.gain - a.gain)
}

/** The fastest of them and what it gains over direct; null where none applies. */
export const winogradGain = (spec: ConvSpec, target: Target): WinogradChoice | null =>
  winogradChoices(spec, target)[0] ?? null
