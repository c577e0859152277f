// The run that is open: one network, or two that take the same steps in turn.

import { currentBackend, threads } from 'convoke'
import { type Company, createCompany, type Learner, type Lesson, openLearner } from '../../runs/learner.ts'
import { createSessions } from '../../runs/sessions.ts'
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

const sessions = createSessions<Session>()
export const { of: sessionOf, control } = sessions

function lessonOf(settings: SegmentSettings, skips: boolean, sets: Sets): Lesson<Example, Measured['classes']> {
  const model = buildModel(settings, skips, sets)
  return {
    ...{ model, task: taskOf(model, settings, sets), optimizer: optimizerOf(model.parameters(), settings) },
    ...{ train: sets.train, test: sets.test, batch: settings.batch, seed, augment: augmentationOf(settings) },
    meter: () => maskMeter(sets.classes.length, settings.side),
  }
}

export async function open({ settings, checkpoints, reached = [] }: OpenQuestion): Promise<Opened> {
  sessions.leave()
  const sets = await setsOf(settings)
  const company = createCompany()
  const networks = networksOf(settings).map((skips, i): Trained => {
    const lesson = lessonOf(settings, skips, sets)
    const facts = factsOf(lesson.model, skips, settings.side)
    const place = { epochs: settings.epochs, checkpoint: checkpoints[i], reached: reached[i] }
    return { facts, learner: openLearner(company, lesson, place) }
  })
  const { run } = sessions.begin({ settings, sets, company, networks })
  return {
    ...{ run, classes: sets.classes, side: settings.side, ...sets.statistics },
    counts: { train: sets.train.length, test: sets.test.length },
    networks: networks.map(({ facts }) => facts),
    ...{ backend: currentBackend().name, threads: threads() },
  }
}
