// Networks by name, so that a file can say which one its weights belong to.

import type { Module } from '../nn/module.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { CCT } from './cct.ts'
import { CompactCNN } from './compact.ts'
import { CompactResNet } from './compact-resnet.ts'
import { ConvNeXt } from './convnext.ts'
import { CRNN } from './crnn.ts'
import { Discriminator, Generator } from './dcgan.ts'
import { DeepLab } from './deeplab.ts'
import { Detector } from './detector.ts'
import { LeNet5 } from './lenet.ts'
import { MobileNetV2 } from './mobilenet.ts'
import { PyramidDetector } from './pyramid-detector.ts'
import { GRUNet, LSTMNet } from './recurrent.ts'
import { ResNet18, ResNet26, ResNet34, ResNet50, ResNet101, ResNet152 } from './resnet.ts'
import { TCN } from './tcn.ts'
import { CharCNN, TextCNN } from './text.ts'
import { UNet } from './unet.ts'
import { VGG11, VGG13, VGG16, VGG19 } from './vgg.ts'

const builders = {
  cct: CCT,
  charcnn: CharCNN,
  compact: CompactCNN,
  compactresnet: CompactResNet,
  convnext: ConvNeXt,
  crnn: CRNN,
  deeplab: DeepLab,
  detector: Detector,
  discriminator: Discriminator,
  generator: Generator,
  gru: GRUNet,
  lenet5: LeNet5,
  lstm: LSTMNet,
  mobilenetv2: MobileNetV2,
  pyramiddetector: PyramidDetector,
  resnet18: ResNet18,
  resnet26: ResNet26,
  resnet34: ResNet34,
  resnet50: ResNet50,
  resnet101: ResNet101,
  resnet152: ResNet152,
  tcn: TCN,
  textcnn: TextCNN,
  unet: UNet,
  vgg11: VGG11,
  vgg13: VGG13,
  vgg16: VGG16,
  vgg19: VGG19,
} as const

/** A network that `build` knows. */
export type ModelName = keyof typeof builders

/** What the network of that name is built with: plain data. */
export type ModelOptions<N extends ModelName> = NonNullable<Parameters<(typeof builders)[N]>[0]>

/** What each option is when it is not given; null where it must be. */
type Usual<O> = { readonly [K in keyof Required<O>]: Exclude<O[K], undefined> | null }

const imagenet = { classes: 1000, channels: 3 } as const
const resnet = { ...imagenet, stem: 'imagenet', shrink: 'stride', groups: 1, width: 64 } as const
const vgg = { ...imagenet, norm: false } as const
const detector = { classes: null, channels: 3, widths: [32, 64, 128, 256], depth: 2, features: 64 } as const
const dcgan = { channels: 3, size: 64, width: 64 } as const
const recurrent = {
  ...({ in: null, out: null, hidden: 64, layers: 1, bidirectional: false, dropout: 0, returns: 'sequence' } as const),
}

/** Options of each, which the type holds to be complete, so that a misspelt one does not pass silently. */
const known: { readonly [N in ModelName]: Usual<ModelOptions<N>> } = {
  cct: {
    ...{ classes: 10, channels: 3, picture: 32, layers: 7, size: 256, heads: 4 },
    ...{ expansion: 2, convolutions: 1, dropout: 0 },
  },
  charcnn: { alphabet: 70, classes: null, length: 1014, features: 'small' },
  compact: { classes: null, channels: 1, kernel: 3, widths: [16, 32, 64], dropout: 0.1 },
  compactresnet: { classes: null, channels: 3, kernel: 3, widths: [16, 32, 64, 128], dropout: 0.1 },
  convnext: { ...imagenet, depths: [3, 3, 9, 3], widths: [96, 192, 384, 768], patch: 4 },
  crnn: { classes: 37, channels: 1, hidden: 256, width: 1 },
  deeplab: {
    ...{ classes: 21, channels: 3, widths: [32, 64, 128, 192], depth: 2, stride: 4, rates: [2, 4, 6] },
    ...{ features: 64, dropout: 0.1 },
  },
  detector,
  discriminator: dcgan,
  generator: { latent: 100, ...dcgan },
  gru: recurrent,
  lenet5: { classes: 10, channels: 1 },
  lstm: recurrent,
  mobilenetv2: { ...imagenet, width: 1 },
  pyramiddetector: { ...detector, scales: 3 },
  ...{ resnet18: resnet, resnet26: resnet, resnet34: resnet, resnet50: resnet, resnet101: resnet, resnet152: resnet },
  tcn: { in: null, out: null, widths: null, kernel: 7, dropout: 0, returns: 'sequence' },
  textcnn: { vocabulary: null, classes: 2, size: 300, windows: [3, 4, 5], maps: 100, dropout: 0.5 },
  unet: {
    ...{ classes: 2, channels: 1, width: 64, depth: 4, padding: 'same', norm: false, dropout: 0.5 },
    ...{ kernel: 3, skips: true },
  },
  ...{ vgg11: vgg, vgg13: vgg, vgg16: vgg, vgg19: vgg },
}

type Kind = readonly [fits: (value: unknown) => boolean, rule: string]

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const one: Kind = [isNumber, 'a number']
const list: Kind = [(value) => Array.isArray(value) && value.every(isNumber), 'a list of numbers']
const flag: Kind = [(value) => typeof value === 'boolean', 'true or false']
const either = (...names: readonly string[]): Kind => [
  (value) => names.includes(value as string),
  names.map(show).join(' or '),
]

/** What options are that are no number: options often come from a file or from a command line. */
const kinds: Readonly<Record<string, Kind>> = {
  ...{ depths: list, rates: list, widths: list, windows: list, bidirectional: flag, norm: flag, skips: flag },
  ...{ returns: either('sequence', 'last'), padding: either('same', 'valid') },
  ...{ stem: either('imagenet', 'small', 'deep'), shrink: either('stride', 'average') },
}

function kindOf(name: ModelName, option: string): Kind {
  if (name === 'charcnn' && option === 'features') return either('small', 'large')
  return Object.hasOwn(kinds, option) ? kinds[option] : one
}

function checkKinds(name: ModelName, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const [fits, rule] = kindOf(name, option)
    check(
      value === undefined || fits(value),
      () => `models.build('${name}'): ${option} is ${show(value)}; it must be ${rule}.`,
    )
  }
}

/** An option of a network. */
export interface ModelOption {
  /** What it is called. */
  readonly name: string
  /** What it must be: `a number`, `a list of numbers`, … */
  readonly rule: string
  /** What it is when not given; null where it must be given. */
  readonly usual: number | string | boolean | readonly number[] | null
}

/**
 * The options that `build` takes for a network.
 *
 * @example
 * models.optionsOf('mobilenetv2')[2]  // { name: 'width', rule: 'a number', usual: 1 }
 */
export const optionsOf = (name: ModelName): readonly ModelOption[] =>
  Object.entries(known[name]).map(([option, usual]) => ({ name: option, rule: kindOf(name, option)[1], usual }))

/** Every name that `build` takes. */
export const modelNames = Object.keys(builders) as readonly ModelName[]

/**
 * The network of a name with its options, which are plain data: what a saved run keeps to make its network again.
 * Throws `ConvokeError` for a name that is none, for an option it does not have, and for one that is of another kind.
 *
 * @example
 * models.build('lenet5', { classes: 10 }).parameterCount()  // 61706
 */
export function build<N extends ModelName>(name: N, options: ModelOptions<N>): Module {
  const builder = Object.hasOwn(builders, name) ? builders[name] : undefined
  check(
    builder !== undefined,
    () => `models.build: there is no network ${show(name)}. Known: ${modelNames.join(', ')}.`,
  )
  checkOptions(`models.build('${name}')`, options, Object.keys(known[name]))
  checkKinds(name, options)
  return (builder as (options: ModelOptions<N>) => Module)(options)
}
