// Convolution layers. Filters start as PyTorch's do: uniform within ±1 / √fanIn.

import { convKeys } from '../ops/conv.ts'
import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  depthwiseConv1d,
  depthwiseConv2d,
  depthwiseConv3d,
} from '../ops/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { type PerAxis, perAxis } from '../shapes/conv-spec.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type Fan, fanInUniform, type Initializer } from './initializers.ts'
import { defineModule, type Module, type TensorSpec } from './module.ts'

/** How the tensors of a layer are drawn. */
export interface InitializeOptions {
  /** Of the weights: uniform within 1/√(fan-in) when not given, as in PyTorch. */
  readonly weight?: Initializer | undefined
  /** Of the bias: uniform within 1/√(fan-in) when not given, as in PyTorch. */
  readonly bias?: Initializer | undefined
}

interface LayerOptions {
  /** Kernel length; one number for every spatial axis or one per axis. */
  readonly kernel: PerAxis
  /** Whether the layer has a bias, one number for each output channel. Default true. */
  readonly bias?: boolean | undefined
  /** How weights and bias are drawn. */
  readonly initialize?: InitializeOptions | undefined
}

type Epilogue = 'bias' | 'residual'

/** The options of `Conv1d`, `Conv2d` and `Conv3d`. */
export interface ConvLayerOptions extends LayerOptions, Omit<ConvOptions, Epilogue> {
  /** Channels of the input. */
  readonly in: number
  /** Channels of the result: the number of kernels. */
  readonly out: number
}

/** The options of `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`. */
export interface ConvTransposeLayerOptions extends LayerOptions, Omit<ConvTransposeOptions, Epilogue> {
  /** Channels of the input. */
  readonly in: number
  /** Channels of the result. */
  readonly out: number
}

/** The options of `DepthwiseConv1d`, `DepthwiseConv2d` and `DepthwiseConv3d`. */
export interface DepthwiseLayerOptions extends LayerOptions, Omit<ConvOptions, Epilogue | 'groups'> {
  /** Channels of the input. */
  readonly channels: number
  /** Kernels for each channel; 1 when not given. */
  readonly multiplier?: number | undefined
}

/** Whole numbers of 1 or more, or a refusal that names the option. */
export function checkCounts(kind: string, counts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(counts)) {
    check(
      Number.isInteger(value) && (value as number) >= 1,
      () => `${kind}: ${name} is ${show(value)}; it must be a whole number of 1 or more.`,
    )
  }
}

function checkGroups(kind: string, groups: number, input: number, output: number): void {
  checkCounts(kind, { in: input, out: output, groups })
  check(
    input % groups === 0 && output % groups === 0,
    () => `${kind}: groups ${groups} must divide both the ${input} input channels and the ${output} output channels.`,
  )
}

export const weightSpec = (shape: readonly number[], fan: Fan, initialize: InitializeOptions = {}): TensorSpec => ({
  shape,
  fan,
  initialize: initialize.weight ?? fanInUniform(),
})

export const biasSpec = (
  size: number,
  fan: Fan,
  bias: boolean | undefined,
  initialize: InitializeOptions = {},
): TensorSpec | undefined =>
  (bias ?? true) ? { shape: [size], fan, initialize: initialize.bias ?? fanInUniform() } : undefined

const layerKeys = ['in', 'out', 'kernel', 'initialize', ...convKeys]

type ConvOp<O> = (x: TensorLike, filter: TensorLike, options: O) => Tensor

function convLayer(kind: string, rank: number, op: ConvOp<ConvOptions>, options: ConvLayerOptions): Module {
  checkOptions(kind, options, layerKeys, ['activation'])
  const { in: input, out: output, kernel, bias, initialize, ...rest } = options
  const groups = rest.groups ?? 1
  checkGroups(kind, groups, input, output)
  const sides = perAxis(kind, 'the kernel', kernel, rank)
  const taps = sizeOf(sides)
  const fan = { in: (taps * input) / groups, out: (taps * output) / groups }
  return defineModule({
    kind,
    options,
    parameters: {
      weight: { ...weightSpec([...sides, input / groups, output], fan, initialize), groups },
      bias: biasSpec(output, fan, bias, initialize),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        op(x, tensors.weight, { ...rest, bias: tensors.bias }),
  })
}

/** `conv1d` with a filter of its own: `[batch, length, in]` → `[batch, length', out]`. */
export const Conv1d = (options: ConvLayerOptions): Module => convLayer('Conv1d', 1, conv1d, options)

/**
 * `conv2d` with a filter of its own: `[batch, height, width, in]` → `[batch, height', width', out]`.
 *
 * @example
 * const layer = nn.Conv2d({ in: 1, out: 8, kernel: 3, padding: 'same', activation: 'relu' })
 * layer(zeros([2, 28, 28, 1])).shape  // [2, 28, 28, 8]
 * layer.parameterCount()  // 80
 */
export const Conv2d = (options: ConvLayerOptions): Module => convLayer('Conv2d', 2, conv2d, options)

/** `conv3d` with a filter of its own: `[batch, depth, height, width, in]` → `[…, out]`. */
export const Conv3d = (options: ConvLayerOptions): Module => convLayer('Conv3d', 3, conv3d, options)

function transposeLayer(
  kind: string,
  rank: number,
  op: ConvOp<ConvTransposeOptions>,
  options: ConvTransposeLayerOptions,
): Module {
  checkOptions(kind, options, [...layerKeys, 'outputPadding', 'outputSize'], ['activation'])
  const { in: input, out: output, kernel, bias, initialize, ...rest } = options
  const groups = rest.groups ?? 1
  checkGroups(kind, groups, input, output)
  const sides = perAxis(kind, 'the kernel', kernel, rank)
  const taps = sizeOf(sides)
  // PyTorch reads the fan of a transposed filter from its output side.
  const fan = { in: (taps * output) / groups, out: (taps * input) / groups }
  return defineModule({
    kind,
    options,
    parameters: {
      weight: { ...weightSpec([...sides, output / groups, input], fan, initialize), groups },
      bias: biasSpec(output, fan, bias, initialize),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        op(x, tensors.weight, { ...rest, bias: tensors.bias }),
  })
}

/** `convTranspose1d` with a filter of its own. */
export const ConvTranspose1d = (options: ConvTransposeLayerOptions): Module =>
  transposeLayer('ConvTranspose1d', 1, convTranspose1d, options)

/**
 * `convTranspose2d` with a filter of its own: doubles a picture with `kernel: 2, stride: 2`.
 *
 * @example
 * nn.ConvTranspose2d({ in: 8, out: 4, kernel: 2, stride: 2 })(zeros([1, 7, 7, 8])).shape  // [1, 14, 14, 4]
 */
export const ConvTranspose2d = (options: ConvTransposeLayerOptions): Module =>
  transposeLayer('ConvTranspose2d', 2, convTranspose2d, options)

/** `convTranspose3d` with a filter of its own. */
export const ConvTranspose3d = (options: ConvTransposeLayerOptions): Module =>
  transposeLayer('ConvTranspose3d', 3, convTranspose3d, options)

function depthwiseLayer(
  kind: string,
  rank: number,
  op: ConvOp<Omit<ConvOptions, 'groups'>>,
  options: DepthwiseLayerOptions,
): Module {
  checkOptions(kind, options, ['channels', 'kernel', 'multiplier', ...layerKeys.slice(3)], ['activation'])
  const { channels, multiplier = 1, kernel, bias, initialize, ...rest } = options
  checkCounts(kind, { channels, multiplier })
  const sides = perAxis(kind, 'the kernel', kernel, rank)
  const taps = sizeOf(sides)
  const fan = { in: taps, out: taps * multiplier }
  return defineModule({
    kind,
    options,
    parameters: {
      weight: weightSpec([...sides, channels, multiplier], fan, initialize),
      bias: biasSpec(channels * multiplier, fan, bias, initialize),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        op(x, tensors.weight, { ...rest, bias: tensors.bias }),
  })
}

/** `depthwiseConv1d` with a filter of its own. */
export const DepthwiseConv1d = (options: DepthwiseLayerOptions): Module =>
  depthwiseLayer('DepthwiseConv1d', 1, depthwiseConv1d, options)

/** `depthwiseConv2d` with a filter of its own: each channel by itself. */
export const DepthwiseConv2d = (options: DepthwiseLayerOptions): Module =>
  depthwiseLayer('DepthwiseConv2d', 2, depthwiseConv2d, options)

/** `depthwiseConv3d` with a filter of its own. */
export const DepthwiseConv3d = (options: DepthwiseLayerOptions): Module =>
  depthwiseLayer('DepthwiseConv3d', 3, depthwiseConv3d, options)

/** The options of `SeparableConv2d`. Bias, activation and precision are those of the 1×1 convolution. */
export interface SeparableLayerOptions extends Omit<ConvLayerOptions, 'groups'> {
  /** Channels of the depthwise convolution for each input channel; 1 when not given. */
  readonly multiplier?: number | undefined
}

/**
 * A depthwise convolution without bias, then a 1×1 convolution that mixes the channels (Chollet 2017, Xception).
 * Children: `depthwise`, `pointwise`.
 */
export function SeparableConv2d(options: SeparableLayerOptions): Module {
  const { in: input, out, kernel, multiplier = 1, stride, padding, dilation, ...pointwise } = options
  const geometry = { stride, padding, dilation }
  return defineModule({
    kind: 'SeparableConv2d',
    options,
    children: {
      depthwise: DepthwiseConv2d({ channels: input, multiplier, kernel, ...geometry, bias: false }),
      pointwise: Conv2d({ ...pointwise, in: input * multiplier, out, kernel: 1 }),
    },
    forward:
      ({ children }) =>
      (x: Tensor) =>
        children.pointwise(children.depthwise(x)),
  })
}
