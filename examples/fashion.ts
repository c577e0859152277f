// Fashion-MNIST with under 100,000 parameters: 60,000 pictures to learn from, 10,000 to be tested on once, at the end.
//
//     npm run example fashion                  18 epochs
//     npm run example fashion -- --fast        within three minutes on two cores
//     npm run example fashion -- --validate    learns from 55,000, measures on the other 5,000 and never on the test set
//     npm run example fashion -- --quick       a few steps
//
// Widths and rate were chosen with --fast --validate.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { data, models, optim, train } from 'convoke'
import { saveWeights } from 'convoke/node'
import { dataFolder, experiment, progressOf, report } from './common/experiment.ts'

const run = experiment('fashion', {
  fast: { type: 'boolean' },
  validate: { type: 'boolean' },
  epochs: { type: 'string' },
})
const { quick, seed } = run
const fast = run.values['fast'] === true
const epochs = quick ? 1 : Number(run.values['epochs'] ?? (fast ? 4 : 18))
const batchSize = 128

const folder = await dataFolder('fashion-mnist')
const load = (part: string) =>
  data.idxDataset({
    images: readFileSync(join(folder, `${part}-images-idx3-ubyte.gz`)),
    labels: readFileSync(join(folder, `${part}-labels-idx1-ubyte.gz`)),
  })
const all = await load('train')
const shares = quick ? [0.02, 0.005] : [11 / 12, 1 / 12]
const parts = data.splitDataset(all, shares, { seed })
const validating = quick || run.values['validate'] === true
const training = data.cacheDataset(validating ? parts[0] : all)
const unseen = data.cacheDataset(validating ? parts[1] : await load('t10k'))

const model = models.CompactCNN({ classes: 10, widths: [24, 48, 64], dropout: 0.1 }).initialize(seed)
const average = optim.weightAverage(model.state(), { decay: fast ? 0.99 : 0.999 })
const steps = epochs * Math.ceil(training.length / batchSize)
await train.fit({
  model,
  task: train.classification(model, 10, { smoothing: 0.1 }),
  optimizer: optim.AdamW(model.parameters(), { learningRate: 0.01, weightDecay: 0.02 }),
  schedule: optim.oneCycle({ steps, rise: 0.2 }),
  train: training,
  ...(validating ? { validation: unseen } : {}),
  epochs,
  batchSize,
  seed,
  average,
  augment: fast
    ? data.randomFlip()
    : data.augmentations(data.randomFlip(), data.randomCrop({ height: 28, width: 28, padding: 2 })),
  onEvent: progressOf(epochs, validating ? ['accuracy'] : []),
})
const { accuracy } = await average.during(async () => {
  await saveWeights(model, join(run.out, 'weights.safetensors'))
  return train.evaluate(model, train.classification(model, 10), unseen)
})
report(run, {
  what: validating ? 'validation accuracy' : 'test accuracy',
  reached: accuracy,
  asked: fast ? 0.916 : 0.93,
  parameters: model.parameterCount(),
})
