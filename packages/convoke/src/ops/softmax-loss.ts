// The cross-entropy of labels, one number a row, by kernels of its own.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { multiply, subtract, where } from './arithmetic.ts'
import { exp, log } from './elementwise.ts'
import { oneHot } from './indexing.ts'
import { expandDims } from './movement.ts'
import { softmax } from './reductions.ts'
import { shiftOf } from './shift.ts'
import { reshape, sum } from './stretch.ts'

/** −log softmax(x) at the label of each row: x `[..., classes]`, int32 labels `[...]` known to be in range. */
export function softmaxLoss(x: Tensor, labels: Tensor): Tensor {
  return scope(() => {
    return apply(losing, { classes: x.shape[x.rank - 1] }, [x, labels])
  })
}

const losing: KernelPrimitive<'softmaxLoss'> = {
  outputs: (_, [, { shape }]) => {
    const row = { shape, dtype: 'float32' } as const
    return [row, row, row]
  },
  kernel: kernels.softmaxLoss,
  differentiable: 1,
  composition: ({ classes }, [x, labels]) => {
    const row = (each: Tensor): Tensor => reshape(each, labels.shape)
    const shift = shiftOf(x, [-1])
    const distance = subtract(x, shift)
    const total = log(sum(exp(distance), { axes: -1 }))
    const own = (): Tensor => sum(where(oneHot(labels, classes), distance, 0), { axes: -1 })
    return [() => subtract(total, own()), () => row(shift), () => total]
  },
  saves: (inputs, [, ...sums]) => [...inputs, ...sums],
  gradient: (g, saved, spec) => [() => apply(gradientOfLoss, spec, [g, ...saved]), null],
}

const gradientOfLoss: KernelPrimitive<'softmaxLossGradient'> = {
  shape: (_, [, x]) => x.shape,
  kernel: kernels.softmaxLossGradient,
  composition: ({ classes }, [g, x, labels]) => [
    () => multiply(expandDims(g, -1), subtract(softmax(x), oneHot(labels, classes))),
  ],
}
