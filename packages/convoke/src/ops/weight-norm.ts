// Weights with direction and length apart (Salimans & Kingma 2016, "Weight normalization").

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive, partsOf } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, showShape } from '../shapes/error.ts'
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
    return apply(scaling, { channels }, [direction, gain])
  })
}

const leading = ({ shape }: Tensor): { readonly axes: readonly number[] } => ({
  axes: shape.slice(0, -1).map((_, axis) => axis),
})

const lengthOf = (v: Tensor): Tensor => sqrt(sum(square(v), leading(v)))

const scaling: KernelPrimitive<'weightNorm'> = {
  kernel: kernels.weightNorm,
  composition: (_, [v, gain]) => [() => multiply(v, divide(gain, lengthOf(v)))],
  gradient: (g, saved, spec) => partsOf(gradientOfScaling, spec, [g, ...saved]),
}

const gradientOfScaling: KernelPrimitive<'weightNormGradient'> = {
  outputs: (_, [, v, gain]) => [v, gain],
  kernel: kernels.weightNormGradient,
  composition: (_, [gradient, v, gain]) => {
    const length = lengthOf(v)
    const unit = divide(v, length)
    const along = sum(multiply(gradient, unit), leading(v))
    return [() => multiply(subtract(gradient, multiply(unit, along)), divide(gain, length)), () => along]
  },
}
