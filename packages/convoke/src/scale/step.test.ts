import { expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as models from '../models/index.ts'
import * as optim from '../optim/index.ts'
import * as train from '../train/index.ts'
import { recordStep } from './step.ts'

it('records what a training asks of other ranks', async () => {
  const model = models.CompactCNN({ classes: 10, widths: [4, 8], dropout: 0 }).initialize(1)
  const step = await recordStep(4, (world, stepDone) =>
    train.fit({
      ...{ model, task: train.classification(model, 10), train: data.digits({ count: 48, size: 8 }) },
      ...{ epochs: 1, batchSize: 8, parallel: world, afterStep: stepDone, syncBatchNorm: true },
      optimizer: optim.SGD(model.parameters(), { learningRate: 0.01 }),
    }),
  )
  expect(step.examples).toBe(4)
  const { calls, seconds } = step
  // In the order of time, and within the step.
  const times = calls.map(({ at }) => at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBeGreaterThan(0)
  expect(times[times.length - 1]).toBeLessThan(seconds)
  // The gradients in one bucket, each tensor from a multiple of 16 on; then as float64 the loss, a second loss, whether to stop,
  // and what the first rank decides: the factor on the learning rates and the steps of the run.
  const starts = calls.flatMap((call) => (call.kind === 'start' ? [call.bytes] : []))
  const bytes = model.parameters().reduce((sum, { size }) => sum + 64 * Math.ceil(size / 16), 0)
  expect(starts).toEqual([bytes, 40])
  // Layers of 4, 8 and 8 channels that normalise exchange two float64 sums a channel and one of examples, forward and backward.
  expect(calls.flatMap((call) => (call.kind === 'sum' ? [call.bytes] : []))).toEqual([72, 136, 136, 136, 136, 72])
  // What is started is waited for.
  const waits = calls.flatMap((call) => (call.kind === 'wait' ? [calls[call.start].kind] : []))
  expect(waits).toEqual(['start', 'start'])
})

it('refuses a training that is over before anything is measured', async () => {
  const few = recordStep(1, (_, stepDone) => {
    for (let i = 0; i < 3; i++) stepDone()
    return Promise.resolve()
  })
  await expect(few).rejects.toThrow(
    'recordStep: 3 steps ran; the first 3 make plans and are not measured. Run 4 or more.',
  )
})
