// The small language of `convoke shape`, which the lab's addresses speak as well:
//
//   224x224x3: conv 64 7x7 s2 p3, bn, relu, maxpool 3x3 s2 p1, …, globalpool, linear 1000
//
// An input, a colon, layers parted by commas. A layer is a name, its numbers, and modifiers.

import { type ChainLayer, ConvokeError, check, type Padding, type PerAxis, type PoolKind } from 'convoke/shapes'
import { didYouMean } from '../words/near.ts'

export interface Network {
  readonly inputShape: readonly number[]
  readonly layers: readonly ChainLayer[]
}

/** What one layer's text may hold after its name. */
interface Words {
  /** Plain numbers and `3x3`s, in order. */
  readonly sizes: readonly PerAxis[]
  readonly modifiers: Readonly<Record<string, string>>
}

interface LayerForm {
  readonly usage: string
  /** How many sizes it takes, at least and at most. */
  readonly sizes: readonly [least: number, most: number]
  readonly modifiers: readonly string[]
  build(words: Words): ChainLayer
}

const windowModifiers = ['s', 'p', 'd']
const weightModifiers = [...windowModifiers, 'nobias']

const perAxisOf = (modifiers: Words['modifiers'], key: string): PerAxis | undefined =>
  modifiers[key] === undefined ? undefined : readSize(modifiers[key])

function window({ modifiers }: Words) {
  return {
    stride: perAxisOf(modifiers, 's'),
    padding: readPadding(modifiers['p']),
    dilation: perAxisOf(modifiers, 'd'),
  }
}

const weighted = (words: Words) => ({ ...window(words), bias: !('nobias' in words.modifiers) })

const groups = ({ modifiers }: Words): number | undefined =>
  modifiers['g'] === undefined ? undefined : Number(modifiers['g'])

function pool(kind: PoolKind, name: string): LayerForm {
  return {
    usage: `${name} 3x3 s2 p1 ceil`,
    sizes: [1, 1],
    modifiers: [...windowModifiers, 'ceil'],
    build: (words) => ({
      kind: 'pool',
      pool: kind,
      kernel: words.sizes[0],
      ...window(words),
      ceil: 'ceil' in words.modifiers,
    }),
  }
}

const globalPool = (kind: PoolKind, name: string): LayerForm => ({
  usage: name,
  sizes: [0, 0],
  modifiers: [],
  build: () => ({ kind: 'global-pool', pool: kind }),
})

const adaptivePool = (kind: PoolKind, name: string): LayerForm => ({
  usage: `${name} 7x7`,
  sizes: [1, 1],
  modifiers: [],
  build: ({ sizes }) => ({ kind: 'adaptive-pool', pool: kind, size: sizes[0] }),
})

const elementwise = (name: string): LayerForm => ({
  usage: name,
  sizes: [0, 1],
  modifiers: [],
  build: () => ({ kind: 'elementwise', name }),
})

const normalisation = (name: string): LayerForm => ({
  usage: name,
  sizes: [0, 1],
  modifiers: [],
  build: ({ sizes }) => ({
    kind: 'normalisation',
    name,
    ...(name === 'gn' && sizes.length > 0 && { groups: single(sizes[0]) }),
  }),
})

const forms: Readonly<Record<string, LayerForm>> = {
  conv: {
    usage: 'conv 64 3x3 s2 p1 d1 g1 nobias (64 kernels of 3×3)',
    sizes: [2, 2],
    modifiers: [...weightModifiers, 'g'],
    build: (words) => ({
      kind: 'conv',
      channels: single(words.sizes[0]),
      kernel: words.sizes[1],
      ...weighted(words),
      groups: groups(words),
    }),
  },
  dwconv: {
    usage: 'dwconv 3x3 s1 p1 m1 (m: kernels a channel)',
    sizes: [1, 1],
    modifiers: [...weightModifiers, 'm'],
    build: (words) => ({
      kind: 'depthwise',
      kernel: words.sizes[0],
      ...weighted(words),
      multiplier: words.modifiers['m'] === undefined ? undefined : Number(words.modifiers['m']),
    }),
  },
  sepconv: {
    usage: 'sepconv 128 3x3 p1 (depthwise, then 1×1)',
    sizes: [2, 2],
    modifiers: weightModifiers,
    build: (words) => ({
      kind: 'separable',
      channels: single(words.sizes[0]),
      kernel: words.sizes[1],
      ...weighted(words),
    }),
  },
  convtranspose: {
    usage: 'convtranspose 64 4x4 s2 p1 op0 g1',
    sizes: [2, 2],
    modifiers: [...weightModifiers, 'g', 'op'],
    build: (words) => ({
      kind: 'transposed',
      channels: single(words.sizes[0]),
      kernel: words.sizes[1],
      ...weighted(words),
      groups: groups(words),
      outputPadding: perAxisOf(words.modifiers, 'op') ?? 0,
    }),
  },
  maxpool: pool('max', 'maxpool'),
  avgpool: pool('average', 'avgpool'),
  globalpool: globalPool('average', 'globalpool'),
  globalmaxpool: globalPool('max', 'globalmaxpool'),
  adaptivepool: adaptivePool('average', 'adaptivepool'),
  adaptivemaxpool: adaptivePool('max', 'adaptivemaxpool'),
  linear: {
    usage: 'linear 1000 nobias',
    sizes: [1, 1],
    modifiers: ['nobias'],
    build: ({ sizes, modifiers }) => ({ kind: 'linear', features: single(sizes[0]), bias: !('nobias' in modifiers) }),
  },
  flatten: { usage: 'flatten', sizes: [0, 0], modifiers: [], build: () => ({ kind: 'flatten' }) },
  upsample: {
    usage: 'upsample 2 bilinear',
    sizes: [1, 1],
    modifiers: ['nearest', 'bilinear', 'linear'],
    build: ({ sizes, modifiers }) => ({
      kind: 'upsample',
      factor: sizes[0],
      mode: 'bilinear' in modifiers || 'linear' in modifiers ? 'linear' : 'nearest',
    }),
  },
  ...Object.fromEntries(['bn', 'ln', 'gn', 'in'].map((name) => [name, normalisation(name)])),
  ...Object.fromEntries(
    'relu relu6 leakyrelu elu gelu silu mish sigmoid tanh softplus softmax hardswish hardsigmoid dropout'
      .split(' ')
      .map((name) => [name, elementwise(name)]),
  ),
}

const aliases: Readonly<Record<string, string>> = {
  depthwise: 'dwconv',
  separable: 'sepconv',
  deconv: 'convtranspose',
  tconv: 'convtranspose',
  averagepool: 'avgpool',
  globalavgpool: 'globalpool',
  gap: 'globalpool',
  adaptiveavgpool: 'adaptivepool',
  dense: 'linear',
  fc: 'linear',
  batchnorm: 'bn',
  layernorm: 'ln',
  groupnorm: 'gn',
  instancenorm: 'in',
}

export const layerUsages: readonly string[] = Object.values(forms).map(({ usage }) => usage)

/** Reads the whole text. Throws `ConvokeError` that quotes the part it cannot read. */
export function parseNetwork(text: string): Network {
  const colon = text.indexOf(':')
  check(
    colon >= 0,
    () => `"${text}" has no colon. Write the input, a colon and the layers, as in "28x28x1: conv 32 3x3, relu".`,
  )
  const inputShape = parseInput(text.slice(0, colon).trim())
  const parts = text
    .slice(colon + 1)
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return { inputShape, layers: parts.map(parseLayer) }
}

function parseInput(text: string): readonly number[] {
  const sizes = text.split(/[x×]/i).map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN))
  check(
    sizes.every((size) => size >= 1 && size <= 1e9) && sizes.length <= 4,
    () =>
      `the input "${text}" is not a shape. Write height x width x channels, as in 224x224x3 (or 64x300, 16x28x28x64, 784).`,
  )
  return sizes
}

function parseLayer(text: string, index: number): ChainLayer {
  const [given, ...words] = text.split(/\s+/)
  const name = given.toLowerCase().replace(/[-_]|[123]d$/g, '')
  const form = forms[aliases[name] ?? name]
  const where = `layer ${index + 1} ("${text}")`
  check(
    form !== undefined,
    () =>
      `${where}: no layer is called "${given}". Use one of ${Object.keys(forms).join(', ')}.${didYouMean(name, Object.keys(forms))}`,
  )
  try {
    return { ...form.build(sortWords(words, form, where)), label: text }
  } catch (error) {
    if (error instanceof ConvokeError && !error.message.startsWith(where))
      throw new ConvokeError(`${where}: ${error.message}`)
    throw error
  }
}

function sortWords(words: readonly string[], form: LayerForm, where: string): Words {
  const sizes: PerAxis[] = []
  const modifiers: Record<string, string> = {}
  for (const word of words) {
    const lower = word.toLowerCase()
    if (/^\d/.test(lower)) {
      sizes.push(readSize(lower))
      continue
    }
    const [, key, value] = /^(op|[a-z])(\d.*|same(?:-lower)?|valid|causal)$/.exec(lower) ?? [undefined, lower, '']
    check(
      form.modifiers.includes(key),
      () => `${where}: "${word}" is not understood here. Write for instance ${form.usage}.`,
    )
    check(!(key in modifiers), () => `${where}: "${key}" is given twice. Give it once.`)
    modifiers[key] = value
  }
  const [least, most] = form.sizes
  check(sizes.length >= least && sizes.length <= most, () => {
    const wanted = least === most ? String(least) : `${least} to ${most}`
    return `${where}: it has ${sizes.length} sizes and needs ${wanted}. Write for instance ${form.usage}.`
  })
  return { sizes, modifiers }
}

/** `3` or `3x5x1`. */
function readSize(text: string): PerAxis {
  const parts = text.split(/[x×]/).map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : Number.NaN))
  check(!parts.some(Number.isNaN), () => `"${text}" is not a size. Write 3, or 3x3.`)
  return parts.length === 1 ? parts[0] : parts
}

function single(size: PerAxis): number {
  check(
    typeof size === 'number',
    () => `the number of channels is ${String(size).replace(/,/g, 'x')}. Write it first: conv 64 3x3.`,
  )
  return size
}

function readPadding(text: string | undefined): Padding | undefined {
  if (text === undefined) return undefined
  return text === 'same' || text === 'same-lower' || text === 'valid' || text === 'causal' ? text : readSize(text)
}
