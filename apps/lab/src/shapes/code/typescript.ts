// The stack with this library: the layers as `walkChain` takes them, and as a network.

import type { ChainLayer } from 'convoke/shapes'
import { activationNames, groupsOf, plain } from '../layers.ts'
import { seedStep } from '../network-constants.ts'
import { chosenValues, type Resolved, resolvedLayers, type Shown } from './resolve.ts'

const value = (given: unknown): string => {
  if (Array.isArray(given)) return `[${given.map(value).join(', ')}]`
  return typeof given === 'string' ? `'${given}'` : String(given)
}

/** `{ kernel: 3, padding: 'same' }`, without what is not given. */
const object = (entries: Readonly<Record<string, unknown>>, more = ''): string =>
  `{ ${[...Object.entries(entries).flatMap(([name, given]) => (given === undefined ? [] : [`${name}: ${value(given)}`])), ...(more === '' ? [] : [more])].join(', ')} }`

interface Weights {
  next(): string
}

const exact = { precision: 'exact' }

function moduleText({ layer, channels }: Resolved, weights: Weights): string {
  switch (layer.kind) {
    case 'conv': {
      const { kernel, stride, padding, dilation, groups, bias } = layer
      const options = { in: channels, out: layer.channels, kernel, stride, padding, dilation, groups, bias, ...exact }
      return `nn.Conv2d(${object(options, weights.next())})`
    }
    case 'depthwise': {
      const { kernel, stride, padding, dilation, multiplier, bias } = layer
      const options = { channels, multiplier, kernel, stride, padding, dilation, bias, ...exact }
      return `nn.DepthwiseConv2d(${object(options, weights.next())})`
    }
    case 'separable': {
      const { kernel, stride, padding, dilation, bias } = layer
      const each = object({ channels, kernel, stride, padding, dilation, bias: false, ...exact }, weights.next())
      const mixed = object({ in: channels, out: layer.channels, kernel: 1, bias, ...exact }, weights.next())
      return `nn.Sequential(nn.DepthwiseConv2d(${each}), nn.Conv2d(${mixed}))`
    }
    case 'transposed': {
      const { kernel, stride, padding, dilation, outputPadding, groups, bias } = layer
      const options = { kernel, stride, padding, dilation, outputPadding, groups, bias, ...exact }
      return `nn.ConvTranspose2d(${object({ in: channels, out: layer.channels, ...options }, weights.next())})`
    }
    case 'pool': {
      const { pool, kernel, stride, padding, dilation, ceil } = layer
      return `nn.${pool === 'max' ? 'MaxPool' : 'AveragePool'}(${object({ kernel, stride, padding, dilation, ceil })})`
    }
    case 'global-pool':
      return layer.pool === 'max' ? 'nn.GlobalMaxPool()' : 'nn.GlobalAveragePool()'
    case 'adaptive-pool':
      return `nn.${layer.pool === 'max' ? 'AdaptiveMaxPool' : 'AdaptiveAveragePool'}(${object({ size: layer.size })})`
    case 'upsample': {
      const mode = layer.mode === 'linear' ? 'bilinear' : 'nearest'
      if (typeof layer.factor === 'number') return `nn.Upsample(${object({ factor: layer.factor, mode })})`
      return `(x: Tensor) => resize(x, ${object({ scale: layer.factor, mode })})`
    }
    case 'linear':
      return `nn.Linear(${object({ in: channels, out: layer.features, bias: layer.bias }, weights.next())})`
    case 'flatten':
      return 'nn.Flatten()'
    case 'normalisation':
      return normText(layer, channels)
    case 'elementwise':
      if (layer.name === 'dropout') return 'nn.Dropout()'
      if (layer.name === 'softmax') return 'softmax'
      return `nn.Activation('${activationNames[layer.name as keyof typeof activationNames]}')`
  }
}

function normText(layer: Extract<ChainLayer, { kind: 'normalisation' }>, channels: number): string {
  if (layer.name === 'bn') return `nn.BatchNorm({ channels: ${channels} })`
  if (layer.name === 'ln') return `nn.LayerNorm({ channels: ${channels} })`
  if (layer.name === 'in') return `nn.InstanceNorm({ channels: ${channels}, affine: true })`
  return `nn.GroupNorm({ channels: ${channels}, groups: ${groupsOf(layer, channels)} })`
}

/** Options as they are when nobody gives them. */
const usual: Readonly<Record<string, unknown>> = { bias: true, ceil: false, outputPadding: 0 }

const layerText = (layer: ChainLayer): string =>
  object(Object.fromEntries(Object.entries(plain(layer)).filter(([name, given]) => usual[name] !== given)))

export function typescriptOf(shown: Shown): string {
  const { inputShape, layers, layer, position, seed } = shown
  const upTo = resolvedLayers(shown).slice(0, layer + 1)
  let count = 0
  const modules = upTo.map((one) => moduleText(one, { next: () => `initialize: drawn(${count++})` }))
  const { from, to } = chosenValues(shown)
  const used = [
    ...['abs', 'gradients', 'multiply', 'nn'],
    ...(count > 0 ? ['randomUniform'] : []),
    ...['reshape'],
    ...(modules.some((text) => text.includes('resize(')) ? ['resize'] : []),
    ...(modules.includes('softmax') ? ['softmax'] : []),
    ...['sum', 'type Tensor', 'tensor'],
  ]
  return `import { ${used.join(', ')} } from 'convoke'
import { type ChainLayer, chainSees, walkChain } from 'convoke/shapes'

const inputShape = ${value(inputShape)}
const layers: ChainLayer[] = [
${layers.map((one) => `  ${layerText(one)},\n`).join('')}]

/** Sizes, parameters, MACs, FLOPs and bytes of every layer. */
export const chain = walkChain(inputShape, layers)

/** What the output at row ${position[0]}, column ${position[1]} of layer ${layer + 1} sees of the picture. */
export const [rows, columns] = chainSees(inputShape, layers.slice(0, ${layer + 1}), [${position.join(', ')}])
${
  count === 0
    ? ''
    : `
/** He's uniform distribution, from counted numbers: the same in every language. */
const drawn = (index: number): nn.InitializeOptions => ({
  weight: (shape, fan) => {
    const bound = Math.sqrt(6 / fan.in)
    const values = randomUniform(shape, { low: -bound, high: bound, seed: ${seedStep * seed} + index })
    return Float32Array.from(values.dataSync())
  },
  bias: nn.constant(0),
})
`
}
/** Layers 1 to ${layer + 1}, with random weights. */
export const network = nn.Sequential(
${modules.map((text) => `  ${text},\n`).join('')}).eval()

/** The effective field: |d output / d pixel|, channels added up. \`image\` is [${inputShape.join(', ')}], 0 … 1. */
export function effectiveField(image: Tensor): Tensor {
  const x = reshape(image, [1, ...inputShape])
  const output = (): Tensor => {
    const y = network(x)
    const chosen = new Float32Array(y.size).fill(1, ${from}, ${to})
    return sum(multiply(y, tensor(chosen, { shape: y.shape })))
  }
  return sum(abs(gradients(output, [x])[0]), { axes: [0, 3] })
}
`
}
