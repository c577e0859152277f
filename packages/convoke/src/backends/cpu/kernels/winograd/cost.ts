// What Winograd takes, in slots of one thread.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { bytesPerSlot, otherSlots, thirdCache, winogradShare } from '../machine.ts'
import { algorithmsFor, type OutputTile } from './cook-toom.ts'
import { isWinogradSpec, registerTileCost, type WinogradLayout, winogradLayout } from './layout.ts'
import type { FilterUse } from './pack.ts'

/** Slots that a transform takes for one vector of channels of a tile, stores and cache misses included. Measured on Zen 5. */
const transformSlots: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  'F(2, 3)': { input: 115, output: 80 },
  'F(4, 3)': { input: 370, output: 240 },
  'F(2, 5)': { input: 350, output: 150 },
}

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
    (positions * inputChannels * registerTileCost({ rows, vectors }, tiles, channelVectors)) / winogradShare
  const filterBytes = packedBytes(layout, target)
  const streamed =
    filterBytes > caches.second ? (filterBytes * Math.ceil(tiles / blockTiles)) / bytesPerSlot(filterBytes) : 0
  const { input, output } = transformSlots[`F(${algorithm.outputs}, ${algorithm.taps})`]
  const transforms = tiles * (Math.ceil(inputChannels / lanes) * input + channelVectors * output)
  return Math.max(products, streamed) + transforms * otherSlots(target)
}

/** Transforming the filter, and fetching it again where it outgrows the third cache. */
function packing(layout: WinogradLayout, use: FilterUse, target: Target): number {
  const { algorithm, inputChannels, outputChannels } = layout
  const slots = packingSlots[`F(${algorithm.outputs}, ${algorithm.taps})`][use]
  const filterBytes = packedBytes(layout, target)
  const fetched = filterBytes > thirdCache ? filterBytes / bytesPerSlot(filterBytes) : 0
  return packingBegins + inputChannels * Math.ceil(outputChannels / target.lanes) * slots + fetched
}

/** One of the tiles there are. */
export interface WinogradCost {
  readonly tile: OutputTile
  readonly slots: number
  /** Slots of transforming the filter, which is kept with the filter. */
  readonly packing: number
}

/** The tiles there are for `spec`, the one that takes least first; none where Winograd does not apply. */
export const costsOf = <Cost extends { readonly slots: number }>(
  spec: ConvSpec,
  costOf: (tile: OutputTile) => Cost,
): Cost[] =>
  isWinogradSpec(spec) && spec.batch > 0
    ? algorithmsFor(spec.kernel[0])
        .map(({ outputs }) => costOf(outputs as OutputTile))
        .sort((a, b) => a.slots - b.slots)
    : []

/** The tiles for `spec`; for 'adjoint' that of `adjointSpec`. */
export const winogradCosts = (spec: ConvSpec, target: Target, use: FilterUse = 'forward'): WinogradCost[] =>
  costsOf(spec, (tile) => {
    const layout = winogradLayout(spec, tile, target)
    return { tile, slots: winogradSlots(layout, target), packing: packing(layout, use, target) }
  })
