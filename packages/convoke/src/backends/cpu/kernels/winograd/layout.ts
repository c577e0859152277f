// How a Winograd convolution lies in memory and splits into blocks: plain numbers, from which programs, packing and plans
// are made.
//
//   filter    [block of output channels][position n²][input channel][vectors · lanes]   transformed, zero beyond the last channel
//   windows   [tile][cache line of input channels][position n²][16]                     transformed input
//   products  [tile][vector of the block][position n²][lanes]                           for one block of output channels
//
// The transforms write windows and read products n² lines in a row; the matrix products between them stride, which costs
// them nothing, as they are bound by arithmetic.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Caches, Target } from '../../program/index.ts'
import { checkCovered } from '../convolution/covered.ts'
import { latencySlots } from '../machine.ts'
import { algorithmOf, algorithmsFor, type CookToom, type OutputTile } from './cook-toom.ts'

export interface WinogradLayout {
  readonly algorithm: CookToom
  /** Pixels from one to the next of a window and of a tile, down and across. */
  readonly dilation: readonly number[]
  readonly inputChannels: number
  readonly outputChannels: number
  /** Of the whole batch. */
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
  /** Floats from line to line of input channels of a window: n² positions of a cache line. */
  readonly lineStride: number
  /** Floats from vector to vector of output channels of a tile: n² positions of `lanes`. */
  readonly vectorStride: number
  /** Floats from tile to tile of the windows and of the products. */
  readonly windowRow: number
  readonly productRow: number
}

/**
 * Whether the algorithms here compute `spec`: two axes, 3×3 or 5×5, stride 1, one group. With a dilation d each of the d² grids
 * of pixels that lie d apart is a convolution of its own, without dilation.
 */
export const isWinogradSpec = (spec: ConvSpec): boolean =>
  spec.rank === 2 &&
  spec.groups === 1 &&
  spec.kernel[0] === spec.kernel[1] &&
  algorithmsFor(spec.kernel[0]).length > 0 &&
  spec.stride.every((step) => step === 1)

export interface RegisterTile {
  readonly rows: number
  readonly vectors: number
}

/** Issue slots for `tiles` × `channelVectors` products a reduction step: padding, loads and latency count. */
export function registerTileCost({ rows, vectors }: RegisterTile, tiles: number, channelVectors: number): number {
  const block = (width: number): number => Math.max(rows * width, rows + width, latencySlots)
  const [full, rest] = [Math.floor(channelVectors / vectors), channelVectors % vectors]
  return Math.ceil(tiles / rows) * (full * block(vectors) + (rest > 0 ? block(rest) : 0))
}

/** The register tile that wastes least. */
export function chooseTile(target: Target, tiles: number, channelVectors: number): RegisterTile {
  const widths = [2, 3, 4, 1].filter((vectors) => vectors <= channelVectors)
  const candidates = widths.map((vectors): RegisterTile => {
    // Accumulators, the weights, a broadcast, and a product where it is rounded before it is added.
    const most = Math.floor((target.vectorRegisters - vectors - (target.fma ? 1 : 2)) / vectors)
    // As even as the tiles allow, so that the last group is not mostly padding.
    return { vectors, rows: Math.ceil(tiles / Math.ceil(tiles / most)) }
  })
  const cost = (tile: RegisterTile): number => registerTileCost(tile, tiles, channelVectors)
  return candidates.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best))
}

/** Tiles in a block: enough to reuse weights from cache, few enough that windows and products stay in L2. */
const tilesWanted = 24

/** Blocks of tiles worth having, so that a few threads finish together. */
export const tasksWanted = 8

/** Floats of a cache line. */
export const cacheLine = 16

/** Rows an odd number of cache lines apart spread over all sets of a cache. */
const oddLines = (floats: number): number => {
  const lines = Math.ceil(floats / cacheLine)
  return (lines + 1 - (lines % 2)) * cacheLine
}

/** Register tiles in a block of `rows` tiles each, which take `tileBytes` of scratch. */
function chooseGroups(tiles: number, rows: number, tileBytes: number, filterBytes: number, { second }: Caches): number {
  // A filter that fits stays beside the scratch; a larger one streams past it.
  const left = 0.8 * second - filterBytes
  const fitting = Math.floor((left > 0 ? left : second / 2) / (tileBytes * rows))
  const parallel = Math.floor(tiles / (rows * tasksWanted))
  const wanted = Math.ceil(tilesWanted / rows)
  return Math.max(1, Math.min(wanted, fitting, parallel))
}

/** How many of `size` outputs lie in each grid of those `dilation` apart. */
export const phaseSizes = (size: number, dilation: number): number[] =>
  Array.from({ length: Math.min(dilation, size) }, (_, phase) => Math.ceil((size - phase) / dilation))

/** The layout for `spec` with `tile` × `tile` outputs a window. Throws `ConvokeError` when `spec` is not a 3×3 or 5×5 stride-1 convolution. */
export function winogradLayout(spec: ConvSpec, tile: OutputTile, target: Target): WinogradLayout {
  checkCovered(isWinogradSpec(spec), 'Winograd', spec)
  const { lanes } = target
  const algorithm = algorithmOf(tile, spec.kernel[0])
  const { inputChannels, outputChannels } = spec
  const [tilesHigh, tilesWide] = spec.outputSize.map((size, axis) =>
    phaseSizes(size, spec.dilation[axis]).reduce((sum, outputs) => sum + Math.ceil(outputs / tile), 0),
  )
  const tiles = spec.batch * tilesHigh * tilesWide
  const { rows, vectors } = chooseTile(target, Math.max(tiles, 1), Math.ceil(outputChannels / lanes))
  const vectorStride = algorithm.size ** 2 * lanes
  const lineStride = algorithm.size ** 2 * cacheLine
  const windowRow = oddLines(Math.ceil(inputChannels / cacheLine) * lineStride)
  const productRow = oddLines(vectors * vectorStride)
  const filterBytes = vectorStride * inputChannels * Math.ceil(outputChannels / lanes) * 4
  const groups = chooseGroups(tiles, rows, (windowRow + productRow) * 4, filterBytes, target.caches)
  const fullBlocks = Math.floor(outputChannels / (vectors * lanes))
  const rest = outputChannels - fullBlocks * vectors * lanes
  return Object.freeze({
    ...{
      algorithm,
      dilation: spec.dilation,
      inputChannels,
      outputChannels,
      tiles,
      rows,
      vectors,
      groups,
      blockTiles: rows * groups,
      fullBlocks,
    },
    restVectors: Math.ceil(rest / lanes),
    restLanes: rest === 0 ? 0 : ((rest - 1) % lanes) + 1,
    ...{ lineStride, vectorStride, windowRow, productRow },
  })
}

/** Floats of a window before its transform, in whole vectors: the copy of one that sticks out of the picture. */
export const patchFloats = ({ algorithm, inputChannels }: WinogradLayout, target: Target): number =>
  Math.ceil((algorithm.size ** 2 * inputChannels) / target.lanes) * target.lanes

/** Floats of a block of `vectors` vectors of output channels in the packed filter. */
export const filterBlock = (layout: WinogradLayout, vectors: number): number =>
  layout.vectorStride * layout.inputChannels * vectors
