// One network after the other by the rules of `train.choose`: the same pictures, steps, optimiser, schedule and seed. A training that is
// left is taken up where it was kept last, with the numbers of one that was never left.

import { data, optim, train } from 'convoke'
import { breathe } from '../../runs/learner.ts'
import type { CompareAnswer, Compared, CompareQuestion } from '../task.ts'
import { augmentationOf, buildModel, costOf, optimizerOf, taskOf } from './network.ts'
import { sessionOf } from './session.ts'

/** Milliseconds between two states that the page is given to keep. */
const between = 1000

interface Trial {
  /** What is trained, and by which run's rules. */
  readonly name: string
  readonly signal: { aborted: boolean }
  state: train.TrainingState | undefined
  /** Undefined where it was stopped. */
  readonly outcome: Promise<Compared | undefined>
}

let trial: Trial | undefined

/** The first question about a network begins its training; each waits until there is something to keep. */
export async function compare(question: CompareQuestion): Promise<CompareAnswer> {
  const { run, choice, epochs } = question
  const name = JSON.stringify([run, choice, epochs])
  if (trial?.name !== name) {
    stopComparing()
    trial = begin(name, question)
  }
  const own = trial
  const found = await Promise.race([own.outcome, new Promise<'later'>((later) => setTimeout(later, between, 'later'))])
  if (found === 'later')
    return { kind: 'going', checkpoint: own.state === undefined ? undefined : train.encodeTrainingState(own.state) }
  return found === undefined ? { kind: 'stopped' } : { kind: 'done', found }
}

function begin(name: string, question: CompareQuestion): Trial {
  const signal = { aborted: false }
  const begun: Trial = { name, signal, state: undefined, outcome: breathe().then(() => trained(begun, question)) }
  const end = (): void => {
    if (trial === begun) trial = undefined
  }
  begun.outcome.then(end, end)
  return begun
}

async function trained(
  own: Trial,
  { run, choice, epochs, checkpoint }: CompareQuestion,
): Promise<Compared | undefined> {
  const { sets, settings } = sessionOf(run)
  const model = buildModel(choice, sets)
  const optimizer = optimizerOf(model.parameters(), settings)
  const { parameters, macs } = costOf(model, sets)
  const steps = epochs * data.batches(sets.train, { size: settings.batch, joinLast: true }).length
  let saved = performance.now()
  try {
    const { progress, reason } = await train.fit({
      ...{ model, task: taskOf(model, sets), optimizer, train: sets.train, validation: sets.test },
      ...{ epochs, batchSize: settings.batch, augment: augmentationOf(settings, sets) },
      schedule: optim.oneCycle({ steps: Math.max(2, steps) }),
      monitor: 'accuracy',
      resume: checkpoint === undefined ? undefined : train.decodeTrainingState(checkpoint),
      saveNow: () => performance.now() - saved > between,
      save: (state) => {
        own.state = state
        saved = performance.now()
      },
      // The page is heard between steps.
      onEvent: breathe,
      signal: own.signal,
    })
    const last = progress.history.at(-1)
    if (reason === 'interrupted' || last?.validation == null) return undefined
    const seconds = progress.history.reduce((sum, epoch) => sum + epoch.seconds, 0)
    return { accuracy: last.validation['accuracy'], loss: last.validation['loss'], parameters, macs, seconds }
  } finally {
    optimizer.dispose()
    model.dispose()
  }
}

export function stopComparing(): boolean {
  if (trial !== undefined) trial.signal.aborted = true
  trial = undefined
  return true
}
