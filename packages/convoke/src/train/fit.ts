// The training loop. It prints nothing and knows no files: events tell what happens, `save` receives checkpoints.

import { type Batch, type Batches, batches, disposeBatch } from '../data/batches.ts'
import { type Accumulator, accumulator } from '../optim/gradients.ts'
import { check } from '../shapes/error.ts'
import { deriveSeed } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type EpochRecord, gatherState, type Progress, partOfState, type TrainingState } from './checkpoint.ts'
import { findNonFinite } from './diagnose.ts'
import { type Differentiator, differentiator } from './differentiate.ts'
import { evaluate } from './evaluate.ts'
import { oneProcess } from './flat.ts'
import { checkFit, type FitOptions, type StopReason, scoreOf } from './options.ts'
import { notFinite, takeStep } from './step.ts'

export interface FitResult {
  readonly reason: StopReason
  readonly progress: Progress
}

/**
 * Trains a model. With one backend and thread count the same options give the same weights to the bit, and a run that
 * stops and resumes gives those of one that never stopped. A loss or gradient that is not finite ends in a
 * `ConvokeError` that names the step and the layer, before the weights change.
 *
 * @example
 * const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 10 })).initialize(1)
 * const { reason, progress } = await train.fit({
 *   model,
 *   task: train.classification(model, 10),
 *   optimizer: optim.Adam(model.parameters(), { learningRate: 0.01 }),
 *   train: data.digits({ count: 20, size: 8 }),
 *   epochs: 2,
 *   batchSize: 10,
 * })
 * reason  // "finished"
 * progress.step  // 4
 */
export async function fit<E extends object, O>(options: FitOptions<E, O>): Promise<FitResult> {
  checkFit(options)
  const { epochs, signal, onEvent, earlyStopping, model } = options
  let progress = options.resume === undefined ? start(options) : restore(options, options.resume)
  const { length: count, lastSize } = loaderFor(options, progress)
  await onEvent?.({ type: 'start', epochs, batches: count, lastBatch: lastSize, progress })
  let reason: StopReason | null = null
  const gradients = differentiator(options)
  try {
    while (reason === null) {
      if (progress.epoch >= epochs) reason = 'finished'
      else if (earlyStopping !== undefined && epochsSinceBest(options, progress) >= earlyStopping.patience)
        reason = 'early'
      else if (signal?.aborted) reason = 'interrupted'
      else progress = await trainEpoch(options, gradients, progress)
    }
  } finally {
    gradients.dispose()
  }
  model.eval()
  await onEvent?.({ type: 'stop', reason })
  return { reason, progress }
}

function start<E extends object, O>({ seed = 0, batchSize = 32 }: FitOptions<E, O>): Progress {
  const counts = { epoch: 0, batch: 0, step: 0, lossTotal: 0, lossCount: 0 }
  return { version: 1, seed, batchSize, ...counts, history: [], best: null }
}

/** Puts weights, the optimiser and averages back to where the checkpoint was made. */
function restore<E extends object, O>({ model, optimizer, average }: FitOptions<E, O>, state: TrainingState): Progress {
  const owners = [
    { name: 'model', load: (part: Record<string, Tensor>) => model.loadState(part) },
    { name: 'optimizer', load: (part: Record<string, Tensor>) => optimizer.loadState(part) },
    { name: 'average', load: (part: Record<string, Tensor>) => average?.loadState(part) },
  ]
  for (const { name, load } of owners) {
    const part = partOfState(state, name)
    load(part)
    for (const value of Object.values(part)) value.dispose()
  }
  return state.progress
}

async function save<E extends object, O>(options: FitOptions<E, O>, progress: Progress, best: boolean): Promise<void> {
  if (options.save === undefined) return
  const { model, optimizer, average } = options
  const parts = { model: model.state(), optimizer: optimizer.state(), ...(average && { average: average.state() }) }
  await options.save(await gatherState(parts, progress), { best })
  await options.onEvent?.({ type: 'checkpoint', step: progress.step, best })
}

/** The batches of the present epoch that are still to come. */
function loaderFor<E extends object, O>(options: FitOptions<E, O>, { epoch, batch }: Progress): Batches<E> {
  const { train, batchSize: size = 32, seed = 0, augment, dropLast, world = oneProcess } = options
  return batches(train, { size, shuffle: true, joinLast: true, dropLast, seed, epoch, skip: batch, augment, world })
}

/** One epoch, or the rest of one; ends early, saved, when the signal comes. */
async function trainEpoch<E extends object, O>(
  options: FitOptions<E, O>,
  gradients: Differentiator<E>,
  from: Progress,
): Promise<Progress> {
  const started = performance.now()
  gradients.recheck()
  const loader = loaderFor(options, from)
  const sums = accumulator()
  let progress = from
  for await (const batch of loader) {
    try {
      progress = await trainBatch(options, gradients, progress, batch, sums, loader.length)
    } finally {
      disposeBatch(batch)
    }
    if (progress.batch === loader.length || sums.count > 0) continue
    if (options.signal?.aborted) {
      await save(options, progress, false)
      return progress
    }
    if (options.saveEvery !== undefined && progress.step % options.saveEvery === 0) await save(options, progress, false)
  }
  return finishEpoch(options, progress, started)
}

async function trainBatch<E extends object, O>(
  options: FitOptions<E, O>,
  differentiate: Differentiator<E>,
  progress: Progress,
  batch: Batch<E>,
  sums: Accumulator,
  count: number,
): Promise<Progress> {
  const { model, task, seed = 0, accumulate = 1, world = oneProcess } = options
  const place = { step: progress.step + 1, epoch: progress.epoch + 1 }
  const drawn = deriveSeed(seed, 'step', world.rank, progress.epoch, progress.batch)
  const { value, gradients } = differentiate.of(batch, drawn)
  const loss = (await value.data())[0]
  value.dispose()
  if (!Number.isFinite(loss)) {
    for (const gradient of gradients) gradient.dispose()
    const forward = (): Tensor => {
      model.train({ seed: drawn })
      return task.loss(task.forward(batch), batch)
    }
    const where = await findNonFinite(model, forward)
    throw notFinite(`the loss is ${loss}`, where ?? 'the loss itself', place)
  }
  const size = batchSizeOf(batch)
  sums.add(gradients, size)
  for (const gradient of gradients) gradient.dispose()
  const next: Progress = {
    ...progress,
    batch: progress.batch + 1,
    lossTotal: progress.lossTotal + loss * size,
    lossCount: progress.lossCount + size,
  }
  if (sums.count < accumulate && next.batch < count) return next
  const factor = options.schedule?.(progress.step) ?? 1
  check(
    Number.isFinite(factor),
    () =>
      `fit: the schedule gives ${factor} at step ${progress.step}; a factor on the learning rate is a finite number.`,
  )
  const gradientNorm = await takeStep(options, sums.take(), factor, place)
  await options.onEvent?.({ type: 'step', ...place, batch: next.batch, batches: count, loss, factor, gradientNorm })
  return { ...next, step: place.step }
}

function batchSizeOf(batch: object): number {
  const [first] = Object.values(batch) as readonly unknown[]
  return first instanceof Tensor ? first.shape[0] : (first as readonly unknown[]).length
}

async function finishEpoch<E extends object, O>(
  options: FitOptions<E, O>,
  progress: Progress,
  started: number,
): Promise<Progress> {
  const { model, task, validation, average, monitor, earlyStopping, batchSize } = options
  const measure = () => (validation === undefined ? null : evaluate(model, task, validation, { batchSize }))
  const measured = await (average === undefined ? measure() : average.during(measure))
  const epoch = progress.epoch + 1
  const record: EpochRecord = {
    ...{ epoch, step: progress.step, loss: progress.lossTotal / progress.lossCount, validation: measured },
    seconds: (performance.now() - started) / 1000,
  }
  const score = scoreOf(record, monitor)
  const best =
    !Number.isNaN(score) && (progress.best === null || isBetter(progress, record, score, earlyStopping?.least ?? 0))
  const next: Progress = {
    ...progress,
    ...{ epoch, batch: 0, lossTotal: 0, lossCount: 0, history: [...progress.history, record] },
    best: best ? { epoch, score } : progress.best,
  }
  await options.onEvent?.({ type: 'epoch', record, best })
  await save(options, next, best)
  return next
}

/** Epochs that were measured after the best one. A score that is not a number says nothing: it is not counted. */
function epochsSinceBest<E extends object, O>({ monitor }: FitOptions<E, O>, { best, history }: Progress): number {
  if (best === null) return 0
  return history.filter((record) => record.epoch > best.epoch && !Number.isNaN(scoreOf(record, monitor))).length
}

/** A higher score; or the same one, as small validation sets often give, with a lower validation loss. */
function isBetter({ best, history }: Progress, record: EpochRecord, score: number, least: number): boolean {
  if (score > best!.score + least) return true
  const before = history.find(({ epoch }) => epoch === best!.epoch)?.validation?.['loss']
  const now = record.validation?.['loss']
  return least === 0 && score === best!.score && before !== undefined && now !== undefined && now < before
}
