// Measuring a model on a data set.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { batches, disposeBatch } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import type { AnyModule } from '../nn/module.ts'
import { check } from '../shapes/error.ts'
import { tensor } from '../tensor/create.ts'
import { tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { alone, gatherJson, type ParallelWorld } from '../world/world.ts'
import type { Meter, Task } from './task.ts'

/** The options of `evaluate`. */
export interface EvaluateOptions<E extends object, O> {
  /** Examples in a batch: 64 when not given. */
  readonly batchSize?: number | undefined
  /** Measures with this instead of the task's own meter. */
  readonly meter?: Meter<E, O> | undefined
  /** Ranks that share the measuring, each taking `batchSize` examples at a time; all get the same figures. One process when not given. */
  readonly parallel?: ParallelWorld | undefined
  /** Called after each batch with the batches done and all of them. */
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
  if (parallel.size > 1 && meter !== undefined && meter.counts === undefined)
    return evaluateForFirst(model, task, dataset, { ...options, meter, parallel })
  const world = parallel
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

type Together<E extends object, O> = EvaluateOptions<E, O> & {
  readonly meter: Meter<E, O>
  readonly parallel: ParallelWorld
}

/**
 * Ranks run the model on their parts, and the first one measures the results as if they were its own: for meters that cannot be put
 * together from those of others.
 */
async function evaluateForFirst<E extends object, O>(
  model: AnyModule,
  task: Task<E, O>,
  dataset: Dataset<E>,
  { batchSize = 64, meter, parallel: world, onBatch }: Together<E, O>,
): Promise<Record<string, number>> {
  const wasTraining = model.training
  model.eval()
  try {
    const size = batchSize * world.size
    const own = batches(dataset, { size, world })
    const whole = world.rank === 0 ? batches(dataset, { size })[Symbol.asyncIterator]() : undefined
    let [total, done] = [0, 0]
    for await (const batch of own) {
      const { own: count, all } = own.share(done++)
      const output = withoutGradients(() => scope(() => task.forward(batch)))
      check(
        output instanceof Tensor,
        () =>
          'evaluate: the task gives more than one tensor, which ranks cannot gather. Give the meter counts and addCounts.',
      )
      const values = (await output.data()) as Float32Array
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      const parts = await world.allGather(count === 0 ? bytes.subarray(0, 0) : bytes)
      const shape = [all, ...output.shape.slice(1)]
      output.dispose()
      disposeBatch(batch)
      onBatch?.(done, own.length)
      const next = await whole?.next()
      if (next === undefined || next.done) continue
      const joined = tensor(joinedFloats(parts), { shape }) as O & Tensor
      const loss = withoutGradients(() => scope(() => task.loss(joined, next.value)))
      total += (await loss.data())[0] * all
      await meter.add(joined, next.value)
      loss.dispose()
      joined.dispose()
      disposeBatch(next.value)
    }
    const measured = world.rank === 0 ? { loss: total / dataset.length, ...meter.values() } : {}
    const [names] = await gatherJson(world, Object.keys(measured))
    const figures = new Float64Array(names.length)
    figures.set(Object.values(measured))
    await world.broadcast(figures)
    return Object.fromEntries(names.map((name, i) => [name, figures[i]]))
  } finally {
    if (wasTraining) model.train()
  }
}

function joinedFloats(parts: readonly Uint8Array[]): Float32Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return new Float32Array(bytes.buffer)
}
