// Pictures into classes: what is learned, how pictures are changed while it is, and how well it went.

import { data, metrics, type nn, softmax, type Tensor, train } from 'convoke'
import type { AugmentName } from './names.ts'
import { type Normalization, normalized } from './pictures.ts'

export interface PictureClasses {
  readonly classes: number
  readonly picture: Normalization
  readonly smoothing: number
}

/** A network of pictures from 0 to 1, `[batch, height, width, channels]`, trained by cross-entropy. */
export function pictureTask(
  model: nn.Module,
  { classes, picture, smoothing }: PictureClasses,
): train.Task<data.ClassifiedPicture, Tensor> {
  const task = train.classification(model, classes, { smoothing })
  return { ...task, forward: ({ image }) => model(normalized(image, picture)) }
}

/** Pictures up to this side are moved by whole pixels: turning and scaling blurs what little there is. */
const tiny = 40

/** Mirrored letters and digits are others: mirrors are asked for. */
export function pictureAugmentation(
  augment: AugmentName,
  { height, width }: { readonly height: number; readonly width: number },
): data.Augmentation | undefined {
  const small = Math.min(height, width) < 20 ? 0.05 : 0.08
  switch (augment) {
    case 'none':
      return undefined
    case 'flips':
      return data.augmentations(
        data.randomFlip(),
        Math.max(height, width) <= tiny
          ? data.randomCrop({ height, width, padding: Math.ceil(0.07 * Math.min(height, width)) })
          : data.randomAffine({ turn: 8, shift: small, scale: [0.9, 1.1] }),
      )
    case 'turns':
      return data.augmentations(
        height === width ? data.randomQuarterTurn() : data.randomFlip({ horizontal: 0, vertical: 0.5 }),
        ...[data.randomFlip(), data.randomAffine({ shift: small, scale: [0.9, 1.1] })],
      )
    case 'light':
      return data.randomAffine({ turn: 8, shift: small, scale: [0.9, 1.1] })
    default:
      return data.augmentations(
        ...[data.randomFlip(), data.randomAffine({ turn: 15, shift: 0.12, scale: [0.8, 1.2], shear: 8 })],
        ...[data.randomColour({ saturation: 0.2 }), data.randomCutout({ share: 0.25 })],
      )
  }
}

/** What a network said of one example. */
export interface Judged {
  readonly index: number
  readonly label: number
  readonly predicted: number
  /** Of the predicted and of the actual class. */
  readonly chance: number
  readonly own: number
}

export interface JudgingMeter extends train.ClassificationMeter {
  /** Every example in the order in which they came. */
  readonly judged: readonly Judged[]
  /** Probabilities of all classes, `[examples · classes]`, of few classes; empty of many. */
  readonly chances: readonly number[]
}

/** Classes up to which the probabilities of all of them are kept. */
export const fewClasses = 12

/** The figures of a classifier, and what it said of every example: the pictures behind each cell of the confusion matrix. */
export function judgingMeter(classes: number): JudgingMeter {
  const judged: Judged[] = []
  const kept: number[] = []
  const measured = train.classificationMeter(classes)
  return {
    judged,
    chances: kept,
    values: () => measured.values(),
    confusion: () => measured.confusion(),
    async add(output, batch) {
      await measured.add(output, batch)
      const chances = softmax(output, { axis: -1 })
      const [values, labels] = await Promise.all([chances.data(), batch.label.data()])
      chances.dispose()
      const best = metrics.argMaxRows(values, classes)
      if (classes <= fewClasses) for (const value of values) kept.push(value)
      for (let i = 0; i < labels.length; i++) {
        const [label, predicted] = [labels[i], best[i]]
        const at = i * classes
        judged.push({ index: judged.length, label, predicted, chance: values[at + predicted], own: values[at + label] })
      }
    },
  }
}
