// Convolutions, pools, normalisations, padding and resizing of Keras. Definitions: tfjs-layers/src/layers.

import type { TfjsTensor } from '../../../formats/tfjs/index.ts'
import { type Attributes, firstly, float, type Held, int, ints, plainly, text } from '../builder.ts'
import { filterOf, resized, samePads } from '../rules/windows.ts'
import { activate } from './activations.ts'
import type { Layer, LayerRule, LayerRules } from './layer.ts'

/** Whether pictures are `[batch, channels, ...spatial]`. */
const isFirst = (layer: Layer): boolean => layer.text('data_format', 'channels_last') === 'channels_first'

const entering = (layer: Layer, x: Held, rank: number): string =>
  isFirst(layer) ? layer.b.plain(x) : layer.b.first(x, rank)
const leaving = (layer: Layer, name: string): Held => (isFirst(layer) ? plainly(name) : firstly(name))

function sizesOf(layer: Layer, x: Held, rank: number): readonly (number | null)[] {
  const shape = layer.shape(x)
  if (shape.length !== rank) return layer.refuse(`its input has ${shape.length} axes; it must have ${rank}.`)
  return isFirst(layer) ? shape.slice(2) : shape.slice(1, -1)
}

interface Stepping {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}

function padding(layer: Layer, x: Held, rank: number, { kernel, strides, dilations }: Stepping): Attributes {
  const kind = layer.text('padding', 'valid')
  if (kind === 'valid') return {}
  if (kind === 'causal')
    return { pads: ints([...kernel.map((n, i) => (n - 1) * dilations[i]), ...kernel.map(() => 0)]) }
  if (kind !== 'same') return layer.refuse(`its padding ${kind} is not known.`)
  return samePads({ kernel, strides, dilations, size: sizesOf(layer, x, rank) })
}

function steppingOf(layer: Layer, kernel: readonly number[]): Stepping {
  const count = kernel.length
  return { kernel, strides: layer.list('strides', count, 1), dilations: layer.list('dilation_rate', count, 1) }
}

/** A convolution by a filter as TensorFlow lays it out. */
function convolved(
  layer: Layer,
  x: Held,
  filter: TfjsTensor,
  { depthwise = false, plain = false, bias = [] as readonly string[] } = {},
): Held {
  const rank = filter.shape.length
  const kernel = filter.shape.slice(0, -2)
  const stepping = plain
    ? { kernel, strides: kernel.map(() => 1), dilations: kernel.map(() => 1) }
    : steppingOf(layer, kernel)
  const shape = layer.shape(x)
  const channels = isFirst(layer) ? shape[1] : shape.at(-1)
  const inside = filter.shape[rank - 2]
  if (shape.length !== rank) return layer.refuse(`its input has ${shape.length} axes; it must have ${rank}.`)
  const groups = depthwise ? inside : typeof channels === 'number' ? channels / inside : 1
  if (!Number.isInteger(groups) || groups < 1)
    return layer.refuse(`its filter takes ${inside} channels, its input has ${channels}.`)
  const attributes = {
    ...{ kernel_shape: ints(kernel), strides: ints(stepping.strides), dilations: ints(stepping.dilations) },
    ...{ group: int(groups), ...(plain ? {} : padding(layer, x, rank, stepping)) },
  }
  const held = { plain: null, first: null, constant: filter }
  const weights = filterOf(layer.b, held, filter.shape, depthwise)
  return leaving(layer, layer.b.node('Conv', [entering(layer, x, rank), weights, ...bias], attributes))
}

const activated = (layer: Layer, x: Held): Held => activate(layer, x, layer.named('activation', 'linear'))

const conv =
  (rank: number): LayerRule =>
  (layer, [x]) =>
    activated(layer, convolved(layer, x, layer.weight('kernel', rank), { bias: layer.bias() }))

const depthwise: LayerRule = (layer, [x]) =>
  activated(
    layer,
    convolved(layer, x, layer.find('depthwise_kernel') ?? layer.weight('kernel'), {
      depthwise: true,
      bias: layer.bias(),
    }),
  )

const separable: LayerRule = (layer, [x]) => {
  const inner = convolved(layer, x, layer.weight('depthwise_kernel'), { depthwise: true })
  return activated(
    layer,
    convolved(layer, inner, layer.weight('pointwise_kernel'), { plain: true, bias: layer.bias() }),
  )
}

/** As long as the picture times its stride, and what the kernel reaches beyond where it is not padded. */
const transposed =
  (rank: number): LayerRule =>
  (layer, [x]) => {
    const { b } = layer
    const filter = layer.weight('kernel', rank)
    const kernel = filter.shape.slice(0, -2)
    const { strides, dilations } = steppingOf(layer, kernel)
    const less = kernel.map((n, i) => (n - 1) * dilations[i] + 1 - strides[i])
    const same = layer.text('padding', 'valid') === 'same'
    const before = less.map((n) => (same ? Math.floor(Math.max(0, n) / 2) : 0))
    const after = less.map((n, i) => (same ? Math.max(0, n) - before[i] : 0))
    const extra = less.map((n) => Math.max(0, -n))
    const count = kernel.length
    const order = [count + 1, count, ...kernel.map((_, i) => i)]
    const weights = b.derived(
      filter,
      order.map((axis) => filter.shape[axis]),
      order,
      '/filter',
    )
    const attributes = {
      ...{ kernel_shape: ints(kernel), strides: ints(strides), dilations: ints(dilations) },
      ...{ pads: ints([...before, ...after]) },
      ...(extra.some((n) => n > 0) && { output_padding: ints(extra) }),
    }
    return activated(
      layer,
      leaving(layer, b.node('ConvTranspose', [entering(layer, x, rank), weights, ...layer.bias()], attributes)),
    )
  }

const pool =
  (operator: string, rank: number): LayerRule =>
  (layer, [x]) => {
    const count = rank - 2
    const kernel = layer.list('pool_size', count, 2)
    const strides =
      layer.get('strides') === undefined || layer.get('strides') === null ? kernel : layer.list('strides', count)
    const stepping = { kernel, strides, dilations: kernel.map(() => 1) }
    const attributes = { kernel_shape: ints(kernel), strides: ints(strides), ...padding(layer, x, rank, stepping) }
    return leaving(layer, layer.b.node(operator, [entering(layer, x, rank)], attributes))
  }

const overall =
  (operator: string, rank: number): LayerRule =>
  (layer, [x]) => {
    const { b } = layer
    const keep = layer.flag('keepdims', false)
    const axes = b.int64(Array.from({ length: rank - 2 }, (_, i) => i + 2))
    const name = b.node(operator, [entering(layer, x, rank), axes], { keepdims: int(keep ? 1 : 0) })
    return keep ? leaving(layer, name) : plainly(name)
  }

const batchNormalization: LayerRule = (layer, [x]) => {
  const { b } = layer
  const rank = layer.rank(x)
  const given = layer.numbers('axis')?.[0] ?? -1
  const axis = given < 0 ? given + rank : given
  if (axis < 1 || axis >= rank) return layer.refuse(`it normalises along axis ${given} of ${rank}.`)
  const mean = layer.weight('moving_mean', 1)
  const length = mean.shape[0]
  const scale = layer.flag('scale', true) ? layer.constant('gamma') : layer.filled(length, 1)
  const shift = layer.flag('center', true) ? layer.constant('beta') : layer.filled(length, 0)
  const statistics = [layer.constant('moving_mean'), layer.constant('moving_variance')]
  const attributes = { epsilon: float(layer.number('epsilon', 1e-3)), momentum: float(layer.number('momentum', 0.99)) }
  const run = (name: string): string => b.node('BatchNormalization', [name, scale, shift, ...statistics], attributes)
  if (rank === 2 || axis === 1) return plainly(run(b.plain(x)))
  if (axis === rank - 1) return firstly(run(b.first(x, rank)))
  // Along an axis in between: brought to the second place and back.
  const order = [0, axis, ...Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((i) => i !== axis)]
  const back = order.map((_, i) => order.indexOf(i))
  return plainly(b.transpose(run(b.transpose(b.plain(x), order)), back))
}

const layerNormalization: LayerRule = (layer, [x]) => {
  const { b } = layer
  const rank = layer.rank(x)
  const axes = (layer.numbers('axis') ?? [-1]).map((axis) => (axis < 0 ? axis + rank : axis)).sort((p, q) => p - q)
  if (!axes.every((axis, i) => axis === rank - axes.length + i))
    return layer.refuse('it normalises along axes that are not the last ones.')
  const shape = layer.shape(x).slice(axes[0])
  const one = (suffix: string, flag: string, value: number): string => {
    if (layer.flag(flag, true)) return layer.constant(suffix)
    const lengths = shape.map(
      (length) => length ?? layer.refuse('the lengths of the axes that it normalises are not known.'),
    )
    return b.initializer(`${layer.name}/${suffix}`, 'float32', lengths, () =>
      new Float32Array(lengths.reduce((p, q) => p * q, 1)).fill(value),
    )
  }
  const attributes = { axis: int(-axes.length), epsilon: float(layer.number('epsilon', 1e-3)) }
  return plainly(
    b.node('LayerNormalization', [b.plain(x), one('gamma', 'scale', 1), one('beta', 'center', 0)], attributes),
  )
}

/** `[[top, bottom], [left, right]]`, one number for each axis, or one for all. */
function pairsOf(layer: Layer, name: string, count: number): [number, number][] {
  const value = layer.get(name)
  const pair = (one: unknown): [number, number] =>
    Array.isArray(one) && one.length === 2 && one.every((n) => typeof n === 'number')
      ? [one[0] as number, one[1] as number]
      : typeof one === 'number'
        ? [one, one]
        : layer.refuse(`its ${name} is ${JSON.stringify(value)}; it must be pairs of numbers.`)
  if (count === 1 && Array.isArray(value) && value.length === 2) return [pair(value)]
  if (Array.isArray(value) && value.length === count) return value.map(pair)
  return Array.from({ length: count }, () => pair(Array.isArray(value) && value.length === 1 ? value[0] : (value ?? 1)))
}

const zeroPadding =
  (rank: number): LayerRule =>
  (layer, [x]) => {
    const pairs = pairsOf(layer, 'padding', rank - 2)
    const list = [0, 1].flatMap((end) => [0, 0, ...pairs.map((pair) => pair[end])])
    return leaving(
      layer,
      layer.b.node('Pad', [entering(layer, x, rank), layer.b.int64(list)], { mode: text('constant') }),
    )
  }

const cropping =
  (rank: number): LayerRule =>
  (layer, [x]) => {
    const { b } = layer
    const pairs = pairsOf(layer, 'cropping', rank - 2)
    const axes = pairs.map((_, i) => i + 2)
    const ends = pairs.map(([, after]) => (after === 0 ? 2 ** 31 - 1 : -after))
    const [from, to, along] = [b.int64(pairs.map(([before]) => before)), b.int64(ends), b.int64(axes)]
    return leaving(layer, b.node('Slice', [entering(layer, x, rank), from, to, along]))
  }

const upSampling =
  (rank: number): LayerRule =>
  (layer, [x]) => {
    const { b } = layer
    const scales = layer.list('size', rank - 2, 2)
    const mode = layer.text('interpolation', 'nearest')
    if (mode !== 'nearest' && mode !== 'bilinear') return layer.refuse(`its interpolation ${mode} is not known.`)
    const factors = b.initializer(`${layer.name}/scales`, 'float32', [rank], () => Float32Array.from([1, 1, ...scales]))
    const attributes = {
      ...{ mode: text(mode === 'nearest' ? 'nearest' : 'linear'), nearest_mode: text('floor') },
      coordinate_transformation_mode: text('asymmetric'),
    }
    return leaving(layer, b.node('Resize', [entering(layer, x, rank), '', factors], attributes))
  }

const resizing: LayerRule = (layer, [x]) => {
  const { b } = layer
  const mode = layer.text('interpolation', 'bilinear')
  const nearest = mode === 'nearest'
  if (!nearest && mode !== 'bilinear') return layer.refuse(`its interpolation ${mode} is not known.`)
  const rank = layer.rank(x)
  const attributes = {
    ...{ mode: text(nearest ? 'nearest' : 'linear'), coordinate_transformation_mode: text('asymmetric') },
    nearest_mode: text('floor'),
  }
  const size = b.int64([layer.number('height'), layer.number('width')])
  const whole = rank === 3 ? plainly(b.node('Unsqueeze', [b.plain(x), b.int64([0])])) : x
  const y = firstly(resized(b, b.first(whole, 4), size, attributes))
  return rank === 3 ? plainly(b.node('Squeeze', [b.plain(y), b.int64([0])])) : y
}

export const windowLayers: LayerRules = {
  ...{ Conv1D: conv(3), Conv2D: conv(4), Conv3D: conv(5), DepthwiseConv2D: depthwise, DepthwiseConv1D: depthwise },
  ...{ SeparableConv2D: separable, SeparableConv1D: separable, Conv1DTranspose: transposed(3) },
  ...{ Conv2DTranspose: transposed(4), Conv3DTranspose: transposed(5) },
  ...{ MaxPooling1D: pool('MaxPool', 3), MaxPooling2D: pool('MaxPool', 4), MaxPooling3D: pool('MaxPool', 5) },
  ...{ AveragePooling1D: pool('AveragePool', 3), AveragePooling2D: pool('AveragePool', 4) },
  AveragePooling3D: pool('AveragePool', 5),
  ...{ GlobalAveragePooling1D: overall('ReduceMean', 3), GlobalAveragePooling2D: overall('ReduceMean', 4) },
  ...{ GlobalMaxPooling1D: overall('ReduceMax', 3), GlobalMaxPooling2D: overall('ReduceMax', 4) },
  ...{ GlobalAveragePooling3D: overall('ReduceMean', 5), GlobalMaxPooling3D: overall('ReduceMax', 5) },
  ...{ BatchNormalization: batchNormalization, LayerNormalization: layerNormalization },
  ...{ ZeroPadding1D: zeroPadding(3), ZeroPadding2D: zeroPadding(4), ZeroPadding3D: zeroPadding(5) },
  ...{ Cropping1D: cropping(3), Cropping2D: cropping(4), Cropping3D: cropping(5) },
  ...{ UpSampling1D: upSampling(3), UpSampling2D: upSampling(4), UpSampling3D: upSampling(5), Resizing: resizing },
}
