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
  readonly plan: Plan
  /** What is asked of native code; nothing where a figure is missing. */
  readonly asked: {
    /** The time of the faster PyTorch over ours, one thread. */
    readonly overPyTorch?: number
    /** One thread's time over that of two. */
    readonly twoThreads?: number
  }
}

/** What other engines build it from, in the words of Convoke's options; layers bear Convoke's names. */
export type Plan =
  | { readonly kind: 'compact'; readonly widths: readonly number[] }
  | {
      readonly kind: 'resnet'
      readonly stem: 'imagenet' | 'small'
      readonly block: 'basic' | 'bottleneck'
      readonly depths: readonly number[]
    }

const classes = 10

export const networks: readonly Network[] = [
  {
    ...{ name: 'CompactCNN 28², batch 128, Adam', batch: 128, side: 28, channels: 1, classes },
    ...{ optimizer: 'adam', learningRate: 1e-3, plan: { kind: 'compact', widths: [16, 32, 64] } },
    asked: { twoThreads: 1.8 },
    make: () => models.CompactCNN({ classes, dropout: 0 }),
  },
  {
    ...{ name: 'ResNet-18 64², batch 16, momentum', batch: 16, side: 64, channels: 3, classes },
    ...{ optimizer: 'momentum', learningRate: 0.01 },
    plan: { kind: 'resnet', stem: 'imagenet', block: 'basic', depths: [2, 2, 2, 2] },
    asked: { overPyTorch: 2.2, twoThreads: 1.8 },
    make: () => models.ResNet18({ classes }),
  },
  {
    ...{ name: 'ResNet-18 64², 3×3 stem, batch 16, momentum', batch: 16, side: 64, channels: 3, classes },
    ...{ optimizer: 'momentum', learningRate: 0.01 },
    plan: { kind: 'resnet', stem: 'small', block: 'basic', depths: [2, 2, 2, 2] },
    asked: { overPyTorch: 2.6, twoThreads: 1.8 },
    make: () => models.ResNet18({ classes, stem: 'small' }),
  },
  {
    ...{ name: 'ResNet-50 224², batch 8, momentum', batch: 8, side: 224, channels: 3, classes: 1000 },
    // At 0.01 rounding grows to more than the losses may differ by within three steps.
    ...{ optimizer: 'momentum', learningRate: 1e-3 },
    plan: { kind: 'resnet', stem: 'imagenet', block: 'bottleneck', depths: [3, 4, 6, 3] },
    asked: { overPyTorch: 1.5 },
    make: () => models.ResNet50({ classes: 1000 }),
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
