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
import { ones } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { divide, lessEqual, maximum, minimum, multiply, subtract, where } from './arithmetic.ts'
import { isFiniteNumber, sqrt, square } from './elementwise.ts'
import { mean, sum } from './reductions.ts'

/** Slides a kernel, or one of rank 1 an axis, over the windows. */
type Slide = (x: Tensor, kernel: Tensor | readonly Tensor[]) => Tensor

/** Flat is what varies by no more than this share of its sum of squares: windows about the input's mean, templates about 0. */
const flatness = { window: 1e-5, template: 1e-12 }

/**
 * γ of `template` with each window of `x`, whose axes `spatial` it slides along. Windows that are flat as far as float32 can
 * tell score 0, as do all windows where the template is flat.
 */
export function normalizedScores(x: Tensor, template: Tensor, spatial: readonly number[], slide: Slide): Tensor {
  const middle = withoutGradients(() => meanOfFinite(x, spatial))
  const centred = subtract(x, middle)
  const box = template.shape.map((size) => ones([size]))
  const squares = slide(square(centred), box)
  const energy = subtract(squares, divide(square(slide(centred, box)), sizeOf(template.shape)))
  const flat = lessEqual(energy, multiply(squares, flatness.window))
  const score = divide(slide(centred, unit(template)), sqrt(where(flat, 1, energy)))
  return where(flat, 0, minimum(maximum(score, -1), 1))
}

/** The template about its mean, of length 1; zeros where it is flat. */
function unit(template: Tensor): Tensor {
  const pattern = subtract(template, mean(template))
  const contrast = sum(square(pattern))
  const flat = lessEqual(contrast, multiply(sum(square(template)), flatness.template))
  return where(flat, 0, divide(pattern, sqrt(where(flat, 1, contrast))))
}

/** What is not finite spoils the windows that hold it, and no others. */
const meanOfFinite = (x: Tensor, axes: readonly number[]): Tensor =>
  mean(where(isFiniteNumber(x), x, 0), { axes, keepDims: true })
