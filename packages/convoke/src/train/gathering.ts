// Batches gathered into steps: the loss and gradients of each batch, those of all ranks added up, and the step that they make together.

import type { Batch, Share } from '../data/batches.ts'
import { buffersOf } from '../nn/tree.ts'
import { sharedNorm } from '../ops/batch-norm-of-ranks.ts'
import { accumulator } from '../optim/gradients.ts'
import { check } from '../shapes/error.ts'
import { fromData } from '../tensor/create.ts'
import { deriveSeed } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { alone } from '../world/world.ts'
import { findNonFinite } from './diagnose.ts'
import { differentiator } from './differentiate.ts'
import { type FitOptions, type StepEvent, stepsNow } from './options.ts'
import { type Earlier, type ReducedStep, reducer } from './reducer.ts'
import { notFinite, type StepPlace, takeStep } from './step.ts'

/** What a batch brought: losses are known where a step ends, of several ranks. */
export interface Added {
  /** Of losses times examples, over all ranks, and of the examples. */
  readonly lossTotal: number
  readonly lossCount: number
  /** Of the step that the batch ended; null where more batches belong to it. */
  readonly step: Pick<StepEvent, 'examples' | 'loss' | 'factor' | 'gradientNorm'> | null
  /** Whether a rank was asked to stop; known at the end of a step. */
  readonly stops: boolean
  /** Steps of the whole run, as the first of several ranks sees them; of one process it is asked when it matters. */
  readonly limit?: number | undefined
}

export interface BatchPlace extends StepPlace {
  /** Of the epoch, counted from 0. */
  readonly batch: number
  /** Of the epoch, so that it ends a step. */
  readonly isLast: boolean
}

export interface Gathering<E extends object> {
  /** Before each epoch: compares plans once more with what would run without them. */
  begin(): void
  add(batch: Batch<E>, share: Share, place: BatchPlace): Promise<Added>
  dispose(): void
}

const nothing = { batches: 0, own: 0, all: 0, even: true, loss: 0 }

export function gathering<E extends object, O>(options: FitOptions<E, O>): Gathering<E> {
  const { model, task, optimizer, seed = 0, accumulate = 1, parallel = alone, syncBatchNorm = false, wire } = options
  const differentiate = differentiator(options)
  const ranks = parallel.size > 1 ? reducer({ world: parallel, parameters: optimizer.parameters, wire }) : null
  const sums = accumulator()
  let gathered = nothing
  let present: Share = nothing
  const shared = ranks !== null && syncBatchNorm ? sharedNorm({ world: parallel, share: () => present }) : undefined

  const lossOf = async (
    value: Tensor,
    gradients: readonly Tensor[],
    batch: Batch<E>,
    drawn: number,
    place: StepPlace,
  ) => {
    const loss = (await value.data())[0]
    value.dispose()
    if (Number.isFinite(loss)) return loss
    for (const gradient of gradients) gradient.dispose()
    const forward = (): Tensor => {
      model.train({ seed: drawn })
      return task.loss(task.forward(batch), batch)
    }
    const where = await findNonFinite(model, forward)
    throw notFinite(`the loss is ${loss}`, where ?? 'the loss itself', place)
  }

  /**
   * Adds up what the ranks have: gradients, running statistics, the loss, and whether to stop. What the first rank decides, the others add
   * nothing to: the factor on the learning rates at this step, and the steps of the run.
   */
  const reduced = async (
    gradients: readonly Tensor[],
    earlier: Earlier | null,
    last: number,
    place: StepPlace,
  ): Promise<ReducedStep & { totals: Float64Array }> => {
    const share = gathered
    // A signal that came while the batch ran is heard here, not a step later.
    await parallel.breathe?.()
    const isFirst = parallel.rank === 0
    const factor = isFirst ? (options.schedule?.(place.step - 1) ?? 1) : 0
    const limit = isFirst ? stepsNow(options) : 0
    const totals = Float64Array.of(gathered.loss, last, options.signal?.aborted === true ? 1 : 0, factor, limit)
    if (ranks === null) return { gradients: [...gradients], scale: 1, totals }
    const statistics = await runningStatistics(buffersOf(model, syncBatchNorm ? ['BatchNorm'] : []), share)
    const step = await ranks.finish(
      gradients,
      share,
      earlier,
      statistics.values.length > 0 ? [totals, statistics.values] : [totals],
    )
    statistics.putBack()
    return { ...step, totals }
  }

  return {
    begin: () => differentiate.recheck(),
    async add(batch, share, place) {
      const endsStep = gathered.batches + 1 >= accumulate || place.isLast
      present = share
      const whole: Share = {
        own: gathered.own + share.own,
        all: gathered.all + share.all,
        even: gathered.even && share.even,
      }
      const drawn = deriveSeed(seed, 'step', parallel.rank, place.epoch - 1, place.batch)
      const isSent = ranks !== null && endsStep
      const earlier = isSent && sums.count > 0 ? { gradients: sums.take(), examples: gathered.own } : null
      const watch = isSent ? ranks.watch(whole, earlier) : null
      const { value, gradients } = differentiate.of(batch, { seed: drawn, shared }, watch)
      const mean = await lossOf(value, [...gradients, ...(earlier?.gradients ?? [])], batch, drawn, place)
      const own = mean * share.own
      gathered = { ...whole, batches: gathered.batches + 1, loss: gathered.loss + own }
      const isShort = !endsStep || (ranks === null && gathered.batches > 1)
      if (isShort && share.own > 0) sums.add(gradients, share.own)
      if (isShort) for (const gradient of gradients) gradient.dispose()
      if (!endsStep) {
        const single = ranks === null
        return { lossTotal: single ? own : 0, lossCount: single ? share.all : 0, step: null, stops: false }
      }
      const mine = isShort ? sums.take() : gradients
      const { totals, ...step } = await reduced(mine, earlier, own, place)
      const counted = {
        lossTotal: ranks === null ? own : totals[0],
        lossCount: ranks === null ? share.all : gathered.all,
      }
      gathered = nothing
      const [, , , factor, limit] = totals
      check(
        Number.isFinite(factor),
        () =>
          `fit: the schedule gives ${factor} at step ${place.step - 1}; a factor on the learning rate is a finite number.`,
      )
      const gradientNorm = await takeStep(options, step, factor, place)
      const loss = totals[1] / share.all
      return {
        ...{ ...counted, step: { examples: whole.all, loss, factor, gradientNorm }, stops: totals[2] > 0 },
        ...(ranks !== null && { limit }),
      }
    },
    dispose() {
      differentiate.dispose()
      ranks?.dispose()
    },
  }
}

/** Buffers of this rank times its share, to be added up; `putBack` gives the network the mean of all. */
async function runningStatistics(buffers: readonly Tensor[], { own, all }: Share) {
  const data = await Promise.all(buffers.map((buffer) => buffer.data()))
  const values = new Float32Array(data.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const one of data) {
    for (let i = 0; i < one.length; i++) values[at + i] = own === 0 ? 0 : (one[i] * own) / all
    at += one.length
  }
  return {
    values,
    putBack() {
      let from = 0
      for (const buffer of buffers) {
        const fresh = fromData(values.subarray(from, from + buffer.size), buffer.shape, 'float32')
        buffer.assign(fresh)
        fresh.dispose()
        from += buffer.size
      }
    },
  }
}
