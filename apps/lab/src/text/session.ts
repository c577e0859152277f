// A network in training that goes on for as long as it is asked to, and waits in between. Runs in the worker.

import { type nn, optim, train } from 'convoke'
import type { Lessons } from './lessons.ts'
import { createNetwork, hideWords, sentimentTask, tokenized } from './network.ts'
import { mostSteps, type NetworkSettings } from './state.ts'
import type { Score } from './task.ts'

const [batchSize, learningRate] = [32, 0.02]

export interface Session {
  readonly settings: NetworkSettings
  readonly lessons: Lessons
  readonly network: nn.Module
  readonly step: () => number
  readonly losses: readonly number[]
  readonly scores: readonly Score[]
  /** Trains until the network has `steps` behind it, for about `milliseconds` at most, one step at least. */
  readonly advance: (steps: number, milliseconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

export async function startSession(settings: NetworkSettings, lessons: Lessons): Promise<Session> {
  const network = createNetwork(settings, lessons.vocabulary.size)
  const task = sentimentTask(network)
  const optimizer = optim.Adam(network.parameters(), { learningRate })
  const { training, test } = await tokenized(lessons, settings)
  const losses: number[] = []
  const scores: Score[] = []
  const stop = new AbortController()
  let step = 0
  let wanted = { steps: 0, until: 0 }
  let fitting: Promise<unknown> | undefined
  let wake = (): void => {}
  let arrived = (): void => {}
  let failed = (_: unknown): void => {}

  /** Training waits here until it is asked to go on. */
  const pause = async (): Promise<void> => {
    if (stop.signal.aborted || (step < wanted.steps && performance.now() < wanted.until)) return
    const asked = new Promise<void>((resolve) => {
      wake = resolve
    })
    arrived()
    await asked
  }
  const fit = (): Promise<unknown> =>
    train.fit({
      ...{ model: network, task, optimizer, train: training, validation: test, batchSize, seed: settings.seed },
      epochs: Math.ceil((mostSteps * batchSize) / training.length),
      augment: hideWords,
      signal: stop.signal,
      async onEvent(event) {
        if (event.type === 'step') {
          step = event.step
          losses.push(event.loss)
          // At the end of an epoch the test comes first.
          if (event.batch < event.batches) await pause()
        } else if (event.type === 'epoch') {
          scores.push({ step: event.record.step, accuracy: event.record.validation?.['accuracy'] ?? Number.NaN })
          await pause()
        }
      },
    })

  const before = await train.evaluate(network, task, test)
  scores.push({ step: 0, accuracy: before['accuracy'] })
  return {
    ...{ settings, lessons, network, losses, scores },
    step: () => step,
    advance: (steps, milliseconds) =>
      new Promise((resolve, reject) => {
        if (step >= Math.min(steps, mostSteps)) return resolve()
        wanted = { steps, until: performance.now() + milliseconds }
        arrived = resolve
        failed = reject
        if (fitting !== undefined) return wake()
        fitting = fit()
        fitting.then(
          () => arrived(),
          (error) => failed(error),
        )
      }),
    async close() {
      stop.abort()
      wake()
      await fitting?.catch(() => {})
      optimizer.dispose()
      network.dispose()
    },
  }
}
