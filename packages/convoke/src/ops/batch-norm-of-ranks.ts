// Batch normalisation over the batches of all ranks together (Zhang et al. 2018, "cross-GPU batch normalization"): between the kernels of
// a rank's own batch, ranks add up one number or two for each channel.

import { scope } from '../autodiff/gradients.ts'
import { apply, applyAll, type Primitive, partsOf } from '../autodiff/primitive.ts'
import { isTracked } from '../autodiff/tape.ts'
import type { Kernel, NormalizeSpec, RankNormSpec, TypedArray } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { runInto } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { SharedBatch } from '../world/world.ts'
import { resolveActivation } from './activations.ts'
import { floatTensor } from './arguments.ts'
import { add, multiply } from './arithmetic.ts'
import {
  type BatchNormOptions,
  describing,
  finish,
  gradientOfTraining,
  normalized,
  operandsOf,
  specOf,
  type TrainedNorm,
  withoutResidual,
} from './batch-norm.ts'
import { epsilonOf } from './standardize.ts'

/** No plan: what other ranks have is asked for by JavaScript. */
const byLoops = { only: () => null }

/** Mean and variance of the rows of all ranks, from those of each; the pooled variance in float64. */
const momentsKernel = ({ world, share }: SharedBatch): Kernel<'momentsOfRanks'> => ({
  name: 'momentsOfRanks',
  engine: byLoops,
  loops({ channels, rows }: RankNormSpec, [mean, variance]: readonly TypedArray[], outputs: readonly TypedArray[]) {
    const own = share().own > 0 ? rows : 0
    const sums = new Float64Array(2 * channels + 1)
    for (let c = 0; c < channels; c++) {
      sums[c] = own * mean[c]
      sums[channels + c] = own * (variance[c] + mean[c] * mean[c])
    }
    sums[2 * channels] = own
    world.allReduceSync(sums)
    const all = sums[2 * channels]
    for (let c = 0; c < channels; c++) {
      const centre = sums[c] / all
      const spread = Math.max(0, sums[channels + c] / all - centre * centre)
      outputs[0][c] = centre
      outputs[1][c] = spread
      outputs[2][c] = (spread * all) / Math.max(1, all - 1)
    }
  },
})

/**
 * The loss of all is the sum of the ranks' own, each times its share w of the examples. In the gradient of a rank's own loss,
 *
 *     x gradient = scale·r·(dy − S₁/(w·N) − x̂·S₂/(w·N))      S₁ = Σ over ranks of w·Σ dy, S₂ = Σ over ranks of w·Σ dy·x̂
 *
 * over N rows in all, where `normalizeGradient` has the rank's own sums over its own rows in their place.
 */
const gradientKernel = ({ world, share }: SharedBatch): Kernel<'gradientOfRanks'> => ({
  name: 'gradientOfRanks',
  engine: byLoops,
  loops(
    { channels, rows, epsilon }: RankNormSpec,
    [toScale, toBias, mean, variance, scale]: readonly TypedArray[],
    [offset, slope]: readonly TypedArray[],
  ) {
    const { own, all } = share()
    const weight = own / all
    const sums = new Float64Array(2 * channels + 1)
    for (let c = 0; c < channels; c++) {
      sums[c] = weight * toBias[c]
      sums[channels + c] = weight * toScale[c]
    }
    sums[2 * channels] = own > 0 ? rows : 0
    world.allReduceSync(sums)
    const share1 = weight === 0 ? 0 : 1 / (weight * sums[2 * channels])
    for (let c = 0; c < channels; c++) {
      const r = 1 / Math.sqrt(variance[c] + epsilon)
      const first = toBias[c] / rows - sums[c] * share1
      const second = toScale[c] / rows - sums[channels + c] * share1
      slope[c] = scale[c] * r * r * second
      offset[c] = scale[c] * r * first - slope[c] * mean[c]
    }
  },
})

interface OfRanks {
  readonly kernel: NormalizeSpec
  readonly ranks: RankNormSpec
  readonly shared: SharedBatch
}

const perChannel = ({ kernel: { channels } }: OfRanks, count: number) =>
  Array.from({ length: count }, () => ({ shape: [channels], dtype: 'float32' as const }))

/** Mean, variance and unbiased variance of all, of a rank's own mean and variance. */
const pooling: Primitive<OfRanks> = {
  name: 'momentsOfRanks',
  outputs: (spec) => perChannel(spec, 3),
  lower: ({ ranks, shared }, inputs, outputs) => runInto(momentsKernel(shared), ranks, inputs, outputs),
}

/** What a rank's own gradient of x lacks: an offset and a slope over x. */
const correcting: Primitive<OfRanks> = {
  name: 'gradientOfRanks',
  outputs: (spec) => perChannel(spec, 2),
  lower: ({ ranks, shared }, inputs, outputs) => runInto(gradientKernel(shared), ranks, inputs, outputs),
}

const normalizing: Primitive<OfRanks, 'normalize'> = {
  name: 'batchNormOfRanks',
  kernel: kernels.normalize,
  kernelSpec: ({ kernel }) => withoutResidual(kernel),
  composition: ({ kernel }, inputs) => normalized({ kernel, scaled: true, shifted: true }, inputs),
  gradient: (g, saved, spec) => {
    check(
      !isTracked([g, ...saved]),
      () =>
        `batchNorm: the gradient over several ranks has no gradient of its own (input of shape ${showShape(saved[0].shape)}). Normalise each rank by itself.`,
    )
    const [ownX, toScale, toBias] = partsOf(gradientOfTraining, spec.kernel, [g, ...saved])
    const [x, mean, variance, scale] = saved
    const toX = (): Tensor => {
      const own = ownX()
      const [offset, slope] = applyAll(correcting, spec, [toScale(), toBias(), mean, variance, scale])
      return add(own, add(multiply(x, slope), offset))
    }
    return [toX, null, null, toScale, toBias]
  },
}

/** Batch normalisation that takes the batches of all ranks together. A layer is handed it, so that pages without ranks do not load it. */
export interface SharedNorm {
  /** `trainBatchNorm` of all; the variance given back is the unbiased one. Has no gradient of its gradient. */
  normalize(x: Tensor, options: BatchNormOptions): TrainedNorm
}

export const sharedNorm = (batch: SharedBatch): SharedNorm => ({
  normalize: (x, options) => batchNormOfRanks(x, options, batch),
})

function batchNormOfRanks(value: Tensor, options: BatchNormOptions, shared: SharedBatch): TrainedNorm {
  return scope(() => {
    const x = floatTensor('batchNorm', 'x', value)
    const activation = resolveActivation('batchNorm', options.activation)
    const kernel = specOf(x, epsilonOf('batchNorm', options), activation)
    const { channels, epsilon } = kernel
    const spec = { kernel, shared, ranks: { channels, epsilon, rows: x.size / channels } }
    const { scale, bias } = operandsOf(x, options)
    const [mean, variance, unbiased] = applyAll(pooling, spec, applyAll(describing, { channels }, [x]))
    const y = apply(normalizing, spec, [x, mean, variance, scale, bias])
    return { output: finish(y, activation), mean, variance: unbiased }
  })
}
