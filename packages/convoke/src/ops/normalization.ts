// Normalisations of each example by itself, channels last.

import { scope } from '../autodiff/gradients.ts'
import { normalizeAxes, sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkFinite, floatTensor } from './arguments.ts'
import { add, divide, multiply } from './arithmetic.ts'
import { power, square } from './elementwise.ts'
import { averagePool } from './pooling.ts'
import { affineOf, type NormOptions, normKeys, overAxes, perChannel } from './standardize.ts'
import { reshape } from './stretch.ts'

/** Normalises over `axes` (the last when not given) of each example (Ba et al. 2016). */
export function layerNorm(
  value: TensorLike,
  options: NormOptions & {
    /** The axes to normalise over: the last when not given. Negative ones count from the end. */
    axes?: number | readonly number[] | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('layerNorm', 'x', value)
    checkOptions('layerNorm', options, [...normKeys, 'axes'])
    const axes = normalizeAxes('layerNorm', options.axes ?? -1, x.rank)
    return overAxes('layerNorm', x, axes, options)
  })
}

/** Normalises over space and each of `groups` equal runs of channels (Wu & He 2018). Scale and bias: `[channels]`. */
export const groupNorm = (value: TensorLike, groups: number, options: NormOptions = {}): Tensor =>
  overGroups('groupNorm', floatTensor('groupNorm', 'x', value), groups, options)

function overGroups(op: string, x: Tensor, groups: number, options: NormOptions): Tensor {
  return scope(() => {
    checkOptions(op, options, normKeys)
    check(x.rank >= 2, () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, ..., channels].`)
    const channels = x.shape[x.rank - 1]
    check(
      Number.isInteger(groups) && groups >= 1 && channels % groups === 0,
      () => `${op}: ${show(groups)} groups must divide the ${channels} channels. Use a divisor of ${channels}.`,
    )
    perChannel(op, x, 'scale', options.scale)
    perChannel(op, x, 'bias', options.bias)
    const apart = [groups, channels / groups]
    const cells = reshape(x, [x.shape[0], sizeOf(x.shape.slice(1, -1)), ...apart])
    const { scale, bias } = affineOf(op, x, options)
    const affine = {
      scale: scale === null ? undefined : reshape(scale, apart),
      bias: bias === null ? undefined : reshape(bias, apart),
    }
    return reshape(overAxes(op, cells, [1, 3], { ...affine, epsilon: options.epsilon }), x.shape)
  })
}

/** Normalises each channel of each example over space (Ulyanov et al. 2016). */
export function instanceNorm(value: TensorLike, options: NormOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('instanceNorm', 'x', value)
    return overGroups('instanceNorm', x, x.shape[x.rank - 1], options)
  })
}

/** x / √(mean(x²) + epsilon) · scale over `axes`, the last when not given (Zhang & Sennrich 2019). */
export function rmsNorm(
  value: TensorLike,
  options: Omit<NormOptions, 'bias'> & {
    /** The axes to take the mean of squares over: the last when not given. Negative ones count from the end. */
    axes?: number | readonly number[] | undefined
  } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('rmsNorm', 'x', value)
    checkOptions('rmsNorm', options, ['scale', 'epsilon', 'axes'])
    const axes = normalizeAxes('rmsNorm', options.axes ?? -1, x.rank)
    return overAxes('rmsNorm', x, axes, options, { centred: false })
  })
}

/** The options of `localResponseNorm`. */
export interface LocalResponseNormOptions {
  /** Channels in the window, centred; an even size reaches one further up. */
  readonly size: number
  /** Factor on the mean of squares: 1e-4 when not given. */
  readonly alpha?: number | undefined
  /** Exponent of the divisor: 0.75 when not given. */
  readonly beta?: number | undefined
  /** The constant k: 1 when not given. */
  readonly bias?: number | undefined
}

/** x / (bias + alpha/size · Σ x²)^beta over neighbouring channels (Krizhevsky et al. 2012; sizes as ONNX LRN). */
export function localResponseNorm(value: TensorLike, options: LocalResponseNormOptions): Tensor {
  return scope(() => {
    const x = floatTensor('localResponseNorm', 'x', value)
    checkOptions('localResponseNorm', options, ['size', 'alpha', 'beta', 'bias'])
    check(x.rank >= 1, () => 'localResponseNorm: the input is one number; it must have an axis of channels.')
    const { size, alpha = 1e-4, beta = 0.75, bias = 1 } = options
    check(
      Number.isInteger(size) && size >= 1,
      () => `localResponseNorm: the size is ${show(size)}; it must be a whole number of 1 or more.`,
    )
    checkFinite('localResponseNorm', 'alpha', alpha)
    checkFinite('localResponseNorm', 'beta', beta)
    checkFinite('localResponseNorm', 'bias', bias)
    const channels = x.shape[x.rank - 1]
    // Channels become the one spatial axis of a pooling; averages that count padding are sums / size.
    const line = reshape(square(x), [x.size / Math.max(channels, 1), channels, 1])
    const padding = [[Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)]] as const
    const average = reshape(averagePool(line, size, { stride: 1, padding, countPadding: true }), x.shape)
    return divide(x, power(add(multiply(average, alpha), bias), beta))
  })
}
