// How far the Winograd gradient of a filter can be from the exact one: `../error-bound.ts` with the transforms in other roles.

import { largestOf } from '../../../../../shapes/extremes.ts'
import type { CookToom, Matrix } from '../cook-toom.ts'
import { absoluteRowSums, mostTerms, unitRoundoff } from '../error-bound.ts'
import type { GradientLayout } from './layout.ts'

const columnsOf = (matrix: Matrix): Matrix => matrix[0].map((_, k) => matrix.map((row) => row[k]))

/**
 * κ: the largest entry of |Gᵀ| (|A| E |Aᵀ| ⊙ |Bᵀ| E |B|) |G| with E all ones, by which numbers on the way can exceed the
 * result. 16 for the direct sum over a tile of 4×4, 36 for F(2×2, 3×3), 803 for F(4×4, 3×3) at 0, ±5/8, ±3/2, 363 for
 * F(2×2, 5×5) there.
 */
export function gradientAmplification({ output, filter, input }: CookToom): number {
  const [outputs, inputs] = [absoluteRowSums(columnsOf(output)), absoluteRowSums(input)]
  // E has rank one, so the two axes separate.
  const along = columnsOf(filter).map((row) =>
    row.reduce((sum, value, p) => sum + Math.abs(value) * outputs[p] * inputs[p], 0),
  )
  return largestOf(along) ** 2
}

/** The most additions on the way of a product into its sum: within a block of tiles, then block by block. */
function additions({ rounds, roundTiles, blockTiles }: GradientLayout): number {
  const blocks = rounds.reduce((sum, { count }) => sum + Math.ceil(count / blockTiles), 0)
  return Math.min(roundTiles, blockTiles) + blocks
}

/** The most roundings on the way of a factor into a result: both stages of the three transforms, the reduction. */
const roundings = (layout: GradientLayout): number => {
  const { output, filter, input } = layout.algorithm
  const [outputTerms, inputTerms, filterTerms] = [columnsOf(output), input, columnsOf(filter)].map(mostTerms)
  return 2 * (outputTerms + 1) + 2 * (inputTerms + 1) + additions(layout) + 1 + 2 * (filterTerms + 1)
}

/**
 * A proven bound: |computed − exact| ≤ `gradientErrorBound` · Σ over tiles of max|window of x| · max|tile of y|, for every
 * pair of channels, short of overflow and underflow, whatever the order and with or without FMA. Aᵀ and Bᵀ hold no rounding,
 * the entries of G one each. It grows with the root of the number of tiles, as each block of them is summed by itself.
 */
export function gradientErrorBound(layout: GradientLayout): number {
  const n = roundings(layout)
  return ((n * unitRoundoff) / (1 - n * unitRoundoff)) * gradientAmplification(layout.algorithm)
}

/**
 * Root mean square error over root mean square result for independent data of mean 0, from experiments with 4 to 25,000 tiles,
 * at most: a share of the transforms, and one that grows with the additions. A direct gradient has 2 to 10 units, F(4×4, 3×3) 5
 * to 20.
 */
export function typicalGradientError(layout: GradientLayout): number {
  const { size, taps } = layout.algorithm
  return (size === 4 ? 0.7 : taps === 3 ? 2 : 2.2) * unitRoundoff * Math.sqrt(additions(layout) + 12)
}
