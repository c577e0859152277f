// The tile of a transposed convolution for a target: pixels × vectors of sums beside a vector of the filter for each
// and one broadcast of y. Pixels + vectors loads feed pixels · vectors multiply-adds; the more even the two, the fewer.

import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { evenParts } from '../convolution/axes.ts'
import { broadcast, isPlainOperand, lanewiseFor, type Operand } from '../convolution/operand.ts'
import { productsHeld } from './program.ts'

export interface TransposedCover {
  readonly operand: Operand
  /** Channels of x in a vector. */
  readonly elements: number
  /** Vectors of a tile, and the channels of x that tiles share out: of a group, or of all where lanes hold several. */
  readonly vectors: number
  readonly channels: number
  /** Pixels of a tile at most. */
  readonly pixels: number
}

const mostPixels = 24

/** Pixels of a tile: what the registers hold beside the filter's vectors and a broadcast. */
function pixelsFor(vectors: number, { vectorRegisters, foldsBroadcast }: Target): number {
  const folded = vectors === 1 && foldsBroadcast
  return Math.min(mostPixels, Math.floor((vectorRegisters - vectors - (folded ? 0 : 1)) / vectors))
}

/** Cycles of a pixel row of one phase for all vectors, by loads and multiply-adds; the filter's loads miss more. */
function cost(vectors: number, count: number, columns: number, target: Target): number {
  const tiles = (some: number): number => {
    const { size, large, small } = evenParts(columns, pixelsFor(some, target))
    const tile = (pixels: number): number =>
      pixels === 0 ? 0 : Math.max(pixels * some, pixels + some, 4) + 0.15 * pixels + 0.3 * some
    return large * tile(size) + small * tile(size - 1)
  }
  return Math.floor(count / vectors) * tiles(vectors) + (count % vectors > 0 ? tiles(count % vectors) : 0)
}

export function transposedCover(spec: ConvSpec, target: Target): TransposedCover {
  const [, , width] = liftAxes(spec)
  const inner = spec.outputChannels / spec.groups
  const outer = spec.inputChannels / spec.groups
  const columns = Math.ceil(width.input / width.stride)
  const operand = lanewiseFor(spec.groups, outer, inner, target)
  if (operand !== undefined) {
    const count = Math.ceil(spec.inputChannels / operand.elements)
    // Beside the sums: a filter vector and one of y; or filter vectors, one or two of y, their shuffle, and what that needs.
    const shuffled = productsHeld + (operand.span > target.lanes ? 4 : 3)
    const free = target.vectorRegisters - (isPlainOperand(operand) ? 2 : shuffled)
    const vectors = Math.min(count, free >= 16 ? 4 : 2)
    const pixels = Math.floor(Math.min(free, mostPixels) / vectors)
    return { operand, elements: operand.elements, vectors, channels: spec.inputChannels, pixels }
  }
  const count = Math.ceil(outer / target.lanes)
  const most = Math.min(count, target.vectorRegisters >= 32 ? 6 : 3)
  const options = Array.from({ length: most }, (_, i) => i + 1)
  const vectors = options.reduce(
    (best, some) => (cost(some, count, columns, target) <= cost(best, count, columns, target) ? some : best),
    1,
  )
  return { operand: broadcast, elements: target.lanes, vectors, channels: outer, pixels: pixelsFor(vectors, target) }
}
