// Pooling over 1 to 3 spatial axes of [batch, ...spatial, channels].

import { scope } from '../autodiff/gradients.ts'
import { apply, applyAll, type KernelPrimitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import type { PerAxis } from '../shapes/conv-spec.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { adaptivePoolSpec, type PoolGeometry, type PoolSpec, poolSpec } from '../shapes/pool-spec.ts'
import { type TensorLike, zeros } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor, indexTensor } from './arguments.ts'
import { equal, where } from './arithmetic.ts'
import { abs, power, sqrt, square } from './elementwise.ts'
import { elementsAt, scatter } from './indexing.ts'
import { max, mean, norm } from './reductions.ts'
import { type ReduceOptions, reshape } from './stretch.ts'

/** The options of `maxPool`: stride, padding, dilation and whether the output size is rounded up. */
export type PoolOptions = Omit<PoolGeometry, 'kernel'>

/** The options of `averagePool`. */
export interface AveragePoolOptions extends PoolOptions {
  /** Divides by all taps inside the padded input, not only by those inside the input. Default false. */
  readonly countPadding?: boolean | undefined
}

/** What `maxPoolWithIndices` returns: both of the pooled shape. */
export interface MaxPoolResult {
  /** The maximum of each window. */
  readonly values: Tensor
  /** The position of each maximum among the spatial positions of its channel, row-major; int32. */
  readonly indices: Tensor
}

const geometryKeys = ['stride', 'padding', 'dilation', 'ceil']

const outputShape = (spec: PoolSpec): number[] => [spec.batch, ...spec.outputSize, spec.channels]
const inputShape = (spec: PoolSpec): number[] => [spec.batch, ...spec.inputSize, spec.channels]

function specFor(op: string, x: Tensor, kernel: PerAxis, options: AveragePoolOptions, keys = geometryKeys): PoolSpec {
  checkOptions(op, options, keys)
  checkFlag(op, 'ceil', options.ceil)
  checkFlag(op, 'countPadding', options.countPadding)
  return poolSpec(op, x.shape, { ...options, kernel })
}

const maximizing: KernelPrimitive<'maxPool'> = {
  outputs: ({ pool }) => {
    const shape = outputShape(pool)
    return [
      { shape, dtype: 'float32' },
      { shape, dtype: 'int32' },
    ]
  },
  kernel: kernels.maxPool,
  reach: 'pool',
  saves: (_, [, indices]) => [indices],
  differentiable: 1,
  gradient: (g, [indices], spec) => [() => apply(puttingBack, spec, [g, indices])],
}

/** Gradients of pooled values, put where the values came from. */
const puttingBack: KernelPrimitive<'maxPoolGradient'> = {
  shape: ({ pool }) => inputShape(pool),
  dtype: 'float32',
  kernel: kernels.maxPoolGradient,
  saves: ([, indices]) => [indices],
  gradient: (g, [indices], { pool }, [shape]) => [
    () => {
      const columns = [pool.batch, sizeOf(pool.outputSize), pool.channels]
      const source = [pool.batch, sizeOf(pool.inputSize), pool.channels]
      return reshape(elementsAt(reshape(g, source), reshape(indices, columns), 1), shape)
    },
    null,
  ],
}

function runMaxPool(pool: PoolSpec, x: Tensor): MaxPoolResult {
  const [values, indices] = applyAll(maximizing, { pool }, [x])
  return { values, indices }
}

/**
 * The largest element of each window; padding never wins. Windows lie side by side unless `stride` says otherwise.
 *
 * @example
 * maxPool(ones([1, 4, 4, 3]), 2).shape  // [1, 2, 2, 3]
 */
export const maxPool = (x: TensorLike, kernel: PerAxis, options: PoolOptions = {}): Tensor =>
  scope(() => maxPoolWithIndices(x, kernel, options).values)

/** `maxPool`, and where each maximum was found: the first of equals. */
export function maxPoolWithIndices(value: TensorLike, kernel: PerAxis, options: PoolOptions = {}): MaxPoolResult {
  return scope(() => {
    const x = floatTensor('maxPool', 'x', value)
    return runMaxPool(specFor('maxPool', x, kernel, options), x)
  })
}

/**
 * Puts pooled values back where `indices` (of `maxPoolWithIndices`) say they came from, zeros elsewhere; `size` is the
 * spatial size to fill. The gradient flows to the values.
 */
export function maxUnpool(value: TensorLike, indices: TensorLike, size: readonly number[]): Tensor {
  return scope(() => {
    const x = floatTensor('maxUnpool', 'x', value)
    check(
      x.rank >= 3 &&
        Array.isArray(size) &&
        size.length === x.rank - 2 &&
        size.every((n) => Number.isInteger(n) && n >= 1),
      () =>
        `maxUnpool: the size is ${show(size)}; give one whole number for each spatial axis of ${showShape(x.shape)}.`,
    )
    const places = indexTensor('maxUnpool', indices, sizeOf(size), 'from-start')
    check(
      places.shape.join() === x.shape.join(),
      () =>
        `maxUnpool: values of shape ${showShape(x.shape)} and indices of shape ${showShape(places.shape)} must have one shape.`,
    )
    const [batch, channels] = [x.shape[0], x.shape[x.rank - 1]]
    const columns = [batch, sizeOf(x.shape.slice(1, -1)), channels]
    const empty = zeros([batch, sizeOf(size), channels])
    return reshape(scatter(empty, reshape(places, columns), reshape(x, columns), { axis: 1 }), [
      batch,
      ...size,
      channels,
    ])
  })
}

const averaging: KernelPrimitive<'averagePool'> = {
  shape: ({ pool }) => outputShape(pool),
  dtype: 'float32',
  kernel: kernels.averagePool,
  reach: 'pool',
  adjoint: (g, spec) => apply(spreading, spec, [g]),
}

const spreading: KernelPrimitive<'averagePoolGradient'> = {
  shape: ({ pool }) => inputShape(pool),
  dtype: 'float32',
  kernel: kernels.averagePoolGradient,
  adjoint: (g, spec) => apply(averaging, spec, [g]),
}

/** The mean of each window, over the taps inside the input (or, with `countPadding`, over padding too). */
export function averagePool(value: TensorLike, kernel: PerAxis, options: AveragePoolOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('averagePool', 'x', value)
    const spec = specFor('averagePool', x, kernel, options, [...geometryKeys, 'countPadding'])
    return apply(averaging, { pool: spec, divisor: options.countPadding ? 'padded' : 'inside' }, [x])
  })
}

/** (Σ|x|ᵖ)^(1/p) over each window; p = 2 when not given. */
export function lpPool(
  value: TensorLike,
  kernel: PerAxis,
  options: PoolOptions & {
    /** The exponent, 1 or more: 2 when not given. 1 adds up magnitudes; a large one comes close to the maximum. */
    p?: number | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('lpPool', 'x', value)
    checkOptions('lpPool', options, [...geometryKeys, 'p'])
    const { p = 2, ...geometry } = options
    return runLpPool('lpPool', specFor('lpPool', x, kernel, geometry), x, p)
  })
}

function runLpPool(op: string, pool: PoolSpec, x: Tensor, p: number): Tensor {
  check(Number.isFinite(p) && p >= 1, () => `${op}: p is ${show(p)}; it must be a number of 1 or more.`)
  const powers = p === 2 ? square(x) : p === 1 ? abs(x) : power(abs(x), p)
  const sums = apply(averaging, { pool, divisor: 'one' }, [powers])
  if (p === 1) return sums
  const empty = equal(sums, 0)
  // At 0 the root has no derivative; keeping 0 away from it makes the gradient there 0 and never NaN.
  const whole = where(empty, 1, sums)
  return where(empty, 0, p === 2 ? sqrt(whole) : power(whole, 1 / p))
}

/** The mean over all spatial positions: `[batch, ...spatial, channels]` → `[batch, 1, …, channels]`, or `[batch, channels]` without `keepDims`. */
export function globalAveragePool(
  value: TensorLike,
  options: {
    /** Whether the spatial axes stay, with size 1: not when not given. */
    keepDims?: boolean | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('globalAveragePool', 'x', value)
    return mean(x, spatialAxes('globalAveragePool', x, options))
  })
}

/** The maximum over all spatial positions; shapes as `globalAveragePool`. */
export function globalMaxPool(
  value: TensorLike,
  options: {
    /** Whether the spatial axes stay, with size 1: not when not given. */
    keepDims?: boolean | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('globalMaxPool', 'x', value)
    return max(x, spatialAxes('globalMaxPool', x, options))
  })
}

/** (Σ|x|ᵖ)^(1/p) over all spatial positions; shapes as `globalAveragePool`. */
export function globalLpPool(
  value: TensorLike,
  options: {
    /** Whether the spatial axes stay, with size 1: not when not given. */
    keepDims?: boolean | undefined
    /** The exponent, 1 or more: 2 when not given. */
    p?: number | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('globalLpPool', 'x', value)
    const { p = 2, ...rest } = checkGlobal('globalLpPool', options, ['keepDims', 'p'])
    const axes = spatialAxes('globalLpPool', x, rest)
    if (p === 1 || p === 2) return norm(x, { ...axes, p })
    const y = runLpPool('globalLpPool', adaptivePoolSpec('globalLpPool', x.shape, 1), x, p)
    return rest.keepDims ? y : reshape(y, [x.shape[0], x.shape[x.rank - 1]])
  })
}

function checkGlobal<T extends { keepDims?: boolean | undefined }>(op: string, options: T, keys: readonly string[]): T {
  checkOptions(op, options, keys)
  checkFlag(op, 'keepDims', options.keepDims)
  return options
}

function spatialAxes(op: string, x: Tensor, options: { keepDims?: boolean | undefined }): ReduceOptions {
  const { keepDims = false } = checkGlobal(op, options, ['keepDims'])
  check(
    x.rank >= 3 && x.rank <= 5,
    () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, ...spatial, channels].`,
  )
  return { axes: x.shape.slice(1, -1).map((_, axis) => axis + 1), keepDims }
}

/** Means over windows chosen so that the result has the spatial size `size`, whatever the input's (PyTorch's rule). */
export function adaptiveAveragePool(value: TensorLike, size: PerAxis): Tensor {
  return scope(() => {
    const x = floatTensor('adaptiveAveragePool', 'x', value)
    const pool = adaptivePoolSpec('adaptiveAveragePool', x.shape, size)
    return apply(averaging, { pool, divisor: 'inside' }, [x])
  })
}

/** Maxima over windows chosen so that the result has the spatial size `size`, whatever the input's (PyTorch's rule). */
export function adaptiveMaxPool(value: TensorLike, size: PerAxis): Tensor {
  return scope(() => {
    const x = floatTensor('adaptiveMaxPool', 'x', value)
    return runMaxPool(adaptivePoolSpec('adaptiveMaxPool', x.shape, size), x).values
  })
}
