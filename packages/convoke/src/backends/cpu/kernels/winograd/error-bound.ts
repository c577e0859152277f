// How far a Winograd convolution can be from the exact one, after Higham 2002, "Accuracy and Stability of Numerical
// Algorithms", section 3.1, and Barabasz et al. 2020 (arXiv:1803.10986), section 3.

import { largestOf } from '../../../../shapes/extremes.ts'
import type { CookToom, Matrix } from './cook-toom.ts'

/** Half the distance from 1 to the next float32. */
export const unitRoundoff = 2 ** -24

export const absoluteRowSums = (matrix: Matrix): number[] =>
  matrix.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))

export const mostTerms = (matrix: Matrix): number =>
  largestOf(matrix.map((row) => row.filter((value) => value !== 0).length))

/**
 * κ: the largest entry of |Aᵀ| (|G| E |Gᵀ| ⊙ |Bᵀ| E |B|) |A| with E all ones, by which numbers on the way can exceed the
 * result. 9 for the direct sum of 3×3 products, 64 for F(2×2, 3×3), 564 for F(4×4, 3×3) at 0, ±5/8, ±3/2 (2304 at
 * 0, ±1, ±2), 1132 for F(2×2, 5×5) there.
 */
export function amplification({ output, filter, input }: CookToom): number {
  const [filters, inputs] = [absoluteRowSums(filter), absoluteRowSums(input)]
  // E has rank one, so the two axes separate.
  const along = output.map((row) => row.reduce((sum, value, p) => sum + Math.abs(value) * filters[p] * inputs[p], 0))
  return largestOf(along) ** 2
}

/** The most roundings on the way of a factor into a result: both stages of the three transforms, the reduction. */
export const roundings = ({ output, filter, input }: CookToom, inputChannels: number): number =>
  2 * (mostTerms(filter) + 1) + 2 * (mostTerms(input) + 1) + (inputChannels + 1) + 2 * (mostTerms(output) + 1)

/**
 * A proven bound: |computed − exact| ≤ `winogradErrorBound` · Σ over input channels of max|window| · max|filter|, short
 * of overflow and underflow, whatever the order and with or without FMA. Aᵀ and Bᵀ hold no rounding (their entries are
 * float32), those of G one each. Statistically the error is far smaller: see `typicalError`.
 */
export function winogradErrorBound(algorithm: CookToom, inputChannels: number): number {
  const n = roundings(algorithm, inputChannels)
  return ((n * unitRoundoff) / (1 - n * unitRoundoff)) * amplification(algorithm)
}

/**
 * Root mean square error over root mean square result for independent data of mean 0, from experiments with 16 to 512
 * channels: at most 0.7·u·√C for F(2×2, 3×3) and 2·u·√C for F(4×4, 3×3) and 2.6·u·√C for F(2×2, 5×5). A direct sum in one chain of FMAs has
 * 0.8·u·√C to 1.1·u·√C.
 */
export const typicalError = ({ size, taps }: CookToom, inputChannels: number): number =>
  (size === 4 ? 0.7 : taps === 3 ? 2 : 2.6) * unitRoundoff * Math.sqrt(inputChannels)
