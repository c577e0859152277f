// Weights with direction and length apart (Salimans & Kingma 2016, "Weight normalization").

import { scope } from '../autodiff/gradients.ts'
import { isTracked, record } from '../autodiff/tape.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { runKernel, runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { divide, multiply, subtract } from './arithmetic.ts'
import { sqrt, square } from './elementwise.ts'
import { sum } from './stretch.ts'

/** gain · direction / ‖direction‖, the length taken over all axes but the last; `gain` has the shape of the last. */
export function weightNorm(direction: Tensor, gain: Tensor): Tensor {
  return scope(() => {
    const channels = direction.shape[direction.rank - 1]
    check(
      gain.rank === 1 && gain.size === channels && direction.size > 0,
      () =>
        `weightNorm: the gain has shape ${showShape(gain.shape)}, the direction ${showShape(direction.shape)}. Give one gain for each index of the last axis.`,
    )
    const spec = { channels }
    const w = runOne(kernels.weightNorm, spec, [direction, gain], direction.shape)
    return record('weightNorm', w, [direction, gain], [direction, gain], (gradient, [v, size]) => {
      if (isTracked([gradient, v, size])) return composedGradients(gradient, v, size)
      let known: readonly Tensor[] | null = null
      const part = (index: number) => (): Tensor => {
        known ??= runKernel(
          kernels.weightNormGradient,
          spec,
          [gradient, v, size],
          [
            { shape: v.shape, dtype: 'float32' },
            { shape: size.shape, dtype: 'float32' },
          ],
        )
        return known[index]
      }
      return [part(0), part(1)]
    })
  })
}

/** The same gradients from ops that have gradients themselves. */
function composedGradients(gradient: Tensor, v: Tensor, gain: Tensor): readonly (() => Tensor)[] {
  const axes = v.shape.slice(0, -1).map((_, axis) => axis)
  const length = sqrt(sum(square(v), { axes }))
  const unit = divide(v, length)
  const along = sum(multiply(gradient, unit), { axes })
  return [() => multiply(subtract(gradient, multiply(unit, along)), divide(gain, length)), () => along]
}
