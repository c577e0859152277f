// The learning-rate range test of Smith 2017 ("Cyclical learning rates for training neural networks"): some steps at rates that rise
// from one to the next, and the loss at each.

import { fromHost, toHost } from '../formats/index.ts'
import { check, show } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { fit } from './fit.ts'
import type { FitOptions } from './options.ts'
import { NotFinite } from './step.ts'

/** The options of `findLearningRate`: those of `fit` that a single step depends on, and the rates to try. */
export interface RateSearchOptions<E extends object, O>
  extends Pick<
    FitOptions<E, O>,
    | ('model' | 'task' | 'optimizer' | 'train' | 'batchSize' | 'seed' | 'augment' | 'accumulate')
    | ('clipNorm' | 'clipValue' | 'afterStep' | 'compile')
  > {
  /** Rate of the first step: 1e-5 when not given. */
  readonly least?: number | undefined
  /** Rate of the last step, if the loss does not grow beyond bounds before: 1 when not given. */
  readonly most?: number | undefined
  /** Steps from the one rate to the other: 80 when not given. */
  readonly steps?: number | undefined
}

/** What `findLearningRate` returns. */
export interface RateSearch {
  /** A tenth of the rate at which the smoothed loss was least: a peak rate that can be trusted. */
  readonly rate: number
  /** The rate of each step, of the optimiser's group with the largest one. */
  readonly rates: readonly number[]
  /** The loss of the batch of each step, before it changed the weights. */
  readonly losses: readonly number[]
  /** The same, averaged over steps around each. */
  readonly smoothed: readonly number[]
}

/** Steps on either side over which losses are averaged: single batches differ. */
const around = 4

/** The search ends when the loss is so many times the least one. */
const diverged = 4

/**
 * Finds a learning rate: takes steps at rates that rise evenly on a logarithmic scale, until the loss grows beyond bounds, and puts
 * the model and the optimiser back to where they were. Give a peak rate that it finds to a schedule such as `optim.oneCycle`.
 *
 * @example
 * const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 10 })).initialize(1)
 * const { rates } = await train.findLearningRate({
 *   model,
 *   task: train.classification(model, 10),
 *   optimizer: optim.Adam(model.parameters()),
 *   train: data.digits({ count: 100, size: 8 }),
 *   steps: 20,
 * })
 * rates[0]  // 0.00001
 */
export async function findLearningRate<E extends object, O>(options: RateSearchOptions<E, O>): Promise<RateSearch> {
  const { least = 1e-5, most = 1, steps = 80, model, optimizer, ...own } = options
  check(
    least > 0 && least < most && most < Infinity,
    () => `findLearningRate: the rates go from ${show(least)} to ${show(most)}; they must rise, from above 0.`,
  )
  check(
    Number.isInteger(steps) && steps >= 10,
    () => `findLearningRate: steps is ${show(steps)}; it must be a whole number of 10 or more.`,
  )
  const base = optimizer.learningRates.reduce((largest, rate) => Math.max(largest, rate), 0)
  check(base > 0, () => 'findLearningRate: the optimiser has a learning rate of 0. Give it any other.')
  const rateOf = (step: number): number => least * (most / least) ** (step / (steps - 1))
  const back = await remember([model, optimizer])
  const losses: number[] = []
  let isOver = false
  try {
    await fit({
      ...own,
      ...{ model, optimizer, epochs: Number.MAX_SAFE_INTEGER },
      steps: () => (isOver ? losses.length : steps),
      schedule: (step) => rateOf(step) / base,
      onEvent(event) {
        if (event.type !== 'step') return
        losses.push(event.loss)
        const lately = mean(losses.slice(-around))
        isOver = losses.length >= around && lately > diverged * leastOf(averaged(losses)) && lately > losses[0]
      },
    })
  } catch (error) {
    // Beyond the rates that can be trained with, numbers overflow: the search has seen what it is for.
    if (!(error instanceof NotFinite) || losses.length < around) throw error
  } finally {
    back()
  }
  const rates = losses.map((_, step) => rateOf(step))
  const smoothed = averaged(losses)
  return { rate: rates[smoothed.indexOf(leastOf(smoothed))] / 10, rates, losses, smoothed }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const leastOf = (values: readonly number[]): number => values.reduce((least, value) => Math.min(least, value))

/** The mean of each value and those around it. */
const averaged = (values: readonly number[]): number[] =>
  values.map((_, i) => mean(values.slice(Math.max(0, i - around), i + around + 1)))

interface Owner {
  state(): Record<string, Tensor>
  loadState(state: Readonly<Record<string, Tensor>>): unknown
}

/** Copies what these hold; the function returned puts it back. */
async function remember(owners: readonly Owner[]): Promise<() => void> {
  const copies = await Promise.all(owners.map((owner) => toHost(owner.state())))
  return () => {
    owners.forEach((owner, i) => {
      const state = fromHost(copies[i])
      owner.loadState(state)
      for (const value of Object.values(state)) value.dispose()
    })
  }
}
