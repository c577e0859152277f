// Dense layers, shapes, merging. Definitions: tfjs-layers/src/layers/{core,merge,embeddings,noise}.ts.

import { firstly, type Held, int, plainly } from '../builder.ts'
import { pointwise } from '../rules/pointwise.ts'
import { axisInFirst, isFirstOnly } from '../rules/shapes.ts'
import { activate } from './activations.ts'
import type { Layer, LayerRule, LayerRules } from './layer.ts'

const dense: LayerRule = (layer, [x]) => {
  const { b } = layer
  const rank = layer.rank(x)
  layer.weight('kernel', 2)
  const kernel = layer.constant('kernel')
  const bias = layer.bias()
  const name =
    rank === 2
      ? b.node('Gemm', [b.plain(x), kernel, ...bias])
      : bias.reduce((y, one) => b.node('Add', [y, one]), b.node('MatMul', [b.plain(x), kernel]))
  return activate(layer, plainly(name), layer.named('activation', 'linear'))
}

/** Channels are taken to the last place first, as Keras flattens them. */
const flatten: LayerRule = (layer, [x]) => {
  const { b } = layer
  const rank = layer.rank(x)
  const first = layer.text('data_format', 'channels_last') === 'channels_first' && rank > 2
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
  return plainly(b.reshape(first ? b.transpose(b.plain(x), order) : b.plain(x), [0, -1]))
}

/** Noise and dropout: nothing but in training. */
const dropout: LayerRule = (layer, [x]) => {
  const rate = layer.number('rate', 0)
  const ratio = layer.b.scalar(rate)
  return x.first !== null && x.plain === null
    ? firstly(layer.b.node('Dropout', [x.first, ratio]))
    : plainly(layer.b.node('Dropout', [layer.b.plain(x), ratio]))
}

const passing: LayerRule = (_, [x]) => x

const merge =
  (operator: string): LayerRule =>
  (layer, inputs) =>
    inputs.slice(1).reduce((sum, x) => pointwise(layer.b, operator, [sum, x]), inputs[0])

const concatenate: LayerRule = (layer, inputs) => {
  const { b } = layer
  const axis = layer.number('axis', -1)
  const rank = b.rankOf(inputs[0])
  if (rank !== null && rank >= 3 && inputs.some(isFirstOnly)) {
    const names = inputs.map((x) => b.first(x, rank))
    return firstly(b.node('Concat', names, { axis: int(axisInFirst(axis < 0 ? axis + rank : axis, rank)) }))
  }
  return plainly(
    b.node(
      'Concat',
      inputs.map((x) => b.plain(x)),
      { axis: int(axis) },
    ),
  )
}

/** Products along an axis of each, batch by batch. */
const dot: LayerRule = (layer, [x, y]) => {
  const { b } = layer
  const ranks = [layer.rank(x), layer.rank(y)]
  const given = layer.numbers('axes') ?? [-1]
  const axes = [given[0], given[1] ?? given[0]].map((axis, i) => (axis < 0 ? axis + ranks[i] : axis))
  if (ranks.some((rank) => rank < 2 || rank > 3)) return layer.refuse('its inputs must have two or three axes.')
  const unit = (held: Held, axis: number): string => {
    if (!layer.flag('normalize', false)) return b.plain(held)
    const length = b.node('ReduceL2', [b.plain(held), b.int64([axis])], { keepdims: int(1) })
    return b.node('Div', [b.plain(held), b.node('Max', [length, b.scalar(1e-7)])])
  }
  // `[batch, rows, shared]` times `[batch, shared, columns]`.
  const lined = (held: Held, i: number, last: boolean): string => {
    const name = unit(held, axes[i])
    if (ranks[i] === 2) return b.node('Unsqueeze', [name, b.int64([last ? 1 : 2])])
    return (axes[i] === 2) === last ? name : b.transpose(name, [0, 2, 1])
  }
  const product = b.node('MatMul', [lined(x, 0, true), lined(y, 1, false)])
  const gone = [...(ranks[0] === 2 ? [1] : []), ...(ranks[1] === 2 ? [2] : [])]
  if (gone.length === 0) return plainly(product)
  return plainly(b.node('Squeeze', [product, b.int64(gone.length === 2 ? [1] : gone)]))
}

const embedding: LayerRule = (layer, [x]) => {
  const { b } = layer
  const index = b.cast(b.plain(x), 'int32')
  const y = plainly(b.node('Gather', [layer.constant('embeddings'), index], { axis: int(0) }))
  if (!layer.flag('mask_zero', false)) return y
  return { ...y, mask: b.node('Not', [b.node('Equal', [index, b.scalar(0, 'int32')])]) }
}

const rescaling: LayerRule = (layer, [x]) => {
  const { b } = layer
  const number = (name: string, otherwise: number): Held => {
    const list = layer.numbers(name) ?? [otherwise]
    if (list.length === 1) return plainly(b.scalar(list[0]))
    return plainly(b.initializer(`${layer.name}/${name}`, 'float32', [list.length], () => Float32Array.from(list)))
  }
  return pointwise(b, 'Add', [pointwise(b, 'Mul', [x, number('scale', 1)]), number('offset', 0)])
}

const permute: LayerRule = (layer, [x]) => {
  const dims = layer.numbers('dims') ?? []
  const fits = [...dims].sort((p, q) => p - q).every((axis, i) => axis === i + 1)
  if (!fits || dims.length !== layer.rank(x) - 1)
    return layer.refuse(`its dims ${dims.join(', ')} do not name every axis once.`)
  return plainly(layer.b.transpose(layer.b.plain(x), [0, ...dims]))
}

const repeat: LayerRule = (layer, [x]) => {
  const { b } = layer
  const lined = b.node('Unsqueeze', [b.plain(x), b.int64([1])])
  return plainly(b.node('Tile', [lined, b.int64([1, layer.number('n'), 1])]))
}

function reshape(layer: Layer, x: Held): Held {
  const target = (layer.numbers('target_shape') ?? []).map((length) => (length < 0 ? -1 : length))
  return plainly(layer.reshape(x, target))
}

export const coreLayers: LayerRules = {
  ...{ Dense: dense, Flatten: flatten, Permute: permute, RepeatVector: repeat, Embedding: embedding },
  Reshape: (layer, [x]) => reshape(layer, x),
  ...{ Dropout: dropout, SpatialDropout1D: passing, SpatialDropout2D: passing, SpatialDropout3D: passing },
  ...{ GaussianNoise: passing, GaussianDropout: passing, AlphaDropout: passing, ActivityRegularization: passing },
  ...{ InputLayer: passing, Rescaling: rescaling },
  Masking: (layer, [x]) => {
    const { b } = layer
    // What is masked is also set to 0.
    const other = b.node('Not', [b.node('Equal', [b.plain(x), b.scalar(layer.number('mask_value', 0))])])
    const any = b.node('ReduceMax', [b.cast(other, 'int32'), b.int64([-1])], { keepdims: int(1) })
    const y = plainly(b.node('Mul', [b.plain(x), b.cast(any, 'float32')]))
    return layer.rank(x) === 3 ? { ...y, mask: b.node('Squeeze', [any, b.int64([-1])]) } : y
  },
  ...{
    Add: merge('Add'),
    Multiply: merge('Mul'),
    Maximum: merge('Max'),
    Minimum: merge('Min'),
    Subtract: merge('Sub'),
  },
  Average: (layer, inputs) => {
    const sum = merge('Add')(layer, inputs) as Held
    return pointwise(layer.b, 'Mul', [sum, plainly(layer.b.scalar(1 / inputs.length))])
  },
  ...{ Concatenate: concatenate, Dot: dot },
}
