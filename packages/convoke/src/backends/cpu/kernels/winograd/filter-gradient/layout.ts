// How the Winograd gradient of a filter lies in memory and splits into blocks.
//
//     f = Gᵀ [ Σ over tiles (A y Aᵀ) ⊙ (Bᵀ x B) ] G        the transpose of y = Aᵀ [(G f Gᵀ) ⊙ (Bᵀ x B)] A in f
//
//   windows    [tile][position n²][input channel]     Bᵀ x B of the tiles of a round
//   gradients  [tile][position n²][output channel]    A y Aᵀ of the same
//   sums       [position n²][input channel][output channel]
//
// Channels go by panels, each a gradient of its own, so that sums and windows stay near whatever the layer's size.

import type { ConvSpec } from '../../../../../shapes/conv-spec.ts'
import { largestOf } from '../../../../../shapes/extremes.ts'
import type { Target } from '../../../program/index.ts'
import { type EvenParts, evenParts, type Part, partsOf } from '../../convolution/axes.ts'
import { checkCovered } from '../../convolution/covered.ts'
import { latencySlots } from '../../machine.ts'
import { algorithmOf, type CookToom, type OutputTile } from '../cook-toom.ts'
import { cacheLine, isWinogradSpec, phaseSizes } from '../layout.ts'

/** Channels of a panel at most: n² · 128² sums are 2.4 MB. Each panel's tiles are transformed once for every panel of the other side. */
const mostChannels = 128

/** Windows and gradients of a round: the third cache holds them beside the sums, and rounds are long enough to share out. */
const roundBytes = 6 * 2 ** 20

/** The fewest tiles of a round. */
const fewestTiles = 128

/**
 * Tiles that a register tile sums before it adds to memory. About the root of their number keeps rounding least; 64 and more
 * hide the additions, and those of a position stay in the first cache up to 128.
 */
const blockOf = (tiles: number): number => Math.min(128, Math.max(64, Math.ceil(Math.sqrt(tiles))))

/** Channels of one side. */
export interface SideLayout {
  readonly channels: number
  readonly panels: readonly Part[]
  /** Floats from position to position, and from tile to tile, of the largest panel. */
  readonly positionStride: number
  readonly tileStride: number
}

export interface GradientLayout {
  readonly algorithm: CookToom
  readonly dilation: readonly number[]
  /** Of the whole batch. */
  readonly tiles: number
  readonly rounds: readonly Part[]
  /** Tiles of the largest round. */
  readonly roundTiles: number
  /** Tiles summed in registers before they are added to memory. */
  readonly blockTiles: number
  readonly inputs: SideLayout
  readonly outputs: SideLayout
}

const linesOf = (channels: number): number => Math.ceil(channels / cacheLine)

/** Not a multiple of 8 lines apart: those share few sets of the first cache. */
const spread = (lines: number): number => (lines % 8 === 0 ? lines + 1 : lines)

function sideLayout(channels: number, positions: number): SideLayout {
  const parts = Math.max(1, Math.ceil(channels / mostChannels))
  const panels = partsOf(evenParts(linesOf(channels), Math.ceil(linesOf(channels) / parts))).map(
    ({ first, count }) => ({
      first: first * cacheLine,
      count: Math.min(channels, (first + count) * cacheLine) - first * cacheLine,
    }),
  )
  const lines = spread(linesOf(largestOf(panels.map(({ count }) => count))))
  // An odd number of lines from tile to tile spreads over all sets.
  const tileLines = positions * lines
  return {
    ...{ channels, panels, positionStride: lines * cacheLine },
    tileStride: (tileLines + 1 - (tileLines % 2)) * cacheLine,
  }
}

/**
 * The layout for `spec` with `tile` × `tile` outputs a window, and rounds of so many bytes. Throws `ConvokeError` where
 * `isWinogradSpec` does not hold.
 */
export function gradientLayout(spec: ConvSpec, tile: OutputTile, bytes: number = roundBytes): GradientLayout {
  checkCovered(isWinogradSpec(spec), 'Winograd', spec)
  const algorithm = algorithmOf(tile, spec.kernel[0])
  const [high, wide] = spec.outputSize.map((size, axis) =>
    phaseSizes(size, spec.dilation[axis]).reduce((sum, outputs) => sum + Math.ceil(outputs / tile), 0),
  )
  const tiles = spec.batch * high * wide
  const [inputs, outputs] = [spec.inputChannels, spec.outputChannels].map((channels) =>
    sideLayout(channels, algorithm.size ** 2),
  )
  const fitting = Math.floor(bytes / (4 * (inputs.tileStride + outputs.tileStride)))
  const rounds = partsOf(evenParts(tiles, Math.max(fewestTiles, fitting)))
  return Object.freeze({
    ...{ algorithm, dilation: spec.dilation, tiles, rounds, roundTiles: rounds[0].count, blockTiles: blockOf(tiles) },
    ...{ inputs, outputs },
  })
}

/** A register tile of sums: `rows` input channels × `vectors` of output channels. */
export interface RegisterTile {
  readonly rows: EvenParts
  /** Output channels in whole tiles, and the vectors of a last one. */
  readonly vectors: number
  readonly fullBlocks: number
  readonly restVectors: number
}

/** Issue slots of a step of the reduction, for all of a panel. */
export function stepSlots({ rows, vectors, fullBlocks, restVectors }: RegisterTile): number {
  const block = (held: number, width: number): number => Math.max(held * width, held + width, latencySlots)
  const column = (width: number): number =>
    rows.large * block(rows.size, width) + rows.small * block(rows.size - 1, width)
  return fullBlocks * column(vectors) + (restVectors > 0 ? column(restVectors) : 0)
}

/** The register tile that wastes least over so many input channels and vectors of output channels. */
export function registerTile(inputs: number, channelVectors: number, target: Target): RegisterTile {
  const candidates = [4, 3, 2, 1]
    .filter((vectors) => vectors <= channelVectors)
    .map((vectors): RegisterTile => {
      // Sums, values of y, a broadcast, and a product where it is rounded before it is added.
      const most = Math.floor((target.vectorRegisters - vectors - (target.fma ? 1 : 2)) / vectors)
      return {
        rows: evenParts(inputs, Math.min(most, 14)),
        ...{ vectors, fullBlocks: Math.floor(channelVectors / vectors), restVectors: channelVectors % vectors },
      }
    })
  return candidates.reduce((best, tile) => (stepSlots(tile) < stepSlots(best) ? tile : best))
}
