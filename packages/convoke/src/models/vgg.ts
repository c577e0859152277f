// VGG: Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image recognition".

import * as nn from '../nn/index.ts'
import { relu } from '../ops/index.ts'
import type { ClassifierOptions } from './blocks.ts'

/** Convolutions of each of the five blocks, by depth. */
const depths = { 11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] } as const

/** The options of the VGGs. */
export interface VGGOptions extends ClassifierOptions {
  /** Batch normalisation after each convolution, which the paper's networks do not have. Default false. */
  readonly norm?: boolean | undefined
}

const widths = [64, 128, 256, 512, 512]

function vgg(depth: keyof typeof depths, { classes = 1000, channels = 3, norm = false }: VGGOptions): nn.Module {
  const block = (index: number): nn.Module => {
    const input = index === 0 ? channels : widths[index - 1]
    const convs = Array.from({ length: depths[depth][index] }, (_, i): [string, nn.Layer][] => [
      [
        `conv${i + 1}`,
        nn.Conv2d({
          ...{ in: i === 0 ? input : widths[index], out: widths[index], kernel: 3, padding: 1 },
          initialize: { weight: nn.heNormalFanOut(), bias: nn.constant(0) },
        }),
      ],
      ...(norm ? [[`norm${i + 1}`, nn.BatchNorm({ channels: widths[index] })] as [string, nn.Layer]] : []),
      [`relu${i + 1}`, relu],
    ])
    return nn.Sequential({ ...Object.fromEntries(convs.flat()), pool: nn.MaxPool({ kernel: 2 }) })
  }
  const linear = (input: number, out: number): nn.Module =>
    nn.Linear({ in: input, out, initialize: { weight: nn.normal(0.01), bias: nn.constant(0) } })
  return nn.Sequential({
    ...Object.fromEntries(widths.map((_, index) => [`block${index + 1}`, block(index)])),
    pool: nn.AdaptiveAveragePool({ size: 7 }),
    flatten: nn.Flatten(),
    fc1: linear(512 * 49, 4096),
    relu1: relu,
    dropout1: nn.Dropout(),
    fc2: linear(4096, 4096),
    relu2: relu,
    dropout2: nn.Dropout(),
    head: linear(4096, classes),
  })
}

/** VGG-11 (configuration A), for pictures from 32×32 on: 132,863,336 parameters with 1000 classes. */
export const VGG11 = (options: VGGOptions = {}): nn.Module => vgg(11, options)

/** VGG-13 (configuration B), for pictures from 32×32 on: 133,047,848 parameters with 1000 classes. */
export const VGG13 = (options: VGGOptions = {}): nn.Module => vgg(13, options)

/** VGG-16 (configuration D), for pictures from 32×32 on: 138,357,544 parameters with 1000 classes. */
export const VGG16 = (options: VGGOptions = {}): nn.Module => vgg(16, options)

/** VGG-19 (configuration E), for pictures from 32×32 on: 143,667,240 parameters with 1000 classes. */
export const VGG19 = (options: VGGOptions = {}): nn.Module => vgg(19, options)
