// ResNet: He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition". ResNet-50 strides in its 3×3
// convolutions, as torchvision's does.

import * as nn from '../nn/index.ts'
import { type ClassifierOptions, chain, convNorm } from './blocks.ts'

export interface ResNetOptions extends ClassifierOptions {
  /**
   * 'imagenet': 7×7 with stride 2, then pooling, for pictures from about 100×100 on. 'small': 3×3 without stride, for
   * pictures of 32 or 64 pixels.
   */
  readonly stem?: 'imagenet' | 'small' | undefined
}

type Block = (input: number, width: number, stride: number) => nn.Module

const shortcut = (input: number, out: number, stride: number): { shortcut?: nn.Module } =>
  input === out && stride === 1 ? {} : { shortcut: convNorm({ in: input, out, kernel: 1, stride }) }

const basic: Block = (input, width, stride) =>
  nn.Residual(
    nn.Sequential({
      conv1: convNorm({ in: input, out: width, kernel: 3, stride, activation: 'relu' }),
      conv2: convNorm({ in: width, out: width, kernel: 3 }),
    }),
    { ...shortcut(input, width, stride), activation: 'relu' },
  )

const bottleneck: Block = (input, width, stride) =>
  nn.Residual(
    nn.Sequential({
      conv1: convNorm({ in: input, out: width, kernel: 1, activation: 'relu' }),
      conv2: convNorm({ in: width, out: width, kernel: 3, stride, activation: 'relu' }),
      conv3: convNorm({ in: width, out: 4 * width, kernel: 1 }),
    }),
    { ...shortcut(input, 4 * width, stride), activation: 'relu' },
  )

function resnet(block: Block, expansion: number, depths: readonly number[], options: ResNetOptions): nn.Module {
  const { classes = 1000, channels = 3, stem = 'imagenet' } = options
  const small = stem === 'small'
  const stages = depths.map((depth, stage): [string, nn.Module] => {
    const width = 64 * 2 ** stage
    const before = stage === 0 ? 64 : (width / 2) * expansion
    const blocks = Array.from({ length: depth }, (_, i) =>
      block(i === 0 ? before : width * expansion, width, i === 0 && stage > 0 ? 2 : 1),
    )
    return [`stage${stage + 1}`, chain(blocks)]
  })
  return nn.Sequential({
    stem: convNorm({ in: channels, out: 64, kernel: small ? 3 : 7, stride: small ? 1 : 2, activation: 'relu' }),
    ...(small ? {} : { pool1: nn.MaxPool({ kernel: 3, stride: 2, padding: 1 }) }),
    ...Object.fromEntries(stages),
    pool: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 512 * expansion, out: classes }),
  })
}

/** ResNet-18: 11,689,512 parameters with 1000 classes. */
export const ResNet18 = (options: ResNetOptions = {}): nn.Module => resnet(basic, 1, [2, 2, 2, 2], options)

/** ResNet-34: 21,797,672 parameters with 1000 classes. */
export const ResNet34 = (options: ResNetOptions = {}): nn.Module => resnet(basic, 1, [3, 4, 6, 3], options)

/** ResNet-50: 25,557,032 parameters with 1000 classes. */
export const ResNet50 = (options: ResNetOptions = {}): nn.Module => resnet(bottleneck, 4, [3, 4, 6, 3], options)
