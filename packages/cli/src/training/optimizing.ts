// The optimiser and the schedule of a run.

import { type nn, optim, type Tensor } from 'convoke'
import type { RunConfig, Training } from './config.ts'

/** Settings as `fit` takes them. `steps` is the number of optimiser steps of the whole run. */
export function scheduleOf({ schedule, warmUp }: Training, steps: number): optim.Schedule {
  const rising = Math.round(warmUp * steps)
  const after = Math.max(2, steps - rising)
  if (schedule === 'one-cycle') return optim.oneCycle({ steps: Math.max(2, steps) })
  const rest = {
    cosine: () => optim.cosine({ steps: after }),
    step: () => optim.stepDecay({ every: Math.max(1, Math.ceil(after / 3)) }),
    constant: () => optim.constantRate(),
  }[schedule]()
  return rising === 0 ? rest : optim.warmUp({ steps: rising, after: rest })
}

const optimizers = {
  adamw: optim.AdamW,
  adam: optim.Adam,
  sgd: (given: Parameters<typeof optim.SGD>[0], options: { learningRate: number; weightDecay: number }) =>
    optim.SGD(given, { ...options, momentum: 0.9, nesterov: true }),
  rmsprop: optim.RMSprop,
  adagrad: optim.Adagrad,
  adadelta: optim.Adadelta,
} as const

export function optimizerOf(model: nn.Module, { training, fineTuning }: RunConfig): optim.Optimizer {
  const { optimizer, learningRate, weightDecay } = training
  const decay = fineTuning?.layerDecay ?? 1
  const given = decay === 1 ? model.parameters() : optim.discriminative(model, { learningRate, factor: 1 / decay })
  return optimizers[optimizer](given as Tensor[], { learningRate, weightDecay })
}
