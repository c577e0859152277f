// A network that learns step by step as it is told, in the worker: `train.fit` waits after the step at which it is to pause, and
// goes on from the same state. Several in one company take turns, so that one computes at a time and none gets ahead.

import { type data, formats, type nn, type optim, type Tensor, train } from 'convoke'
import type { Phase, Wanted } from './protocol.ts'

/** Thrown where a run is left for another. */
class Left extends Error {}

/** More epochs than anybody trains: what ends a run is that it pauses. */
const endless = 1e9

/** Milliseconds between looks at what the page asked, which a worker hears of when it is not computing. */
const breath = 12

/** Other work of the worker is done before this resolves. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** What is learned, and how well it went. */
export interface Lesson<E extends object, M> {
  readonly model: nn.Module
  readonly task: train.Task<E, Tensor>
  readonly optimizer: optim.Optimizer
  readonly train: data.Dataset<E>
  /** Held out to measure by. */
  readonly test: data.Dataset<E>
  readonly batch: number
  readonly seed: number
  readonly augment: train.FitOptions<E, Tensor>['augment']
  /** A meter, and what it has found once every example was added. */
  readonly meter: () => { readonly meter: train.Meter<E, Tensor>; readonly found: () => M }
}

export interface Measurement<M> {
  readonly step: number
  readonly figures: Readonly<Record<string, number>>
  readonly found: M
}

/** Learners that are heard together. */
export interface Company {
  readonly learners: Learner<unknown>[]
  /** The one that computes. */
  busy: Learner<unknown> | undefined
  /** Called when there is something new to see, or something else is wanted. */
  readonly waiting: Set<() => void>
}

export interface Learner<M> {
  readonly company: Company
  readonly model: nn.Module
  /** Undefined until a step was taken. */
  state: train.TrainingState | undefined
  /** Grows with everything that there is to see. */
  version: number
  phase: Phase
  /** Of the steps since it was opened. */
  readonly losses: number[]
  measured: Measurement<M> | undefined
  /** Why it stopped by itself. */
  problem: string | undefined
  /** Batches of an epoch. */
  batches: number
  stepsPerSecond: number
  epochs: number
  wanted: 'run' | 'pause'
  /** Steps to be taken although it pauses. */
  allowed: number
  left: boolean
}

export const createCompany = (): Company => ({ learners: [], busy: undefined, waiting: new Set() })

function wake({ waiting }: Company): void {
  const calls = [...waiting]
  waiting.clear()
  for (const call of calls) call()
}

function changed(learner: Learner<unknown>): void {
  learner.version++
  wake(learner.company)
}

/** Resolves when something changes. */
export const nextChange = ({ waiting }: Company): Promise<void> =>
  new Promise((resolve) => {
    waiting.add(resolve)
  })

/** Grows with everything that there is to see of any. */
export const versionOf = ({ learners }: Company): number => learners.reduce((sum, { version }) => sum + version, 0)

export const stepOf = ({ state }: Pick<Learner<unknown>, 'state'>): number => state?.progress.step ?? 0

interface Opening {
  readonly epochs: number
  /** A state to go on from. */
  readonly checkpoint: Uint8Array | undefined
  /** Steps that were seen before it was opened: those after the checkpoint are taken again, which gives the same. */
  readonly reached?: number | undefined
}

/** A learner that goes from its checkpoint to the step that was reached, and waits. It lives until it is left. */
export function openLearner<E extends object, M>(
  company: Company,
  lesson: Lesson<E, M>,
  { epochs, checkpoint, reached = 0 }: Opening,
): Learner<M> {
  const { model } = lesson
  const learner: Learner<M> = {
    ...{ company, model, state: undefined, version: 1, phase: 'paused', losses: [], measured: undefined },
    ...{ problem: undefined, stepsPerSecond: 0, epochs, wanted: 'pause', allowed: 0, left: false },
    batches: Math.ceil(lesson.train.length / lesson.batch),
  }
  if (checkpoint !== undefined) goBackTo(learner, checkpoint)
  learner.allowed = Math.max(0, reached - stepOf(learner))
  if (learner.allowed > 0) learner.phase = 'running'
  company.learners.push(learner)
  void live(learner, lesson)
  return learner
}

/** The state that a checkpoint holds, and its weights in the network. */
function goBackTo(learner: Learner<unknown>, checkpoint: Uint8Array): void {
  const state = train.decodeTrainingState(checkpoint)
  const weights = formats.fromHost(train.weightsIn(state))
  learner.model.loadState(weights)
  for (const value of Object.values(weights)) value.dispose()
  learner.state = state
}

export function leave(company: Company): void {
  for (const learner of company.learners) learner.left = true
  wake(company)
}

/** Says what is wanted of all. A single step is taken by those that are behind, where any is. */
export function control(company: Company, wanted: Wanted | undefined, epochs: number | undefined): void {
  const behind = company.learners.reduce((least, learner) => Math.min(least, stepOf(learner)), Number.POSITIVE_INFINITY)
  for (const learner of company.learners) {
    if (epochs !== undefined) learner.epochs = epochs
    if (wanted === 'step') {
      learner.wanted = 'pause'
      if (stepOf(learner) === behind) learner.allowed++
    } else if (wanted !== undefined) {
      learner.wanted = wanted
      learner.allowed = 0
    }
  }
  wake(company)
}

const isFinished = ({ state, epochs }: Learner<unknown>): boolean =>
  state !== undefined && state.progress.epoch >= epochs && state.progress.batch === 0

const mayGoOn = (learner: Learner<unknown>): boolean =>
  learner.phase !== 'failed' && (learner.allowed > 0 || (learner.wanted === 'run' && !isFinished(learner)))

/** Whether it is this one's turn: none computes, and none that may go on is behind it. */
const isNext = (learner: Learner<unknown>): boolean =>
  learner.company.busy === undefined &&
  learner.company.learners.every((other) => !mayGoOn(other) || stepOf(other) >= stepOf(learner))

function takeTurn(learner: Learner<unknown>): void {
  learner.company.busy = learner
}

function endTurn(learner: Learner<unknown>): void {
  const { company } = learner
  if (company.busy !== learner) return
  company.busy = undefined
  if (company.learners.length > 1) wake(company)
}

/** Resolves when a step may be taken. */
async function gate<E extends object, M>(learner: Learner<M>, lesson: Lesson<E, M>): Promise<void> {
  const { company } = learner
  endTurn(learner)
  for (;;) {
    if (learner.left) throw new Left()
    if (mayGoOn(learner)) {
      if (!isNext(learner)) await nextChange(company)
      else if (learner.phase === 'running') break
      else {
        // Heard before the step, which may take seconds.
        learner.phase = 'running'
        changed(learner)
        await breathe()
      }
    } else if (learner.measured?.step !== stepOf(learner)) {
      if (company.busy === undefined) {
        takeTurn(learner)
        await measure(learner, lesson)
        endTurn(learner)
      } else await nextChange(company)
    } else {
      const phase = isFinished(learner) ? 'finished' : 'paused'
      if (phase === 'finished') learner.wanted = 'pause'
      if (learner.phase !== phase) {
        learner.phase = phase
        changed(learner)
      } else await nextChange(company)
    }
  }
  takeTurn(learner)
  if (learner.allowed > 0) learner.allowed--
}

/** How well the network does as it stands, as `convoke evaluate` finds it. */
async function measure<E extends object, M>(learner: Learner<M>, lesson: Lesson<E, M>): Promise<void> {
  const { meter, found } = lesson.meter()
  const figures = await train.evaluate(lesson.model, lesson.task, lesson.test, { meter })
  learner.measured = { step: stepOf(learner), figures, found: found() }
  changed(learner)
}

async function live<E extends object, M>(learner: Learner<M>, lesson: Lesson<E, M>): Promise<void> {
  try {
    await breathe()
    await gate(learner, lesson)
    await fit(learner, lesson)
  } catch (error) {
    if (error instanceof Left) return
    learner.problem = error instanceof Error ? error.message : String(error)
    learner.phase = 'failed'
    endTurn(learner)
    changed(learner)
  } finally {
    if (learner.left) learner.model.dispose()
  }
}

async function fit<E extends object, M>(learner: Learner<M>, lesson: Lesson<E, M>): Promise<void> {
  const { model, optimizer, train: set, test: validation, batch: batchSize, seed, augment } = lesson
  let latest: ReturnType<Lesson<E, M>['meter']> | undefined
  const task = {
    ...lesson.task,
    meter: () => {
      latest = lesson.meter()
      return latest.meter
    },
  }
  let heard = performance.now()
  let [counted, since] = [stepOf(learner), heard]
  await train.fit({
    ...{ model, task, optimizer, train: set, validation, epochs: endless, batchSize, seed, augment },
    ...{ saveEvery: 1, resume: learner.state },
    onEvent: async (event) => {
      if (event.type === 'start') learner.batches = event.batches
      if (event.type === 'step') learner.losses.push(event.loss)
    },
    // After every step, with the state to go on from.
    save: async (state) => {
      learner.state = state
      const { batch, step, history } = state.progress
      if (batch === 0 && latest !== undefined)
        learner.measured = { step, figures: history[history.length - 1].validation!, found: latest.found() }
      const now = performance.now()
      if (now - since > 500) {
        learner.stepsPerSecond = ((step - counted) * 1000) / (now - since)
        counted = step
        since = now
      }
      changed(learner)
      const waits = !mayGoOn(learner)
      if (waits || now - heard > breath) {
        await breathe()
        heard = performance.now()
      }
      await gate(learner, lesson)
      if (!waits) return
      // Of the time that it stood still no speed follows.
      counted = step
      since = performance.now()
    },
  })
}
