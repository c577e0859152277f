// Loss and gradients of one batch after the other: from a plan where the loss allows one, else op by op.

import { type ValueAndGradients, valueAndGradients } from '../autodiff/gradients.ts'
import { type CompiledGradients, compileGradients } from '../compile/gradients.ts'
import type { Batch } from '../data/batches.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { FitOptions } from './options.ts'

export interface Differentiator<E extends object> {
  /** Of a batch, in training mode: what dropout draws follows from the seed. */
  of(batch: Batch<E>, seed: number): ValueAndGradients
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
    of(batch, seed) {
      model.train({ seed })
      try {
        if (plans !== null) return plans(batch)
      } catch (error) {
        // Nothing has changed yet. What is wrong with the batch or the network shows again below.
        if (!(error instanceof ConvokeError)) throw error
        dispose()
        model.train({ seed })
      }
      return valueAndGradients(() => loss(batch), parameters)
    },
    recheck: () => plans?.recheck(),
    dispose,
  }
}
