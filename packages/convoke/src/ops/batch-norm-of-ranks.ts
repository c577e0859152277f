// Batch normalisation over the batches of all ranks together (Zhang et al. 2018, "cross-GPU batch normalization"): between the kernels of
// a rank's own batch, ranks add up one number or two for each channel.

import { scope } from '../autodiff/gradients.ts'
import { isTracked, record } from '../autodiff/tape.ts'
import type { Kernel, RankNormSpec, TypedArray } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { runKernel, runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { SharedBatch } from '../world/world.ts'
import { resolveActivation } from './activations.ts'
import { floatTensor } from './arguments.ts'
import { add, multiply } from './arithmetic.ts'
import { type BatchNormOptions, finish, operandsOf, specOf, type TrainedNorm } from './batch-norm.ts'
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

/** `trainBatchNorm` with the statistics of all ranks; the variance given back is the unbiased one. Has no gradient of its gradient. */
export function batchNormOfRanks(value: Tensor, options: BatchNormOptions, shared: SharedBatch): TrainedNorm {
  return scope(() => {
    const x = floatTensor('batchNorm', 'x', value)
    const activation = resolveActivation('batchNorm', options.activation)
    const spec = specOf(x, epsilonOf('batchNorm', options), activation)
    const { channels, epsilon } = spec
    const ranks: RankNormSpec = { channels, epsilon, rows: x.size / channels }
    const { scale, bias } = operandsOf(x, options)
    const each = { shape: [channels], dtype: 'float32' } as const
    const [near, spread] = runKernel(kernels.moments, { channels }, [x], [each, each])
    const [mean, variance, unbiased] = runKernel(momentsKernel(shared), ranks, [near, spread], [each, each, each])
    const y = runOne(kernels.normalize, { ...spec, residual: false }, [x, mean, variance, scale, bias], x.shape)
    record('batchNorm', y, [x, scale, bias], [x, mean, variance, scale, bias], (gradient, saved) => {
      check(
        !isTracked([gradient, ...saved]),
        () =>
          `batchNorm: the gradient over several ranks has no gradient of its own (input of shape ${showShape(saved[0].shape)}). Normalise each rank by itself.`,
      )
      let known: readonly Tensor[] | null = null
      const part = (index: number) => (): Tensor => {
        known ??= runKernel(
          kernels.normalizeGradient,
          spec,
          [gradient, ...saved],
          [{ shape: x.shape, dtype: 'float32' }, ...[each, each]],
        )
        return known[index]
      }
      const toX = (): Tensor => {
        const [input, centre, width, factor] = saved
        const own = part(0)()
        const given = [part(1)(), part(2)(), centre, width, factor]
        const [offset, slope] = runKernel(gradientKernel(shared), ranks, given, [each, each])
        return add(own, add(multiply(input, slope), offset))
      }
      return [toX, part(1), part(2)]
    })
    return { output: finish(y, activation), mean, variance: unbiased }
  })
}
