// How far a convolution by FFT can be from the exact one: Higham 2002, "Accuracy and Stability of Numerical Algorithms",
// theorem 24.2, for every level of every pass in both directions and of the filter's transform, and the product between.

import type { Target } from '../../program/index.ts'
import { pointsOf, type TileSize } from './blocks.ts'
import { radicesOf } from './transform.ts'

/** Half the distance from 1 to the next float32. */
const unitRoundoff = 2 ** -24

/** What an error depends on: the tile, and the channels that are summed. */
export interface Rounding {
  readonly size: TileSize
  readonly summands: number
}

/** Levels of radix 2 of one transform; one of radix 3 rounds no more than two of them, of radix 5 than three. */
const levelsOf = ({ depth, height, width, split }: TileSize, target: Target): number =>
  [depth, height, width]
    .flatMap((length) => radicesOf(length, target))
    .reduce((sum, radix) => sum + Math.ceil(Math.log2(radix)), split ? 2 : 0)

/** Of the transforms of the input, the filter and the result, and one for the product. */
const allLevels = (size: TileSize, target: Target): number => 3 * levelsOf(size, target) + 1

/**
 * A proven bound: |computed − exact| ≤ `fftErrorBound` · Σ|f| · ‖x‖₂, with the sum over all taps and channels that reach an
 * output channel, and the norm over the two tiles transformed together (a row of each where rows are independent), short of
 * overflow and underflow. The error is spread over a tile: small values near large ones lose digits that a direct sum keeps.
 */
export function fftErrorBound({ size, summands }: Rounding, target: Target): number {
  const gamma = (4 * unitRoundoff) / (1 - 4 * unitRoundoff)
  const level = unitRoundoff + gamma * (Math.SQRT2 + unitRoundoff)
  const all = allLevels(size, target) * level + (summands - 1) * unitRoundoff
  return all / (1 - all)
}

/** What a plan says of its rounding. */
export interface StatedError {
  /** `typicalError`, `fftErrorBound` and `largestNorm`. */
  readonly typical: number
  readonly bound: number
  readonly norm: number
}

export const statedError = (rounding: Rounding, target: Target): StatedError => ({
  typical: typicalError(rounding, target),
  bound: fftErrorBound(rounding, target),
  norm: largestNorm(rounding),
})

/** ‖x‖₂ of two tiles at most, for |x| ≤ 1. */
export const largestNorm = ({ size }: Rounding): number => Math.sqrt(2 * pointsOf(size))

/**
 * Root mean square error over root mean square result for independent data of mean 0, from experiments: grows as the square
 * root of the levels. A direct sum over k taps in one chain has about 0.5·u·√k.
 */
export const typicalError = ({ size }: Rounding, target: Target): number =>
  0.6 * unitRoundoff * Math.sqrt(allLevels(size, target))
