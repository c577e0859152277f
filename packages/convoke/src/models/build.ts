// Networks by name, so that a file can say which one its weights belong to.

import type { Module } from '../nn/module.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { CCT } from './cct.ts'
import { CompactCNN } from './compact.ts'
import { ConvNeXt } from './convnext.ts'
import { CRNN } from './crnn.ts'
import { Discriminator, Generator } from './dcgan.ts'
import { Detector } from './detector.ts'
import { LeNet5 } from './lenet.ts'
import { MobileNetV2 } from './mobilenet.ts'
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
  convnext: ConvNeXt,
  crnn: CRNN,
  detector: Detector,
  discriminator: Discriminator,
  generator: Generator,
  gru: GRUNet,
  lenet5: LeNet5,
  lstm: LSTMNet,
  mobilenetv2: MobileNetV2,
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

type Names<O> = { readonly [K in keyof Required<O>]: true }

/** Names as keys, which the type holds to be complete. */
const classifier = { classes: true, channels: true } as const
const resnet = { ...classifier, stem: true, shrink: true, groups: true, width: true } as const
const vgg = { ...classifier, norm: true } as const
const recurrent = {
  ...({ in: true, out: true, hidden: true, layers: true, bidirectional: true, dropout: true, returns: true } as const),
}

/** Options of each, so that a misspelt one does not pass silently. */
const known: { readonly [N in ModelName]: Names<ModelOptions<N>> } = {
  cct: {
    ...{ ...classifier, picture: true, layers: true, size: true, heads: true },
    ...{ expansion: true, convolutions: true, dropout: true },
  },
  charcnn: { alphabet: true, classes: true, length: true, features: true },
  compact: { ...classifier, kernel: true, widths: true, dropout: true },
  convnext: { ...classifier, depths: true, widths: true, patch: true },
  crnn: { ...classifier, hidden: true, width: true },
  detector: { ...classifier, widths: true, depth: true, features: true },
  discriminator: { channels: true, size: true, width: true },
  generator: { latent: true, channels: true, size: true, width: true },
  gru: recurrent,
  lenet5: classifier,
  lstm: recurrent,
  mobilenetv2: { ...classifier, width: true },
  ...{ resnet18: resnet, resnet26: resnet, resnet34: resnet, resnet50: resnet, resnet101: resnet, resnet152: resnet },
  tcn: { in: true, out: true, widths: true, kernel: true, dropout: true, returns: true },
  textcnn: { vocabulary: true, classes: true, size: true, windows: true, maps: true, dropout: true },
  unet: {
    ...{ ...classifier, width: true, depth: true, padding: true, norm: true, dropout: true },
    ...{ kernel: true, skips: true },
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
  ...{ depths: list, widths: list, windows: list, bidirectional: flag, norm: flag, skips: flag },
  ...{ returns: either('sequence', 'last'), padding: either('same', 'valid') },
  ...{ stem: either('imagenet', 'small', 'deep'), shrink: either('stride', 'average') },
}

function checkKinds(name: ModelName, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const usual = Object.hasOwn(kinds, option) ? kinds[option] : one
    const [fits, rule] = name === 'charcnn' && option === 'features' ? either('small', 'large') : usual
    check(
      value === undefined || fits(value),
      () => `models.build('${name}'): ${option} is ${show(value)}; it must be ${rule}.`,
    )
  }
}

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
