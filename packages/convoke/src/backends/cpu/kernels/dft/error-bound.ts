// How far a transform can be from the exact one: Higham 2002, "Accuracy and Stability of Numerical Algorithms", theorem 24.2, a pass of
// radix p counting as sums of p products each, and Bluestein's convolution as two transforms between three products.

import type { Target } from '../../program/index.ts'
import { chirpLength } from './chirp-length.ts'
import { radicesOf } from './passes.ts'

/** Half the distance from 1 to the next float32. */
const unitRoundoff = 2 ** -24

/** Of the largest element of a chirp's spectrum over √n: below this for every n. From experiments: 2.3 for n = 11, then falling to 2.1. */
const chirpGain = 2.5

const gamma = (roundings: number): number => (roundings * unitRoundoff) / (1 - roundings * unitRoundoff)

/** Error over norm of a pass: sums of p terms in any order, |F| having √p times the norm of F, and a twiddle factor. */
const passBound = (p: number): number => {
  const twiddle = unitRoundoff + gamma(4) * (Math.SQRT2 + unitRoundoff)
  return p === 1 ? twiddle : twiddle + Math.SQRT2 * Math.sqrt(p) * gamma(p + 1)
}

/**
 * A proven bound in the 2-norm of a line of n values, short of overflow and underflow: ‖computed − exact‖₂ ≤ `dftErrorBound` · ‖exact‖₂,
 * for complex lines, and for real ones and half spectra with a term for their splitting. The error is spread over the line: small values
 * near large ones lose digits that a sum by definition would keep. Transforms over several axes add their bounds up.
 */
export function dftErrorBound(n: number, target: Target): number {
  // Twiddles of two sweeps are products of two factors; the halves of a spectrum, two products more.
  const around = 4 * passBound(1)
  const radices = radicesOf(n, target)
  if (radices !== undefined) return radices.reduce((sum, p) => sum + passBound(p), around)
  const inner = dftErrorBound(chirpLength(n), target)
  return chirpGain * (2 * inner + 3 * passBound(1)) + around
}

/**
 * Root mean square error over root mean square result for independent data of mean 0, from experiments on every target: 0.55 to 0.7 ·
 * u√log₂n for products of small primes, 0.95 for lengths with a large one.
 */
export const typicalDftError = (n: number, target: Target): number =>
  (radicesOf(n, target) === undefined ? 0.95 : 0.75) * unitRoundoff * Math.sqrt(Math.log2(n))
