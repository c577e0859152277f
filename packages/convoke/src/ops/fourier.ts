// Discrete Fourier transforms over any axes, as numpy.fft and scipy.fft define them. There is no complex dtype: complex values
// are float32 with a last axis of two, the real and the imaginary part.
//
//   fft     y[k] = Σⱼ x[j] · e^(−2πi·jk/n)             complex → complex
//   ifft    x[j] = 1/n · Σₖ y[k] · e^(2πi·jk/n)         complex → complex
//   rfft    the first floor(n/2) + 1 of fft's y         real → complex; the others are their conjugates
//   irfft   x of such y                                 complex → real

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive, type Primitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes } from '../shapes/broadcast.ts'
import { check, showShape } from '../shapes/error.ts'
import { halvedLength, halvedShape } from '../shapes/spectrum.ts'
import { type TensorLike, tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { add, multiply, negate, subtract } from './arithmetic.ts'
import { type FftOptions, type FftPlan, planFft } from './fourier-axes.ts'
import { concat, slice, split } from './movement.ts'
import { pad } from './pad.ts'
import { broadcastTo } from './stretch.ts'

export type { FftNorm, FftOptions } from './fourier-axes.ts'

/** A float32 tensor of complex values. */
export function complexTensor(op: string, name: string, value: TensorLike): Tensor {
  const x = floatTensor(op, name, value)
  check(
    x.rank >= 1 && x.shape[x.rank - 1] === 2,
    () =>
      `${op}: ${name} has shape ${showShape(x.shape)}, which holds no complex values: those have a last axis of 2, the real and the imaginary part. Use rfft for real values, or stack([x, zeros(x.shape)], -1).`,
  )
  return x
}

/** Cut off or filled with zeros at the end of each axis to have `shape`; axes beyond it stay. */
function resized(x: Tensor, shape: readonly number[]): Tensor {
  const cut = shape.map((size, axis) => Math.min(size, x.shape[axis]))
  const inside = cut.every((size, axis) => size === x.shape[axis])
    ? x
    : slice(
        x,
        cut.map((size) => ({ start: 0, stop: size })),
      )
  if (cut.every((size, axis) => size === shape[axis])) return inside
  const rest = x.shape.slice(shape.length).map((): [number, number] => [0, 0])
  return pad(inside, [...shape.map((size, axis): [number, number] => [0, size - cut[axis]]), ...rest])
}

const withPair = (shape: readonly number[]): number[] => [...shape, 2]

/** The transform matrix is symmetric: its adjoint is the transform the other way, with the same scale. */
const transforming: KernelPrimitive<'fft'> = {
  kernel: kernels.fft,
  reach: 'everything',
  adjoint: (g, spec) => apply(transforming, { ...spec, inverse: !spec.inverse }, [g]),
}

/**
 * How often each frequency of half a spectrum stands in the whole: twice, but for those that are their own mirror image. Shaped to
 * go with pairs of the half.
 */
function timesInWhole({ shape, axes }: FftPlan, twice: number): Tensor {
  const last = axes[axes.length - 1]
  const length = shape[last]
  const half = halvedLength(length)
  const weights = Float32Array.from({ length: half }, (_, k) => (k === 0 || 2 * k === length ? 1 : twice))
  return tensor(weights, { shape: withPair(shape).map((_, axis) => (axis === last ? half : 1)) })
}

/** The adjoint gives every frequency its gradient once, where `irfft` takes most twice. */
const halving: Primitive<FftPlan> = {
  shape: ({ shape, axes }) => withPair(halvedShape(shape, axes)),
  dtype: 'float32',
  kernel: kernels.rfft,
  reach: 'everything',
  adjoint: (g, plan) => apply(restoring, plan, [multiply(g, timesInWhole(plan, 0.5))]),
}

const restoring: Primitive<FftPlan> = {
  shape: ({ shape }) => shape,
  dtype: 'float32',
  kernel: kernels.irfft,
  reach: 'everything',
  adjoint: (g, plan) => multiply(apply(halving, plan, [g]), timesInWhole(plan, 2)),
}

function transform(op: 'fft' | 'ifft', value: TensorLike, options: FftOptions): Tensor {
  return scope(() => {
    const x = complexTensor(op, 'x', value)
    const inverse = op === 'ifft'
    const plan = planFft(op, x.shape.slice(0, -1), options, { inverse })
    return apply(transforming, { ...plan, inverse }, [resized(x, plan.shape)])
  })
}

/**
 * The discrete Fourier transform of complex values `[..., 2]` along one or several axes, any length: fastest for products of small
 * primes. Result of the same layout, frequencies in the order of `fftFrequencies`. As `numpy.fft.fft` and `fftn`.
 *
 * @example
 * fft([[1, 0], [2, 0], [3, 0], [4, 0]]).toArray()  // [[10, 0], [-2, 2], [-2, 0], [-2, -2]]
 */
export const fft = (x: TensorLike, options: FftOptions = {}): Tensor => transform('fft', x, options)

/**
 * The inverse of `fft`: complex values `[..., 2]` to complex values, divided by the number of values unless `norm` says otherwise. As
 * `numpy.fft.ifft` and `ifftn`.
 *
 * @example
 * ifft([[10, 0], [-2, 2], [-2, 0], [-2, -2]]).toArray()  // [[1, 0], [2, 0], [3, 0], [4, 0]]
 */
export const ifft = (x: TensorLike, options: FftOptions = {}): Tensor => transform('ifft', x, options)

/**
 * The transform of real values, in half the time: along the last of the axes only the frequencies 0 … floor(n/2), the others being
 * their conjugates. `[..., n]` gives `[..., floor(n/2) + 1, 2]`. As `numpy.fft.rfft` and `rfftn`.
 *
 * @example
 * rfft([1, 2, 3, 4]).toArray()  // [[10, 0], [-2, 2], [-2, 0]]
 */
export const rfft = (x: TensorLike, options: FftOptions = {}): Tensor =>
  scope(() => {
    const given = floatTensor('rfft', 'x', x)
    const plan = planFft('rfft', given.shape, options, { inverse: false })
    return apply(halving, plan, [resized(given, plan.shape)])
  })

/**
 * The inverse of `rfft`: half a spectrum `[..., floor(n/2) + 1, 2]` gives n real values along the last of the axes. An odd n must be
 * said in `sizes`. Imaginary parts that no real values have (of frequency 0 and, n being even, n/2) are left out of account. As
 * `numpy.fft.irfft` and `irfftn`.
 *
 * @example
 * irfft(rfft([1, 2, 3, 4])).toArray()  // [1, 2, 3, 4]
 * irfft(rfft([1, 2, 3]), { sizes: 3 }).shape  // [3]
 */
export const irfft = (x: TensorLike, options: FftOptions = {}): Tensor =>
  scope(() => {
    const given = complexTensor('irfft', 'x', x)
    const plan = planFft('irfft', given.shape.slice(0, -1), options, { inverse: true, halved: true })
    return apply(restoring, plan, [resized(given, halvedShape(plan.shape, plan.axes))])
  })

/**
 * The product of complex values, element by element: `[..., 2]` and `[..., 2]`, broadcast against each other. With `fft`, a
 * convolution: ifft(fft(x) · fft(h)).
 *
 * @example
 * complexMultiply([1, 2], [3, -1]).toArray()  // [5, 5]: (1 + 2i)(3 − i)
 */
export const complexMultiply = (a: TensorLike, b: TensorLike): Tensor =>
  scope(() => {
    const [x, y] = [complexTensor('complexMultiply', 'a', a), complexTensor('complexMultiply', 'b', b)]
    const shape = broadcastShapes('complexMultiply', x.shape, y.shape)
    return apply(complexProduct, { conjugate: false }, [broadcastTo(x, shape), broadcastTo(y, shape)])
  })

/** x·y or, with `conjugate`, x times the conjugate of y; of one shape. */
const complexProduct: KernelPrimitive<'complexMultiply'> = {
  kernel: kernels.complexMultiply,
  composition: ({ conjugate }, pairs) => [
    () => {
      const [[a, b], [c, d]] = pairs.map((pair) => split(pair, 2, -1))
      const imaginary = conjugate ? negate(d) : d
      const real = subtract(multiply(a, c), multiply(b, imaginary))
      return concat([real, add(multiply(a, imaginary), multiply(b, c))], -1)
    },
  ],
  gradient: (g, [x, y], { conjugate }) => [
    () => apply(complexProduct, { conjugate: !conjugate }, [g, y]),
    () => apply(complexProduct, { conjugate: true }, conjugate ? [x, g] : [g, x]),
  ],
}
