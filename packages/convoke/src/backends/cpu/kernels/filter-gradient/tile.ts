// The tile of a filter gradient for a target. A tile of r rows × v vectors does r·v multiply-adds a pixel for r
// broadcasts and v loads. One load a cycle feeds one multiply-add a cycle as long as r + v ≤ r·v, so any tile of two
// vectors and more is bound by multiply-adds; sums are as many as the registers hold beside v values and a broadcast.

import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { type EvenParts, evenParts } from '../convolution/axes.ts'
import { broadcast, isPlainOperand, type Lanewise, lanewiseFor, type Operand } from '../convolution/operand.ts'
import type { TileRows } from './program.ts'

/** How the filter of one group (of all groups, where lanes hold several) is covered. */
export interface Cover {
  readonly operand: Operand
  /** Channels of y in a vector. */
  readonly elements: number
  /** Vectors of a tile, and channels of y they cover in all. */
  readonly vectors: number
  readonly channels: number
  readonly main: TileRows
  readonly rest: TileRows | null
  /** Taps along the width, block by block: those of `main` before those of `rest`. */
  readonly taps: EvenParts
  /** Row channels, likewise. */
  readonly rows: EvenParts
}

/** Vectors that hold no sums: values of y, and one for what they are multiplied with. */
const sumsBeside = (vectors: number, { vectorRegisters, foldsBroadcast }: Target): number =>
  vectorRegisters - vectors - (vectors === 1 && foldsBroadcast ? 0 : 1)

/** Rows of a tile: enough sums to hide the latency of multiply-adds twice over, no more than registers hold. */
const rowsFor = (vectors: number, target: Target): number =>
  Math.min(24, Math.floor(sumsBeside(vectors, target) / vectors))

/**
 * Vectors of a tile over `count` vectors: all tiles alike if possible, and the fewest loads. Tiles of fewer vectors
 * read x again.
 */
function vectorsFor(count: number, rows: number, target: Target): number {
  const most = target.vectorRegisters >= 32 ? 8 : 3
  const cost = (vectors: number): number => {
    const held = Math.min(rowsFor(vectors, target), rows)
    const tile = (some: number): number => Math.max(some * held, some + held, 4) + 0.15 * (some + held)
    return (Math.floor(count / vectors) * tile(vectors) + (count % vectors > 0 ? tile(count % vectors) : 0)) / held
  }
  const options = Array.from({ length: Math.min(most, count) }, (_, i) => i + 1).filter(
    (vectors) => rowsFor(vectors, target) >= Math.min(rows, 2),
  )
  return options.reduce((best, vectors) => (cost(vectors) <= cost(best) ? vectors : best), 1)
}

function splitTaps(kernel: number, most: number, channels: number): Pick<Cover, 'taps' | 'main' | 'rest'> {
  const taps = evenParts(kernel, most)
  const main = { taps: taps.size, channels }
  return { taps, main, rest: taps.small > 0 ? { taps: taps.size - 1, channels } : null }
}

/** Several taps a tile where there are too few input channels to fill one. */
function coverOneGroup(spec: ConvSpec, outer: number, inner: number, merges: boolean, target: Target): Cover {
  const [, , width] = liftAxes(spec)
  const count = Math.ceil(outer / target.lanes)
  const vectors = vectorsFor(count, merges ? inner * width.kernel : inner, target)
  const common = { operand: broadcast, elements: target.lanes, vectors, channels: outer }
  const most = rowsFor(vectors, target)
  if (merges && width.kernel > 1 && 2 * inner <= most) {
    const rows = { size: inner, large: 1, small: 0 }
    return { ...common, ...splitTaps(width.kernel, Math.floor(most / inner), inner), rows }
  }
  const rows = evenParts(inner, most)
  const main = { taps: 1, channels: rows.size }
  const rest = rows.small > 0 ? { taps: 1, channels: rows.size - 1 } : null
  return { ...common, main, rest, rows, taps: evenParts(width.kernel, 1) }
}

/** All taps of a row of the filter, for as many vectors as registers hold. */
function coverLanewise(spec: ConvSpec, operand: Lanewise, target: Target): Cover | undefined {
  const [, , width] = liftAxes(spec)
  const { elements, inner } = operand
  // Beside the sums: y, and two vectors of x with their shuffle.
  const temporary = isPlainOperand(operand) ? 1 : 4
  const sums = (vectors: number): number => target.vectorRegisters - vectors - temporary
  const taps = Math.min(width.kernel, Math.floor(sums(1) / inner))
  if (taps < 1) return undefined
  let vectors = 1
  const count = Math.ceil(spec.outputChannels / elements)
  while (vectors < Math.min(4, count) && taps * inner * (vectors + 1) <= sums(vectors + 1)) vectors++
  const split = splitTaps(width.kernel, taps, inner)
  return {
    ...{ operand, elements, vectors, channels: spec.outputChannels },
    ...split,
    rows: { size: inner, large: 1, small: 0 },
  }
}

/** Vectors along the output channels; `swapped` puts them along the input channels, where there are more of those. */
export interface Choice extends Cover {
  readonly swapped: boolean
}

const filled = (channels: number, lanes: number): number => channels / (lanes * Math.ceil(channels / lanes))

export function coverOf(spec: ConvSpec, target: Target): Choice {
  const inner = spec.inputChannels / spec.groups
  const outer = spec.outputChannels / spec.groups
  const operand = lanewiseFor(spec.groups, outer, inner, target)
  const lanewise = operand && coverLanewise(spec, operand, target)
  if (lanewise !== undefined) return { ...lanewise, swapped: false }
  const swapped = filled(inner, target.lanes) > 1.3 * filled(outer, target.lanes)
  const cover = swapped
    ? coverOneGroup(spec, inner, outer, false, target)
    : coverOneGroup(spec, outer, inner, true, target)
  return { ...cover, swapped }
}
