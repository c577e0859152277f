// Zero-mean normalised cross-correlation (Lewis 1995, "Fast normalized cross-correlation"; OpenCV's TM_CCOEFF_NORMED): the
// correlation coefficient of the template with each window,
//
//   γ = Σ (x − x̄)(t − t̄) / √( Σ (x − x̄)² · Σ (t − t̄)² ),   x̄ and the sums over the window
//
// −1 … 1, whatever the brightness and contrast of the window. Since t − t̄ adds up to 0, x̄ drops out of the numerator, and
// the window's own sum of squares is Σ x² − (Σ x)² / n. Both are taken about the mean of the whole input, which changes
// nothing but how much rounds away.

import { withoutGradients } from '../autodiff/tape.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { divide, lessEqual, maximum, minimum, multiply, subtract, where } from './arithmetic.ts'
import { isFiniteNumber, sqrt, square } from './elementwise.ts'
import { mean } from './reductions.ts'
import { sum } from './stretch.ts'

/** How a template lies over its input. */
export interface Matching {
  /** Axes of the input that the template slides along. */
  readonly spatial: readonly number[]
  /** Axes of the template that x̄ and t̄ are means over: all, or all but the channels. */
  readonly averaged: readonly number[]
  /** Sums over windows of that size. */
  readonly box: (x: Tensor) => Tensor
  /** Sums of such sums over the channels that count as one window. */
  readonly join: (sums: Tensor) => Tensor
  /** Products with the template at every place. */
  readonly products: (x: Tensor, template: Tensor) => Tensor
}

/** Flat is what varies by no more than this share of its sum of squares: windows about the input's mean, templates about 0. */
const flatness = { window: 1e-5, template: 1e-12 }

/** γ of `template` with each window of `x`: 0 where either is flat as far as float32 can tell. */
export function normalizedScores(x: Tensor, template: Tensor, matching: Matching): Tensor {
  const { box, join, averaged } = matching
  const middle = withoutGradients(() => meanOfFinite(x, matching.spatial))
  const centred = subtract(x, middle)
  const taps = sizeOf(averaged.map((axis) => template.shape[axis]))
  const squares = join(box(square(centred)))
  const energy = subtract(squares, divide(join(square(box(centred))), taps))
  const flat = lessEqual(energy, multiply(squares, flatness.window))
  const score = divide(matching.products(centred, unit(template, averaged)), sqrt(where(flat, 1, energy)))
  return where(flat, 0, minimum(maximum(score, -1), 1))
}

/** The template about its mean, of length 1; zeros where it is flat. */
function unit(template: Tensor, averaged: readonly number[]): Tensor {
  const pattern = subtract(template, mean(template, { axes: averaged, keepDims: true }))
  const contrast = sum(square(pattern))
  const flat = lessEqual(contrast, multiply(sum(square(template)), flatness.template))
  return where(flat, 0, divide(pattern, sqrt(where(flat, 1, contrast))))
}

/** What is not finite spoils the windows that hold it, and no others. */
const meanOfFinite = (x: Tensor, axes: readonly number[]): Tensor =>
  mean(where(isFiniteNumber(x), x, 0), { axes, keepDims: true })
