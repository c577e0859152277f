// Measuring a model on a data set.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { batches, disposeBatch } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import type { AnyModule } from '../nn/module.ts'
import { tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Meter, Task } from './task.ts'

export interface EvaluateOptions<E extends object, O> {
  /** 64 when not given. */
  readonly batchSize?: number | undefined
  /** Measures with this instead of the task's own meter. */
  readonly meter?: Meter<E, O> | undefined
  readonly onBatch?: ((done: number, total: number) => void) | undefined
}

/**
 * The mean loss over every example and what the task's meter says, with the model in evaluation mode; the mode is put
 * back afterwards.
 */
export async function evaluate<E extends object, O>(
  model: AnyModule,
  task: Task<E, O>,
  dataset: Dataset<E>,
  options: EvaluateOptions<E, O> = {},
): Promise<Record<string, number>> {
  const { batchSize = 64, onBatch } = options
  const meter = options.meter ?? task.meter?.()
  const wasTraining = model.training
  model.eval()
  try {
    let [total, count] = [0, 0]
    const loader = batches(dataset, { size: batchSize })
    let done = 0
    for await (const batch of loader) {
      const { output, loss } = withoutGradients(() =>
        scope(() => {
          const output = task.forward(batch)
          return { output, loss: task.loss(output, batch) }
        }),
      )
      const size = Math.min(batchSize, dataset.length - done * batchSize)
      total += (await loss.data())[0] * size
      count += size
      await meter?.add(output, batch)
      loss.dispose()
      for (const tensor of tensorsIn(output, (value): value is Tensor => value instanceof Tensor)) tensor.dispose()
      disposeBatch(batch)
      done++
      onBatch?.(done, loader.length)
    }
    return { loss: total / count, ...meter?.values() }
  } finally {
    if (wasTraining) model.train()
  }
}
