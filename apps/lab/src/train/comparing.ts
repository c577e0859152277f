// Networks trained under the same rules, one after the other. Results are kept with the pictures and rules that gave them, and the
// comparison itself until it is done or stopped: a page that was left in the middle goes on with it.

import { effect, type Signal, signal, untracked } from '@preact/signals'
import { Refused } from '../engine/index.ts'
import { createClaims } from '../keeping/claims.ts'
import { engine } from './engine.ts'
import type { Trainer } from './model.ts'
import { ownOf } from './own.ts'
import { type NetworkChoice, type TrainSettings, trainingKey } from './settings.ts'
import { store } from './store.ts'
import { type Compared, compareTask, stopTask } from './task.ts'

export const choiceKey = ({ kernel, count, depth }: NetworkChoice): string => `${kernel}x${count}x${depth}`

export interface Comparing {
  readonly results: Signal<Readonly<Record<string, Compared>>>
  /** The network that is trained now. */
  readonly running: Signal<string | undefined>
  readonly problem: Signal<string | undefined>
  readonly resultOf: (choice: NetworkChoice) => Compared | undefined
  readonly start: () => Promise<void>
  readonly stop: () => void
}

/** A comparison that is neither done nor stopped, and how far the network in training is. */
interface Goal {
  readonly rules: string
  readonly choice: string | undefined
  readonly checkpoint: Uint8Array | undefined
}

const mostKept = 200
/** The entry of the store, and the lock of the page that keeps it. */
const entry = 'comparing'

export function createComparing(trainer: Trainer): Comparing {
  const results = signal<Readonly<Record<string, Compared>>>({})
  const running = signal<string | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const claims = createClaims('convoke-lab-train')
  let goal: Goal | undefined

  /** The rules and the pictures, whatever the view's own network is. */
  const rules = (settings: TrainSettings): string => {
    const { source, comparedEpochs } = settings
    const own = source === 'digits' ? 0 : ownOf(source).stamp
    return `${trainingKey({ ...settings, kernel: 1, count: 2, depth: 1 })}:${own}:${comparedEpochs}`
  }
  const keyOf = (choice: NetworkChoice): string => `${rules(trainer.settings.value)}:${choiceKey(choice)}`
  const isWanted = (): boolean => goal !== undefined && rules(trainer.settings.peek()) === goal.rules

  function aim(next: Goal | undefined): void {
    goal = next
    if (!claims.has(entry)) return
    if (next === undefined) void store.forget(entry).then(() => claims.claim([]))
    else void store.keep(entry, next)
  }

  /** Undefined where it was stopped, or another run has to be opened first. */
  async function trained(choice: NetworkChoice): Promise<Compared | undefined> {
    while (isWanted()) {
      const name = choiceKey(choice)
      const checkpoint = goal!.choice === name ? goal!.checkpoint : undefined
      const epochs = trainer.settings.peek().comparedEpochs
      const before = trainer.opened.peek()?.run
      const answer = await trainer.ask((run) =>
        engine.ask('train-compare', compareTask, { run, choice, epochs, checkpoint }),
      )
      if (answer?.kind === 'done') return answer.found
      if (answer?.kind === 'stopped') return undefined
      if (answer?.kind === 'going' && isWanted())
        aim({ ...goal!, choice: name, checkpoint: answer.checkpoint ?? checkpoint })
      // The worker was lost: it goes on with the run that is opened next.
      if (answer === undefined && trainer.opened.peek()?.run === before) return undefined
    }
    return undefined
  }

  async function goOn(): Promise<void> {
    if (running.peek() !== undefined) return
    for (const choice of trainer.settings.peek().compared) {
      const key = keyOf(choice)
      if (results.peek()[key] !== undefined) continue
      if (!isWanted()) break
      running.value = choiceKey(choice)
      try {
        const found = await trained(choice)
        if (found === undefined) {
          running.value = undefined
          if (!isWanted()) aim(undefined)
          return
        }
        // What another page of the lab compared meanwhile stays.
        const others = await store.recall<Record<string, Compared>>('compared')
        const all = Object.entries({ ...others, ...results.peek(), [key]: found })
        results.value = Object.fromEntries(all.slice(-mostKept))
        await store.keep('compared', results.peek())
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        problem.value = error.message
        break
      }
    }
    running.value = undefined
    aim(undefined)
  }

  async function start(): Promise<void> {
    problem.value = undefined
    trainer.want('pause')
    const next = { rules: rules(trainer.settings.peek()), choice: undefined, checkpoint: undefined }
    goal = next
    await claims.claim([entry])
    if (goal !== next) return
    aim(next)
    await goOn()
  }

  const stop = (): void => {
    aim(undefined)
    void trainer.ask((run) => engine.ask('train-stop', stopTask, { run }))
  }

  async function recall(): Promise<void> {
    const found = await store.recall<Record<string, Compared>>('compared')
    results.value = { ...found, ...results.peek() }
    if ((await store.recall<Goal>(entry)) === undefined || goal !== undefined) return
    // Another page may be comparing.
    await claims.claim([entry])
    if (!claims.has(entry) || goal !== undefined) return
    goal = await store.recall<Goal>(entry)
    proceed()
  }

  /** With the run that is open, under the rules of the comparison; other rules end it. */
  function proceed(): void {
    if (goal === undefined || trainer.opened.peek() === undefined) return
    if (isWanted()) void goOn()
    else stop()
  }
  void recall()
  effect(() => {
    void trainer.opened.value
    untracked(proceed)
  })
  return { results, running, problem, resultOf: (choice) => results.value[keyOf(choice)], start, stop }
}

let comparing: Comparing | undefined

/** The one comparison of the page. */
export function theComparing(trainer: Trainer): Comparing {
  comparing ??= createComparing(trainer)
  return comparing
}
