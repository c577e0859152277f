// The layers that `walkChain` knows, as plain data. Sizes that are single numbers are used for every spatial axis.

import type { PerAxis } from './conv-spec.ts'
import type { Padding } from './padding.ts'

/** Whether a pooling keeps the largest value of a window or their mean. */
export type PoolKind = 'max' | 'average'

/** Where the windows of a layer lie. */
export interface Windowed {
  /** Size of the window in taps. */
  readonly kernel: PerAxis
  /** Steps between neighbouring windows: 1 when not given, of a pool the size of its window. */
  readonly stride?: PerAxis | undefined
  /** Elements around the input: 'valid' (none) when not given. See `Padding`. */
  readonly padding?: Padding | undefined
  /** Distance between neighbouring taps: 1 when not given. */
  readonly dilation?: PerAxis | undefined
}

/** A layer of windows with weights. */
export interface Weighted extends Windowed {
  /** Runs of channels that are convolved apart from each other: 1 when not given. Must divide the input's and the output's channels. */
  readonly groups?: number | undefined
  /** Whether a number is added to each output channel: true when not given. It counts as parameters. */
  readonly bias?: boolean | undefined
}

/** What a layer is called where it is reported. */
export interface Labelled {
  /** A name for steps and errors: the layer's kind when not given. */
  readonly label?: string | undefined
}

/** A convolution. */
export interface ConvLayer extends Weighted {
  /** Which kind of layer. */
  readonly kind: 'conv'
  /** Output channels. */
  readonly channels: number
}

/** A convolution of each channel by itself. */
export interface DepthwiseLayer extends Omit<Weighted, 'groups'> {
  /** Which kind of layer. */
  readonly kind: 'depthwise'
  /** Output channels for each input channel: 1 when not given. */
  readonly multiplier?: number | undefined
}

/** A depthwise convolution without bias, then a 1×1 convolution. */
export interface SeparableLayer extends Omit<Weighted, 'groups'> {
  /** Which kind of layer. */
  readonly kind: 'separable'
  /** Output channels. */
  readonly channels: number
}

/** A transposed convolution: the adjoint of the convolution with these options. */
export interface TransposedLayer extends Weighted {
  /** Which kind of layer. */
  readonly kind: 'transposed'
  /** Output channels. */
  readonly channels: number
  /** Elements added at the end of each axis: 0 when not given. */
  readonly outputPadding?: PerAxis
}

/** Pooling over windows. */
export interface PoolLayer extends Windowed {
  /** Which kind of layer. */
  readonly kind: 'pool'
  /** What is taken of each window. */
  readonly pool: PoolKind
  /** Whether the output size is rounded up: not when not given. */
  readonly ceil?: boolean
}

/** Pooling over all positions; the result is `[channels]`. */
export interface GlobalPoolLayer {
  /** Which kind of layer. */
  readonly kind: 'global-pool'
  /** What is taken of all positions. */
  readonly pool: PoolKind
}

/** Pooling to a given size, by windows that share the input out evenly. */
export interface AdaptivePoolLayer {
  /** Which kind of layer. */
  readonly kind: 'adaptive-pool'
  /** What is taken of each window. */
  readonly pool: PoolKind
  /** Spatial size of the output. */
  readonly size: PerAxis
}

/** Enlargement by whole factors. */
export interface UpsampleLayer {
  /** Which kind of layer. */
  readonly kind: 'upsample'
  /** How many outputs there are for each input, along each axis. */
  readonly factor: PerAxis
  /** Whether values are repeated or interpolated. */
  readonly mode: 'nearest' | 'linear'
}

/** A fully connected layer; its input must be flat. */
export interface LinearLayer {
  /** Which kind of layer. */
  readonly kind: 'linear'
  /** Length of the output. */
  readonly features: number
  /** Whether a number is added to each output: true when not given. */
  readonly bias?: boolean | undefined
}

/** All values of an example in one row: `[...spatial, channels]` → `[features]`. */
export interface FlattenLayer {
  /** Which kind of layer. */
  readonly kind: 'flatten'
}

/** A function of each value by itself, such as an activation. */
export interface ElementwiseLayer {
  /** Which kind of layer. */
  readonly kind: 'elementwise'
  /** The function's name. The cost is the same for all. */
  readonly name: string
}

/** A normalisation with a trained scale and shift for each channel. */
export interface NormalisationLayer {
  /** Which kind of layer. */
  readonly kind: 'normalisation'
  /** Its name, such as 'bn', 'ln' or 'gn'. The cost is the same for all. */
  readonly name: string
  /** Runs of channels that are normalised together, for 'gn'. Must divide the channels. */
  readonly groups?: number | undefined
}

/** One layer of a chain, told apart by `kind`. */
export type ChainLayer = Labelled &
  (
    | ConvLayer
    | DepthwiseLayer
    | SeparableLayer
    | TransposedLayer
    | PoolLayer
    | GlobalPoolLayer
    | AdaptivePoolLayer
    | UpsampleLayer
    | LinearLayer
    | FlattenLayer
    | ElementwiseLayer
    | NormalisationLayer
  )
