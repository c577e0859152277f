// Layers back to the words that `parseNetwork` reads.

import type { ChainLayer, Padding, PerAxis } from 'convoke/shapes'
import type { Network } from './parse.ts'

const size = (value: PerAxis): string => (typeof value === 'number' ? String(value) : value.join('x'))

/** `s2`; nothing for what is usual. */
const word = (mark: string, value: PerAxis | undefined, usual: number): string[] =>
  value === undefined || [value].flat().every((one) => one === usual) ? [] : [`${mark}${size(value)}`]

/** The language has no word for pairs that differ before and after. */
function paddingWord(padding: Padding | undefined): string[] {
  if (padding === undefined || padding === 'valid') return []
  if (typeof padding === 'string') return [`p${padding}`]
  if (typeof padding === 'number') return word('p', padding, 0)
  const sides = padding.map((entry) => (typeof entry === 'number' ? [entry, entry] : entry))
  if (sides.some(([before, after]) => before !== after))
    throw new RangeError(`the padding ${JSON.stringify(padding)} differs before and after`)
  return word(
    'p',
    sides.map(([before]) => before),
    0,
  )
}

interface Geometry {
  readonly stride?: PerAxis | undefined
  readonly padding?: Padding | undefined
  readonly dilation?: PerAxis | undefined
}

const geometry = ({ stride, padding, dilation }: Geometry): string[] => [
  ...word('s', stride, 1),
  ...paddingWord(padding),
  ...word('d', dilation, 1),
]

const weights = (layer: Geometry & { readonly bias?: boolean | undefined }): string[] => [
  ...geometry(layer),
  ...(layer.bias === false ? ['nobias'] : []),
]

function wordsOf(layer: ChainLayer): string[] {
  switch (layer.kind) {
    case 'conv':
      return ['conv', String(layer.channels), size(layer.kernel), ...weights(layer), ...word('g', layer.groups, 1)]
    case 'depthwise':
      return ['dwconv', size(layer.kernel), ...weights(layer), ...word('m', layer.multiplier, 1)]
    case 'separable':
      return ['sepconv', String(layer.channels), size(layer.kernel), ...weights(layer)]
    case 'transposed':
      return [
        ...['convtranspose', String(layer.channels), size(layer.kernel), ...weights(layer)],
        ...[...word('g', layer.groups, 1), ...word('op', layer.outputPadding, 0)],
      ]
    case 'pool': {
      const { stride } = layer
      // Windows lie side by side where no stride is told; one of 1 has to be.
      const told = stride === undefined ? [] : [`s${size(stride)}`]
      return [
        layer.pool === 'max' ? 'maxpool' : 'avgpool',
        ...[size(layer.kernel), ...told, ...geometry({ ...layer, stride: undefined })],
        ...(layer.ceil === true ? ['ceil'] : []),
      ]
    }
    case 'global-pool':
      return [layer.pool === 'max' ? 'globalmaxpool' : 'globalpool']
    case 'adaptive-pool':
      return [layer.pool === 'max' ? 'adaptivemaxpool' : 'adaptivepool', size(layer.size)]
    case 'upsample':
      return ['upsample', size(layer.factor), ...(layer.mode === 'linear' ? ['bilinear'] : [])]
    case 'linear':
      return ['linear', String(layer.features), ...(layer.bias === false ? ['nobias'] : [])]
    case 'flatten':
      return ['flatten']
    case 'elementwise':
      return [layer.name]
    case 'normalisation':
      return [layer.name, ...(layer.groups === undefined ? [] : [String(layer.groups)])]
  }
}

/** One layer: `conv 64 3x3 s2 p1`. Throws `RangeError` for padding that differs before and after, which has no words. */
export const writeLayer = (layer: ChainLayer): string => wordsOf(layer).join(' ')

/**
 * A whole network, as `parseNetwork` reads it.
 *
 * @example
 * writeNetwork(parseNetwork('28x28x1: conv 6 5 p2, relu, maxpool 2'))  // "28x28x1: conv 6 5 p2, relu, maxpool 2"
 */
export const writeNetwork = ({ inputShape, layers }: Network): string =>
  `${inputShape.join('x')}: ${layers.map(writeLayer).join(', ')}`
