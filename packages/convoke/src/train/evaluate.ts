// Measuring a model on a data set.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { batches, disposeBatch } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import type { AnyModule } from '../nn/module.ts'
import { tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { alone, gatherJson, type ParallelWorld } from '../world/world.ts'
import type { Meter, Task } from './task.ts'

export interface EvaluateOptions<E extends object, O> {
  /** 64 when not given. */
  readonly batchSize?: number | undefined
  /** Measures with this instead of the task's own meter. */
  readonly meter?: Meter<E, O> | undefined
  /** Ranks that share the measuring, each taking `batchSize` examples at a time; all get the same figures. One process when not given. */
  readonly parallel?: ParallelWorld | undefined
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
  const { batchSize = 64, onBatch, parallel = alone } = options
  const meter = options.meter ?? task.meter?.()
  // A meter that cannot be put together from parts sees everything, on every rank.
  const world = meter === undefined || meter.counts !== undefined ? parallel : alone
  const wasTraining = model.training
  model.eval()
  try {
    let [total, count] = [0, 0]
    const loader = batches(dataset, { size: batchSize * world.size, world })
    let done = 0
    for await (const batch of loader) {
      const size = loader.share(done++).own
      if (size === 0) {
        disposeBatch(batch)
        continue
      }
      const { output, loss } = withoutGradients(() =>
        scope(() => {
          const output = task.forward(batch)
          return { output, loss: task.loss(output, batch) }
        }),
      )
      total += (await loss.data())[0] * size
      count += size
      await meter?.add(output, batch)
      loss.dispose()
      for (const tensor of tensorsIn(output, (value): value is Tensor => value instanceof Tensor)) tensor.dispose()
      disposeBatch(batch)
      onBatch?.(done, loader.length)
    }
    if (world.size > 1) {
      const sums = Float64Array.of(total, count)
      await world.allReduce(sums)
      ;[total, count] = sums
      const counted = await gatherJson(world, meter?.counts?.() ?? null)
      counted.forEach((counts, rank) => {
        if (rank !== world.rank) meter?.addCounts?.(counts)
      })
    }
    return { loss: total / count, ...meter?.values() }
  } finally {
    if (wasTraining) model.train()
  }
}
