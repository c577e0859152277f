// The cross-entropy of labels, one number a row, by kernels of its own.

import { scope } from '../autodiff/gradients.ts'
import { isTracked, record } from '../autodiff/tape.ts'
import * as kernels from '../backends/kernels/index.ts'
import { runKernel, runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { multiply, subtract } from './arithmetic.ts'
import { oneHot } from './indexing.ts'
import { expandDims } from './movement.ts'
import { softmax } from './reductions.ts'

/** −log softmax(x) at the label of each row: x `[..., classes]`, int32 labels `[...]` known to be in range. */
export function softmaxLoss(x: Tensor, labels: Tensor): Tensor {
  return scope(() => {
    const spec = { classes: x.shape[x.rank - 1] }
    const row = { shape: labels.shape, dtype: 'float32' } as const
    const [loss, ...sums] = runKernel(kernels.softmaxLoss, spec, [x, labels], [row, row, row])
    return record('softmaxLoss', loss, [x], [x, labels, ...sums], (gradient, [logits, places, ...kept]) => [
      () =>
        isTracked([gradient, logits])
          ? multiply(expandDims(gradient, -1), subtract(softmax(logits), oneHot(places, spec.classes)))
          : runOne(kernels.softmaxLossGradient, spec, [gradient, logits, places, ...kept], logits.shape),
    ])
  })
}
