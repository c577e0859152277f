// The network, what it is trained by, and the configuration that says so to the command.

import { type data, models, nn, optim, type Tensor, type train } from 'convoke'
import { pictureAugmentation, pictureTask } from 'convoke-workbench'
import { type NetworkChoice, seed, type TrainSettings, widthsOf } from '../settings.ts'
import type { LayerFact, Opened } from '../task.ts'
import type { Sets } from './sets.ts'

export const smoothing = 0
export const weightDecay = 0.01

export const modelOptions = (choice: NetworkChoice, sets: Sets) => ({
  ...{ classes: sets.classes.length, channels: sets.form.channels, kernel: choice.kernel, widths: widthsOf(choice) },
})

export const buildModel = (choice: NetworkChoice, sets: Sets): nn.Module =>
  models.CompactCNN(modelOptions(choice, sets)).initialize(seed)

export const taskOf = (model: nn.Module, sets: Sets): train.Task<data.ClassifiedPicture, Tensor> =>
  pictureTask(model, { classes: sets.classes.length, picture: sets.statistics, smoothing })

export const optimizerOf = (parameters: readonly Tensor[], { rate }: TrainSettings): optim.Optimizer =>
  optim.AdamW(parameters, { learningRate: rate, weightDecay })

export const augmentationOf = (settings: TrainSettings, sets: Sets): data.Augmentation | undefined =>
  pictureAugmentation(settings.augment ? 'light' : 'none', sets.form)

/** A run's config.json, as `convoke train` writes it. */
export function configOf(settings: TrainSettings, sets: Sets) {
  const { epochs, batch, rate, augment, examples } = settings
  const digits = settings.source === 'digits'
  return {
    ...{ format: 1, task: 'classify', text: null, sequence: null, fineTuning: null },
    model: { name: 'compact', options: modelOptions(settings, sets) },
    classes: sets.classes,
    picture: { ...sets.form, ...sets.statistics },
    data: {
      ...{ source: sets.source, kind: sets.kind },
      options: { seed, ...(digits ? { examples } : { validation: 0 }) },
      // Of the digits there is a part for validation that the page does without.
      counts: { train: sets.train.length, validation: digits ? sets.test.length : 0, test: sets.test.length },
    },
    training: {
      ...{ epochs, batchSize: batch, learningRate: rate, optimizer: 'adamw', schedule: 'constant', warmUp: 0 },
      ...{ weightDecay, smoothing, augment: augment ? 'light' : 'none', seed, patience: 0, clipNorm: 0, average: 0 },
      ...{ accumulate: 1, saveEvery: 200 },
    },
  } as const
}

/** What the network is made of and costs, for one picture. */
export function costOf(model: nn.Module, { form }: Sets): Pick<Opened, 'layers' | 'parameters' | 'macs'> {
  const { rows, parameters, macs } = nn.summary(model, [1, form.height, form.width, form.channels])
  const layers = rows.map(
    (row): LayerFact => ({
      ...{ kind: row.kind, detail: row.detail, parameters: row.parameters, macs: row.macs },
      shape: row.outputShape.slice(1),
    }),
  )
  return { layers, parameters, macs }
}
