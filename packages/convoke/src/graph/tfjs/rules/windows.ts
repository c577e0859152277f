// Convolutions, pools, normalisations of pictures, and resizing: channels second, as ONNX has them.

import type { OnnxAttribute } from '../../../formats/onnx/model.ts'
import { type Attributes, type Builder, firstly, float, type Held, int, ints, plainly, text } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'
import { activated } from './pointwise.ts'

interface Layout {
  readonly rank: number
  /** Whether the file has channels second. */
  readonly first: boolean
}

const layoutOf = (c: Context, rank: number): Layout => ({
  rank,
  first: /^NC/.test(c.text('data_format', rank === 5 ? 'NDHWC' : 'NHWC')),
})

/** A picture with its channels second. */
const pictureOf = (c: Context, held: Held, { rank, first }: Layout): string =>
  first ? c.b.plain(held) : c.b.first(held, rank)
const picture = (name: string, { first }: Layout): Held => (first ? plainly(name) : firstly(name))

/** The numbers of the spatial axes, of a list with one for each axis. */
function spatial(c: Context, name: string, { rank, first }: Layout): readonly number[] {
  const given = c.ints(name)
  const count = rank - 2
  if (given.length === 0) return Array<number>(count).fill(1)
  const list = given.length === rank ? (first ? given.slice(2) : given.slice(1, -1)) : given
  if (list.length === count) return list
  if (list.length === 1) return Array<number>(count).fill(list[0])
  return c.refuse(`${name} has ${given.length} numbers for ${rank} axes.`)
}

export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Lengths of the picture, null where they are open. */
  readonly size: readonly (number | null)[]
}

/** `pads` where they are known, else the rule that gives them. */
function paddingOf(c: Context, { kernel, strides, dilations, size }: Window, layout: Layout): Attributes {
  const kind = c.text('padding', 'VALID')
  if (kind === 'VALID') return {}
  if (kind === 'EXPLICIT') {
    const given = c.ints('explicit_paddings')
    if (given.length !== 2 * layout.rank) return c.refuse(`explicit_paddings has ${given.length} numbers.`)
    const from = layout.first ? 2 : 1
    const pairs = kernel.map((_, axis) => [given[2 * (axis + from)], given[2 * (axis + from) + 1]])
    return { pads: ints([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]) }
  }
  if (kind !== 'SAME') return c.refuse(`the padding ${kind} is not known.`)
  return samePads({ kernel, strides, dilations, size })
}

/** Pads that keep a picture as long as its strides allow, the odd one behind. */
export function samePads({ kernel, strides, dilations, size }: Window): Attributes {
  const totals = kernel.map((length, axis) => {
    const extent = (length - 1) * dilations[axis] + 1
    if (strides[axis] === 1) return extent - 1
    const n = size[axis]
    return n === null ? null : Math.max(0, (Math.ceil(n / strides[axis]) - 1) * strides[axis] + extent - n)
  })
  if (totals.some((total) => total === null)) return { auto_pad: text('SAME_UPPER') }
  const whole = totals as number[]
  if (whole.every((total) => total === 0)) return {}
  const before = whole.map((total) => Math.floor(total / 2))
  return { pads: ints([...before, ...whole.map((total, axis) => total - before[axis])]) }
}

const sizesOf = (c: Context, { rank, first }: Layout): (number | null)[] => {
  const shape = c.b.known(c.in(0))?.shape
  if (shape === undefined) return Array<null>(rank - 2).fill(null)
  if (shape.length !== rank) return c.refuse(`its input has ${shape.length} axes; it must have ${rank}.`)
  return first ? shape.slice(2) : shape.slice(1, -1)
}

/** `[...kernel, in, out]` as `[out, in, ...kernel]`; of a depthwise one, `[...kernel, channels, times]` as `[channels × times, 1, …]`. */
export function filterOf(b: Builder, held: Held, shape: readonly number[], depthwise: boolean): string {
  const count = shape.length - 2
  const order = [count + 1, count, ...Array.from({ length: count }, (_, i) => i)]
  const kernel = shape.slice(0, count)
  const flat = depthwise ? [...kernel, 1, shape[count] * shape[count + 1]] : shape
  if (held.constant !== null) {
    const tensor = depthwise ? reshaped(held.constant, flat) : held.constant
    return b.derived(
      tensor,
      order.map((axis) => flat[axis]),
      order,
      depthwise ? '/depthwise' : '/filter',
    )
  }
  const name = depthwise ? b.reshape(b.plain(held), flat) : b.plain(held)
  return b.transpose(name, order)
}

const reshaped = (tensor: NonNullable<Held['constant']>, shape: readonly number[]): NonNullable<Held['constant']> => ({
  ...{ name: tensor.name, type: tensor.type, group: tensor.group, shape },
  get values() {
    return tensor.values
  },
})

function fixedShape(c: Context, index: number, rank: number): readonly number[] {
  const shape = c.b.known(c.in(index))?.shape
  if (shape === undefined || shape.length !== rank || shape.some((length) => length === null))
    return c.refuse(
      `its filter's shape is ${shape === undefined ? 'not known' : shape.map((n) => n ?? '?').join('×')}; it must be known, with ${rank} axes.`,
    )
  return shape as number[]
}

function convolution(c: Context, rank: number, depthwise: boolean): Held {
  const { b } = c
  const layout = layoutOf(c, rank)
  const shape = fixedShape(c, 1, rank)
  const kernel = shape.slice(0, rank - 2)
  const list = (name: string): readonly number[] => spatial(c, name, layout)
  const strides = c.has('stride') ? Array<number>(rank - 2).fill(c.int('stride', 1)) : list('strides')
  const [dilations, size] = [list('dilations'), sizesOf(c, layout)]
  const channels = layout.first ? b.known(c.in(0))?.shape[1] : b.known(c.in(0))?.shape.at(-1)
  const inside = shape[rank - 2]
  const group = depthwise ? inside : typeof channels === 'number' && inside > 0 ? channels / inside : 1
  if (!Number.isInteger(group) || group < 1)
    return c.refuse(`its filter takes ${inside} channels, its input has ${channels}.`)
  const attributes = {
    ...{ kernel_shape: ints(kernel), strides: ints(strides), dilations: ints(dilations), group: int(group) },
    ...paddingOf(c, { kernel, strides, dilations, size }, layout),
  }
  const filter = filterOf(b, c.in(1), shape, depthwise)
  const fused = c.texts('fused_ops')
  const bias = fused[0] === 'BiasAdd' ? [c.plain(2)] : []
  const y = picture(b.node('Conv', [pictureOf(c, c.in(0), layout), filter, ...bias], attributes), layout)
  return fusedSteps(c, y, fused, 2 + bias.length)
}

/** What is fused behind the sum: the activation, whose own input comes last. */
export function fusedSteps(c: Context, y: Held, fused: readonly string[], next: number): Held {
  const rest = fused[0] === 'BiasAdd' ? fused.slice(1) : fused
  return rest.reduce((x, name) => activated(c, x, name, () => c.in(next)), y)
}

function transposed(c: Context, rank: number): Held {
  const { b } = c
  const layout = layoutOf(c, rank)
  const shape = fixedShape(c, 1, rank)
  const count = rank - 2
  const kernel = shape.slice(0, count)
  const [strides, dilations] = [spatial(c, 'strides', layout), spatial(c, 'dilations', layout)]
  const wanted = b.someNumbers(c.in(0))
  const out = wanted === null ? null : layout.first ? wanted.slice(2) : wanted.slice(1, -1)
  const sizes = b.known(c.in(2))?.shape
  const size = sizes === undefined ? null : layout.first ? sizes.slice(2) : sizes.slice(1, -1)
  const order = [count + 1, count, ...Array.from({ length: count }, (_, i) => i)]
  const filter =
    c.in(1).constant === null
      ? b.transpose(c.plain(1), order)
      : b.derived(
          c.in(1).constant as never,
          order.map((axis) => shape[axis]),
          order,
          '/filter',
        )
  const x = pictureOf(c, c.in(2), layout)
  const common = { kernel_shape: ints(kernel), strides: ints(strides), dilations: ints(dilations) }
  const known = out?.every((n) => n !== null) === true && size?.every((n) => n !== null) === true
  const explicit = c.text('padding', 'VALID') === 'EXPLICIT'
  const geometry: Record<string, OnnxAttribute> = { ...common }
  if (known || explicit) {
    const given = c.ints('explicit_paddings')
    const from = layout.first ? 2 : 1
    const pads = kernel.map((length, axis): [number, number, number] => {
      const extent = (length - 1) * dilations[axis] + 1
      const full = known ? ((size as number[])[axis] - 1) * strides[axis] + extent : 0
      if (explicit) {
        const [before, after] = [given[2 * (axis + from)], given[2 * (axis + from) + 1]]
        return [before, after, known ? Math.max(0, (out as number[])[axis] - full + before + after) : 0]
      }
      const total = Math.max(0, full - (out as number[])[axis])
      const before = c.text('padding', 'VALID') === 'SAME' ? Math.floor(total / 2) : 0
      return [before, total - before, Math.max(0, (out as number[])[axis] - full)]
    })
    geometry['pads'] = ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)])
    if (pads.some(([, , extra]) => extra > 0)) geometry['output_padding'] = ints(pads.map(([, , extra]) => extra))
  } else if (c.text('padding', 'VALID') === 'SAME') {
    // As long as the picture times the stride, which is what nearly all networks ask for.
    const less = kernel.map((length, axis) => (length - 1) * dilations[axis] + 1 - strides[axis])
    const before = less.map((total) => Math.floor(Math.max(0, total) / 2))
    geometry['pads'] = ints([...before, ...less.map((total, axis) => Math.max(0, total) - before[axis])])
    if (less.some((total) => total < 0)) geometry['output_padding'] = ints(less.map((total) => Math.max(0, -total)))
  }
  return picture(b.node('ConvTranspose', [x, filter], geometry), layout)
}

const pool =
  (operator: string, rank: number): Rule =>
  (c) => {
    const layout = layoutOf(c, rank)
    const kernel = spatial(c, 'ksize', layout)
    const strides = spatial(c, 'strides', layout)
    const dilations = kernel.map(() => 1)
    const attributes = {
      ...{ kernel_shape: ints(kernel), strides: ints(strides) },
      ...paddingOf(c, { kernel, strides, dilations, size: sizesOf(c, layout) }, layout),
    }
    return picture(c.b.node(operator, [pictureOf(c, c.in(0), layout)], attributes), layout)
  }

function batchNormalization(c: Context): Held[] {
  const { b } = c
  const rank = c.b.rankOf(c.in(0)) ?? 4
  const layout = layoutOf(c, rank)
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) => c.plain(index))
  if (b.known(c.in(3))?.shape[0] === 0)
    return c.refuse('it uses the statistics of the batch. Export the model for inference.')
  const x = pictureOf(c, c.in(0), layout)
  const y = b.node('BatchNormalization', [x, scale, offset, mean, variance], {
    epsilon: float(c.float('epsilon', 1e-3)),
  })
  return [picture(y, layout), ...[mean, variance, mean, variance].map(plainly)]
}

/** To a size of the spatial axes. ONNX Runtime refuses sizes of these axes alone where it knows the picture's. */
export function resized(b: Builder, x: string, size: string, attributes: Attributes): string {
  const rest = b.node('Shape', [x], { start: int(0), end: int(2) })
  return b.node('Resize', [x, '', '', b.node('Concat', [rest, size], { axis: int(0) })], attributes)
}

const resize =
  (mode: 'linear' | 'nearest'): Rule =>
  (c) => {
    const { b } = c
    const [corners, half] = [c.flag('align_corners'), c.flag('half_pixel_centers')]
    const coordinates = corners ? 'align_corners' : half ? 'half_pixel' : 'asymmetric'
    // TensorFlow rounds to the nearer corner, and down elsewhere; with half pixels down is what ONNX rounds to.
    const rounding = corners || half ? 'round_prefer_ceil' : 'floor'
    const attributes = {
      ...{ mode: text(mode), coordinate_transformation_mode: text(coordinates) },
      ...(mode === 'nearest' && { nearest_mode: text(rounding) }),
    }
    return firstly(resized(b, b.first(c.in(0), 4), b.wholeList(c.in(1)), attributes))
  }

const trade =
  (operator: 'DepthToSpace' | 'SpaceToDepth'): Rule =>
  (c) => {
    const layout = layoutOf(c, 4)
    const attributes = { blocksize: int(c.int('block_size', 2)) }
    return picture(c.b.node(operator, [pictureOf(c, c.in(0), layout)], attributes), layout)
  }

/** The largest of a neighbourhood plus a filter. */
function dilation(c: Context): string {
  const layout = layoutOf(c, 4)
  const shape = fixedShape(c, 1, 3)
  const kernel = shape.slice(0, 2)
  const strides = spatial(c, 'strides', layout)
  const rates = spatial(c, c.has('rates') ? 'rates' : 'dilations', layout)
  const pads = paddingOf(c, { kernel, strides, dilations: rates, size: sizesOf(c, layout) }, layout)
  if ('auto_pad' in pads) return c.refuse('its input must have a known size where it has strides.')
  return c.b.own('Dilation2D', [c.plain(0), c.plain(1)], { strides: ints(strides), dilations: ints(rates), ...pads })[0]
}

function localResponse(c: Context): Held {
  const radius = c.int('depth_radius', 5)
  const size = 2 * radius + 1
  return firstly(
    c.b.node('LRN', [c.b.first(c.in(0), 4)], {
      ...{ size: int(size), alpha: float(c.float('alpha', 1) * size) },
      ...{ beta: float(c.float('beta', 0.5)), bias: float(c.float('bias', 1)) },
    }),
  )
}

function fusedProduct(c: Context): Held {
  const { b } = c
  const fused = c.texts('fused_ops')
  const bias = fused[0] === 'BiasAdd' ? [c.plain(2)] : []
  const flags = { transA: int(c.flag('transpose_a') ? 1 : 0), transB: int(c.flag('transpose_b') ? 1 : 0) }
  return fusedSteps(c, plainly(b.node('Gemm', [c.plain(0), c.plain(1), ...bias], flags)), fused, 2 + bias.length)
}

const softmax =
  (operator: string): Rule =>
  ({ b, inputs: [x] }) =>
    x.first !== null && x.plain === null
      ? firstly(b.node(operator, [x.first], { axis: int(1) }))
      : plainly(b.node(operator, [b.plain(x)], { axis: int(-1) }))

export const windowRules: Rules = {
  ...{ Conv1D: (c) => convolution(c, 3, false), Conv2D: (c) => convolution(c, 4, false) },
  ...{ Conv3D: (c) => convolution(c, 5, false), _FusedConv2D: (c) => convolution(c, 4, false) },
  ...{ DepthwiseConv2d: (c) => convolution(c, 4, true), DepthwiseConv2dNative: (c) => convolution(c, 4, true) },
  ...{ FusedDepthwiseConv2dNative: (c) => convolution(c, 4, true), Conv2DBackpropInput: (c) => transposed(c, 4) },
  ...{ Conv3DBackpropInputV2: (c) => transposed(c, 5) },
  ...{ MaxPool: pool('MaxPool', 4), AvgPool: pool('AveragePool', 4) },
  ...{ MaxPool3D: pool('MaxPool', 5), AvgPool3D: pool('AveragePool', 5) },
  ...{ FusedBatchNorm: batchNormalization, FusedBatchNormV2: batchNormalization, FusedBatchNormV3: batchNormalization },
  ...{ ResizeBilinear: resize('linear'), ResizeNearestNeighbor: resize('nearest') },
  ...{ DepthToSpace: trade('DepthToSpace'), SpaceToDepth: trade('SpaceToDepth') },
  ...{ LRN: localResponse, Dilation2D: dilation, _FusedMatMul: fusedProduct },
  ...{ Softmax: softmax('Softmax'), LogSoftmax: softmax('LogSoftmax') },
}
