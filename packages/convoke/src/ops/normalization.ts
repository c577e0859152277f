// Normalisations, channels last.

import { scope } from '../autodiff/gradients.ts'
import { normalizeAxes, sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkFinite, floatTensor } from './arguments.ts'
import { add, divide, multiply, power, subtract } from './arithmetic.ts'
import { rsqrt, square } from './elementwise.ts'
import { reshape } from './movement.ts'
import { averagePool } from './pooling.ts'
import { mean, variance } from './reductions.ts'

export interface NormOptions {
  /** Multiplies the normalised values; broadcasts, one value a channel as a rule. */
  readonly scale?: TensorLike | undefined
  /** Added after the scale. */
  readonly bias?: TensorLike | undefined
  /** Added to the variance; 1e-5 when not given. */
  readonly epsilon?: number | undefined
}

const keys = ['scale', 'bias', 'epsilon']

function epsilonOf(op: string, { epsilon = 1e-5 }: NormOptions): number {
  check(
    Number.isFinite(epsilon) && epsilon >= 0,
    () => `${op}: epsilon is ${show(epsilon)}; it must be a number of 0 or more.`,
  )
  return epsilon
}

function scaleAndShift(op: string, x: Tensor, options: NormOptions): Tensor {
  const scale = fitting(op, 'scale', options.scale, x)
  const bias = fitting(op, 'bias', options.bias, x)
  const scaled = scale === null ? x : multiply(x, scale)
  return bias === null ? scaled : add(scaled, bias)
}

/** The operand as a tensor that stretches to `x`, never `x` to it. */
function fitting(op: string, name: 'scale' | 'bias', value: TensorLike | undefined, x: Tensor): Tensor | null {
  if (value === undefined) return null
  const part = floatTensor(op, `the ${name}`, value)
  const aligned = x.shape.slice(x.rank - part.rank)
  check(
    part.rank <= x.rank && part.shape.every((size, axis) => size === 1 || size === aligned[axis]),
    () =>
      `${op}: the ${name} has shape ${showShape(part.shape)}, which does not stretch to the input's ${showShape(x.shape)}. Use the sizes of its last axes, or 1.`,
  )
  return part
}

const standardize = (x: Tensor, centre: TensorLike, spread: Tensor, epsilon: number): Tensor =>
  multiply(subtract(x, centre), rsqrt(add(spread, epsilon)))

function overAxes(op: string, x: Tensor, axes: readonly number[], options: NormOptions): Tensor {
  check(
    axes.every((axis) => x.shape[axis] > 0),
    () =>
      `${op}: there is nothing to normalise over in an input of shape ${showShape(x.shape)}. Its axes must be 1 or more.`,
  )
  const centre = mean(x, { axes, keepDims: true })
  return standardize(x, centre, variance(x, { axes, keepDims: true }), epsilonOf(op, options))
}

export interface BatchNormOptions extends NormOptions {
  /** Running statistics, shape [channels]; without them those of this batch are used, as in training. */
  readonly mean?: TensorLike | undefined
  readonly variance?: TensorLike | undefined
}

/**
 * (x − mean) / √(variance + epsilon) · scale + bias for each channel (Ioffe & Szegedy 2015). Given `mean` and
 * `variance`, with them (prediction); without, with those of the batch over every axis but the last (training).
 */
export function batchNorm(value: TensorLike, options: BatchNormOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('batchNorm', 'x', value)
    checkOptions('batchNorm', options, [...keys, 'mean', 'variance'])
    check(
      (options.mean === undefined) === (options.variance === undefined),
      () => 'batchNorm: only one of mean and variance is given. Give both (prediction) or neither (training).',
    )
    for (const name of ['scale', 'bias', 'mean', 'variance'] as const) perChannel('batchNorm', x, name, options[name])
    if (options.mean === undefined || options.variance === undefined) {
      return scaleAndShift('batchNorm', overAxes('batchNorm', x, leadingAxes('batchNorm', x), options), options)
    }
    const spread = floatTensor('batchNorm', 'the variance', options.variance)
    return scaleAndShift('batchNorm', standardize(x, options.mean, spread, epsilonOf('batchNorm', options)), options)
  })
}

/** The statistics `batchNorm` uses in training: mean and (biased) variance of each channel, shape `[channels]`. */
export function batchStatistics(value: TensorLike): { mean: Tensor; variance: Tensor } {
  return scope(() => {
    const x = floatTensor('batchStatistics', 'x', value)
    const axes = leadingAxes('batchStatistics', x)
    return { mean: mean(x, { axes }), variance: variance(x, { axes }) }
  })
}

function leadingAxes(op: string, x: Tensor): number[] {
  check(x.rank >= 2, () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, ..., channels].`)
  return x.shape.slice(0, -1).map((_, axis) => axis)
}

function perChannel(op: string, x: Tensor, name: string, value: TensorLike | undefined): void {
  if (value === undefined) return
  const channels = x.shape[x.rank - 1]
  const { shape } = floatTensor(op, `the ${name}`, value)
  check(
    shape.length === 1 && shape[0] === channels,
    () =>
      `${op}: the ${name} has shape ${showShape(shape)}; the input has ${channels} channels. Use shape [${channels}].`,
  )
}

/** Normalises over `axes` (the last when not given) of each example (Ba et al. 2016). */
export function layerNorm(
  value: TensorLike,
  options: NormOptions & { axes?: number | readonly number[] } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('layerNorm', 'x', value)
    checkOptions('layerNorm', options, [...keys, 'axes'])
    const axes = normalizeAxes('layerNorm', options.axes ?? -1, x.rank)
    return scaleAndShift('layerNorm', overAxes('layerNorm', x, axes, options), options)
  })
}

/** Normalises over space and each of `groups` equal runs of channels (Wu & He 2018). Scale and bias: `[channels]`. */
export const groupNorm = (value: TensorLike, groups: number, options: NormOptions = {}): Tensor =>
  overGroups('groupNorm', floatTensor('groupNorm', 'x', value), groups, options)

function overGroups(op: string, x: Tensor, groups: number, options: NormOptions): Tensor {
  return scope(() => {
    checkOptions(op, options, keys)
    check(x.rank >= 2, () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, ..., channels].`)
    const channels = x.shape[x.rank - 1]
    check(
      Number.isInteger(groups) && groups >= 1 && channels % groups === 0,
      () => `${op}: ${show(groups)} groups must divide the ${channels} channels. Use a divisor of ${channels}.`,
    )
    perChannel(op, x, 'scale', options.scale)
    perChannel(op, x, 'bias', options.bias)
    const cells = reshape(x, [x.shape[0], sizeOf(x.shape.slice(1, -1)), groups, channels / groups])
    return scaleAndShift(op, reshape(overAxes(op, cells, [1, 3], options), x.shape), options)
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
  options: Omit<NormOptions, 'bias'> & { axes?: number | readonly number[] } = {},
): Tensor {
  return scope(() => {
    const x = floatTensor('rmsNorm', 'x', value)
    checkOptions('rmsNorm', options, ['scale', 'epsilon', 'axes'])
    const axes = normalizeAxes('rmsNorm', options.axes ?? -1, x.rank)
    const spread = mean(square(x), { axes, keepDims: true })
    return scaleAndShift('rmsNorm', multiply(x, rsqrt(add(spread, epsilonOf('rmsNorm', options)))), options)
  })
}

export interface LocalResponseNormOptions {
  /** Channels in the window, centred; an even size reaches one further up. */
  readonly size: number
  /** 1e-4 when not given. */
  readonly alpha?: number | undefined
  /** 0.75 when not given. */
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
