// How a Winograd convolution lies in memory and splits into blocks: plain numbers, from which programs, packing and plans
// are made.
//
//   filter    [block of output channels][position n²][input channel][vectors · lanes]   transformed, zero beyond the last channel
//   windows   [position n²][tile of the block][input channels]                          transformed input, in worker scratch
//   products  [position n²][tile of the block][vectors · lanes]                         one block of output channels, ditto

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { check } from '../../../../shapes/error.ts'
import type { Target } from '../../program/index.ts'
import { algorithmOf, type CookToom, type OutputTile } from './cook-toom.ts'

export interface WinogradLayout {
  readonly algorithm: CookToom
  readonly inputChannels: number
  readonly outputChannels: number
  /** Tiles along each spatial axis, and in all. */
  readonly tilesHigh: number
  readonly tilesWide: number
  readonly tiles: number
  /** The register tile of the products: `rows` tiles × `vectors` of output channels. */
  readonly rows: number
  readonly vectors: number
  /** Register tiles in a block; a task transforms rows · groups tiles. */
  readonly groups: number
  readonly blockTiles: number
  /** Blocks of `vectors` full vectors of output channels, then one of `restVectors`, the last of them with `restLanes` channels. */
  readonly fullBlocks: number
  readonly restVectors: number
  readonly restLanes: number
  /** Strides of the scratch in floats. */
  readonly windowRow: number
  readonly windowPosition: number
  readonly productRow: number
  readonly productPosition: number
}

/** Whether the algorithms here compute `spec`: two axes, 3×3, stride 1, dilation 1, one group. */
export const isWinogradSpec = (spec: ConvSpec): boolean =>
  spec.rank === 2 &&
  spec.groups === 1 &&
  spec.kernel.every((size) => size === 3) &&
  spec.stride.every((step) => step === 1) &&
  spec.dilation.every((step) => step === 1)

export interface RegisterTile {
  readonly rows: number
  readonly vectors: number
}

/** Accumulators it takes to hide the latency of a multiply-add. */
const latencyAccumulators = 8

/** Issue slots for `tiles` × `channelVectors` products a reduction step: padding, loads and latency count. */
function tileCost({ rows, vectors }: RegisterTile, tiles: number, channelVectors: number): number {
  const block = (width: number): number =>
    Math.max(rows * width, rows + width, Math.min(latencyAccumulators, 2 * rows * width))
  const [full, rest] = [Math.floor(channelVectors / vectors), channelVectors % vectors]
  return Math.ceil(tiles / rows) * (full * block(vectors) + (rest > 0 ? block(rest) : 0))
}

/** The register tile that wastes least: accumulators, one vector of weights each and one broadcast fit the machine. */
export function chooseTile(target: Target, tiles: number, channelVectors: number): RegisterTile {
  const widths = [2, 3, 4, 1].filter((vectors) => vectors <= channelVectors)
  const candidates = widths.map((vectors): RegisterTile => {
    const most = Math.floor((target.vectorRegisters - 1 - vectors) / vectors)
    // As even as the tiles allow, so that the last group is not mostly padding.
    return { vectors, rows: Math.ceil(tiles / Math.ceil(tiles / most)) }
  })
  const cost = (tile: RegisterTile): number => tileCost(tile, tiles, channelVectors)
  return candidates.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best))
}

/** Tiles in a block: enough to reuse the weights a block of output channels brings into cache, few enough to stay in L2. */
const tilesWanted = 24
const windowBudget = 640 * 1024

const cacheLine = 16
const oddLines = (floats: number): number => {
  const lines = Math.ceil(floats / cacheLine)
  return (lines + 1 - (lines % 2)) * cacheLine
}

/** The layout for `spec` with `tile` × `tile` outputs a window. Throws `ConvokeError` when `spec` is not a 3×3 stride-1 convolution. */
export function winogradLayout(spec: ConvSpec, tile: OutputTile, target: Target): WinogradLayout {
  check(
    isWinogradSpec(spec),
    () =>
      `Winograd: the kernel is ${spec.kernel.join('×')}, stride ${spec.stride.join('×')}, dilation ${spec.dilation.join('×')}, groups ${spec.groups}; it must be 3×3 with stride 1, dilation 1, one group. Use the direct algorithm.`,
  )
  const algorithm = algorithmOf(tile)
  const { inputChannels, outputChannels } = spec
  const [tilesHigh, tilesWide] = spec.outputSize.map((size) => Math.ceil(size / tile))
  const tiles = spec.batch * tilesHigh * tilesWide
  const channelVectors = Math.ceil(outputChannels / target.lanes)
  const { rows, vectors } = chooseTile(target, Math.max(tiles, 1), channelVectors)
  const positions = algorithm.size ** 2
  // An odd number of cache lines between rows spreads the positions over all sets.
  const windowRow = oddLines(inputChannels)
  const fitting = Math.floor(windowBudget / (positions * windowRow * 4 * rows))
  const groups = Math.max(1, Math.min(Math.ceil(tilesWanted / rows), fitting, Math.ceil(tiles / rows)))
  const blockTiles = rows * groups
  const full = Math.floor(outputChannels / (vectors * target.lanes))
  const rest = outputChannels - full * vectors * target.lanes
  const productRow = vectors * target.lanes
  return Object.freeze({
    ...{ algorithm, inputChannels, outputChannels, tilesHigh, tilesWide, tiles, rows, vectors, groups, blockTiles },
    fullBlocks: full,
    restVectors: Math.ceil(rest / target.lanes),
    restLanes: rest === 0 ? 0 : ((rest - 1) % target.lanes) + 1,
    windowRow,
    windowPosition: oddLines(blockTiles * windowRow),
    productRow,
    productPosition: oddLines(blockTiles * productRow),
  })
}

/** Byte offsets of the parts of a worker's scratch, and its size. */
export function scratchOf(layout: WinogradLayout, target: Target): { products: number; patch: number; bytes: number } {
  const positions = layout.algorithm.size ** 2
  const products = positions * layout.windowPosition * 4
  const patch = products + positions * layout.productPosition * 4
  const vectors = Math.ceil((positions * layout.inputChannels) / target.lanes)
  return { products, patch, bytes: patch + vectors * target.lanes * 4 }
}

/** Floats of a block of `vectors` vectors of output channels in the packed filter. */
export const filterBlock = (layout: WinogradLayout, vectors: number, target: Target): number =>
  layout.algorithm.size ** 2 * layout.inputChannels * vectors * target.lanes
