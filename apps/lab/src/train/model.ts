// The view's state: what is chosen, what the worker tells of the run, and what is kept of it. It outlives the view, so that
// training goes on while another is open.

import { batch, effect, type Signal, signal } from '@preact/signals'
import { Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import { engine } from './engine.ts'
import { ownData, ownOf, readOwn } from './own.ts'
import { type TrainSettings, trainingKey } from './settings.ts'
import { forget, keepRun, recall } from './store.ts'
import {
  controlTask,
  type Measured,
  type Opened,
  openTask,
  type Probe,
  type Snapshot,
  type Wanted,
  watchTask,
} from './task.ts'

/** A run where it stands, to go on with after a reload. */
interface KeptRun {
  readonly checkpoint: Uint8Array
  readonly losses: Float32Array
  /** What was trained; runs that were kept by an older page are without it. */
  readonly settings?: TrainSettings
}

export type Status = 'opening' | 'ready' | 'lacking'

export interface Trainer {
  readonly settings: Signal<TrainSettings>
  readonly status: Signal<Status>
  readonly opened: Signal<Opened | undefined>
  readonly seen: Signal<Snapshot | undefined>
  readonly measured: Signal<Measured | undefined>
  /** Of every step, from the first. */
  readonly losses: Signal<readonly number[]>
  readonly probe: Signal<Probe>
  /** What the library refused, in its words. */
  readonly problem: Signal<string | undefined>
  /** The worker was lost, and the run was taken up again from here. */
  readonly recovered: Signal<number | undefined>
  readonly want: (wanted: Wanted) => void
  /** Starts the run over from untrained weights. */
  readonly reset: () => void
  readonly ask: <A>(question: (run: number) => Promise<A>) => Promise<A | undefined>
}

const isQuiet = (error: unknown): boolean =>
  error instanceof Superseded ||
  error instanceof WorkerLost ||
  (error instanceof Refused && error.message === 'unknown run')

export function createTrainer(first: TrainSettings): Trainer {
  const settings = signal(first)
  const status = signal<Status>('opening')
  const opened = signal<Opened | undefined>(undefined)
  const seen = signal<Snapshot | undefined>(undefined)
  const measured = signal<Measured | undefined>(undefined)
  const losses = signal<readonly number[]>([])
  const probe = signal<Probe>(0)
  const problem = signal<string | undefined>(undefined)
  const recovered = signal<number | undefined>(undefined)
  /** Grows with every opening: what belongs to an earlier one is of no use. */
  let opening = 0
  let key = ''
  let kept: KeptRun | undefined

  const keyOf = (of: TrainSettings): string =>
    of.source === 'digits' ? trainingKey(of) : `${trainingKey(of)}:${ownOf(of.source).stamp}`

  function apply(snapshot: Snapshot): void {
    batch(() => {
      seen.value = snapshot
      if (snapshot.measured !== undefined) measured.value = snapshot.measured
      if (snapshot.losses.length > 0) {
        const from = snapshot.step - snapshot.losses.length
        losses.value = [...losses.peek().slice(0, from), ...snapshot.losses]
      }
      problem.value = snapshot.problem
    })
    if (snapshot.checkpoint === undefined) return
    kept = { checkpoint: snapshot.checkpoint, losses: Float32Array.from(losses.peek()), settings: settings.peek() }
    void keepRun(key, kept)
  }

  const question = (since: number) => ({
    ...{ run: opened.peek()?.run ?? 0, since, known: losses.peek().length, probe: probe.peek() },
    measuredStep: measured.peek()?.step ?? -1,
  })

  /** Asks for every change of the run, until it is left for another. */
  async function follow(own: number): Promise<void> {
    while (own === opening) {
      try {
        const snapshot = await engine.ask('train-watch', watchTask, question(seen.peek()?.version ?? -1))
        if (own === opening) apply(snapshot)
      } catch (error) {
        if (own !== opening) return
        // A new worker knows nothing of the run: it is taken up where it was kept last.
        if (error instanceof Refused && error.message === 'unknown run') {
          recovered.value = losses.peek().length
          void reopen(kept)
        } else if (error instanceof Refused) problem.value = error.message
        return
      }
    }
  }

  async function reopen(from: KeptRun | undefined | 'kept'): Promise<void> {
    const own = ++opening
    const now = settings.peek()
    const { source } = now
    if (status.peek() !== 'opening') status.value = 'opening'
    if (source !== 'digits') await readOwn(source)
    if (own !== opening) return
    const pictures = source === 'digits' ? undefined : ownData(source)
    key = keyOf(now)
    if (source !== 'digits' && pictures === undefined) {
      batch(() => {
        status.value = 'lacking'
        opened.value = undefined
        seen.value = undefined
        measured.value = undefined
        losses.value = []
      })
      return
    }
    const found = from === 'kept' ? await recall<KeptRun>(`run:${key}`) : from
    if (own !== opening) return
    kept = found
    try {
      const answer = await engine.ask('train-open', openTask, {
        ...{ settings: now, own: pictures, checkpoint: found?.checkpoint },
      })
      if (own !== opening) return
      batch(() => {
        opened.value = answer
        seen.value = undefined
        measured.value = undefined
        losses.value = found === undefined ? [] : [...found.losses]
        problem.value = undefined
        status.value = 'ready'
        if (typeof probe.peek() !== 'number') probe.value = 0
      })
      void follow(own)
    } catch (error) {
      if (own === opening && error instanceof Refused) problem.value = error.message
      else if (!isQuiet(error)) throw error
    }
  }

  const control = (change: { readonly wanted?: Wanted; readonly epochs?: number }): void => {
    const run = opened.peek()?.run
    if (run === undefined) return
    engine.ask('train-control', controlTask, { run, ...change }).catch((error: unknown) => {
      if (!isQuiet(error)) throw error
    })
  }

  // Opens anew when what is trained changes; a run of the same settings that was kept is gone on with.
  let last = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  effect(() => {
    const next = keyOf(settings.value)
    if (next === last) return
    const soon = last === '' ? 0 : 250
    last = next
    recovered.value = undefined
    clearTimeout(timer)
    timer = setTimeout(() => void reopen('kept'), soon)
  })
  effect(() => control({ epochs: settings.value.epochs }))
  let restarted = restarts.peek()
  effect(() => {
    if (restarts.value === restarted) return
    restarted = restarts.value
    void reopen(kept)
  })
  // Another picture to look at is looked at even while nothing changes.
  effect(() => {
    void probe.value
    if (opened.peek() === undefined) return
    const own = opening
    engine.ask('train-look', watchTask, question(-1)).then(
      (snapshot) => {
        if (own === opening) apply(snapshot)
      },
      (error: unknown) => {
        if (!isQuiet(error)) throw error
      },
    )
  })

  return {
    ...{ settings, status, opened, seen, measured, losses, probe, problem, recovered },
    want: (wanted) => control({ wanted, epochs: settings.peek().epochs }),
    reset: () => {
      void forget(`run:${key}`)
      recovered.value = undefined
      void reopen(undefined)
    },
    ask: async (about) => {
      const run = opened.peek()?.run
      if (run === undefined) return undefined
      try {
        return await about(run)
      } catch (error) {
        if (isQuiet(error)) return undefined
        throw error
      }
    },
  }
}

let trainer: Trainer | undefined

/** The run of the page, where one was opened. */
export const knownTrainer = (): Trainer | undefined => trainer

/** The one run of the page. */
export function theTrainer(first: TrainSettings): Trainer {
  trainer ??= createTrainer(first)
  return trainer
}
