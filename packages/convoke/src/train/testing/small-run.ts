// A run that takes a moment: a network with batch normalisation and dropout on pictures that are bright or dark.

import type { ClassifiedPicture, Dataset } from '../../data/index.ts'
import * as data from '../../data/index.ts'
import * as nn from '../../nn/index.ts'
import * as optim from '../../optim/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import * as train from '../index.ts'

/** Bright pictures are 1, dark ones 0. */
export const brightness = (count: number): Dataset<ClassifiedPicture> =>
  data.fromExamples(
    Array.from({ length: count }, (_, i) => ({
      image: { shape: [2, 2, 1], data: new Float32Array(4).fill((i % 2) + 0.01 * i) },
      label: i % 2,
    })),
  )

export const network = () =>
  nn
    .Sequential({
      conv: nn.Conv2d({ in: 1, out: 3, kernel: 2 }),
      norm: nn.BatchNorm({ channels: 3 }),
      flatten: nn.Flatten(),
      dropout: nn.Dropout({ rate: 0.3 }),
      head: nn.Linear({ in: 3, out: 2 }),
    })
    .initialize(4)

export type Changes = Partial<train.FitOptions<ClassifiedPicture, Tensor>>

export function setUp(changes: Changes = {}) {
  const model = network()
  const options: train.FitOptions<ClassifiedPicture, Tensor> = {
    model,
    task: train.classification(model, 2),
    optimizer: optim.Adam(model.parameters(), { learningRate: 0.05 }),
    train: brightness(10),
    epochs: 3,
    batchSize: 4,
    seed: 9,
    schedule: optim.cosine({ steps: 9 }),
    average: optim.weightAverage(model.state(), { decay: 0.9 }),
    ...changes,
  }
  return { model, options }
}

export const weights = (model: nn.AnyModule) =>
  Object.fromEntries(Object.entries(model.state()).map(([name, value]) => [name, Array.from(value.dataSync())]))
