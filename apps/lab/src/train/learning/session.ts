// The run that is open, from its opening until the next one opens.

import { currentBackend, type data, threads } from 'convoke'
import { type Judged, judgingMeter } from 'convoke-workbench'
import { type Company, createCompany, type Learner, type Lesson, openLearner } from '../../runs/learner.ts'
import { createSessions } from '../../runs/sessions.ts'
import { seed, type TrainSettings } from '../settings.ts'
import type { Opened, OpenQuestion } from '../task.ts'
import { augmentationOf, buildModel, costOf, optimizerOf, taskOf } from './network.ts'
import { type Sets, setsOf } from './sets.ts'

interface Found {
  readonly confusion: readonly (readonly number[])[]
  readonly judged: readonly Judged[]
}

export interface Session {
  readonly run: number
  readonly settings: TrainSettings
  readonly sets: Sets
  readonly company: Company
  readonly learner: Learner<Found>
}

const sessions = createSessions<Session>()
export const { of: sessionOf, control } = sessions

function lessonOf(settings: TrainSettings, sets: Sets): Lesson<data.ClassifiedPicture, Found> {
  const model = buildModel(settings, sets)
  return {
    ...{ model, task: taskOf(model, sets), optimizer: optimizerOf(model.parameters(), settings) },
    ...{ train: sets.train, test: sets.test, batch: settings.batch, seed, augment: augmentationOf(settings, sets) },
    meter: () => {
      const meter = judgingMeter(sets.classes.length)
      return { meter, found: () => ({ confusion: meter.confusion(), judged: meter.judged }) }
    },
  }
}

export async function open({ settings, own, checkpoint, reached }: OpenQuestion): Promise<Opened> {
  sessions.leave()
  const sets = await setsOf(settings, own)
  const lesson = lessonOf(settings, sets)
  const cost = costOf(lesson.model, sets)
  const company = createCompany()
  const learner = openLearner(company, lesson, { epochs: settings.epochs, checkpoint, reached })
  const { run } = sessions.begin({ settings, sets, company, learner })
  return {
    ...{ run, classes: sets.classes, form: sets.form, ...cost, ...sets.statistics },
    counts: { train: sets.train.length, test: sets.test.length },
    ...{ backend: currentBackend().name, threads: threads() },
  }
}
