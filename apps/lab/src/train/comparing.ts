// Networks trained under the same rules, one after the other. Results are kept with the pictures and rules that gave them.

import { effect, type Signal, signal } from '@preact/signals'
import { Refused, Superseded, WorkerLost } from '../engine/index.ts'
import { engine } from './engine.ts'
import type { Trainer } from './model.ts'
import { ownOf } from './own.ts'
import { type NetworkChoice, type TrainSettings, trainingKey } from './settings.ts'
import { store } from './store.ts'
import { type Compared, compareTask, stopTask } from './task.ts'

export const choiceKey = ({ kernel, count, depth }: NetworkChoice): string => `${kernel}x${count}x${depth}`

export interface Comparing {
  readonly epochs: Signal<number>
  readonly results: Signal<Readonly<Record<string, Compared>>>
  /** The network that is trained now. */
  readonly running: Signal<string | undefined>
  readonly problem: Signal<string | undefined>
  readonly resultOf: (choice: NetworkChoice) => Compared | undefined
  readonly start: () => Promise<void>
  readonly stop: () => void
}

const mostKept = 200

export function createComparing(trainer: Trainer): Comparing {
  const epochs = signal(3)
  const results = signal<Readonly<Record<string, Compared>>>({})
  const running = signal<string | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  let stopped = false
  void store.recall<Record<string, Compared>>('compared').then((found) => {
    results.value = { ...found, ...results.peek() }
  })

  /** The rules and the pictures, whatever the view's own network is. */
  const rules = (settings: TrainSettings): string => {
    const { source } = settings
    const own = source === 'digits' ? 0 : ownOf(source).stamp
    return `${trainingKey({ ...settings, kernel: 1, count: 2, depth: 1 })}:${own}:${epochs.value}`
  }
  const keyOf = (choice: NetworkChoice): string => `${rules(trainer.settings.value)}:${choiceKey(choice)}`

  async function start(): Promise<void> {
    stopped = false
    problem.value = undefined
    trainer.want('pause')
    const settings = trainer.settings.peek()
    const before = rules(settings)
    for (const choice of settings.compared) {
      const key = keyOf(choice)
      if (results.peek()[key] !== undefined) continue
      if (stopped || rules(trainer.settings.peek()) !== before) break
      running.value = choiceKey(choice)
      try {
        const found = await trainer.ask((run) =>
          engine.ask('train-compare', compareTask, { run, choice, epochs: epochs.peek() }),
        )
        if (found === undefined) break
        // What another page of the lab compared meanwhile stays.
        const others = await store.recall<Record<string, Compared>>('compared')
        const all = Object.entries({ ...others, ...results.peek(), [key]: found })
        results.value = Object.fromEntries(all.slice(-mostKept))
        void store.keep('compared', results.peek())
      } catch (error) {
        if (error instanceof Refused) problem.value = error.message
        else if (!(error instanceof Superseded || error instanceof WorkerLost)) throw error
        break
      }
    }
    running.value = undefined
  }

  const stop = (): void => {
    stopped = true
    void trainer.ask((run) => engine.ask('train-stop', stopTask, { run }))
  }
  // Another run takes the pictures from under a comparison.
  effect(() => {
    void trainer.opened.value
    if (running.peek() !== undefined) stop()
  })
  return { epochs, results, running, problem, resultOf: (choice) => results.value[keyOf(choice)], start, stop }
}

let comparing: Comparing | undefined

/** The one comparison of the page. */
export function theComparing(trainer: Trainer): Comparing {
  comparing ??= createComparing(trainer)
  return comparing
}
