// A run that goes on and pauses as it is told. It lives from its opening until the next one opens: `train.fit` waits after the
// step at which it is to pause, and goes on from the same state.

import { currentBackend, formats, threads, train } from 'convoke'
import { type JudgingMeter, judgingMeter } from 'convoke-workbench'
import { seed, type TrainSettings } from '../settings.ts'
import type { ControlQuestion, Measured, Opened, OpenQuestion, Phase } from '../task.ts'
import { augmentationOf, buildModel, costOf, optimizerOf, taskOf } from './network.ts'
import { type Sets, setsOf } from './sets.ts'

/** Thrown where a run is left for another. */
class Left extends Error {}

/** More epochs than anybody trains: what ends a run is that it pauses. */
const endless = 1e9

/** Milliseconds between looks at what the page asked, which a worker hears of when it is not computing. */
const breath = 12

/** Other work of the worker is done before this resolves. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

export interface Session {
  readonly run: number
  readonly settings: TrainSettings
  readonly sets: Sets
  readonly model: ReturnType<typeof buildModel>
  /** Undefined until a step was taken. */
  state: train.TrainingState | undefined
  /** Grows with everything that there is to see. */
  version: number
  phase: Phase
  readonly losses: number[]
  measured: Measured | undefined
  problem: string | undefined
  /** Batches of an epoch. */
  batches: number
  stepsPerSecond: number
  epochs: number
  wanted: 'run' | 'pause'
  /** Steps to be taken although it pauses. */
  allowed: number
  left: boolean
  /** Called when the version grows or what is wanted changes. */
  readonly waiting: Set<() => void>
}

let current: Session | undefined
let runs = 0

/** The session of that name. Throws where it has been left or the worker is a new one. */
export function sessionOf(run: number): Session {
  if (current?.run !== run) throw new Error('unknown run')
  return current
}

function wake(session: Session): void {
  const waiting = [...session.waiting]
  session.waiting.clear()
  for (const call of waiting) call()
}

export function changed(session: Session): void {
  session.version++
  wake(session)
}

/** Resolves when something changes. */
export const nextChange = (session: Session): Promise<void> =>
  new Promise((resolve) => {
    session.waiting.add(resolve)
  })

export async function open({ settings, own, checkpoint }: OpenQuestion): Promise<Opened> {
  leave()
  const sets = await setsOf(settings, own)
  const model = buildModel(settings, sets)
  const session: Session = {
    ...{ run: ++runs, settings, sets, model, state: undefined, version: 1, phase: 'paused', losses: [] },
    ...{ measured: undefined, problem: undefined, stepsPerSecond: 0, epochs: settings.epochs, wanted: 'pause' },
    ...{ allowed: 0, left: false, waiting: new Set() },
    batches: Math.ceil(sets.train.length / settings.batch),
  }
  const cost = costOf(model, sets)
  if (checkpoint !== undefined) goBackTo(session, checkpoint)
  // Two may open one after the other while their pictures are read.
  leave()
  current = session
  void live(session)
  return {
    ...{ run: session.run, classes: sets.classes, form: sets.form, ...cost, ...sets.statistics },
    counts: { train: sets.train.length, test: sets.test.length },
    ...{ backend: currentBackend().name, threads: threads() },
  }
}

function leave(): void {
  if (current === undefined) return
  current.left = true
  wake(current)
  current = undefined
}

/** The state that a checkpoint holds, and its weights in the network. */
function goBackTo(session: Session, checkpoint: Uint8Array): void {
  const state = train.decodeTrainingState(checkpoint)
  const weights = formats.fromHost(train.weightsIn(state))
  session.model.loadState(weights)
  for (const value of Object.values(weights)) value.dispose()
  session.state = state
}

export function control({ run, wanted, epochs }: ControlQuestion): boolean {
  const session = sessionOf(run)
  if (epochs !== undefined) session.epochs = epochs
  if (wanted === 'step') {
    session.wanted = 'pause'
    session.allowed++
  } else if (wanted !== undefined) {
    session.wanted = wanted
    session.allowed = 0
  }
  wake(session)
  return true
}

export const stepOf = ({ state }: Session): number => state?.progress.step ?? 0

const isFinished = ({ state, epochs }: Session): boolean =>
  state !== undefined && state.progress.epoch >= epochs && state.progress.batch === 0

const mayGoOn = (session: Session): boolean => session.allowed > 0 || (session.wanted === 'run' && !isFinished(session))

/** Resolves when a step may be taken. */
async function gate(session: Session): Promise<void> {
  if (!mayGoOn(session) && !session.left) {
    if (session.measured?.step !== stepOf(session)) await measure(session)
    while (!mayGoOn(session) && !session.left) {
      const phase = isFinished(session) ? 'finished' : 'paused'
      if (phase === 'finished') session.wanted = 'pause'
      if (session.phase !== phase) {
        session.phase = phase
        changed(session)
      } else await nextChange(session)
    }
  }
  if (session.left) throw new Left()
  if (session.allowed > 0) session.allowed--
  session.phase = 'running'
}

const measuredBy = (session: Session, meter: JudgingMeter, figures: Measured['figures']): Measured => ({
  ...{ step: stepOf(session), figures, confusion: meter.confusion(), judged: meter.judged },
})

/** How well the network does as it stands, as `convoke evaluate` finds it. */
async function measure(session: Session): Promise<void> {
  const { model, sets } = session
  const meter = judgingMeter(sets.classes.length)
  const figures = await train.evaluate(model, taskOf(model, sets), sets.test, { meter })
  session.measured = measuredBy(session, meter, figures)
  changed(session)
}

async function live(session: Session): Promise<void> {
  try {
    await breathe()
    await gate(session)
    await fit(session)
  } catch (error) {
    if (error instanceof Left) return
    session.problem = error instanceof Error ? error.message : String(error)
    session.phase = 'failed'
    changed(session)
  } finally {
    if (session.left) session.model.dispose()
  }
}

async function fit(session: Session): Promise<void> {
  const { model, sets, settings } = session
  let meter: JudgingMeter | undefined
  const own = taskOf(model, sets)
  const task = {
    ...own,
    meter: () => {
      meter = judgingMeter(sets.classes.length)
      return meter
    },
  }
  let heard = performance.now()
  let [counted, since] = [stepOf(session), heard]
  await train.fit({
    ...{ model, task, optimizer: optimizerOf(model.parameters(), settings), train: sets.train, validation: sets.test },
    ...{ epochs: endless, batchSize: settings.batch, seed, augment: augmentationOf(settings, sets) },
    ...{ saveEvery: 1, resume: session.state },
    onEvent: async (event) => {
      if (event.type === 'start') session.batches = event.batches
      if (event.type === 'step') session.losses.push(event.loss)
    },
    // After every step, with the state to go on from.
    save: async (state) => {
      session.state = state
      const { batch, step, history } = state.progress
      if (batch === 0 && meter !== undefined)
        session.measured = measuredBy(session, meter, history[history.length - 1].validation!)
      const now = performance.now()
      if (now - since > 500) {
        session.stepsPerSecond = ((step - counted) * 1000) / (now - since)
        counted = step
        since = now
      }
      changed(session)
      const waits = !mayGoOn(session)
      if (waits || now - heard > breath) {
        await breathe()
        heard = performance.now()
      }
      await gate(session)
      if (!waits) return
      // Of the time that it stood still no speed follows.
      counted = step
      since = performance.now()
    },
  })
}
