// Stacks to begin with, in the words of `convoke shape`.

export type PresetName =
  | 'small'
  | 'lenet'
  | 'compact'
  | 'vgg16'
  | 'plain18'
  | 'mobile'
  | 'dilated'
  | 'encoder'
  | 'decoder'

const unit = (channels: number, more = ''): string => `conv ${channels} 3x3 psame${more}, relu`
const normed = (channels: number, more = ''): string => `conv ${channels} 3x3 p1${more} nobias, bn, relu`
const times = (count: number, text: string): string => Array<string>(count).fill(text).join(', ')

const compactUnit = (channels: number): string => `conv ${channels} 3x3 psame nobias, bn, relu`
const separableUnit = (channels: number, stride: number): string =>
  `dwconv 3x3 ${stride === 1 ? '' : `s${stride} `}p1 nobias, bn, relu, conv ${channels} 1x1 nobias, bn, relu`

export const presets: Readonly<Record<PresetName, string>> = {
  small: `96x96x3: ${[16, 32, 64].map((width) => `${unit(width)}, ${unit(width)}, maxpool 2`).join(', ')}, globalpool, linear 10`,
  lenet:
    '28x28x1: conv 6 5x5 p2, tanh, avgpool 2, conv 16 5x5, tanh, avgpool 2, conv 120 5x5, tanh, globalpool, linear 84, tanh, linear 10',
  compact: `28x28x1: ${compactUnit(16)}, maxpool 2, ${times(2, compactUnit(32))}, maxpool 2, ${times(2, compactUnit(64))}, globalpool, dropout, linear 10`,
  vgg16: `224x224x3: ${(
    [
      [64, 2],
      [128, 2],
      [256, 3],
      [512, 3],
      [512, 3],
    ] as const
  )
    .map(([width, depth]) => `${times(depth, `conv ${width} 3x3 p1, relu`)}, maxpool 2`)
    .join(', ')}, flatten, linear 4096, relu, dropout, linear 4096, relu, dropout, linear 1000`,
  plain18: `224x224x3: conv 64 7x7 s2 p3 nobias, bn, relu, maxpool 3x3 s2 p1, ${times(4, normed(64))}, ${[128, 256, 512]
    .map((width) => `${normed(width, ' s2')}, ${times(3, normed(width))}`)
    .join(', ')}, globalpool, linear 1000`,
  mobile: `128x128x3: conv 16 3x3 s2 p1 nobias, bn, relu, ${[
    separableUnit(32, 1),
    separableUnit(64, 2),
    separableUnit(64, 1),
    separableUnit(128, 2),
    separableUnit(128, 1),
  ].join(', ')}, globalpool, linear 10`,
  dilated: `96x96x3: ${[1, 2, 4, 8].map((dilation) => unit(16, dilation === 1 ? '' : ` d${dilation}`)).join(', ')}, conv 4 1x1`,
  encoder: `128x128x1: ${[16, 32, 64, 128].map((width) => `${unit(width)}, ${unit(width)}, maxpool 2`).join(', ')}, ${unit(256)}, ${unit(256)}`,
  decoder: `96x96x3: ${unit(16)}, maxpool 2, ${unit(32)}, maxpool 2, ${unit(64)}, convtranspose 32 2x2 s2, relu, ${unit(32)}, convtranspose 16 2x2 s2, relu, conv 4 1x1`,
}

export const presetNames = Object.keys(presets) as readonly PresetName[]
