// The U-Net, what it is trained by, and the configuration that says so to the command.

import { data, models, nn, optim, type Tensor, train } from 'convoke'
import { normalized } from 'convoke-workbench'
import { type SegmentSettings, seed } from '../settings.ts'
import type { Block, Example, NetworkFacts } from '../task.ts'
import type { Sets } from './sets.ts'

export const weightDecay = 0.01

/** Normalised, and without dropout: so few steps do not overfit. */
export const modelOptions = ({ depth, width, kernel }: SegmentSettings, skips: boolean, { classes }: Sets) => ({
  ...{ classes: classes.length, channels: 3, width, depth, kernel, norm: true, dropout: 0, skips },
})

export const buildModel = (settings: SegmentSettings, skips: boolean, sets: Sets): nn.Module =>
  models.UNet(modelOptions(settings, skips, sets)).initialize(seed)

export function taskOf(model: nn.Module, { loss }: SegmentSettings, sets: Sets): train.Task<Example, Tensor> {
  const task = train.segmentation(model, sets.classes.length, { loss })
  return { ...task, forward: ({ image }) => model(normalized(image, sets.statistics)) }
}

export const optimizerOf = (parameters: readonly Tensor[], { rate }: SegmentSettings): optim.Optimizer =>
  optim.AdamW(parameters, { learningRate: rate, weightDecay })

export const augmentationOf = ({ flip }: SegmentSettings) => (flip ? data.randomFlip() : undefined)

/** A run's config.json, as `convoke train` writes it. */
export function configOf(settings: SegmentSettings, skips: boolean, sets: Sets, epochs: number) {
  const { batch, rate, flip, examples, loss, side } = settings
  return {
    ...{ format: 1, task: 'segment', text: null, sequence: null, fineTuning: null },
    model: { name: 'unet', options: modelOptions(settings, skips, sets) },
    classes: sets.classes,
    picture: { height: side, width: side, channels: 3, ...sets.statistics },
    data: {
      ...{ source: 'shapes', kind: 'shapes with masks drawn by Convoke' },
      options: { seed, examples },
      // There is a part for validation that the page does without.
      counts: { train: sets.train.length, validation: sets.test.length, test: sets.test.length },
    },
    training: {
      ...{ epochs, batchSize: batch, learningRate: rate, optimizer: 'adamw', schedule: 'constant', warmUp: 0 },
      ...{ weightDecay, smoothing: 0, loss, augment: flip ? 'light' : 'none', seed, patience: 0, clipNorm: 0 },
      ...{ average: 0, accumulate: 1, saveEvery: 200 },
    },
  } as const
}

/** Parts of the U that are shown: what two convolutions of a level gave, and the last layer. */
const isBlock = (path: string): boolean => /^(down\d+|bottom|merge\d+|head)$/.test(path)

/** What the network is made of and costs, for one picture. Nothing is computed: the largest network would take seconds. */
export function factsOf(model: nn.Module, skips: boolean, side: number): NetworkFacts {
  const blocks: Block[] = []
  const stop = model.observe({
    leave: ({ path, output }) => {
      const { shape } = output as Tensor
      if (isBlock(path)) blocks.push({ path, shape: shape.slice(1) as unknown as Block['shape'] })
    },
  })
  const { parameters, macs } = nn.summary(model, [1, side, side, 3])
  stop()
  return { skips, blocks, parameters, macs }
}
