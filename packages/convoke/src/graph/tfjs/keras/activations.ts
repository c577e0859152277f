// Activations by Keras's names. Definitions: tfjs-layers/src/activations.ts.

import { type Builder, float, type Held, int, plainly } from '../builder.ts'
import { clipped, pointwise } from '../rules/pointwise.ts'
import { axisInFirst, isFirstOnly } from '../rules/shapes.ts'
import type { Layer, LayerRules } from './layer.ts'

const plain: Readonly<Record<string, string>> = {
  ...{ relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh', elu: 'Elu', selu: 'Selu', softplus: 'Softplus' },
  ...{ softsign: 'Softsign', mish: 'Mish', exponential: 'Exp' },
}

export function softmax(b: Builder, x: Held, axis: number, operator = 'Softmax'): Held {
  const rank = b.rankOf(x)
  if (isFirstOnly(x) && rank !== null) {
    const name = b.node(operator, [b.first(x, rank)], { axis: int(axisInFirst(axis < 0 ? axis + rank : axis, rank)) })
    return { plain: null, first: name, constant: null }
  }
  return plainly(b.node(operator, [b.plain(x)], { axis: int(axis) }))
}

/** x · Φ(x), or its approximation by tanh. */
function gelu(b: Builder, x: Held, approximate: boolean): Held {
  const number = (value: number): Held => plainly(b.scalar(value))
  const times = (p: Held, q: Held): Held => pointwise(b, 'Mul', [p, q])
  const plus = (p: Held, q: Held): Held => pointwise(b, 'Add', [p, q])
  const half = times(x, number(0.5))
  if (!approximate) return times(half, plus(number(1), pointwise(b, 'Erf', [times(x, number(Math.SQRT1_2))])))
  const cube = times(times(x, x), times(x, number(0.044715)))
  const inner = times(plus(x, cube), number(Math.sqrt(2 / Math.PI)))
  return times(half, plus(number(1), pointwise(b, 'Tanh', [inner])))
}

export function activate(layer: Layer, x: Held, name: string): Held {
  const { b } = layer
  const key = name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/^re_lu/, 'relu')
  if (Object.hasOwn(plain, key)) return pointwise(b, plain[key], [x])
  switch (key) {
    case 'linear':
      return x
    case 'softmax':
    case 'log_softmax':
      return softmax(b, x, -1, key === 'softmax' ? 'Softmax' : 'LogSoftmax')
    case 'relu6':
      return clipped(b, x, 0, 6)
    case 'hard_sigmoid':
      return pointwise(b, 'HardSigmoid', [x], { alpha: float(0.2), beta: float(0.5) })
    case 'swish':
    case 'silu':
      return pointwise(b, 'Mul', [x, pointwise(b, 'Sigmoid', [x])])
    case 'gelu':
      return gelu(b, x, false)
    case 'gelu_new':
      return gelu(b, x, true)
    case 'leaky_relu':
      return pointwise(b, 'LeakyRelu', [x], { alpha: float(0.2) })
    default:
      return layer.refuse(`its activation ${name} is not known.`)
  }
}

/** max(0, x) in all its forms: below `threshold` it falls by `slope`, and it stops at `max`. */
function rectified(layer: Layer, x: Held): Held {
  const { b } = layer
  const slope = layer.number('negative_slope', 0)
  const threshold = layer.number('threshold', 0)
  const max = layer.get('max_value')
  const number = (value: number): Held => plainly(b.scalar(value))
  if (slope === 0 && threshold === 0) {
    return max === undefined || max === null ? pointwise(b, 'Relu', [x]) : clipped(b, x, 0, layer.number('max_value'))
  }
  const above = pointwise(b, 'GreaterOrEqual', [x, number(threshold)])
  const shifted = pointwise(b, 'Sub', [x, number(threshold)])
  const below = pointwise(b, 'Mul', [shifted, number(slope)])
  const y = pointwise(b, 'Where', [above, x, below])
  return max === undefined || max === null ? y : pointwise(b, 'Min', [y, number(layer.number('max_value'))])
}

export const activationLayers: LayerRules = {
  Activation: (layer, [x]) => activate(layer, x, layer.named('activation', 'linear')),
  ReLU: (layer, [x]) => rectified(layer, x),
  LeakyReLU: (layer, [x]) =>
    pointwise(layer.b, 'LeakyRelu', [x], { alpha: float(layer.number('alpha', layer.number('negative_slope', 0.3))) }),
  ELU: (layer, [x]) => pointwise(layer.b, 'Elu', [x], { alpha: float(layer.number('alpha', 1)) }),
  ThresholdedReLU: (layer, [x]) =>
    pointwise(layer.b, 'ThresholdedRelu', [x], { alpha: float(layer.number('theta', 1)) }),
  Softmax: (layer, [x]) => {
    const axes = layer.numbers('axis') ?? [-1]
    return axes.length === 1 ? softmax(layer.b, x, axes[0]) : layer.refuse('its softmax is over several axes.')
  },
  PReLU: (layer, [x]) => {
    const { b } = layer
    const slope = layer.weight('alpha')
    // Without the batch, which it is the same for.
    return pointwise(b, 'PRelu', [x, { plain: null, first: null, constant: withBatch(slope) }])
  },
}

function withBatch(tensor: ReturnType<Layer['weight']>): ReturnType<Layer['weight']> {
  return {
    ...{ name: tensor.name, type: tensor.type, group: tensor.group, shape: [1, ...tensor.shape] },
    get values() {
      return tensor.values
    },
  }
}
