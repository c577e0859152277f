// Loss and gradients of one batch after the other: from a plan where the loss allows one, else op by op.

import { type ValueAndGradients, valueAndGradients } from '../autodiff/gradients.ts'
import { type CompiledGradients, compileGradients, type GradientWatch } from '../compile/gradients.ts'
import type { Batch } from '../data/batches.ts'
import type { TrainMode } from '../nn/module.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { FitOptions } from './options.ts'

export interface Differentiator<E extends object> {
  /** Of a batch, in training mode. `watch` is told of gradients that are known early, where a plan runs. */
  of(batch: Batch<E>, mode: TrainMode, watch?: GradientWatch | null): ValueAndGradients
  /** Compares the plans once more with what would run without them. */
  recheck(): void
  dispose(): void
}

export function differentiator<E extends object, O>(options: FitOptions<E, O>): Differentiator<E> {
  const { model, task, optimizer, compile = true } = options
  const { parameters } = optimizer
  const loss = (batch: Batch<E>): Tensor => task.loss(task.forward(batch), batch)
  let plans: CompiledGradients<Batch<E>> | null = compile ? compileGradients(model, loss, parameters) : null
  const dispose = (): void => {
    plans?.dispose()
    plans = null
  }
  return {
    of(batch, mode, watch) {
      model.train(mode)
      try {
        if (plans !== null) return plans(batch, watch ?? undefined)
      } catch (error) {
        // Nothing has changed yet. What is wrong with the batch or the network shows again below.
        if (!(error instanceof ConvokeError)) throw error
        dispose()
        model.train(mode)
      }
      return valueAndGradients(() => loss(batch), parameters)
    },
    recheck: () => plans?.recheck(),
    dispose,
  }
}
