// The networks whose training steps are timed: Convoke's own models, and what another engine has to know to build the same.

import { models, type nn } from 'convoke'
import { noise } from '../random.ts'

export interface Network {
  readonly name: string
  readonly batch: number
  /** Height and width of the pictures. */
  readonly side: number
  readonly channels: number
  readonly classes: number
  readonly optimizer: 'adam' | 'momentum'
  readonly learningRate: number
  /** Without dropout, whose masks no two engines draw alike. */
  readonly make: () => nn.Module
  readonly plan: 'compact' | 'resnet' | 'resnet small'
}

const classes = 10

export const networks: readonly Network[] = [
  {
    ...{ name: 'CompactCNN 28², batch 128, Adam', plan: 'compact', batch: 128, side: 28, channels: 1, classes },
    ...{ optimizer: 'adam', learningRate: 1e-3 },
    make: () => models.CompactCNN({ classes, dropout: 0 }),
  },
  {
    ...{ name: 'ResNet-18 64², batch 16, momentum', plan: 'resnet', batch: 16, side: 64, channels: 3, classes },
    ...{ optimizer: 'momentum', learningRate: 0.01 },
    make: () => models.ResNet18({ classes }),
  },
  {
    ...{ name: 'ResNet-18 64², 3×3 stem, batch 16, momentum', plan: 'resnet small', batch: 16, side: 64, channels: 3 },
    ...{ classes, optimizer: 'momentum', learningRate: 0.01 },
    make: () => models.ResNet18({ classes, stem: 'small' }),
  },
]

export const networkNamed = (name: string): Network => {
  const found = networks.find((network) => network.name === name)
  if (found === undefined) throw new Error(`there is no network ${name}`)
  return found
}

/** The pictures and labels of every step. */
export const exampleOf = ({ batch, side, channels, classes: count }: Network) => ({
  pictures: noise(batch * side * side * channels, 1),
  labels: Int32Array.from({ length: batch }, (_, i) => (7 * i) % count),
})

/** Repeatable first weights, the same for every engine. */
export const firstWeights = (network: Network): nn.Module => network.make().initialize(1)
