// The training loop. It prints nothing and knows no files: events tell what happens, `save` receives checkpoints. Of several ranks each
// runs the same loop, on its part of every batch, and comes to the same decisions.

import { type Batches, batches, disposeBatch } from '../data/batches.ts'
import { largestOf } from '../shapes/extremes.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { alone } from '../world/world.ts'
import { anyStops, asFirst, shareState, shareWeights } from './agree.ts'
import { type EpochRecord, gatherState, type Progress, partOfState, type TrainingState } from './checkpoint.ts'
import { evaluate } from './evaluate.ts'
import { type Gathering, gathering } from './gathering.ts'
import { checkFit, type FitOptions, type StopReason, scoreOf, stepsNow, type TrainingEvent } from './options.ts'

/** What `fit` returns. */
export interface FitResult {
  /** Why training ended. */
  readonly reason: StopReason
  /** The progress of the run. */
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
  const { epochs, signal, earlyStopping, model, parallel = alone } = options
  const resume = await shareState(parallel, options.resume)
  if (resume === undefined) await shareWeights(parallel, model)
  let progress = resume === undefined ? start(options) : restore(options, resume)
  const { length: count, lastSize } = loaderFor(options, progress)
  const ranks = {
    ranks: parallel.size,
    ranksBefore: resume?.progress.ranks ?? (resume === undefined ? parallel.size : 1),
  }
  await tell(options, { type: 'start', epochs, batches: count, lastBatch: lastSize, ...ranks, progress })
  let reason: StopReason | null = null
  const steps = gathering(options)
  try {
    while (reason === null) {
      if (progress.epoch >= epochs || progress.step >= (await asFirst(parallel, stepsNow(options)))) reason = 'finished'
      else if (earlyStopping !== undefined && epochsSinceBest(options, progress) >= earlyStopping.patience)
        reason = 'early'
      else if (await anyStops(parallel, signal)) reason = 'interrupted'
      else progress = await trainEpoch(options, steps, progress)
    }
  } finally {
    steps.dispose()
  }
  model.eval()
  await tell(options, { type: 'stop', reason })
  return { reason, progress }
}

/** Of several ranks the first alone tells what happens. */
const tell = async <E extends object, O>(
  { onEvent, parallel = alone }: FitOptions<E, O>,
  event: TrainingEvent,
): Promise<void> => {
  if (parallel.rank === 0) await onEvent?.(event)
}

function start<E extends object, O>({ seed = 0, batchSize = 32, parallel = alone }: FitOptions<E, O>): Progress {
  const counts = { epoch: 0, batch: 0, step: 0, lossTotal: 0, lossCount: 0 }
  return { version: 1, seed, batchSize, ...ranksOf(parallel.size), ...counts, history: [], best: null }
}

const ranksOf = (size: number): Pick<Progress, 'ranks'> => (size === 1 ? {} : { ranks: size })

/** Puts weights, the optimiser and averages back to where the checkpoint was made. */
function restore<E extends object, O>(
  { model, optimizer, average, parallel = alone }: FitOptions<E, O>,
  state: TrainingState,
): Progress {
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
  const { ranks: _, ...progress } = state.progress
  return { ...progress, ...ranksOf(parallel.size) }
}

async function save<E extends object, O>(options: FitOptions<E, O>, progress: Progress, best: boolean): Promise<void> {
  const { model, optimizer, average, parallel = alone } = options
  if (options.save === undefined || parallel.rank !== 0) return
  const parts = { model: model.state(), optimizer: optimizer.state(), ...(average && { average: average.state() }) }
  await options.save(await gatherState(parts, progress), { best })
  await tell(options, { type: 'checkpoint', step: progress.step, best })
}

/** The batches of the present epoch that are still to come. */
function loaderFor<E extends object, O>(options: FitOptions<E, O>, { epoch, batch }: Progress): Batches<E> {
  const { train, batchSize: size = 32, seed = 0, augment, dropLast, parallel: world = alone } = options
  return batches(train, { size, shuffle: true, joinLast: true, dropLast, seed, epoch, skip: batch, augment, world })
}

/** One epoch, or the rest of one; cut short by the last step, or ends early, saved, when the signal comes. */
async function trainEpoch<E extends object, O>(
  options: FitOptions<E, O>,
  steps: Gathering<E>,
  from: Progress,
): Promise<Progress> {
  const started = performance.now()
  const loader = loaderFor(options, from)
  steps.begin()
  let progress = from
  let waiting = 0
  let factor: number | undefined
  const batchesInTime = timed(loader, (seconds) => {
    waiting += seconds
  })
  for await (const batch of batchesInTime) {
    const place = { step: progress.step + 1, epoch: progress.epoch + 1 }
    const isLast = progress.batch + 1 === loader.length
    const added = await steps
      .add(batch, loader.share(progress.batch), { ...place, batch: progress.batch, isLast })
      .finally(() => disposeBatch(batch))
    progress = {
      ...progress,
      batch: progress.batch + 1,
      lossTotal: progress.lossTotal + added.lossTotal,
      lossCount: progress.lossCount + added.lossCount,
    }
    if (added.step === null) continue
    progress = { ...progress, step: place.step }
    factor = added.step.factor
    await tell(options, { type: 'step', ...place, batch: progress.batch, batches: loader.length, ...added.step })
    if (isLast) continue
    if (progress.step >= (added.limit ?? stepsNow(options))) break
    if (added.stops || (options.parallel === undefined && options.signal?.aborted)) {
      await save(options, progress, false)
      return progress
    }
    // Asked to stop while gradients were being added up, ranks stop a step later: what may be the last moment is not left to that.
    const { saveEvery, saveNow, signal } = options
    if (progress.step % saveEvery! === 0 || saveNow?.() || signal?.aborted) await save(options, progress, false)
  }
  return finishEpoch(options, progress, { started, waiting, factor })
}

/** The same values; `waited` is told the seconds until each was there. */
async function* timed<T>(values: AsyncIterable<T>, waited: (seconds: number) => void): AsyncGenerator<T> {
  let asked = performance.now()
  for await (const value of values) {
    waited((performance.now() - asked) / 1000)
    yield value
    asked = performance.now()
  }
}

async function finishEpoch<E extends object, O>(
  options: FitOptions<E, O>,
  progress: Progress,
  {
    started,
    waiting,
    factor,
  }: { readonly started: number; readonly waiting: number; readonly factor?: number | undefined },
): Promise<Progress> {
  const { model, task, validation, average, monitor, parallel = alone, batchSize = 32 } = options
  const size = Math.ceil(batchSize / parallel.size)
  const measure = () =>
    validation === undefined ? null : evaluate(model, task, validation, { batchSize: size, parallel })
  const measured = await (average === undefined ? measure() : average.during(measure))
  const epoch = progress.epoch + 1
  const record: EpochRecord = {
    ...{ epoch, step: progress.step, loss: progress.lossTotal / progress.lossCount, validation: measured },
    ...{ seconds: (performance.now() - started) / 1000, waiting, ...(factor !== undefined && { factor }) },
  }
  const score = scoreOf(record, monitor)
  const best = !Number.isNaN(score) && (progress.best === null || isBetter(options, progress, record, score))
  const next: Progress = {
    ...progress,
    ...{ epoch, batch: 0, lossTotal: 0, lossCount: 0, history: [...progress.history, record] },
    best: best ? { epoch, score } : progress.best,
  }
  await tell(options, { type: 'epoch', record, best })
  await save(options, next, best)
  return next
}

/**
 * Epochs that were measured after the best one, of those that are as good within a tolerance after the highest. A score that is not a
 * number says nothing: it is not counted.
 */
function epochsSinceBest<E extends object, O>(
  { monitor, tolerance = 0 }: FitOptions<E, O>,
  { best, history }: Progress,
): number {
  if (best === null) return 0
  const scored = history.flatMap((record) => {
    const score = scoreOf(record, monitor)
    return Number.isNaN(score) ? [] : [{ epoch: record.epoch, score }]
  })
  const highest = scored.reduce((top, one) => (one.score > top.score ? one : top))
  const since = tolerance > 0 ? highest.epoch : best.epoch
  return scored.filter(({ epoch }) => epoch > since).length
}

/**
 * A higher score; one as good as the highest within the tolerance; or the same one, as small validation sets often give, with a lower
 * validation loss.
 */
function isBetter<E extends object, O>(
  { monitor, earlyStopping, tolerance = 0 }: FitOptions<E, O>,
  { best, history }: Progress,
  record: EpochRecord,
  score: number,
): boolean {
  const least = earlyStopping?.least ?? 0
  if (tolerance > 0) {
    const scores = history.map((one) => scoreOf(one, monitor)).filter((one) => !Number.isNaN(one))
    return score >= largestOf(scores) - tolerance
  }
  if (score > best!.score + least) return true
  const before = history.find(({ epoch }) => epoch === best!.epoch)?.validation?.['loss']
  const now = record.validation?.['loss']
  return least === 0 && score === best!.score && before !== undefined && now !== undefined && now < before
}
