// The training as a program for Node that gives the same network: the same pictures, the same steps.

import { type SegmentSettings, seed } from '../settings.ts'

export interface Told {
  readonly settings: SegmentSettings
  readonly skips: boolean
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  /** Where the network stands; before its first step, where it is to end. */
  readonly step: number
  readonly epoch: number
  readonly batch: number
}

export function typescriptOf({ settings, skips, mean, deviation, step, epoch, batch }: Told): string {
  const { depth, width, kernel, loss, rate, examples, side, flip } = settings
  const begun = step > 0
  // In the middle of an epoch it stops by the step.
  const within = begun && batch > 0
  const epochs = begun ? epoch + (within ? 1 : 0) : settings.epochs
  return `import { data, divide, models, optim, subtract, tensor, train } from 'convoke'

// Pictures to learn from, and others to measure by.
const training = data.cacheDataset(data.shapesWithMasks({ count: ${examples}, seed: ${3 * seed + 1}, size: ${side} }))
const test = data.cacheDataset(data.shapesWithMasks({ count: ${Math.ceil(examples / 5)}, seed: ${3 * seed + 3}, size: ${side} }))

const model = models
  .UNet({ classes: 4, channels: 3, width: ${width}, depth: ${depth}, kernel: ${kernel}, norm: true, dropout: 0, skips: ${skips} })
  .initialize(${seed})
const task = {
  ...train.segmentation(model, 4, { loss: '${loss}' }),
  // Each channel minus its mean, over its deviation.
  forward: ({ image }: data.Batch<data.MaskedPicture>) =>
    model(divide(subtract(image, tensor([${mean.join(', ')}])), tensor([${deviation.join(', ')}]))),
}
${within ? '\nconst stop = new AbortController()' : ''}
await train.fit({
  model,
  task,
  optimizer: optim.AdamW(model.parameters(), { learningRate: ${rate}, weightDecay: 0.01 }),
  train: training,
  epochs: ${epochs},
  batchSize: ${settings.batch},
  seed: ${seed},
${flip ? '  augment: data.randomFlip(),\n' : ''}${
  within
    ? `  signal: stop.signal,
  onEvent: (event) => {
    if (event.type === 'step' && event.step === ${step}) stop.abort()
  },
`
    : ''
}})

// IoU of each class, their mean, and the share of right pixels.
console.log(await train.evaluate(model, task, test))
`
}
