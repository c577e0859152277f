// ResNet: He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition". ResNet-50 strides in its 3×3
// convolutions, as torchvision's does.

import * as nn from '../nn/index.ts'
import { check } from '../shapes/error.ts'
import { basicBody, type ClassifierOptions, chain, convNorm, numbered } from './blocks.ts'

/** The options of the ResNets. */
export interface ResNetOptions extends ClassifierOptions {
  /**
   * 'imagenet': 7×7 with stride 2, then pooling, for pictures from about 100×100 on. 'small': 3×3 without stride, for
   * pictures of 32 or 64 pixels. 'deep': three of 3×3 in place of the 7×7 (He et al. 2019, ResNet-C).
   */
  readonly stem?: 'imagenet' | 'small' | 'deep' | undefined
  /**
   * How a branch around a stage's first block shrinks: 'stride', by its convolution's stride (when not given), or 'average', by a mean over
   * 2×2 before it (He et al. 2019, ResNet-D).
   */
  readonly shrink?: 'stride' | 'average' | undefined
  /** Groups of the 3×3 convolutions in bottlenecks (Xie et al. 2017, ResNeXt); 1 when not given. */
  readonly groups?: number | undefined
  /** Channels of each group in the first stage's bottlenecks; 64 when not given. Wide ResNets have 128 (Zagoruyko & Komodakis 2016). */
  readonly width?: number | undefined
}

interface Shape {
  readonly input: number
  /** 64, 128, 256, 512 by stage. */
  readonly base: number
  readonly stride: number
}

interface Kind {
  /** Channels of a block's result, over the stage's base. */
  readonly expansion: number
  readonly body: (shape: Shape) => nn.Module
}

const basic: Kind = {
  expansion: 1,
  body: ({ input, base, stride }) => basicBody({ in: input, out: base, stride }),
}

const bottleneck = (groups: number, width: number): Kind => ({
  expansion: 4,
  body: ({ input, base, stride }) => {
    const inside = Math.floor((width * base) / 64) * groups
    return nn.Sequential({
      conv1: convNorm({ in: input, out: inside, kernel: 1, activation: 'relu' }),
      conv2: convNorm({ in: inside, out: inside, kernel: 3, stride, groups, activation: 'relu' }),
      conv3: convNorm({ in: inside, out: 4 * base, kernel: 1 }),
    })
  },
})

function shortcut(input: number, out: number, stride: number, shrink: ResNetOptions['shrink']): nn.Module | undefined {
  if (input === out && stride === 1) return undefined
  if (shrink !== 'average') return convNorm({ in: input, out, kernel: 1, stride })
  return nn.Sequential({
    // Over what there is of a window at an odd edge.
    ...(stride === 1 ? {} : { pool: nn.AveragePool({ kernel: stride, ceil: true, countPadding: false }) }),
    project: convNorm({ in: input, out, kernel: 1 }),
  })
}

/** Modules in front of the stages. */
function stemOf(stem: NonNullable<ResNetOptions['stem']>, channels: number): Record<string, nn.Module> {
  const pool1 = nn.MaxPool({ kernel: 3, stride: 2, padding: 1 })
  const unit = (input: number, out: number, stride: number): nn.Module =>
    convNorm({ in: input, out, kernel: 3, stride, activation: 'relu' })
  switch (stem) {
    case 'small':
      return { stem: unit(channels, 64, 1) }
    case 'deep':
      return { stem1: unit(channels, 32, 2), stem2: unit(32, 32, 1), stem: unit(32, 64, 1), pool1 }
    default:
      return { stem: convNorm({ in: channels, out: 64, kernel: 7, stride: 2, activation: 'relu' }), pool1 }
  }
}

function resnet({ expansion, body }: Kind, depths: readonly number[], options: ResNetOptions): nn.Module {
  const { classes = 1000, channels = 3, stem = 'imagenet', shrink = 'stride' } = options
  const stages = depths.map((depth, stage) => {
    const base = 64 * 2 ** stage
    const out = base * expansion
    const before = stage === 0 ? 64 : out / 2
    const blocks = Array.from({ length: depth }, (_, i) => {
      const [input, stride] = i === 0 ? [before, stage > 0 ? 2 : 1] : [out, 1]
      const around = shortcut(input, out, stride, shrink)
      return nn.Residual(body({ input, base, stride }), { shortcut: around, activation: 'relu' })
    })
    return chain(blocks)
  })
  return nn.Sequential({
    ...stemOf(stem, channels),
    ...numbered('stage', stages),
    pool: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 512 * expansion, out: classes }),
  })
}

const plain = (name: string, depths: readonly number[], options: ResNetOptions): nn.Module => {
  const { groups = 1, width = 64 } = options
  check(
    groups === 1 && width === 64,
    () =>
      `${name}: groups and width are options of bottleneck blocks, which this network does not have. Use ResNet50 or a deeper one.`,
  )
  return resnet(basic, depths, options)
}

const deep = (depths: readonly number[], options: ResNetOptions): nn.Module =>
  resnet(bottleneck(options.groups ?? 1, options.width ?? 64), depths, options)

/** ResNet-18: 11,689,512 parameters with 1000 classes. */
export const ResNet18 = (options: ResNetOptions = {}): nn.Module => plain('ResNet18', [2, 2, 2, 2], options)

/** ResNet-34: 21,797,672 parameters with 1000 classes. */
export const ResNet34 = (options: ResNetOptions = {}): nn.Module => plain('ResNet34', [3, 4, 6, 3], options)

/** ResNet-26, with bottlenecks: 15,995,176 parameters with 1000 classes. */
export const ResNet26 = (options: ResNetOptions = {}): nn.Module => deep([2, 2, 2, 2], options)

/**
 * ResNet-50: 25,557,032 parameters with 1000 classes; with `{ groups: 32, width: 4 }` ResNeXt-50 32×4d, with
 * `{ width: 128 }` Wide ResNet-50-2.
 */
export const ResNet50 = (options: ResNetOptions = {}): nn.Module => deep([3, 4, 6, 3], options)

/** ResNet-101: 44,549,160 parameters with 1000 classes. */
export const ResNet101 = (options: ResNetOptions = {}): nn.Module => deep([3, 4, 23, 3], options)

/** ResNet-152: 60,192,808 parameters with 1000 classes. */
export const ResNet152 = (options: ResNetOptions = {}): nn.Module => deep([3, 8, 36, 3], options)
