// An exponential moving average of weights (Polyak & Juditsky 1992; as used in Tarvainen & Valpola 2017).

import { scope } from '../autodiff/gradients.ts'
import { check, show } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { applyAverages } from '../tensor/update.ts'
import { countTensor } from './counter.ts'

/** An exponential moving average of tensors (Polyak & Juditsky 1992). */
export interface WeightAverage {
  /** Moves the averages towards the tensors as they are now. */
  update(): void
  /** Runs `body` with the averages in place of the tensors, then puts the tensors back. */
  during<T>(body: () => T | Promise<T>): Promise<T>
  /** The averages by name, and how often they were updated, under `updates`. */
  state(): Record<string, Tensor>
  /** Goes on from averages that `state` gave. Throws `ConvokeError` where one is missing. */
  loadState(state: Readonly<Record<string, Tensor>>): void
  /** Frees the averages. The tensors that they follow stay. */
  dispose(): void
}

/** The options of `weightAverage`. */
export interface WeightAverageOptions {
  /** Share kept of the average at each update; 0.999 when not given. */
  readonly decay?: number | undefined
  /** Holds the decay down to (1 + n) / (10 + n) over the first updates, so that the start is forgotten; default true. */
  readonly warmUp?: boolean | undefined
}

/** Follows named float32 tensors, such as `model.state()`. */
export function weightAverage(
  tensors: Readonly<Record<string, Tensor>>,
  options: WeightAverageOptions = {},
): WeightAverage {
  const { decay = 0.999, warmUp = true } = options
  check(decay >= 0 && decay < 1, () => `weightAverage: the decay is ${show(decay)}; it must be 0 or more and below 1.`)
  const names = Object.keys(tensors)
  let averages = new Map(names.map((name) => [name, keep(tensors[name].view(tensors[name].shape))]))
  let updates = 0
  const counter = countTensor()
  const swap = (): void =>
    scope(() => {
      for (const name of names) {
        const average = averages.get(name)!
        const present = tensors[name].view(tensors[name].shape)
        tensors[name].assign(average)
        average.assign(present)
      }
    })
  return {
    update() {
      updates++
      const share = warmUp ? Math.min(decay, (1 + updates) / (10 + updates)) : decay
      applyAverages(
        names.map((name) => ({
          target: averages.get(name)!,
          newest: tensors[name],
          keep: share,
          share: 1 - share,
        })),
      )
    },
    async during(body) {
      swap()
      try {
        return await body()
      } finally {
        swap()
      }
    },
    state: () => ({ updates: counter.at(updates), ...Object.fromEntries(averages) }),
    loadState(state) {
      const missing = [...names, 'updates'].filter((name) => state[name] === undefined)
      check(
        missing.length === 0,
        () => `weightAverage: the state lacks ${missing.slice(0, 8).join(', ')}. It was saved for another model.`,
      )
      for (const average of averages.values()) average.dispose()
      averages = new Map(names.map((name) => [name, keep(state[name].view(state[name].shape))]))
      updates = state.updates.item()
    },
    dispose() {
      counter.dispose()
      for (const average of averages.values()) average.dispose()
      averages = new Map()
    },
  }
}
