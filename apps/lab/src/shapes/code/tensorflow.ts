// The same stack in TensorFlow: channels last, filters as the library has them.
//
// On a CPU it has neither groups nor strides together with dilation, nor a dilated adjoint: groups are computed one by one, strided
// results picked out of all, and zeros written between the taps.

import { groupsOf } from '../layers.ts'
import { seedText, seenText, uniformText } from './python.ts'
import {
  chosenValues,
  type Pair,
  pair,
  type Resolved,
  resolvedLayers,
  type Shown,
  transposedOf,
  type Window,
  windowOf,
} from './resolve.ts'

const tuple = (values: Pair): string => `(${values.join(', ')})`
const pads = ([rows, columns]: Window['padding']): string => `[[${rows.join(', ')}], [${columns.join(', ')}]]`

const activations: Readonly<Record<string, string>> = {
  ...{ relu: 'tf.nn.relu(x)', relu6: 'tf.nn.relu6(x)', leakyrelu: 'tf.nn.leaky_relu(x, 0.01)', elu: 'tf.nn.elu(x)' },
  ...{ gelu: 'tf.nn.gelu(x)', silu: 'tf.nn.silu(x)', mish: 'x * tf.tanh(tf.nn.softplus(x))', tanh: 'tf.tanh(x)' },
  ...{ sigmoid: 'tf.sigmoid(x)', softplus: 'tf.nn.softplus(x)', softmax: 'tf.nn.softmax(x)' },
  ...{ hardswish: 'x * tf.nn.relu6(x + 3) / 6', hardsigmoid: 'tf.nn.relu6(x + 3) / 6', dropout: 'x' },
}

const helpers = {
  conv: `def conv(x, w, padding, strides, dilations, groups=1):
    x = tf.pad(x, [[0, 0], *padding, [0, 0]])
    parts = zip(tf.split(x, groups, -1), tf.split(w, groups, -1))
    y = tf.concat([tf.nn.conv2d(a, b, 1, "VALID", dilations=dilations) for a, b in parts], -1)
    return y[:, :: strides[0], :: strides[1]]
`,
  depthwise: `def depthwise(x, w, padding, strides, dilations):
    x = tf.pad(x, [[0, 0], *padding, [0, 0]])
    y = tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID", dilations=dilations)
    return y[:, :: strides[0], :: strides[1]]
`,
  transposed: `def transposed(x, w, padding, strides, dilations, output_padding, groups=1):
    spread = np.zeros([(k - 1) * d + 1 for k, d in zip(w.shape, dilations)] + list(w.shape[2:]), np.float32)
    spread[:: dilations[0], :: dilations[1]] = w
    whole = [(n - 1) * s + k for n, s, k in zip(x.shape[1:3], strides, spread.shape)]
    parts = zip(tf.split(x, groups, -1), tf.split(tf.constant(spread), groups, -1))
    shape = [1, *whole, spread.shape[2]]
    y = tf.concat([tf.nn.conv2d_transpose(a, b, shape, strides, "VALID") for a, b in parts], -1)
    y = tf.pad(y, [[0, 0], [0, output_padding[0]], [0, output_padding[1]], [0, 0]])
    (top, bottom), (left, right) = padding
    return y[:, top : y.shape[1] - bottom, left : y.shape[2] - right]
`,
  max_pool: `def max_pool(x, kernel, padding, strides, dilations):
    x = tf.pad(x, [[0, 0], *padding, [0, 0]], constant_values=-np.inf)
    y = tf.nn.pool(x, kernel, "MAX", padding="VALID", dilations=dilations)
    return y[:, :: strides[0], :: strides[1]]
`,
  mean_pool: `def mean_pool(x, kernel, padding, strides, dilations):
    """Means over what of each window lies inside the picture."""
    total = lambda v: depthwise(v, tf.ones([*kernel, v.shape[-1], 1]), padding, strides, dilations)
    return total(x) / total(tf.ones_like(x[..., :1]))
`,
  adaptive_pool: `def adaptive_pool(x, size, reduce):
    edges = lambda n, m: [(o * n // m, -(-(o + 1) * n // m)) for o in range(m)]
    rows, columns = edges(x.shape[1], size[0]), edges(x.shape[2], size[1])
    return tf.stack([tf.stack([reduce(x[:, a:b, c:d], [1, 2]) for c, d in columns], 1) for a, b in rows], 1)
`,
  group_norm: `def group_norm(x, groups):
    y = tf.reshape(x, [1, -1, groups, x.shape[-1] // groups])
    mean, variance = tf.nn.moments(y, [1, 3], keepdims=True)
    return tf.reshape((y - mean) / tf.sqrt(variance + 1e-5), x.shape)
`,
  layer_norm: `def layer_norm(x):
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return (x - mean) / tf.sqrt(variance + 1e-5)
`,
} as const

interface Weights {
  next(): number
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

const drawn = (index: number, shape: readonly number[], fan: number): string =>
  `drawn(${index}, (${shape.join(', ')}), ${fan})`

const windowText = ({ padding, stride, dilation }: Window): string =>
  `${pads(padding)}, ${tuple(stride)}, ${tuple(dilation)}`

/** What one layer makes of x. */
function layerText(resolved: Resolved, weights: Weights): string {
  const { layer, channels, outputSize } = resolved
  switch (layer.kind) {
    case 'conv': {
      const window = windowOf({ ...resolved, layer })
      const groups = layer.groups ?? 1
      const shape = [...window.kernel, channels / groups, layer.channels]
      const w = drawn(weights.next(), shape, product(shape.slice(0, 3)))
      return `conv(x, ${w}, ${windowText(window)}${groups === 1 ? '' : `, ${groups}`})`
    }
    case 'depthwise':
    case 'separable': {
      const window = windowOf({ ...resolved, layer })
      const multiplier = layer.kind === 'depthwise' ? (layer.multiplier ?? 1) : 1
      const w = drawn(weights.next(), [...window.kernel, channels, multiplier], product(window.kernel))
      const each = `depthwise(x, ${w}, ${windowText(window)})`
      if (layer.kind === 'depthwise') return each
      const mix = drawn(weights.next(), [1, 1, channels, layer.channels], channels)
      return `conv(${each}, ${mix}, [[0, 0], [0, 0]], (1, 1), (1, 1))`
    }
    case 'transposed': {
      const window = transposedOf({ ...resolved, layer })
      const groups = layer.groups ?? 1
      const shape = [...window.kernel, layer.channels / groups, channels]
      const w = drawn(weights.next(), shape, product(shape.slice(0, 3)))
      return `transposed(x, ${w}, ${windowText(window)}, ${tuple(window.outputPadding)}${groups === 1 ? '' : `, ${groups}`})`
    }
    case 'pool': {
      const window = windowOf({ ...resolved, layer })
      return `${layer.pool === 'max' ? 'max' : 'mean'}_pool(x, ${tuple(window.kernel)}, ${windowText(window)})`
    }
    case 'global-pool':
      return `tf.reduce_${layer.pool === 'max' ? 'max' : 'mean'}(x, [1, 2])`
    case 'adaptive-pool':
      return `adaptive_pool(x, ${tuple(pair(layer.size))}, tf.reduce_${layer.pool === 'max' ? 'max' : 'mean'})`
    case 'upsample':
      return `tf.image.resize(x, ${tuple(outputSize)}, "${layer.mode === 'linear' ? 'bilinear' : 'nearest'}")`
    case 'linear':
      return `tf.matmul(x, ${drawn(weights.next(), [channels, layer.features], channels)})`
    case 'flatten':
      return 'tf.reshape(x, [1, -1])'
    case 'elementwise':
      return activations[layer.name]
    case 'normalisation':
      if (layer.name === 'bn') return 'x / (1 + 1e-5) ** 0.5'
      if (layer.name === 'ln') return 'layer_norm(x)'
      return `group_norm(x, ${layer.name === 'in' ? channels : groupsOf(layer, channels)})`
  }
}

export function tensorflowOf(shown: Shown): string {
  const { inputShape, layer } = shown
  const upTo = resolvedLayers(shown).slice(0, layer + 1)
  let count = 0
  const texts = upTo.map((one) => layerText(one, { next: () => count++ }))
  const names = (Object.keys(helpers) as (keyof typeof helpers)[]).filter((name) =>
    texts.some((text) => text.includes(`${name}(`) || (name === 'depthwise' && text.includes('mean_pool('))),
  )
  const { from, to } = chosenValues(shown)
  return `import numpy as np
import tensorflow as tf

${seedText(shown)}


${uniformText}

${names.map((name) => `${helpers[name]}\n\n`).join('')}# Layers 1 to ${layer + 1}, with random weights and no bias. New normalisations change nothing but the scale.
layers = [
${texts.map((text) => `    lambda x: ${text},\n`).join('')}]


def outputs(x):
    """What every layer makes: [1, rows, columns, channels]."""
    made = []
    for layer in layers:
        x = layer(x)
        made.append(x)
    return made


${seenText(shown, upTo)}

def effective_field(image):
    """|d output / d pixel|, channels added up. image: [${inputShape.join(', ')}], 0 ... 1 (NumPy, float32)."""
    x = tf.constant(image[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = outputs(x)[-1]
        chosen = tf.reduce_sum(tf.reshape(y, [-1])[${from}:${to}])
    return tf.reduce_sum(tf.abs(tape.gradient(chosen, x))[0], -1).numpy()
`
}
