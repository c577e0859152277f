// The run that is open: one network, or two that take the same steps in turn.

import { currentBackend, threads } from 'convoke'
import {
  type Company,
  control as controlAll,
  createCompany,
  type Learner,
  type Lesson,
  leave,
  openLearner,
} from '../../runs/learner.ts'
import type { ControlQuestion } from '../../runs/protocol.ts'
import { networksOf, type SegmentSettings, seed } from '../settings.ts'
import type { Example, Measured, NetworkFacts, Opened, OpenQuestion } from '../task.ts'
import { maskMeter } from './meter.ts'
import { augmentationOf, buildModel, factsOf, optimizerOf, taskOf } from './network.ts'
import { type Sets, setsOf } from './sets.ts'

export interface Trained {
  readonly facts: NetworkFacts
  readonly learner: Learner<Measured['classes']>
}

export interface Session {
  readonly run: number
  readonly settings: SegmentSettings
  readonly sets: Sets
  readonly company: Company
  readonly networks: readonly Trained[]
}

let current: Session | undefined
let runs = 0

/** The session of that name. Throws where it has been left or the worker is a new one. */
export function sessionOf(run: number): Session {
  if (current?.run !== run) throw new Error('unknown run')
  return current
}

function leaveCurrent(): void {
  if (current !== undefined) leave(current.company)
  current = undefined
}

function lessonOf(settings: SegmentSettings, skips: boolean, sets: Sets): Lesson<Example, Measured['classes']> {
  const model = buildModel(settings, skips, sets)
  return {
    ...{ model, task: taskOf(model, settings, sets), optimizer: optimizerOf(model.parameters(), settings) },
    ...{ train: sets.train, test: sets.test, batch: settings.batch, seed, augment: augmentationOf(settings) },
    meter: () => maskMeter(sets.classes.length, settings.side),
  }
}

export async function open({ settings, checkpoints }: OpenQuestion): Promise<Opened> {
  leaveCurrent()
  const sets = await setsOf(settings)
  // Two may open one after the other while their pictures are drawn.
  leaveCurrent()
  const company = createCompany()
  const networks = networksOf(settings).map((skips, i): Trained => {
    const lesson = lessonOf(settings, skips, sets)
    const facts = factsOf(lesson.model, skips, settings.side)
    return { facts, learner: openLearner(company, lesson, { epochs: settings.epochs, checkpoint: checkpoints[i] }) }
  })
  current = { run: ++runs, settings, sets, company, networks }
  return {
    ...{ run: current.run, classes: sets.classes, side: settings.side, ...sets.statistics },
    counts: { train: sets.train.length, test: sets.test.length },
    networks: networks.map(({ facts }) => facts),
    ...{ backend: currentBackend().name, threads: threads() },
  }
}

export function control({ run, wanted, epochs }: ControlQuestion): boolean {
  controlAll(sessionOf(run).company, wanted, epochs)
  return true
}
