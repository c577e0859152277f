// What every kernel of the contract takes: its parameters as a plain, printable value, and beside each its inputs → outputs.
//
// Every index below is in elements; every tensor is row-major; activations are channels last.

import type { Boundary } from '../shapes/boundary.ts'
import type { ConvSpec } from '../shapes/conv-spec.ts'
import type { MapRegion } from '../shapes/map-regions.ts'
import type { PoolSpec } from '../shapes/pool-spec.ts'
import type { DType } from './backend.ts'
import type { Activation, BinaryOp, InvertibleActivation, UnaryOp } from './element-ops.ts'
import type { StreamKey } from './random-stream.ts'
import type { UpdateRule } from './update-rule.ts'

/** out[Σ i·outputStrides + outputOffset] = in[Σ i·inputStrides + inputOffset] over every index i of `shape`. Strides may be 0 or negative. */
export interface StridedCopy {
  readonly shape: readonly number[]
  readonly inputOffset: number
  readonly inputStrides: readonly number[]
  readonly outputOffset: number
  readonly outputStrides: readonly number[]
}

export interface AxisSpec {
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** 'exact' forbids algorithms with a larger error bound than a plain sum of products (Winograd, FFT). */
export type Precision = 'fast' | 'exact'

/** How the algorithm is chosen: by a model of the machine, or by trying what could run. */
export type Planning = 'model' | 'measure'

/** What a caller says about a convolution besides what is to be computed. */
export interface ConvDemand {
  readonly precision: Precision
  /** The filter is being trained: it will have changed by the next time, so packing it at length does not pay. */
  readonly training?: boolean
  /** 'measure': the fastest of what could run is found by running it, where the backend can. */
  readonly plan?: Planning
}

export interface Epilogue {
  /** inputs[2] is a bias of one value an output channel. */
  readonly bias: boolean
  /** The last input, shaped as the output, is added before the activation. */
  readonly residual: boolean
  readonly activation: Activation | null
}

/**
 * A linear map along one axis, a few weights an output: out[o, j, i] = Σ_t weights[r·taps + t] · in[o, indices[r·taps + t] + shift, i],
 * r being j and shift 0, or as `regions` say, which cover all outputs in order: long axes repeat a few rows of weights.
 * `transposed` is its adjoint: `length` outputs gathered from `count` inputs.
 */
export interface AxisMap extends AxisSpec {
  readonly count: number
  readonly taps: number
  readonly indices: Int32Array
  readonly weights: Float64Array
  readonly regions?: readonly MapRegion[]
  readonly transposed: boolean
}

/** Each channel of `[rows, channels]` by itself: z = (x − mean) / √(variance + epsilon) · scale + bias, y = z or max(z, 0). */
export interface NormalizeSpec {
  readonly channels: number
  readonly epsilon: number
  readonly relu: boolean
}

export interface RankNormSpec {
  readonly channels: number
  readonly epsilon: number
  /** Of this rank's batch: its examples times their positions. */
  readonly rows: number
}

/**
 * x is `[outer, positions, groups, channels]`; each outer index and group is normalised by itself, over positions and channels:
 * r = 1 / √(variance + epsilon), y = (x − mean)·r·scale + bias, scale and bias of groups · channels. Without `centred` the mean
 * counts as 0.
 */
export interface NormalizeGroupsSpec {
  readonly outer: number
  readonly positions: number
  readonly groups: number
  readonly channels: number
  readonly epsilon: number
  readonly centred: boolean
}

/**
 * Every channel correlated with the same kernel. `conv` has one filter a channel and stride 1; what its padding adds around x
 * follows `boundary`. The kernel has no channel axes: `[...kernel]`, or with `factors` a kernel of rank 1 for each axis, the
 * last axis last, whose outer product it is; those need not be multiplied out.
 */
export interface CorrelateSpec {
  readonly conv: ConvSpec
  readonly boundary: Boundary
  readonly factors: boolean
  /** How it is computed: 'direct' sums products, 'fft' rounds as the FFT does. What takes the least time where it is not given. */
  readonly method?: 'direct' | 'fft'
  /** The kernel is turned round along every axis: a convolution. */
  readonly turned?: boolean
}

export interface DeformSpec {
  readonly conv: ConvSpec
  readonly offsetGroups: number
  readonly masked: boolean
}

/** A discrete Fourier transform over some axes of real values of `shape`, all results times `scale`. */
export interface RealFftSpec {
  readonly shape: readonly number[]
  /** At least one, each once. The last of them holds floor(n / 2) + 1 frequencies of its n; the others all of theirs. */
  readonly axes: readonly number[]
  readonly scale: number
}

/**
 * Random numbers, each value · scale + offset, rounded to float32 after each step: uniform in 0 ≤ value < 1 or standard normal.
 * random-stream.ts says which: the same bits on every backend.
 */
export interface RandomSpec {
  readonly distribution: 'uniform' | 'normal'
  readonly key: StreamKey
  readonly scale: number
  readonly offset: number
}

/**
 * A recurrent layer over all steps of a batch, one state after the other. With p = h·weight, h and c the state before a step:
 *
 *   lstm  i, f, o = σ(a + p + bias), g = tanh(a + p + bias) of their columns; c' = f·c + i·g, h' = o·tanh c'
 *   gru   r, z = σ(a + p + bias) of their columns; n = tanh(aₙ + biasₙ + r·(pₙ + bias of p)); h' = n + z·(h − n)
 *
 * The columns of a and p stand in the order i, f, g, o or r, z, n; the bias has 4·hidden elements, of gru that of p last.
 */
export interface RecurrenceSpec {
  readonly kind: 'lstm' | 'gru'
  readonly batch: number
  readonly steps: number
  readonly hidden: number
  /** From the last step to the first. */
  readonly reverse: boolean
}

/** How many columns of a and p belong to one unit of the state. */
export const gatesOf = (kind: RecurrenceSpec['kind']): 3 | 4 => (kind === 'lstm' ? 4 : 3)

/** Every kernel a backend implements, with its spec. Inputs → outputs stand beside each. */
export interface KernelSpecs {
  /** [] → [x] */
  fill: { readonly value: number }
  /** [] → [float32 y] */
  random: RandomSpec
  /**
   * [x] → [y]: 0 where the upper 24 bits of the random word of an element are below `dropped`, elsewhere scale · x. The mask follows from
   * the key, so that the gradient is the same kernel.
   */
  dropout: { readonly key: StreamKey; readonly dropped: number; readonly scale: number }
  /** [x] → [y]: truncates towards zero; uint8 saturates; NaN becomes 0 in integers; bool is x ≠ 0. */
  cast: { readonly to: DType }
  /** [x] → [y]; writes only the addressed elements of y, so several copies can fill one output. */
  copy: StridedCopy
  /** [x] → [y] */
  unary: { readonly op: UnaryOp; readonly activation: Activation | null }
  /** [a, b] → [y]; strides are 0 along broadcast axes. */
  binary: { readonly op: BinaryOp; readonly shape: readonly number[]; readonly strides: readonly (readonly number[])[] }
  /**
   * [x0, x1, …] → [y], all float32: y = the expression that `text` says (see expression.ts) of each element, with the numbers that it
   * names c0, c1, … Strides are 0 along broadcast axes.
   */
  expression: {
    readonly text: string
    readonly constants: readonly number[]
    readonly shape: readonly number[]
    readonly strides: readonly (readonly number[])[]
  }
  /** [a, b] → [y], of pairs: complex products, or those of a with the conjugate of b. */
  complexMultiply: { readonly conjugate: boolean }
  /** [condition, a, b] → [y] */
  select: { readonly shape: readonly number[]; readonly strides: readonly (readonly number[])[] }
  /** [x] → [y of the axes kept]. `max` and `min` pass NaN on. An empty sum is 0, an empty product 1. */
  reduce: {
    readonly op: 'sum' | 'product' | 'max' | 'min'
    readonly shape: readonly number[]
    readonly axes: readonly number[]
  }
  /**
   * [x0, x1, …] → [y of the axes kept], all float32: what `text` says of each element, as in `expression` (x0 where it says nothing),
   * reduced over the axes; the root of that, or that times `scale`. Strides are over `shape`.
   */
  reduceExpression: {
    readonly op: 'sum' | 'product' | 'max' | 'min'
    readonly text: string
    readonly constants: readonly number[]
    readonly shape: readonly number[]
    readonly strides: readonly (readonly number[])[]
    readonly axes: readonly number[]
    readonly scale: number
    readonly root: boolean
  }
  /** [x] → [int32 index of the first extreme along the axis]; a NaN counts as the extreme. */
  argReduce: AxisSpec & { readonly op: 'argMax' | 'argMin' }
  /** [x] → [y] */
  cumulativeSum: AxisSpec & { readonly exclusive: boolean; readonly reverse: boolean }
  /** [x of outer·length·inner, indices of count] → [y of outer·count·inner]. Indices in range: checked by the caller. */
  gather: AxisSpec & { readonly count: number }
  /** [updates of outer·count·inner, indices of count] → [y of outer·length·inner], starting from 0; repeated indices add up. */
  scatterAdd: AxisSpec & { readonly count: number }
  /** [x of shape, indices of indexShape] → [y of indexShape]: y[i] = x[i with axis replaced by indices[i]]. */
  gatherElements: { readonly shape: readonly number[]; readonly indexShape: readonly number[]; readonly axis: number }
  /** [x of shape, indices, updates of indexShape] → [y of shape]: x with updates put or added at the indices. */
  scatterElements: {
    readonly shape: readonly number[]
    readonly indexShape: readonly number[]
    readonly axis: number
    readonly reduction: 'none' | 'add'
  }
  /**
   * [x of outer·length] → [values of outer·k, int32 indices of outer·k], sorted; ties keep the lower index first. NaN is the
   * largest, and −0 and 0 are tied.
   */
  topK: { readonly outer: number; readonly length: number; readonly k: number; readonly largest: boolean }
  /** [x of outer·length] → [the rows sorted, int32 indices that sort them], ordered and tied as in `topK`. */
  sort: { readonly outer: number; readonly length: number; readonly descending: boolean }
  /** [a, b] → [y of batch·m·n]; a batch stride of 0 reuses one matrix. a is [m, k] ([k, m] when transposed), b is [k, n] ([n, k]). */
  matmul: {
    readonly batch: number
    readonly m: number
    readonly n: number
    readonly k: number
    readonly transposeA: boolean
    readonly transposeB: boolean
    readonly strideA: number
    readonly strideB: number
  }
  /** [x, filter, bias?, residual?] → [y] */
  conv: ConvDemand & { readonly conv: ConvSpec; readonly epilogue: Epilogue | null }
  /** [x, kernel] or [x, one kernel an axis] → [y] */
  correlate: CorrelateSpec
  /** The adjoint of conv in x. [output-shaped g, filter, bias of inputChannels?, residual?] → [input-shaped x] */
  convTranspose: ConvDemand & { readonly conv: ConvSpec; readonly epilogue: Epilogue | null }
  /** The adjoint of conv in the filter. [x, output-shaped g] → [filter-shaped] */
  convFilterGradient: Omit<ConvDemand, 'training'> & { readonly conv: ConvSpec }
  /** im2col. [x] → [batch · outputs · taps · inputChannels]: each window laid out tap by tap; padding reads 0. */
  unfold: { readonly conv: ConvSpec }
  /** col2im, the adjoint of unfold. */
  fold: { readonly conv: ConvSpec }
  /** Deformable im2col. [x, offsets, mask?] → [columns as in unfold]. */
  deformUnfold: DeformSpec
  /** [column gradient, x, offsets, mask?] → [x gradient, offset gradient, mask gradient?] */
  deformUnfoldGradient: DeformSpec
  /** [x] → [values, int32 index of each maximum in the flattened input space]; the first maximum wins; NaN is a maximum. */
  maxPool: { readonly pool: PoolSpec }
  /** [y gradient, indices of maxPool] → [x gradient]. A window without an element inside the input passes nothing. */
  maxPoolGradient: { readonly pool: PoolSpec }
  /** [x] → [y]: sums over windows, divided by 1, by the taps inside the input, or by the taps inside the padded input. */
  averagePool: { readonly pool: PoolSpec; readonly divisor: 'one' | 'inside' | 'padded' }
  /** The adjoint of averagePool. */
  averagePoolGradient: { readonly pool: PoolSpec; readonly divisor: 'one' | 'inside' | 'padded' }
  /** [x] → [y] */
  axisMap: AxisMap
  /**
   * [x of shape · 2] → [y of shape · 2]: y[k] = scale · Σⱼ x[j] · e^(∓2πi Σ jₐkₐ/nₐ) over the given axes a, minus unless `inverse`.
   * Complex values are pairs along a last axis that `shape` leaves out.
   */
  fft: {
    readonly shape: readonly number[]
    readonly axes: readonly number[]
    readonly inverse: boolean
    readonly scale: number
  }
  /** [x of shape] → [pairs of the shape with floor(n / 2) + 1 in place of the last axis's n] */
  rfft: RealFftSpec
  /**
   * The inverse sums over what `rfft` makes. [pairs of that shape] → [real y of shape]. Imaginary parts that real values cannot
   * have (of frequency 0, and n / 2 of an even n, once the other axes are transformed) are not read.
   */
  irfft: RealFftSpec
  /**
   * [coefficients, θ₁, g₁, …memories₁, θ₂, …] → [θ₁, …memories₁, θ₂, …], for any number of tensors. Each output may be the
   * very buffer whose new contents it is.
   */
  update: { readonly rule: UpdateRule }
  /** [y gradient, y] → [x gradient] of y = activation(x); 0 at kinks. */
  activationGradient: { readonly activation: InvertibleActivation }
  /** [x of rows · channels] → [mean, variance] of each channel: the variance about the mean, divided by the rows. */
  moments: { readonly channels: number }
  /** [x, mean, variance, scale, bias, residual?] → [y] */
  normalize: NormalizeSpec & {
    /** The last input, shaped as x, is added to z. */
    readonly residual: boolean
  }
  /** [y gradient, x, mean, variance, scale, bias] → [x gradient, scale gradient, bias gradient], `mean` and `variance` being those of x. */
  normalizeGradient: NormalizeSpec
  /**
   * [mean, variance] of the `rows` of this rank → [mean, variance, unbiased variance] of those of all ranks. Its loops alone compute
   * it: they ask the other ranks.
   */
  momentsOfRanks: RankNormSpec
  /**
   * [scale gradient, bias gradient, mean, variance, scale] → [offset, slope] of each channel: x gradient + offset + slope · x has in it
   * what `normalizeGradient` could not know of the other ranks' rows.
   */
  gradientOfRanks: RankNormSpec
  /** [x, scale, bias] → [y, mean, r], mean and r of outer · groups. */
  normalizeGroups: NormalizeGroupsSpec
  /** [y gradient, x, mean, r, scale] → [x gradient, scale gradient, bias gradient], mean and r being those of x. */
  normalizeGroupsGradient: NormalizeGroupsSpec
  /**
   * [x] → [y]: eˣ / Σ eˣ along the axis, with `log` x − log Σ eˣ. A share of −∞ is 0 (its logarithm −∞); of nothing but −∞, NaN; of
   * ∞, NaN in its place, 0 (−∞) beside it.
   */
  softmax: AxisSpec & { readonly log: boolean }
  /** [y gradient, y] → [x gradient] */
  softmaxGradient: AxisSpec & { readonly log: boolean }
  /**
   * [x of rows · classes, int32 label of each row] → [loss, m, l] of each row: m the largest of the row (0 where that is not
   * finite), l = log Σ e^(x − m), the loss l − (x at the label − m). Labels in range: checked by the caller.
   */
  softmaxLoss: { readonly classes: number }
  /** [loss gradient, x, labels, m, l] → [x gradient] */
  softmaxLossGradient: { readonly classes: number }
  /** [v of rows · channels, gain] → [w]: each channel of v brought to the length its gain says, w = gain · v / ‖v‖. */
  weightNorm: { readonly channels: number }
  /** [w gradient, v, gain] → [v gradient, gain gradient] */
  weightNormGradient: { readonly channels: number }
  /**
   * [a of batch · steps · gates · hidden, weight of hidden · gates · hidden, bias, h, c (lstm)] → [h' of batch · steps · hidden,
   * the last h', the last c' (lstm), and in training what the gradient needs of each step: batch · steps · 5 · hidden]: i, f, g,
   * o, c, or r, z, n, the candidate's pₙ + bias, h.
   */
  recurrence: RecurrenceSpec & { readonly training: boolean }
  /**
   * [gradient of all h', weight, gradient of the last h', of the last c' (lstm), what training kept] → [gradient of a, of p (gru;
   * lstm's is that of a), of h, of c (lstm), of the bias: batch · 4 · hidden, each row's share, summed over its steps].
   */
  recurrenceGradient: RecurrenceSpec
  /** [samples of pixels · channels, uint8 or float32] → [float32 planes of channels · pixels]; 1 to 4 channels. */
  toPlanes: { readonly channels: number }
  /**
   * [float32 planes of channels · pixels] → [samples of pixels · channels, uint8 or float32]: scale·x + offset, or scale·|x| +
   * offset; then brought into 0 … `most` (NaN to 0), where there is one; then rounded, halves up, where results are `whole`.
   * uint8 needs both, and `most` up to 255. 1 to 4 channels.
   */
  fromPlanes: {
    readonly channels: number
    readonly absolute: boolean
    readonly scale: number
    readonly offset: number
    readonly most: number | null
    readonly whole: boolean
  }
  /** [x] → [the least and the greatest element]: NaN both where one is; ∞ and −∞ where there is none. */
  extremes: Readonly<Record<never, never>>
  /** [x₁, x₂, …] → [the sum of the squares of all elements] */
  sumOfSquares: Readonly<Record<never, never>>
}

export type KernelName = keyof KernelSpecs

/** Kernels that ask other ranks, and mean nothing without them. */
export type RankKernelName = 'momentsOfRanks' | 'gradientOfRanks'
