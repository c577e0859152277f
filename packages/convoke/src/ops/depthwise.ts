// Depthwise and separable convolution: grouped convolutions under the names and filter layouts people know.

import { scope } from '../autodiff/gradients.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { type ConvOptions, runConv } from './conv.ts'
import { reshape } from './stretch.ts'

/** The options of `depthwiseConv`: those of `conv`, but `groups`, which is the number of input channels. */
export type DepthwiseOptions = Omit<ConvOptions, 'groups'>

const depthwiseKeys = ['stride', 'padding', 'dilation', 'bias', 'residual', 'activation', 'precision', 'plan']

function runDepthwise(
  op: string,
  rank: number | null,
  input: TensorLike,
  filterLike: TensorLike,
  options: DepthwiseOptions,
): Tensor {
  return scope(() => {
    checkOptions(op, options, depthwiseKeys, ['activation'])
    const filter = floatTensor(op, 'the filter', filterLike)
    const x = floatTensor(op, 'the input', input)
    const spatial = rank ?? filter.rank - 2
    check(
      filter.rank === spatial + 2 && spatial >= 1 && spatial <= 3,
      () =>
        `${op}: the filter has rank ${filter.rank} (shape ${showShape(filter.shape)}); it must be [...kernel, channels, multiplier], rank ${rank === null ? '3 to 5' : rank + 2}.`,
    )
    check(
      x.rank === spatial + 2 || x.rank === spatial + 1,
      () =>
        `${op}: the input has rank ${x.rank} (shape ${showShape(x.shape)}); a filter of rank ${filter.rank} needs [batch, ...spatial, channels], rank ${spatial + 2}; the batch axis may be left out.`,
    )
    const channels = x.shape[x.rank - 1]
    const [own, multiplier] = filter.shape.slice(-2)
    check(
      own === channels,
      () =>
        `${op}: the filter is for ${own} channels, the input has ${channels} (shape ${showShape(x.shape)}). Use a filter of shape ${showShape([...filter.shape.slice(0, -2), channels, multiplier])}.`,
    )
    const grouped = reshape(filter, [...filter.shape.slice(0, -2), 1, own * multiplier])
    return runConv(op, spatial, x, grouped, { ...options, groups: Math.max(channels, 1) })
  })
}

/**
 * Each channel convolved by itself with `multiplier` kernels (TensorFlow's depthwise convolution): input
 * `[batch, ...spatial, channels]`, filter `[...kernel, channels, multiplier]`, result channels `channels · multiplier`,
 * those of one input channel side by side.
 */
export const depthwiseConv = (input: TensorLike, filter: TensorLike, options: DepthwiseOptions = {}): Tensor =>
  runDepthwise('depthwiseConv', null, input, filter, options)

/** `depthwiseConv` over one axis. */
export const depthwiseConv1d = (input: TensorLike, filter: TensorLike, options: DepthwiseOptions = {}): Tensor =>
  runDepthwise('depthwiseConv1d', 1, input, filter, options)

/** `depthwiseConv` over two axes. */
export const depthwiseConv2d = (input: TensorLike, filter: TensorLike, options: DepthwiseOptions = {}): Tensor =>
  runDepthwise('depthwiseConv2d', 2, input, filter, options)

/** `depthwiseConv` over three axes. */
export const depthwiseConv3d = (input: TensorLike, filter: TensorLike, options: DepthwiseOptions = {}): Tensor =>
  runDepthwise('depthwiseConv3d', 3, input, filter, options)

/**
 * A depthwise convolution, then a 1×1 convolution that mixes the channels (Sifre 2014; Chollet 2017, Xception).
 * Depthwise filter `[height, width, channels, multiplier]`, pointwise filter `[1, 1, channels · multiplier, out]`.
 * Stride, padding and dilation belong to the depthwise step; bias, residual and activation to the pointwise one.
 */
export function separableConv2d(
  input: TensorLike,
  depthwiseFilter: TensorLike,
  pointwiseFilter: TensorLike,
  options: DepthwiseOptions = {},
): Tensor {
  return scope(() => {
    checkOptions('separableConv2d', options, depthwiseKeys, ['activation'])
    const { stride, padding, dilation, ...epilogue } = options
    const pointwise = floatTensor('separableConv2d', 'the pointwise filter', pointwiseFilter)
    check(
      pointwise.rank === 4 && pointwise.shape[0] === 1 && pointwise.shape[1] === 1,
      () =>
        `separableConv2d: the pointwise filter has shape ${showShape(pointwise.shape)}; it must be [1, 1, channels · multiplier, out].`,
    )
    const spread = runDepthwise('separableConv2d', 2, input, depthwiseFilter, { stride, padding, dilation })
    return runConv('separableConv2d', 2, spread, pointwise, epilogue)
  })
}
