// Wiener deconvolution (Wiener 1949; Gonzalez & Woods, Digital Image Processing, 5.8): given y = k ∗ x + noise, the x̂ that is
// nearest to x in the mean, in the frequency domain
//
//   X̂(f) = K̄(f) · Y(f) / (|K(f)|² + noise · |L(f)|²)
//
// `noise` is the power of the noise over that of the signal; L is 1, or with `smooth` the Laplacian, which expects less of the
// signal at high frequencies, as there is in pictures (the regularisation of Hunt 1973).

import { scope } from '../autodiff/gradients.ts'
import type { Boundary } from '../shapes/boundary.ts'
import { check, checkFlag, checkOptions, showShape } from '../shapes/error.ts'
import { smoothLength } from '../shapes/smooth-length.ts'
import { numbers, type TensorLike, tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkChoice, checkFinite, floatTensor } from './arguments.ts'
import { add, divide, equal, multiply, negate, where } from './arithmetic.ts'
import { square } from './elementwise.ts'
import { complexMultiply, irfft, rfft } from './fourier.ts'
import { concat, slice, split } from './movement.ts'
import { pad } from './pad.ts'
import { reshape, sum } from './stretch.ts'

/** The options of `deconvolve`. */
export interface DeconvolveOptions {
  /** How y was made: by `convolve` in mode 'same' (when not given), as large as x, or 'full', the kernel's reach larger. */
  readonly mode?: 'same' | 'full' | undefined
  /** What lay beyond the edges of x in mode 'same': 'reflect' when not given; in mode 'full' always zero. */
  readonly boundary?: Boundary | undefined
  /** Power of the noise over that of the signal, 0 or more: 0.001 when not given. 0 divides by the kernel as it is. */
  readonly noise?: number | undefined
  /** Expects less signal at high frequencies, as in pictures. Default false. */
  readonly smooth?: boolean | undefined
}

const keys = ['mode', 'boundary', 'noise', 'smooth']
const boundaries = ['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const

/**
 * Undoes `convolve(x, kernel)` as far as noise lets it (Wiener deconvolution): a blurred picture, a signal with the echo of
 * its room. `y` is what `convolve` made, laid out as its input: the kernel's rank, 1 to 3, with a channel axis after and a batch
 * axis before it as there may be. Result: x, as large as y in mode 'same', smaller by the kernel's reach in mode 'full'. More
 * `noise` gives a smoother result. To undo `correlate`, flip the kernel. Mode 'same' with zeros around x lost what the kernel
 * carried over the edges, and rings there unless `noise` is 0.01 or more.
 *
 * @example
 * const y = convolve([0, 3, 1, 0, 2], [1, 0.5, 0.25], { mode: 'full' })
 * deconvolve(y, [1, 0.5, 0.25], { mode: 'full', noise: 0 }).shape  // [5]
 */
export function deconvolve(input: TensorLike, kernelLike: TensorLike, options: DeconvolveOptions = {}): Tensor {
  return scope(() => {
    checkOptions('deconvolve', options, keys)
    const { mode = 'same', boundary = 'reflect', noise = 1e-3, smooth } = options
    checkChoice('deconvolve', 'the mode', mode, ['same', 'full'])
    checkChoice('deconvolve', 'the boundary', boundary, boundaries)
    checkFinite('deconvolve', 'the noise', noise)
    check(noise >= 0, () => `deconvolve: the noise is ${noise}; it must be 0 or more.`)
    checkFlag('deconvolve', 'smooth', smooth)
    const y = floatTensor('deconvolve', 'the input', input)
    const kernel = floatTensor('deconvolve', 'the kernel', kernelLike)
    const rank = kernel.rank
    const extra = y.rank - rank
    check(
      rank >= 1 && rank <= 3 && extra >= 0 && extra <= 2,
      () =>
        `deconvolve: an input of shape ${showShape(y.shape)} does not fit a kernel of shape ${showShape(kernel.shape)}. Use a kernel of 1 to 3 axes, and an input of the same rank, one more (channels last), or two more (batch first, channels last).`,
    )
    const first = extra === 2 ? 1 : 0
    const sizes = kernel.shape
    const lengths = sizes.map((_, axis) => y.shape[first + axis])
    check(
      sizes.every((size, axis) => size >= 1 && lengths[axis] >= (mode === 'full' ? size : 1)),
      () =>
        `deconvolve: the kernel of shape ${showShape(sizes)} ${mode === 'full' ? `cannot have made an input of shape ${showShape(y.shape)} in mode 'full', which is the kernel's reach larger` : `or the input of shape ${showShape(y.shape)} is empty`}.`,
    )
    const channels = y.shape.length - first - rank
    const planes = reshape(y, [...(first ? [] : [1]), ...y.shape, ...(channels ? [] : [1])])
    const result = undo(planes, kernel, { mode, boundary, noise, smooth: smooth === true })
    return reshape(result, result.shape.slice(first ? 0 : 1, channels ? undefined : -1))
  })
}

interface Settings {
  readonly mode: 'same' | 'full'
  readonly boundary: Boundary
  readonly noise: number
  readonly smooth: boolean
}

/** `[batch, ...spatial, channels]` by the inverse filter. */
function undo(y: Tensor, kernel: Tensor, { mode, boundary, noise, smooth }: Settings): Tensor {
  const sizes = kernel.shape
  const axes = sizes.map((_, axis) => axis + 1)
  const lengths = axes.map((axis) => y.shape[axis])
  const framed = mode === 'same' ? axes.reduce((x, axis) => closed(x, axis, sizes[axis - 1] - 1, boundary), y) : y
  const periods = axes.map((axis) => (mode === 'full' ? smoothLength(y.shape[axis]) : framed.shape[axis]))
  const [re, im] = parts(responseOf(kernel, periods, mode))
  const power = add(add(square(re), square(im)), smooth ? multiply(roughness(periods), noise) : noise)
  // A frequency that the kernel wipes out cannot come back.
  const lost = equal(power, 0)
  const weight = where(lost, 0, divide(1, where(lost, 1, power)))
  const inverse = concat([multiply(re, weight), multiply(negate(im), weight)], -1)
  const x = irfft(complexMultiply(rfft(framed, { axes, sizes: periods }), inverse), { axes, sizes: periods })
  const kept = lengths.map((length, i) => (mode === 'full' ? length - sizes[i] + 1 : length))
  return slice(x, [null, ...kept.map((stop) => ({ start: 0, stop })), null])
}

/**
 * A transform takes its input to go round and round. So that the last element meets the first without a step, which would ring
 * through all of the result, the axis goes on as its boundary has it, fading into what its boundary has before the start; where
 * that is zero, both ends fade to zero within the kernel's reach, as what the blur carried out of the picture did.
 */
function closed(y: Tensor, axis: number, reach: number, boundary: Boundary): Tensor {
  if (boundary === 'wrap' || reach === 0) return y
  const length = y.shape[axis]
  const more = smoothLength(length + 2 * reach) - length
  const only = (pair: readonly [number, number]) => y.shape.map((_, a) => (a === axis ? pair : ([0, 0] as const)))
  const mode = boundary === 'zero' ? 'edge' : boundary
  const cut = (x: Tensor, start: number): Tensor =>
    slice(x, [...Array.from({ length: axis }, () => null), { start, stop: start + more }])
  const after = cut(pad(y, only([0, more]), { mode }), length)
  const before = cut(pad(y, only([more, 0]), { mode }), 0)
  const turns = boundary === 'zero' ? Math.ceil(reach / 2) : more
  const weights = (at: (i: number) => number): Tensor =>
    tensor(
      numbers(
        'deconvolve',
        more,
        (i) => 0.5 + 0.5 * Math.cos((Math.PI * Math.min(at(i) + 1, turns + 1)) / (turns + 1)),
      ),
      { shape: y.shape.map((_, a) => (a === axis ? more : 1)), dtype: 'float32' },
    )
  const [leaving, coming] = [weights((i) => i), weights((i) => more - 1 - i)]
  return concat([y, add(multiply(after, leaving), multiply(before, coming))], axis)
}

/** The kernel's transform over `periods`, `[1, ...frequencies, 1, 2]`; its middle at the origin where y is as large as x. */
function responseOf(kernel: Tensor, periods: readonly number[], mode: Settings['mode']): Tensor {
  const around = periods.reduce((k, period, axis) => {
    const size = k.shape[axis]
    const laps = Math.ceil(size / period)
    const long = pad(
      k,
      k.shape.map((_, a) => [0, a === axis ? laps * period - size : 0]),
    )
    // Taps beyond the period go round once more.
    const folded = sum(reshape(long, [...k.shape.slice(0, axis), laps, period, ...k.shape.slice(axis + 1)]), {
      axes: [axis],
    })
    const shift = mode === 'same' ? ((size - 1) >> 1) % period : 0
    const from = (start: number, stop: number): Tensor =>
      slice(folded, [...Array.from({ length: axis }, () => null), { start, stop }])
    return shift === 0 ? folded : concat([from(shift, period), from(0, shift)], axis)
  }, kernel)
  const spectrum = rfft(around, { axes: periods.map((_, axis) => axis) })
  return reshape(spectrum, [1, ...spectrum.shape.slice(0, -1), 1, 2])
}

/** Real and imaginary part, the last axis kept. */
const parts = (x: Tensor): Tensor[] => split(x, 2, -1)

/** |L|² of the Laplacian Σ 2x[i] − x[i − 1] − x[i + 1], `[1, ...frequencies, 1, 1]`. */
function roughness(periods: readonly number[]): Tensor {
  const last = periods.length - 1
  const along = periods.map((period, axis) => {
    const frequencies = axis === last ? Math.floor(period / 2) + 1 : period
    const values = numbers('deconvolve', frequencies, (k) => 2 - 2 * Math.cos((2 * Math.PI * k) / period))
    const shape = [1, ...periods.map((_, a) => (a === axis ? frequencies : 1)), 1, 1]
    return tensor(values, { shape, dtype: 'float32' })
  })
  return square(along.reduce((total, part) => add(total, part)))
}
