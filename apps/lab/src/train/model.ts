// The view's state: what is chosen, what the worker tells of the run, and what is kept of it. It outlives the view, so that
// training goes on while another is open.

import { effect, type Signal, signal } from '@preact/signals'
import { createFollower, type Follower } from '../runs/follower.ts'
import { engine } from './engine.ts'
import { ownData, ownOf, readOwn } from './own.ts'
import { type TrainSettings, trainingKey } from './settings.ts'
import { store } from './store.ts'
import {
  controlTask,
  type Measured,
  type Opened,
  type OwnData,
  openTask,
  type Probe,
  type Snapshot,
  watchTask,
} from './task.ts'

/** A run where it stands, to go on with after a reload. */
interface KeptRun {
  readonly checkpoint: Uint8Array
  readonly losses: Float32Array
  /** What was trained; runs that were kept by an older page are without it. */
  readonly settings?: TrainSettings
}

export interface Trainer extends Omit<Follower<Opened, Snapshot>, 'look'> {
  readonly settings: Signal<TrainSettings>
  readonly measured: Signal<Measured | undefined>
  /** Of every step, from the first. */
  readonly losses: Signal<readonly number[]>
  readonly probe: Signal<Probe>
}

export function createTrainer(first: TrainSettings): Trainer {
  const settings = signal(first)
  const measured = signal<Measured | undefined>(undefined)
  const losses = signal<readonly number[]>([])
  const probe = signal<Probe>(0)

  const keyOf = (of: TrainSettings): string =>
    of.source === 'digits' ? trainingKey(of) : `${trainingKey(of)}:${ownOf(of.source).stamp}`

  const watch = (lane: string) => (run: number, since: number) =>
    engine.ask(lane, watchTask, {
      ...{ run, since, known: losses.peek().length, probe: probe.peek(), measuredStep: measured.peek()?.step ?? -1 },
    })

  const openWith = (now: TrainSettings, own: OwnData | undefined, kept: KeptRun | undefined, reached: number) =>
    engine.ask('train-open', openTask, { settings: now, own, checkpoint: kept?.checkpoint, reached })

  const { look, ...follower } = createFollower<TrainSettings, Opened, Snapshot, KeptRun>({
    ...{ settings, keyOf, epochsOf: ({ epochs }) => epochs, steps: () => [losses.peek().length] },
    prepare: async ({ source }) => {
      if (source !== 'digits') await readOwn(source)
    },
    claim: ({ key }) => store.claim([key]),
    recall: ({ key }) => store.recall<KeptRun>(`run:${key}`),
    forget: ({ key }) => void store.forgetRun(key),
    keep: ({ key }, kept) => void store.keepRun(key, kept),
    reach: ({ key }, [step]) => store.reach(key, step),
    reached: ({ key }) => [store.reached(key)],
    open: (now, kept, [reached = 0]) => {
      if (now.source === 'digits') return openWith(now, undefined, kept, reached)
      const own = ownData(now.source)
      return own === undefined ? undefined : openWith(now, own, kept, reached)
    },
    began: (kept) => {
      measured.value = undefined
      losses.value = kept === undefined ? [] : [...kept.losses]
      if (typeof probe.peek() !== 'number') probe.value = 0
    },
    watch: watch('train-watch'),
    show: (snapshot) => {
      if (snapshot.measured !== undefined) measured.value = snapshot.measured
      if (snapshot.losses.length > 0) {
        const from = snapshot.step - snapshot.losses.length
        losses.value = [...losses.peek().slice(0, from), ...snapshot.losses]
      }
      const { checkpoint } = snapshot
      return checkpoint && { checkpoint, losses: Float32Array.from(losses.peek()), settings: settings.peek() }
    },
    control: (question) => engine.ask('train-control', controlTask, question),
  })

  // Another picture to look at is looked at even while nothing changes.
  effect(() => {
    void probe.value
    look((run) => watch('train-look')(run, -1))
  })
  return { ...follower, settings, measured, losses, probe }
}

let trainer: Trainer | undefined

/** The run of the page, where one was opened. */
export const knownTrainer = (): Trainer | undefined => trainer

/** The one run of the page. */
export function theTrainer(first: TrainSettings): Trainer {
  trainer ??= createTrainer(first)
  return trainer
}
