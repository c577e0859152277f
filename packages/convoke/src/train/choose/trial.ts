// One trial of a choice: trained, measured, and handed over by the rank that had it.

import { scope } from '../../autodiff/gradients.ts'
import { withoutGradients } from '../../autodiff/tape.ts'
import { batches } from '../../data/batches.ts'
import type { Module } from '../../nn/module.ts'
import { AdamW } from '../../optim/rules.ts'
import { oneCycle } from '../../optim/schedules.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { zeros } from '../../tensor/create.ts'
import { alone } from '../../world/world.ts'
import { shareWeights } from '../agree.ts'
import { fit } from '../fit.ts'
import type { Choice } from './choices.ts'
import type { ChooseOptions, Skipped, Trial } from './choose.ts'

/** Plain data. */
export type Outcome = { readonly trial: Trial } | { readonly skipped: Skipped; readonly problem?: string }

export async function tryOne<E extends object, O>(
  options: ChooseOptions<E, O>,
  { choice, seed }: { readonly choice: Choice; readonly seed: number },
): Promise<{ readonly outcome: Outcome; readonly model: Module | null }> {
  const model = choice.build().initialize(seed)
  try {
    const trial = await tryChoice(options, choice, seed, model)
    if (trial !== null) return { outcome: { trial }, model }
    model.dispose()
    return { outcome: { skipped: 'stopped' }, model: null }
  } catch (error) {
    model.dispose()
    if (!(error instanceof ConvokeError)) throw error
    return { outcome: { skipped: 'failed', problem: error.message }, model: null }
  }
}

/** JSON writes null for numbers that are none. */
export const numbersOf = (trial: Trial): Trial =>
  Object.fromEntries(Object.entries(trial).map(([name, value]) => [name, value ?? Number.NaN])) as unknown as Trial

/** Gives `onTrial` the network that a rank trained. */
export async function handOver<E extends object, O>(
  { onTrial, parallel = alone }: ChooseOptions<E, O>,
  choice: Choice,
  trial: Trial,
  rank: number,
  own: Module | null,
): Promise<void> {
  if (onTrial === undefined) return
  const isOwn = rank === parallel.rank
  if (rank === 0) {
    if (isOwn) await onTrial(trial, own!)
    return
  }
  const model = isOwn ? own! : choice.build().initialize(trial.seed)
  await shareWeights(parallel, model, rank)
  if (parallel.rank === 0) await onTrial(trial, model)
  if (!isOwn) model.dispose()
}

/** Trains and measures one choice; null where it was stopped. */
async function tryChoice<E extends object, O>(
  options: ChooseOptions<E, O>,
  choice: Choice,
  seed: number,
  model: Module,
): Promise<Trial | null> {
  const { train, validation, epochs, batchSize = 32, augment, signal, measure = 'accuracy' } = options
  const optimizerOf = options.optimizer ?? ((parameters) => AdamW(parameters, { learningRate: 0.003 }))
  const scheduleOf = options.schedule ?? ((steps) => oneCycle({ steps: Math.max(2, steps) }))
  const optimizer = optimizerOf(model.parameters())
  const started = performance.now()
  try {
    const { progress, reason } = await fit({
      ...{ model, task: options.task(model), optimizer, train, validation, epochs, batchSize, augment, seed, signal },
      schedule: scheduleOf(epochs * batches(train, { size: batchSize, joinLast: true }).length),
      monitor: measure,
      onEvent: (event) => options.onEvent?.({ type: 'training', name: choice.name, event }),
    })
    const last = progress.history.at(-1)
    if (reason === 'interrupted' || last === undefined) return null
    return {
      ...{ name: choice.name, seed, accuracy: last.validation![measure], loss: last.validation!['loss'] },
      ...{ trainingLoss: last.loss, seconds: (performance.now() - started) / 1000 },
      milliseconds: await latency(model, options),
    }
  } finally {
    optimizer.dispose()
  }
}

const timed = 15

/** The median time of one example alone, after a first run that plans. */
async function latency<E extends object, O>(
  model: Module,
  { inputShape, dtype }: ChooseOptions<E, O>,
): Promise<number> {
  const x = zeros(inputShape, dtype ?? 'float32')
  const times: number[] = []
  for (let run = 0; run <= timed; run++) {
    const started = performance.now()
    const y = withoutGradients(() => scope(() => model(x)))
    await y.data()
    y.dispose()
    if (run > 0) times.push(performance.now() - started)
  }
  x.dispose()
  return times.sort((a, b) => a - b)[Math.floor(timed / 2)]
}
