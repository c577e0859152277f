// A stack as a network of the library, its weights drawn by counted random numbers: the same in every program that the view hands out.

import { nn, randomUniform, resize, softmax, type Tensor } from 'convoke'
import type { ChainLayer, ChainStep, PerAxis } from 'convoke/shapes'
import { activationNames, groupsOf } from './layers.ts'
import { seedStep } from './network-constants.ts'

/** He's uniform distribution, from counted numbers; no bias to begin with. `index` counts the layers with weights. */
const drawn = (seed: number, index: number): nn.InitializeOptions => ({
  weight: (shape, fan) => {
    const bound = Math.sqrt(6 / fan.in)
    const values = randomUniform(shape, { low: -bound, high: bound, seed: seedStep * seed + index })
    const numbers = Float32Array.from(values.dataSync() as Float32Array)
    values.dispose()
    return numbers
  },
  bias: nn.constant(0),
})

/** Sums of products as they are: faster algorithms leave traces of rounding where an output sees nothing. */
const precision = 'exact'

/** The layers of a stack that fits; `steps` are those of `walkChain`. */
export function networkOf(layers: readonly ChainLayer[], steps: readonly ChainStep[], seed: number): nn.Module {
  let weights = 0
  const next = (): nn.InitializeOptions => drawn(seed, weights++)
  const made = layers.map((layer, i) => layerOf(layer, steps[i].inputShape, next))
  return nn.Sequential(Object.fromEntries(made.entries()))
}

function layerOf(layer: ChainLayer, inputShape: readonly number[], next: () => nn.InitializeOptions): nn.Layer {
  const channels = inputShape[inputShape.length - 1]
  switch (layer.kind) {
    case 'conv': {
      const { kernel, stride, padding, dilation, groups, bias } = layer
      return nn.Conv2d({
        ...{ in: channels, out: layer.channels, kernel, stride, padding, dilation, groups, bias, precision },
        initialize: next(),
      })
    }
    case 'depthwise': {
      const { kernel, stride, padding, dilation, multiplier, bias } = layer
      return nn.DepthwiseConv2d({
        ...{ channels, multiplier, kernel, stride, padding, dilation, bias, precision },
        initialize: next(),
      })
    }
    case 'separable': {
      const { kernel, stride, padding, dilation, bias } = layer
      return nn.Sequential(
        nn.DepthwiseConv2d({ channels, kernel, stride, padding, dilation, bias: false, precision, initialize: next() }),
        nn.Conv2d({ in: channels, out: layer.channels, kernel: 1, bias, precision, initialize: next() }),
      )
    }
    case 'transposed': {
      const { kernel, stride, padding, dilation, outputPadding, groups, bias } = layer
      return nn.ConvTranspose2d({
        ...{ in: channels, out: layer.channels, kernel, stride, padding, dilation, outputPadding, groups, bias },
        precision,
        initialize: next(),
      })
    }
    case 'pool': {
      const { pool, kernel, stride, padding, dilation, ceil } = layer
      return (pool === 'max' ? nn.MaxPool : nn.AveragePool)({ kernel, stride, padding, dilation, ceil })
    }
    case 'global-pool':
      return layer.pool === 'max' ? nn.GlobalMaxPool() : nn.GlobalAveragePool()
    case 'adaptive-pool':
      return (layer.pool === 'max' ? nn.AdaptiveMaxPool : nn.AdaptiveAveragePool)({ size: layer.size })
    case 'upsample':
      return upsampling(layer.factor, layer.mode === 'linear' ? 'bilinear' : 'nearest')
    case 'linear':
      return nn.Linear({ in: channels, out: layer.features, bias: layer.bias, initialize: next() })
    case 'flatten':
      return nn.Flatten()
    case 'normalisation':
      return normOf(layer, channels)
    case 'elementwise':
      if (layer.name === 'dropout') return nn.Dropout()
      if (layer.name === 'softmax') return softmax
      return nn.Activation(activationNames[layer.name as keyof typeof activationNames] as 'relu')
  }
}

const upsampling = (factor: PerAxis, mode: 'nearest' | 'bilinear'): nn.Layer =>
  typeof factor === 'number' ? nn.Upsample({ factor, mode }) : (x: Tensor) => resize(x, { scale: factor, mode })

function normOf(layer: Extract<ChainLayer, { kind: 'normalisation' }>, channels: number): nn.Module {
  if (layer.name === 'bn') return nn.BatchNorm({ channels })
  if (layer.name === 'ln') return nn.LayerNorm({ channels })
  if (layer.name === 'in') return nn.InstanceNorm({ channels, affine: true })
  return nn.GroupNorm({ channels, groups: groupsOf(layer, channels) })
}
