// The network that stands ready, and one picture after the other in it: for the miniature.

import { type Signal, signal } from '@preact/signals'
import { type Engine, Refused, Superseded, WorkerLost } from '../engine/index.ts'
import { type OpenedNetwork, type Overview, openTask, overviewTask, progressTask } from './task.ts'

export interface Glance {
  readonly network: Signal<OpenedNetwork | undefined>
  readonly overview: Signal<Overview | undefined>
  readonly progress: Signal<number>
  readonly next: () => void
  readonly dispose: () => void
}

/** Of the network, as the worker knows it. */
const key = 'miniature'

export function createGlance(engine: Engine, lane: string): Glance {
  const network = signal<OpenedNetwork | undefined>(undefined)
  const overview = signal<Overview | undefined>(undefined)
  const progress = signal(0)
  let left = false
  let index = 0
  /** The view has opened another network, or there is no worker: the picture stays as it is. */
  const quiet = (error: unknown): void => {
    const ended = error instanceof Refused || error instanceof Superseded || error instanceof WorkerLost
    if (!ended) throw error
  }
  async function show(): Promise<void> {
    const found = await engine.ask(lane, overviewTask, { key, picture: { kind: 'set', index }, goIn: 'told' })
    if (!left) overview.value = found
  }
  async function open(): Promise<void> {
    const opening = engine.ask(`${lane}-open`, openTask, { key, source: { kind: 'digits' } })
    void follow()
    const answer = await opening
    if (left || answer.kind !== 'opened') return
    network.value = answer.network
    await show()
  }
  async function follow(): Promise<void> {
    while (!left && network.peek() === undefined) {
      progress.value = await engine.ask(`${lane}-progress`, progressTask, null).catch(() => 1)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  open().catch(quiet)
  return {
    ...{ network, overview, progress },
    next: () => {
      if (network.peek() === undefined) return
      index = (index + 1) % network.peek()!.pictures.count
      show().catch(quiet)
    },
    dispose: () => {
      left = true
    },
  }
}
