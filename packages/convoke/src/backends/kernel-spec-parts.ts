// What the specs of kernels are made of: plain, printable values.

import type { Boundary } from '../shapes/boundary.ts'
import type { ConvSpec } from '../shapes/conv-spec.ts'
import type { MapRegion } from '../shapes/map-regions.ts'
import type { PoolSpec } from '../shapes/pool-spec.ts'
import type { Activation } from './element-ops.ts'
import type { StreamKey } from './random-stream.ts'

/** out[Σ i·outputStrides + outputOffset] = in[Σ i·inputStrides + inputOffset] over every index i of `shape`. Strides may be 0 or negative. */
export interface StridedCopy {
  /** The indices to go over: the elements that are copied. */
  readonly shape: readonly number[]
  /** Index in the input of the first element read. */
  readonly inputOffset: number
  /** Elements from one index to the next in the input, by axis. */
  readonly inputStrides: readonly number[]
  /** Index in the output of the first element written. */
  readonly outputOffset: number
  /** Elements from one index to the next in the output, by axis. */
  readonly outputStrides: readonly number[]
}

/** One axis among the others: the tensor seen as [outer, length, inner]. */
export interface AxisSpec {
  /** Elements of all axes before it together. */
  readonly outer: number
  /** Size of the axis. */
  readonly length: number
  /** Elements of all axes after it together. */
  readonly inner: number
}

/** 'exact' forbids algorithms with a larger error bound than a plain sum of products (Winograd, FFT). */
export type Precision = 'fast' | 'exact'

/** How the algorithm is chosen: by a model of the machine, or by trying what could run. */
export type Planning = 'model' | 'measure'

/** What a caller says about a convolution besides what is to be computed. */
export interface ConvDemand {
  /** 'exact' rules out algorithms that round more than a plain sum. */
  readonly precision: Precision
  /** The filter is being trained: it will have changed by the next time, so packing it at length does not pay. */
  readonly training?: boolean
  /** 'measure': the fastest of what could run is found by running it, where the backend can. */
  readonly plan?: Planning
}

/** What happens to a result before it is stored: bias, residual, activation, in this order. */
export interface Epilogue {
  /** inputs[2] is a bias of one value an output channel. */
  readonly bias: boolean
  /** The last input, shaped as the output, is added before the activation. */
  readonly residual: boolean
  /** Applied last; null for none. */
  readonly activation: Activation | null
}

/**
 * A linear map along one axis, a few weights an output: out[o, j, i] = Σ_t weights[r·taps + t] · in[o, indices[r·taps + t] + shift, i],
 * r being j and shift 0, or as `regions` say, which cover all outputs in order: long axes repeat a few rows of weights.
 * `transposed` is its adjoint: `length` outputs gathered from `count` inputs.
 */
export interface AxisMap extends AxisSpec {
  /** Size of the axis of the input. */
  readonly count: number
  /** Weights of each output. */
  readonly taps: number
  /** The input that each weight belongs to, row by row. */
  readonly indices: Int32Array
  /** The weights, row by row. */
  readonly weights: Float64Array
  /** Outputs that share rows of weights; without them each has its own. */
  readonly regions?: readonly MapRegion[]
  /** Whether the adjoint is computed. */
  readonly transposed: boolean
}

/** Each channel of `[rows, channels]` by itself: z = (x − mean) / √(variance + epsilon) · scale + bias, y = z or max(z, 0). */
export interface NormalizeSpec {
  /** Size of the last axis. */
  readonly channels: number
  /** Added to the variance. */
  readonly epsilon: number
  /** Whether values below 0 become 0. */
  readonly relu: boolean
}

/** Statistics that ranks put together. */
export interface RankNormSpec {
  /** Size of the last axis. */
  readonly channels: number
  /** Added to the variance. */
  readonly epsilon: number
  /** Rows of this rank's batch: its examples times their positions. */
  readonly rows: number
}

/**
 * x is `[outer, positions, groups, channels]`; each outer index and group is normalised by itself, over positions and channels:
 * r = 1 / √(variance + epsilon), y = (x − mean)·r·scale + bias, scale and bias of groups · channels. Without `centred` the mean
 * counts as 0.
 */
export interface NormalizeGroupsSpec {
  /** Examples. */
  readonly outer: number
  /** Positions of an example. */
  readonly positions: number
  /** Runs of channels. */
  readonly groups: number
  /** Channels of each group. */
  readonly channels: number
  /** Added to the variance. */
  readonly epsilon: number
  /** Whether the mean is subtracted. */
  readonly centred: boolean
}

/**
 * Every channel correlated with the same kernel. `conv` has one filter a channel and stride 1; what its padding adds around x
 * follows `boundary`. The kernel has no channel axes: `[...kernel]`, or with `factors` a kernel of rank 1 for each axis, the
 * last axis last, whose outer product it is; those need not be multiplied out.
 */
export interface CorrelateSpec {
  /** Where the windows lie. */
  readonly conv: ConvSpec
  /** What the padding holds. */
  readonly boundary: Boundary
  /** Whether the kernel is given as one factor for each axis. */
  readonly factors: boolean
  /** How it is computed: 'direct' sums products, 'fft' rounds as the FFT does. What takes the least time where it is not given. */
  readonly method?: 'direct' | 'fft'
  /** The kernel is turned round along every axis: a convolution. */
  readonly turned?: boolean
}

/** A deformable convolution: every tap of every window is moved by an offset. */
export interface DeformSpec {
  /** Where the windows lie before they are deformed. */
  readonly conv: ConvSpec
  /** Runs of input channels with offsets of their own. */
  readonly offsetGroups: number
  /** Whether a weight is given for each tap. */
  readonly masked: boolean
}

/** A discrete Fourier transform over some axes of real values of `shape`, all results times `scale`. */
export interface RealFftSpec {
  /** Shape of the real values. */
  readonly shape: readonly number[]
  /** At least one, each once. The last of them holds floor(n / 2) + 1 frequencies of its n; the others all of theirs. */
  readonly axes: readonly number[]
  /** Factor on all results. */
  readonly scale: number
}

/**
 * Random numbers, each value · scale + offset, rounded to float32 after each step: uniform in 0 ≤ value < 1 or standard normal.
 * random-stream.ts says which: the same bits on every backend.
 */
export interface RandomSpec {
  /** Which numbers are drawn. */
  readonly distribution: 'uniform' | 'normal'
  /** Which stream they are drawn from. */
  readonly key: StreamKey
  /** Factor on each value. */
  readonly scale: number
  /** Added after the factor. */
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
  /** Which cell. */
  readonly kind: 'lstm' | 'gru'
  /** Sequences at a time. */
  readonly batch: number
  /** Steps of each sequence. */
  readonly steps: number
  /** Features of the state. */
  readonly hidden: number
  /** Whether the steps run from the last to the first. */
  readonly reverse: boolean
}

/** How many columns of a and p belong to one unit of the state. */
export const gatesOf = (kind: RecurrenceSpec['kind']): 3 | 4 => (kind === 'lstm' ? 4 : 3)

/** Elements of several tensors, met under one shape. */
export interface Broadcast {
  /** The shape that all are read in. */
  readonly shape: readonly number[]
  /** For each tensor, elements from one index to the next by axis: 0 along broadcast axes. */
  readonly strides: readonly (readonly number[])[]
}

/** What is computed of each element of several tensors. */
export interface ExpressionSpec extends Broadcast {
  /** The expression, as expression.ts reads it. */
  readonly text: string
  /** The numbers that it names c0, c1, … */
  readonly constants: readonly number[]
}

/** How many elements become one. */
export interface Reducing {
  /** What they are put together by. */
  readonly op: 'sum' | 'product' | 'max' | 'min'
  /** Shape of the input. */
  readonly shape: readonly number[]
  /** Axes that go, each once, ascending. */
  readonly axes: readonly number[]
}

/** Elements picked along one axis, each by its own index. */
export interface ElementsSpec {
  /** Shape of x. */
  readonly shape: readonly number[]
  /** Shape of the indices. */
  readonly indexShape: readonly number[]
  /** The axis that indices count along. */
  readonly axis: number
}

/** Rows of values, side by side in memory. */
export interface RowsSpec {
  /** How many rows. */
  readonly outer: number
  /** Elements of a row. */
  readonly length: number
}

/** Products of matrices, one for each of a batch. */
export interface MatmulSpec {
  /** Products. */
  readonly batch: number
  /** Rows of a result. */
  readonly m: number
  /** Columns of a result. */
  readonly n: number
  /** Products that each element of a result adds up. */
  readonly k: number
  /** Whether a is stored as [k, m]. */
  readonly transposeA: boolean
  /** Whether b is stored as [n, k]. */
  readonly transposeB: boolean
  /** Elements from one a to the next; 0 where all share one. */
  readonly strideA: number
  /** Elements from one b to the next; 0 where all share one. */
  readonly strideB: number
}

/** A kernel that a convolution describes. */
export interface ConvKernelSpec {
  /** The convolution. */
  readonly conv: ConvSpec
}

/** A kernel that a pooling describes. */
export interface PoolKernelSpec {
  /** The pooling. */
  readonly pool: PoolSpec
}

/** Averages over windows. */
export interface AveragePoolSpec extends PoolKernelSpec {
  /** What sums are divided by: nothing, the taps inside the input, or those inside the padded input. */
  readonly divisor: 'one' | 'inside' | 'padded'
}

/** A discrete Fourier transform of complex values. */
export interface FftSpec {
  /** Shape of the values, each of them a pair. */
  readonly shape: readonly number[]
  /** Axes to transform, each once. */
  readonly axes: readonly number[]
  /** Whether the exponent has a plus. */
  readonly inverse: boolean
  /** Factor on all results. */
  readonly scale: number
}

/** A kernel along the last axis. */
export interface ChannelsSpec {
  /** Size of the last axis. */
  readonly channels: number
}

/** Labels of classes. */
export interface ClassesSpec {
  /** Elements of a row of logits. */
  readonly classes: number
}

/** Planes back into pixels. */
export interface FromPlanesSpec extends ChannelsSpec {
  /** Whether the absolute value is taken first. */
  readonly absolute: boolean
  /** Factor on each value. */
  readonly scale: number
  /** Added after the factor. */
  readonly offset: number
  /** The largest number stored, 0 being the least; null for no limit. */
  readonly most: number | null
  /** Whether results are rounded to whole numbers. */
  readonly whole: boolean
}
