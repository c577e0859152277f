// What every kernel of the contract takes: its parameters as a plain, printable value, and beside each its inputs → outputs.
//
// Every index below is in elements; every tensor is row-major; activations are channels last.

import type { DType } from './backend.ts'
import type { Activation, BinaryOp, InvertibleActivation, UnaryOp } from './element-ops.ts'
import type {
  AveragePoolSpec,
  AxisMap,
  AxisSpec,
  Broadcast,
  ChannelsSpec,
  ClassesSpec,
  ConvDemand,
  ConvKernelSpec,
  CorrelateSpec,
  DeformSpec,
  ElementsSpec,
  Epilogue,
  ExpressionSpec,
  FftSpec,
  FromPlanesSpec,
  MatmulSpec,
  NormalizeGroupsSpec,
  NormalizeSpec,
  PoolKernelSpec,
  RandomSpec,
  RankNormSpec,
  RealFftSpec,
  RecurrenceSpec,
  Reducing,
  RowsSpec,
  StridedCopy,
} from './kernel-spec-parts.ts'
import type { StreamKey } from './random-stream.ts'
import type { UpdateRule } from './update-rule.ts'

export * from './kernel-spec-parts.ts'

/** Every kernel a backend implements, with its spec. Inputs → outputs stand beside each. */
export interface KernelSpecs {
  /** [] → [x] */
  fill: {
    /** The number that every element becomes. */
    readonly value: number
  }
  /** [] → [float32 y] */
  random: RandomSpec
  /**
   * [x] → [y]: 0 where the upper 24 bits of the random word of an element are below `dropped`, elsewhere scale · x. The mask follows from
   * the key, so that the gradient is the same kernel.
   */
  dropout: {
    /** Which stream of random words. */
    readonly key: StreamKey
    /** Share of values set to zero, in steps of 2⁻²⁴. */
    readonly dropped: number
    /** Factor on the values that stay. */
    readonly scale: number
  }
  /** [x] → [y]: truncates towards zero; uint8 saturates; NaN becomes 0 in integers; bool is x ≠ 0. */
  cast: {
    /** What elements become. */
    readonly to: DType
  }
  /** [x] → [y]; writes only the addressed elements of y, so several copies can fill one output. */
  copy: StridedCopy
  /** [x] → [y] */
  unary: {
    /** The function. */
    readonly op: UnaryOp
    /** The function with its constants, where it is an activation. */
    readonly activation: Activation | null
  }
  /** [a, b] → [y]; strides are 0 along broadcast axes. */
  binary: Broadcast & {
    /** The function. */
    readonly op: BinaryOp
  }
  /**
   * [x0, x1, …] → [y], all float32: y = the expression that `text` says (see expression.ts) of each element, with the numbers that it
   * names c0, c1, … Strides are 0 along broadcast axes.
   */
  expression: ExpressionSpec
  /** [a, b] → [y], of pairs: complex products, or those of a with the conjugate of b. */
  complexMultiply: {
    /** Whether b is conjugated first. */
    readonly conjugate: boolean
  }
  /** [condition, a, b] → [y] */
  select: Broadcast
  /** [x] → [y of the axes kept]. `max` and `min` pass NaN on. An empty sum is 0, an empty product 1. */
  reduce: Reducing
  /**
   * [x0, x1, …] → [y of the axes kept], all float32: what `text` says of each element, as in `expression` (x0 where it says nothing),
   * reduced over the axes; the root of that, or that times `scale`. Strides are over `shape`.
   */
  reduceExpression: Reducing &
    ExpressionSpec & {
      /** Factor on each result. */
      readonly scale: number
      /** Whether the square root of each result is taken. */
      readonly root: boolean
    }
  /** [x] → [int32 index of the first extreme along the axis]; a NaN counts as the extreme. */
  argReduce: AxisSpec & {
    /** Which extreme. */
    readonly op: 'argMax' | 'argMin'
  }
  /** [x] → [y] */
  cumulativeSum: AxisSpec & {
    /** Whether each element is left out of its own sum. */
    readonly exclusive: boolean
    /** Whether sums begin at the end. */
    readonly reverse: boolean
  }
  /** [x of outer·length·inner, indices of count] → [y of outer·count·inner]. Indices in range: checked by the caller. */
  gather: AxisSpec & {
    /** How many indices. */
    readonly count: number
  }
  /** [updates of outer·count·inner, indices of count] → [y of outer·length·inner], starting from 0; repeated indices add up. */
  scatterAdd: AxisSpec & {
    /** How many indices. */
    readonly count: number
  }
  /** [x of shape, indices of indexShape] → [y of indexShape]: y[i] = x[i with axis replaced by indices[i]]. */
  gatherElements: ElementsSpec
  /** [x of shape, indices, updates of indexShape] → [y of shape]: x with updates put or added at the indices. */
  scatterElements: ElementsSpec & {
    /** Whether updates replace or add; of several updates that replace one element, the last stays. */
    readonly reduction: 'none' | 'add'
  }
  /**
   * [x of outer·length] → [values of outer·k, int32 indices of outer·k], sorted; ties keep the lower index first. NaN is the
   * largest, and −0 and 0 are tied.
   */
  topK: RowsSpec & {
    /** Elements kept of each row. */
    readonly k: number
    /** Whether the largest are kept, or the smallest. */
    readonly largest: boolean
  }
  /** [x of outer·length] → [the rows sorted, int32 indices that sort them], ordered and tied as in `topK`. */
  sort: RowsSpec & {
    /** Whether the largest come first. */
    readonly descending: boolean
  }
  /** [a, b] → [y of batch·m·n]; a batch stride of 0 reuses one matrix. a is [m, k] ([k, m] when transposed), b is [k, n] ([n, k]). */
  matmul: MatmulSpec
  /** [x, filter, bias?, residual?] → [y] */
  conv: ConvDemand &
    ConvKernelSpec & {
      /** What happens to the sums; null for nothing. */
      readonly epilogue: Epilogue | null
    }
  /** [x, kernel] or [x, one kernel an axis] → [y] */
  correlate: CorrelateSpec
  /** The adjoint of conv in x. [output-shaped g, filter, bias of inputChannels?, residual?] → [input-shaped x] */
  convTranspose: KernelSpecs['conv']
  /** The adjoint of conv in the filter. [x, output-shaped g] → [filter-shaped] */
  convFilterGradient: Omit<ConvDemand, 'training'> & ConvKernelSpec
  /** im2col. [x] → [batch · outputs · taps · inputChannels]: each window laid out tap by tap; padding reads 0. */
  unfold: ConvKernelSpec
  /** col2im, the adjoint of unfold. */
  fold: ConvKernelSpec
  /** Deformable im2col. [x, offsets, mask?] → [columns as in unfold]. */
  deformUnfold: DeformSpec
  /** [column gradient, x, offsets, mask?] → [x gradient, offset gradient, mask gradient?] */
  deformUnfoldGradient: DeformSpec
  /** [x] → [values, int32 index of each maximum in the flattened input space]; the first maximum wins; NaN is a maximum. */
  maxPool: PoolKernelSpec
  /** [y gradient, indices of maxPool] → [x gradient]. A window without an element inside the input passes nothing. */
  maxPoolGradient: PoolKernelSpec
  /** [x] → [y]: sums over windows, divided by 1, by the taps inside the input, or by the taps inside the padded input. */
  averagePool: AveragePoolSpec
  /** The adjoint of averagePool. */
  averagePoolGradient: AveragePoolSpec
  /** [x] → [y] */
  axisMap: AxisMap
  /**
   * [x of shape · 2] → [y of shape · 2]: y[k] = scale · Σⱼ x[j] · e^(∓2πi Σ jₐkₐ/nₐ) over the given axes a, minus unless `inverse`.
   * Complex values are pairs along a last axis that `shape` leaves out.
   */
  fft: FftSpec
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
  update: {
    /** How elements change. */
    readonly rule: UpdateRule
  }
  /** [y gradient, y] → [x gradient] of y = activation(x); 0 at kinks. */
  activationGradient: {
    /** The activation. */
    readonly activation: InvertibleActivation
  }
  /** [x of rows · channels] → [mean, variance] of each channel: the variance about the mean, divided by the rows. */
  moments: ChannelsSpec
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
  softmax: AxisSpec & {
    /** Whether the logarithm is computed. */
    readonly log: boolean
  }
  /** [y gradient, y] → [x gradient] */
  softmaxGradient: KernelSpecs['softmax']
  /**
   * [x of rows · classes, int32 label of each row] → [loss, m, l] of each row: m the largest of the row (0 where that is not
   * finite), l = log Σ e^(x − m), the loss l − (x at the label − m). Labels in range: checked by the caller.
   */
  softmaxLoss: ClassesSpec
  /** [loss gradient, x, labels, m, l] → [x gradient] */
  softmaxLossGradient: ClassesSpec
  /** [v of rows · channels, gain] → [w]: each channel of v brought to the length its gain says, w = gain · v / ‖v‖. */
  weightNorm: ChannelsSpec
  /** [w gradient, v, gain] → [v gradient, gain gradient] */
  weightNormGradient: ChannelsSpec
  /**
   * [a of batch · steps · gates · hidden, weight of hidden · gates · hidden, bias, h, c (lstm)] → [h' of batch · steps · hidden,
   * the last h', the last c' (lstm), and in training what the gradient needs of each step: batch · steps · 5 · hidden]: i, f, g,
   * o, c, or r, z, n, the candidate's pₙ + bias, h.
   */
  recurrence: RecurrenceSpec & {
    /** Whether what the gradient needs is kept. */
    readonly training: boolean
  }
  /**
   * [gradient of all h', weight, gradient of the last h', of the last c' (lstm), what training kept] → [gradient of a, of p (gru;
   * lstm's is that of a), of h, of c (lstm), of the bias: batch · 4 · hidden, each row's share, summed over its steps].
   */
  recurrenceGradient: RecurrenceSpec
  /** [samples of pixels · channels, uint8 or float32] → [float32 planes of channels · pixels]; 1 to 4 channels. */
  toPlanes: ChannelsSpec
  /**
   * [float32 planes of channels · pixels] → [samples of pixels · channels, uint8 or float32]: scale·x + offset, or scale·|x| +
   * offset; then brought into 0 … `most` (NaN to 0), where there is one; then rounded, halves up, where results are `whole`.
   * uint8 needs both, and `most` up to 255. 1 to 4 channels.
   */
  fromPlanes: FromPlanesSpec
  /** [x] → [the least and the greatest element]: NaN both where one is; ∞ and −∞ where there is none. */
  extremes: Readonly<Record<never, never>>
  /** [x₁, x₂, …] → [the sum of the squares of all elements] */
  sumOfSquares: Readonly<Record<never, never>>
}

/** The name of a kernel. */
export type KernelName = keyof KernelSpecs

/** Kernels that ask other ranks, and mean nothing without them. */
export type RankKernelName = 'momentsOfRanks' | 'gradientOfRanks'
