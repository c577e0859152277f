// Batch normalisation (Ioffe & Szegedy 2015), channels last: with the statistics of the batch by kernels of its own, forward
// and backward, and with given ones by one where no gradient is wanted.

import { scope } from '../autodiff/gradients.ts'
import { apply, applyAll, type KernelPrimitive, type Primitive, partsOf, type Thunk } from '../autodiff/primitive.ts'
import type { Activation, KernelSpecs, NormalizeSpec } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import { full, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type ActivationOption, activate, relu, resolveActivation } from './activations.ts'
import { floatTensor } from './arguments.ts'
import { add, greater, multiply, subtract, where } from './arithmetic.ts'
import { mean, variance } from './reductions.ts'
import { epsilonOf, leadingAxes, type NormOptions, normKeys, perChannel, standardize } from './standardize.ts'
import { sum } from './stretch.ts'

/** The options of `batchNorm`. */
export interface BatchNormOptions extends NormOptions {
  /** Running statistics, shape [channels]; without them those of this batch are used, as in training. */
  readonly mean?: TensorLike | undefined
  /** Running variances, shape [channels], given together with `mean`. */
  readonly variance?: TensorLike | undefined
  /** Applied to the result: by name, or with constants. */
  readonly activation?: ActivationOption | null | undefined
}

/** What `trainBatchNorm` returns. */
export interface TrainedNorm {
  /** The normalised values, of the input's shape. */
  readonly output: Tensor
  /** The mean of the batch, shape [channels], a constant to the tape. */
  readonly mean: Tensor
  /** The biased variance of the batch, shape [channels], a constant to the tape. */
  readonly variance: Tensor
}

/**
 * activation((x − mean) / √(variance + epsilon) · scale + bias) for each channel (Ioffe & Szegedy 2015). Given `mean` and
 * `variance`, with them (prediction); without, with those of the batch over every axis but the last (training).
 */
export function batchNorm(value: TensorLike, options: BatchNormOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('batchNorm', 'x', value)
    checkOptions('batchNorm', options, [...normKeys, 'mean', 'variance', 'activation'], ['activation'])
    check(
      (options.mean === undefined) === (options.variance === undefined),
      () => 'batchNorm: only one of mean and variance is given. Give both (prediction) or neither (training).',
    )
    if (options.mean === undefined || options.variance === undefined) return trainBatchNorm(x, options).output
    const centre = floatTensor('batchNorm', 'the mean', options.mean)
    const spread = floatTensor('batchNorm', 'the variance', options.variance)
    for (const name of ['mean', 'variance'] as const) perChannel('batchNorm', x, name, options[name])
    const operands = operandsOf(x, options)
    const activation = resolveActivation('batchNorm', options.activation)
    const epsilon = epsilonOf('batchNorm', options)
    const given = { scaled: options.scale !== undefined, shifted: options.bias !== undefined }
    const spec = { ...given, kernel: specOf(x, epsilon, activation) }
    return finish(apply(predicting, spec, [x, centre, spread, operands.scale, operands.bias]), activation)
  })
}

interface Predicting {
  readonly kernel: NormalizeSpec
  /** Whether the scale and the bias are more than 1 and 0. */
  readonly scaled: boolean
  readonly shifted: boolean
}

/** What `normalize` computes. */
export const normalized = ({ kernel, scaled, shifted }: Predicting, inputs: readonly Tensor[]): readonly Thunk[] => [
  () => {
    const [x, centre, spread, scale, bias] = inputs
    const standard = standardize(x, centre, spread, kernel.epsilon)
    const y = scaled ? multiply(standard, scale) : standard
    const z = shifted ? add(y, bias) : y
    return kernel.relu ? relu(z) : z
  },
]

export const withoutResidual = (spec: NormalizeSpec): KernelSpecs['normalize'] => ({ ...spec, residual: false })

/** With given statistics. */
const predicting: Primitive<Predicting, 'normalize'> = {
  kernel: kernels.normalize,
  kernelSpec: ({ kernel }) => withoutResidual(kernel),
  composition: normalized,
}

/** Mean and variance of each channel. */
export const describing: KernelPrimitive<'moments'> = {
  outputs: ({ channels }) => {
    const perChannelResult = { shape: [channels], dtype: 'float32' } as const
    return [perChannelResult, perChannelResult]
  },
  kernel: kernels.moments,
  differentiable: 0,
  composition: (_, [x]) => {
    const axes = leadingAxes('batchNorm', x)
    return [() => mean(x, { axes }), () => variance(x, { axes })]
  },
}

/** With the statistics of x. */
const training: Primitive<NormalizeSpec, 'normalize'> = {
  name: 'batchNorm',
  kernel: kernels.normalize,
  kernelSpec: withoutResidual,
  composition: (kernel, inputs) => normalized({ kernel, scaled: true, shifted: true }, inputs),
  gradient: (g, saved, spec) => {
    const [toX, toScale, toBias] = partsOf(gradientOfTraining, spec, [g, ...saved])
    return [toX, null, null, toScale, toBias]
  },
}

/** Of x, scale and bias. */
export const gradientOfTraining: Primitive<NormalizeSpec> = {
  outputs: (_, [, x, , , scale, bias]) => [x, scale, bias],
  kernel: kernels.normalizeGradient,
  composition: (spec, [gradient, x, , , scale, bias]) => composedGradients(spec, gradient, x, scale, bias),
}

/** `batchNorm` with the statistics of the batch, which come with the result. */
export function trainBatchNorm(value: TensorLike, options: BatchNormOptions): TrainedNorm {
  return scope(() => {
    const x = floatTensor('batchNorm', 'x', value)
    leadingAxes('batchNorm', x)
    check(
      x.size > 0,
      () =>
        `batchNorm: there is nothing to normalise over in an input of shape ${showShape(x.shape)}. Its axes must be 1 or more.`,
    )
    const activation = resolveActivation('batchNorm', options.activation)
    const spec = specOf(x, epsilonOf('batchNorm', options), activation)
    const { scale, bias } = operandsOf(x, options)
    const [centre, spread] = applyAll(describing, { channels: spec.channels }, [x])
    const y = apply(training, spec, [x, centre, spread, scale, bias])
    return { output: finish(y, activation), mean: centre, variance: spread }
  })
}

export const specOf = (x: Tensor, epsilon: number, activation: Activation | null): NormalizeSpec => ({
  channels: x.shape[x.rank - 1],
  epsilon,
  relu: activation?.kind === 'relu',
})

/** Applies what the kernel has not applied. */
export const finish = (y: Tensor, activation: Activation | null): Tensor =>
  activation === null || activation.kind === 'relu' ? y : activate(activation, y)

export function operandsOf(
  x: Tensor,
  { scale, bias }: BatchNormOptions,
): { readonly scale: Tensor; readonly bias: Tensor } {
  const shape = [x.shape[x.rank - 1]]
  perChannel('batchNorm', x, 'scale', scale)
  perChannel('batchNorm', x, 'bias', bias)
  return {
    scale: scale === undefined ? full(shape, 1) : floatTensor('batchNorm', 'the scale', scale),
    bias: bias === undefined ? full(shape, 0) : floatTensor('batchNorm', 'the bias', bias),
  }
}

/** The same gradients from ops that have gradients themselves. */
function composedGradients(
  { epsilon, relu }: NormalizeSpec,
  gradient: Tensor,
  x: Tensor,
  scale: Tensor,
  bias: Tensor,
): readonly Thunk[] {
  const axes = leadingAxes('batchNorm', x)
  const standard = standardize(x, mean(x, { axes }), variance(x, { axes }), epsilon)
  const arriving = relu ? where(greater(add(multiply(standard, scale), bias), 0), gradient, 0) : gradient
  const along = multiply(arriving, standard)
  const toX = (): Tensor => {
    const centred = subtract(arriving, add(mean(arriving, { axes }), multiply(standard, mean(along, { axes }))))
    return multiply(standardize(centred, 0, variance(x, { axes }), epsilon), scale)
  }
  return [toX, () => sum(along, { axes }), () => sum(arriving, { axes })]
}

/** The statistics `batchNorm` uses in training: mean and (biased) variance of each channel, shape `[channels]`. */
export function batchStatistics(value: TensorLike): {
  /** The mean of each channel, shape [channels]. */
  mean: Tensor
  /** The biased variance of each channel (divided by n), shape [channels]. */
  variance: Tensor
} {
  return scope(() => {
    const x = floatTensor('batchStatistics', 'x', value)
    const axes = leadingAxes('batchStatistics', x)
    return { mean: mean(x, { axes }), variance: variance(x, { axes }) }
  })
}
