// How far a convolution by FFT can be from the exact one: Higham 2002, "Accuracy and Stability of Numerical Algorithms",
// theorem 24.2, for every radix-2 level of every pass in both directions, and the product between.

import type { FftLayout } from './layout.ts'

/** Half the distance from 1 to the next float32. */
const unitRoundoff = 2 ** -24

/** Radix-2 levels of both transforms in both directions, and one for the product with the spectrum. */
const levels = ({ down, across }: FftLayout): number => 2 * Math.log2(down.length * across.length) + 1

/**
 * A proven bound: |computed − exact| ≤ `fftErrorBound` · Σ|f| · ‖x‖₂, with the sum over all taps and channels that reach an
 * output channel, and the norm over the two tiles transformed together (a row of each where rows are independent), short of overflow and
 * underflow. The error is spread over a tile: small values near large ones lose digits that a direct sum keeps.
 */
export function fftErrorBound(layout: FftLayout): number {
  const gamma = (4 * unitRoundoff) / (1 - 4 * unitRoundoff)
  const level = unitRoundoff + gamma * (Math.SQRT2 + unitRoundoff)
  const all = levels(layout) * level
  return all / (1 - all)
}

/** ‖x‖₂ of two tiles at most, for |x| ≤ 1. */
export const largestNorm = ({ down, across }: FftLayout): number => Math.sqrt(2 * down.length * across.length)

/**
 * Root mean square error over root mean square result for independent data of mean 0, from experiments: grows as the square
 * root of the levels, and is 3.4·u for tiles of 256×256. A direct sum over k taps in one chain has about 0.5·u·√k.
 */
export const typicalError = (layout: FftLayout): number => 0.6 * unitRoundoff * Math.sqrt(levels(layout))
