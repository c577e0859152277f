// Normalisation layers, channels last. `scale` starts at 1 and `bias` at 0.

import { trainBatchNorm } from '../ops/batch-norm.ts'
import { type ActivationOption, batchNorm, groupNorm, layerNorm, rmsNorm } from '../ops/index.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { applyAverages } from '../tensor/update.ts'
import { checkCounts } from './conv.ts'
import { constant } from './initializers.ts'
import { defineModule, type Module, type TensorSpec } from './module.ts'

/** The options that normalisation layers share. */
export interface NormLayerOptions {
  /** Channels of the input: the length of its last axis. */
  readonly channels: number
  /** Added to the variance; 1e-5 when not given. */
  readonly epsilon?: number | undefined
  /** Default true: a trained scale and bias for each channel. */
  readonly affine?: boolean | undefined
}

const normKeys = ['channels', 'epsilon', 'affine']

const affineSpecs = (
  channels: number,
  affine = true,
): { scale: TensorSpec | undefined; bias: TensorSpec | undefined } => ({
  scale: affine ? { shape: [channels], initialize: constant(1) } : undefined,
  bias: affine ? { shape: [channels], initialize: constant(0) } : undefined,
})

/** The options of `BatchNorm`. */
export interface BatchNormLayerOptions extends NormLayerOptions {
  /** Share of the newest batch in the running statistics; 0.1 when not given, as in PyTorch. */
  readonly momentum?: number | undefined
  /** Applied to the result: by name, or with constants. None when not given. */
  readonly activation?: ActivationOption | undefined
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015) over every axis but the last. In training the statistics of the batch
 * normalise, and the buffers `mean` and `variance` follow them (the variance unbiased, as in PyTorch); in evaluation
 * the buffers normalise. Where ranks share a batch (`train({ shared })`), the statistics are those of all of it.
 */
export function BatchNorm(options: BatchNormLayerOptions): Module {
  checkOptions('BatchNorm', options, [...normKeys, 'momentum', 'activation'], ['activation'])
  const { channels, epsilon = 1e-5, affine, momentum = 0.1, activation } = options
  checkCounts('BatchNorm', { channels })
  check(
    momentum > 0 && momentum <= 1,
    () => `BatchNorm: the momentum is ${show(momentum)}; it must be above 0 and at most 1.`,
  )
  return defineModule({
    kind: 'BatchNorm',
    options,
    parameters: affineSpecs(channels, affine),
    buffers: {
      mean: { shape: [channels], initialize: constant(0) },
      variance: { shape: [channels], initialize: constant(1) },
    },
    forward:
      ({ tensors, mode }) =>
      (x: Tensor) => {
        const applied = { scale: tensors.scale, bias: tensors.bias, epsilon, activation }
        if (!mode.training) return batchNorm(x, { ...applied, mean: tensors.mean, variance: tensors.variance })
        const count = x.size / channels
        check(
          count > 1,
          () =>
            `BatchNorm: an input of shape ${showShape(x.shape)} has one value per channel; in training a variance needs more. Use a larger batch, or eval().`,
        )
        const shared = mode.shared?.normalize(x, applied) ?? null
        const { output, mean, variance } = shared ?? trainBatchNorm(x, applied)
        // Without a scale, nothing else would notice.
        check(
          mean.size === channels,
          () => `BatchNorm: the input of shape ${showShape(x.shape)} must have ${channels} channels, its last axis.`,
        )
        // The variance of several ranks comes corrected: they may differ in the examples that they have.
        // running ← (1 − momentum) · running + momentum · correction · newest
        applyAverages([
          { target: tensors.mean, newest: mean, keep: 1 - momentum, share: momentum },
          {
            ...{ target: tensors.variance, newest: variance, keep: 1 - momentum },
            share: shared === null ? (momentum * count) / (count - 1) : momentum,
          },
        ])
        mean.dispose()
        variance.dispose()
        return output
      },
  })
}

/** Normalises the last axis of each position (Ba et al. 2016). */
export function LayerNorm(options: NormLayerOptions): Module {
  checkOptions('LayerNorm', options, normKeys)
  const { channels, epsilon, affine } = options
  checkCounts('LayerNorm', { channels })
  return defineModule({
    kind: 'LayerNorm',
    options,
    parameters: affineSpecs(channels, affine),
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        layerNorm(x, { ...tensors, epsilon }),
  })
}

/** The options of `GroupNorm`. */
export interface GroupNormLayerOptions extends NormLayerOptions {
  /** Runs of channels that are normalised together. Must divide the channels. */
  readonly groups: number
}

/** Normalises space and each of `groups` runs of channels (Wu & He 2018): needs no batch. */
export function GroupNorm(options: GroupNormLayerOptions): Module {
  checkOptions('GroupNorm', options, [...normKeys, 'groups'])
  const { channels, groups, epsilon, affine } = options
  checkCounts('GroupNorm', { channels, groups })
  check(channels % groups === 0, () => `GroupNorm: ${groups} groups must divide the ${channels} channels.`)
  return defineModule({
    kind: 'GroupNorm',
    options,
    parameters: affineSpecs(channels, affine),
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        groupNorm(x, groups, { ...tensors, epsilon }),
  })
}

/** Normalises each channel of each example over space (Ulyanov et al. 2016). No scale and bias unless `affine`. */
export function InstanceNorm(options: NormLayerOptions): Module {
  checkOptions('InstanceNorm', options, normKeys)
  const { channels, epsilon, affine = false } = options
  checkCounts('InstanceNorm', { channels })
  return defineModule({
    kind: 'InstanceNorm',
    options,
    parameters: affineSpecs(channels, affine),
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        groupNorm(x, channels, { ...tensors, epsilon }),
  })
}

/** x / √(mean(x²) + epsilon) · scale over the last axis (Zhang & Sennrich 2019). */
export function RMSNorm(options: NormLayerOptions): Module {
  checkOptions('RMSNorm', options, normKeys)
  const { channels, epsilon, affine } = options
  checkCounts('RMSNorm', { channels })
  const { scale } = affineSpecs(channels, affine)
  return defineModule({
    kind: 'RMSNorm',
    options,
    parameters: { scale },
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        rmsNorm(x, { ...tensors, epsilon }),
  })
}
