// What each network must do before it is trained for long.

import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import * as data from '../data/index.ts'
import { multiply, slice, sum } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { randomUniform, type Tensor } from '../tensor/index.ts'
import * as train from '../train/index.ts'
import * as models from './index.ts'

const networks = [
  ['CompactResNet', () => models.CompactResNet({ classes: 3, channels: 1, widths: [4, 6, 8, 8] }), [4, 19, 17, 1], [4]],
  [
    'DeepLab',
    () => models.DeepLab({ classes: 3, channels: 1, widths: [4, 6, 8], depth: 1, features: 8, dropout: 0 }),
    [4, 21, 30, 1],
    [4, 21, 30],
  ],
] as const

describe.each(networks)('%s', (_, make, shape, outputs) => {
  const x = randomUniform(shape, { seed: 2 })

  it('learns by all of its parameters', () => {
    const model = make().initialize(1)
    const towards = randomUniform([...outputs, 3], { seed: 3, low: -1, high: 1 })
    const loss = (): Tensor => sum(multiply(model(x), towards))
    const { gradients } = valueAndGradients(loss, model.parameters())
    const largest = gradients.map((gradient) => Math.max(...Array.from(gradient.dataSync(), Math.abs)))
    expect(largest.every((value) => value > 0 && Number.isFinite(value))).toBe(true)
  })

  it('says the same of a picture whatever it is asked about beside it, once trained', () => {
    const model = make().initialize(1).eval()
    const alone = Array.from(model(slice(x, [{ start: 1, stop: 2 }])).dataSync())
    const among = Array.from(slice(model(x), [{ start: 1, stop: 2 }]).dataSync())
    expect(among).toEqual(alone.map((value) => expect.closeTo(value, 5)))
  })
})

it('a CompactResNet learns some digits within seconds', async () => {
  const model = models.CompactResNet({ classes: 10, channels: 1, widths: [8, 12, 16], dropout: 0 }).initialize(1)
  const digits = data.cacheDataset(data.digits({ count: 40, size: 14, seed: 1 }))
  const task = train.classification(model, 10)
  await train.fit({
    ...{ model, task, train: digits, epochs: 12, batchSize: 10, seed: 1 },
    optimizer: optim.AdamW(model.parameters(), { learningRate: 1e-2 }),
  })
  expect((await train.evaluate(model, task, digits))['accuracy']).toBeGreaterThan(0.7)
})

it('a DeepLab finds drawn shapes within seconds', async () => {
  const model = models
    .DeepLab({ classes: 4, channels: 3, widths: [8, 12], depth: 1, stride: 2, rates: [2], features: 12, dropout: 0 })
    .initialize(1)
  const shapes = data.cacheDataset(data.shapesWithMasks({ count: 8, size: 32, seed: 1 }))
  const task = train.segmentation(model, 4)
  await train.fit({
    ...{ model, task, train: shapes, epochs: 24, batchSize: 4, seed: 1 },
    optimizer: optim.AdamW(model.parameters(), { learningRate: 1e-2 }),
  })
  // Ground everywhere is an IoU of at most a quarter.
  expect((await train.evaluate(model, task, shapes))['iou']).toBeGreaterThan(0.4)
})
