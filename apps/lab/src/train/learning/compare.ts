// One network after the other under the same rules, by `train.choose`.

import { type data, type Tensor, train } from 'convoke'
import { breathe } from '../../runs/learner.ts'
import type { Compared, CompareQuestion } from '../task.ts'
import { augmentationOf, buildModel, optimizerOf, taskOf } from './network.ts'
import { sessionOf } from './session.ts'

let stop: { aborted: boolean } | undefined

/** Undefined where it was stopped. */
export async function compare({ run, choice, epochs }: CompareQuestion): Promise<Compared | undefined> {
  const { sets, settings } = sessionOf(run)
  const { height, width, channels } = sets.form
  const signal = { aborted: false }
  stop = signal
  const { rows } = await train.choose<data.ClassifiedPicture, Tensor>({
    choices: [{ name: 'network', settings: {}, build: () => buildModel(choice, sets) }],
    inputShape: [1, height, width, channels],
    task: (model) => taskOf(model, sets),
    ...{ train: sets.train, validation: sets.test, epochs, batchSize: settings.batch, signal: signal as AbortSignal },
    augment: augmentationOf(settings, sets),
    optimizer: (parameters) => optimizerOf(parameters, settings),
    // The page is heard between steps.
    onEvent: breathe,
  })
  const [{ accuracy, cost, trials, problem }] = rows
  if (problem !== null) throw new Error(problem)
  if (accuracy === null || signal.aborted) return undefined
  return { accuracy, loss: trials[0].loss, parameters: cost.parameters, macs: cost.macs, seconds: trials[0].seconds }
}

export function stopComparing(): boolean {
  if (stop !== undefined) stop.aborted = true
  return true
}
