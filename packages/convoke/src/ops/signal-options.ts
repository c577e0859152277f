// What `convolve` and `correlate` take.

import type { Boundary } from '../shapes/boundary.ts'
import type { PerAxis } from '../shapes/conv-spec.ts'
import type { PaddingPair } from '../shapes/padding.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

export type { Boundary } from '../shapes/boundary.ts'

/**
 * How far the kernel goes over the edges: 'full' wherever it touches the input, 'same' as often as there are inputs,
 * 'valid' only where it lies inside. SciPy's words.
 */
export type ConvolveMode = 'full' | 'same' | 'valid'

/** How a convolution of signals is computed; see `ConvolveOptions.method`. */
export type ConvolveMethod = 'auto' | 'direct' | 'fft'

/** The options of `convolve`. */
export interface ConvolveOptions {
  /** Which results are kept: 'valid' when not given. */
  readonly mode?: ConvolveMode | undefined
  /** What lies outside the input: 'zero' when not given. */
  readonly boundary?: Boundary | undefined
  /** Explicit padding in place of a mode: a number, one per axis, or [before, after] pairs. */
  readonly padding?: PerAxis | readonly PaddingPair[] | undefined
  /** Steps between the positions that are kept: 1 when not given. */
  readonly stride?: PerAxis | undefined
  /** Distance between the kernel's taps: 1 when not given. */
  readonly dilation?: PerAxis | undefined
  /**
   * As in SciPy: 'direct' sums the products, 'fft' multiplies spectra, at a cost that hardly grows with the kernel, 'auto', the
   * default, does what a model of the machine expects to be faster. A result by FFT is off by the rounding of the largest
   * numbers around, not of its own, and an infinity or a NaN may spread over the picture it is in.
   */
  readonly method?: ConvolveMethod | undefined
}

/** A kernel of 1 to 3 axes, or one rank-1 tensor per axis whose outer product is the kernel (a separable kernel). */
export type KernelLike = TensorLike | readonly Tensor[]

/** The options of `correlate`. */
export interface CorrelateOptions extends ConvolveOptions {
  /** Scores from −1 to 1 in place of sums: how well the kernel, a template, matches each window. */
  readonly normalized?: boolean | undefined
}
