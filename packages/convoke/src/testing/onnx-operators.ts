// ONNX's operators in terms of this library's ops, for its conformance vectors: defaults as in
// https://onnx.ai/onnx/operators/, layouts turned to channels last and back.

import * as ops from '../ops/index.ts'
import { broadcastShapes } from '../shapes/broadcast.ts'
import { arange, full, type Tensor } from '../tensor/index.ts'
import type { OnnxAttribute, OnnxTensor } from './onnx-file.ts'

/** One node with its inputs; `x` and `raw` hold undefined where an input is left out. */
export interface OnnxCall {
  readonly x: readonly Tensor[]
  readonly raw: readonly (OnnxTensor | undefined)[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
  /** How many results the node has. */
  readonly outputs: number
}

export type OnnxOperator = (call: OnnxCall) => Tensor | readonly Tensor[]

const number = ({ attributes }: OnnxCall, name: string, otherwise: number): number =>
  (attributes[name] as number | undefined) ?? otherwise
const text = ({ attributes }: OnnxCall, name: string, otherwise: string): string =>
  (attributes[name] as string | undefined) ?? otherwise
const list = ({ attributes }: OnnxCall, name: string): readonly number[] | undefined =>
  attributes[name] as readonly number[] | undefined
const flag = (call: OnnxCall, name: string, otherwise = 0): boolean => number(call, name, otherwise) !== 0
/** The numbers of an input that steers the op. */
const values = ({ raw }: OnnxCall, index: number): readonly number[] | undefined => raw[index]?.values

const last = ops.toChannelsLast
const first = ops.toChannelsFirst
/** Channels last around an op of `[batch, channels, ...spatial]`. */
const spatially =
  (op: (x: Tensor, call: OnnxCall) => Tensor): OnnxOperator =>
  (call) =>
    first(op(last(call.x[0]), call))

const spatialRank = ({ x }: OnnxCall): number => x[0].rank - 2

/** ONNX lists all the beginnings, then all the ends. */
const pairs = (pads: readonly number[]): [number, number][] =>
  Array.from({ length: pads.length / 2 }, (_, axis) => [pads[axis], pads[axis + pads.length / 2]])

function padding(call: OnnxCall): 'same' | 'same-lower' | 'valid' | [number, number][] {
  const named = { SAME_UPPER: 'same', SAME_LOWER: 'same-lower', VALID: 'valid' } as const
  const auto = text(call, 'auto_pad', 'NOTSET')
  return auto in named
    ? named[auto as keyof typeof named]
    : pairs(list(call, 'pads') ?? Array(2 * spatialRank(call)).fill(0))
}

const geometry = (call: OnnxCall) => ({
  stride: list(call, 'strides') ?? 1,
  dilation: list(call, 'dilations') ?? 1,
  padding: padding(call),
})
const pooling = (call: OnnxCall) => ({ ...geometry(call), ceil: flag(call, 'ceil_mode') })
const window = (call: OnnxCall): readonly number[] => list(call, 'kernel_shape') as readonly number[]

/** [out, in / groups, ...kernel] to [...kernel, in / groups, out]. */
const filterOf = (w: Tensor): Tensor => ops.transpose(w, [...w.shape.slice(2).map((_, axis) => axis + 2), 1, 0])
const convolution = (call: OnnxCall) => ({ ...geometry(call), groups: number(call, 'group', 1), bias: call.x[2] })

const convolutions: Record<string, OnnxOperator> = {
  Conv: spatially((x, call) => ops.conv(x, filterOf(call.x[1]), convolution(call))),
  ConvTranspose: spatially((x, call) => {
    const outputSize = list(call, 'output_shape')
    const outputPadding = outputSize === undefined ? list(call, 'output_padding') : undefined
    return ops.convTranspose(x, filterOf(call.x[1]), { ...convolution(call), outputSize, outputPadding })
  }),
  DeformConv: spatially((x, call) => {
    const mask = call.x[4] === undefined ? undefined : last(call.x[4])
    const options = { ...geometry(call), groups: number(call, 'group', 1), bias: call.x[3], mask }
    return ops.deformConv2d(x, filterOf(call.x[1]), last(call.x[2]), options)
  }),
  Col2Im: (call) => {
    const [image, block] = [values(call, 1) as readonly number[], values(call, 2) as readonly number[]]
    const { stride, dilation } = geometry(call)
    const options = { stride, dilation, padding: pairs(list(call, 'pads') ?? Array(2 * image.length).fill(0)) }
    const taps = block.reduce((product, size) => product * size, 1)
    const [batch, rows, length] = call.x[0].shape
    const channels = rows / taps
    const columns = ops.transpose(ops.reshape(call.x[0], [batch, channels, taps, length]), [0, 3, 2, 1])
    const shape = [batch, ...image, channels]
    const laidOut = ops.unfold(full(shape, 0), block, options).shape
    return first(ops.fold(ops.reshape(columns, laidOut), shape, block, options))
  },
}

/** Positions within one channel to positions in the whole tensor of `[batch, channels, ...spatial]`, and back. */
function wholeIndices(indices: Tensor, plane: number): Tensor {
  const [batch, channels] = indices.shape
  const planes = ops.reshape(arange(0, batch * channels, 1, 'int32'), [
    batch,
    channels,
    ...indices.shape.slice(2).fill(1),
  ])
  return ops.add(indices, ops.multiply(planes, plane))
}

const poolings: Record<string, OnnxOperator> = {
  MaxPool: (call) => {
    const { values: y, indices } = ops.maxPoolWithIndices(last(call.x[0]), window(call), pooling(call))
    return [first(y), wholeIndices(first(indices), call.x[0].size / (call.x[0].shape[0] * call.x[0].shape[1]))]
  },
  AveragePool: spatially((x, call) =>
    ops.averagePool(x, window(call), { ...pooling(call), countPadding: flag(call, 'count_include_pad') }),
  ),
  LpPool: spatially((x, call) => ops.lpPool(x, window(call), { ...pooling(call), p: number(call, 'p', 2) })),
  GlobalAveragePool: spatially((x) => ops.globalAveragePool(x, { keepDims: true })),
  GlobalMaxPool: spatially((x) => ops.globalMaxPool(x, { keepDims: true })),
  MaxUnpool: spatially((x, call) => {
    const inferred = window(call).map(
      (size, axis) => (x.shape[axis + 1] - 1) * (list(call, 'strides') as number[])[axis] + size,
    )
    // Indices count within the inferred size, whatever size is asked for.
    const plane = inferred.reduce((a, b) => a * b, 1)
    const y = ops.maxUnpool(x, last(ops.remainder(call.x[1], plane)), inferred)
    const wanted = values(call, 2)?.slice(2) ?? inferred
    return ops.pad(y, [[0, 0], ...wanted.map((size, axis): [number, number] => [0, size - inferred[axis]]), [0, 0]])
  }),
}

function resize(call: OnnxCall, scales: readonly number[] | undefined): Tensor {
  const x = last(call.x[0])
  const rank = spatialRank(call)
  const axes = list(call, 'axes') ?? x.shape.map((_, axis) => axis)
  const spread = (given: readonly number[], otherwise: readonly number[]): number[] =>
    otherwise.map((value, axis) => given[axes.indexOf(axis + 2)] ?? value)
  const sizes = values(call, 3)
  const input = x.shape.slice(1, -1)
  const extent = scales?.length
    ? { scale: spread(scales, Array(rank).fill(1)) }
    : { size: sized(call, spread(sizes ?? [], input), input) }
  const dashed = (value: string): string => value.replaceAll('_', '-')
  const mode = { linear: 'bilinear', cubic: 'bicubic', nearest: 'nearest' }[text(call, 'mode', 'nearest')]
  const options = {
    ...extent,
    mode,
    coordinates: dashed(text(call, 'coordinate_transformation_mode', 'half_pixel')),
    rounding: dashed(text(call, 'nearest_mode', 'round_prefer_floor')),
    cubic: number(call, 'cubic_coeff_a', -0.75),
    antialias: flag(call, 'antialias'),
    excludeOutside: flag(call, 'exclude_outside'),
  } as ops.ResizeOptions
  return first(ops.resize(x, options))
}

/** keep_aspect_ratio_policy: one factor for all axes. */
function sized(call: OnnxCall, sizes: readonly number[], input: readonly number[]): readonly number[] {
  const policy = text(call, 'keep_aspect_ratio_policy', 'stretch')
  if (policy === 'stretch') return sizes
  const factors = sizes.map((size, axis) => size / input[axis])
  const factor = policy === 'not_larger' ? Math.min(...factors) : Math.max(...factors)
  return input.map((size) => Math.floor(size * factor + 0.5))
}

const space: Record<string, OnnxOperator> = {
  Resize: (call) => resize(call, values(call, 2)),
  Upsample: (call) =>
    resize(
      {
        ...call,
        attributes: { ...call.attributes, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      },
      values(call, 1),
    ),
  DepthToSpace: spatially((x, call) =>
    ops.pixelShuffle(x, number(call, 'blocksize', 1), { order: text(call, 'mode', 'DCR') === 'CRD' ? 'crd' : 'dcr' }),
  ),
  SpaceToDepth: spatially((x, call) => ops.pixelUnshuffle(x, number(call, 'blocksize', 1), { order: 'dcr' })),
}

const epsilonOf = (call: OnnxCall): number => number(call, 'epsilon', 1e-5)
/** From `axis` to the last. */
const trailing = (call: OnnxCall): number[] => {
  const { rank } = call.x[0]
  const axis = number(call, 'axis', -1)
  const from = axis < 0 ? axis + rank : axis
  return Array.from({ length: rank - from }, (_, i) => from + i)
}

const norms: Record<string, OnnxOperator> = {
  BatchNormalization: (call) => {
    const [x, scale, bias, mean, variance] = call.x
    const options = { scale, bias, epsilon: epsilonOf(call) }
    if (!flag(call, 'training_mode')) return first(ops.batchNorm(last(x), { ...options, mean, variance }))
    const momentum = number(call, 'momentum', 0.9)
    const running = (old: Tensor, now: Tensor): Tensor =>
      ops.add(ops.multiply(old, momentum), ops.multiply(now, 1 - momentum))
    const now = ops.batchStatistics(last(x))
    return [first(ops.batchNorm(last(x), options)), running(mean, now.mean), running(variance, now.variance)]
  },
  InstanceNormalization: spatially((x, call) =>
    ops.instanceNorm(x, { scale: call.x[1], bias: call.x[2], epsilon: epsilonOf(call) }),
  ),
  GroupNormalization: spatially((x, call) =>
    ops.groupNorm(x, number(call, 'num_groups', 1), { scale: call.x[1], bias: call.x[2], epsilon: epsilonOf(call) }),
  ),
  LayerNormalization: (call) => {
    const [x, scale, bias] = call.x
    const [axes, epsilon] = [trailing(call), epsilonOf(call)]
    const spread = ops.variance(x, { axes, keepDims: true })
    return [
      ops.layerNorm(x, { axes, scale, bias, epsilon }),
      ops.mean(x, { axes, keepDims: true }),
      ops.rsqrt(ops.add(spread, epsilon)),
    ]
  },
  RMSNormalization: (call) =>
    ops.rmsNorm(call.x[0], { axes: trailing(call), scale: call.x[1], epsilon: epsilonOf(call) }),
  LRN: spatially((x, call) => {
    const [alpha, beta, bias] = [number(call, 'alpha', 1e-4), number(call, 'beta', 0.75), number(call, 'bias', 1)]
    return ops.localResponseNorm(x, { size: number(call, 'size', 1), alpha, beta, bias })
  }),
  MeanVarianceNormalization: spatially((x) => ops.batchNorm(x, { epsilon: 0 })),
  LpNormalization: (call) => {
    const p = number(call, 'p', 2) === 1 ? 1 : 2
    const length = ops.norm(call.x[0], { axes: number(call, 'axis', -1), keepDims: true, p })
    return ops.divide(call.x[0], ops.where(ops.equal(length, 0), 1, length))
  },
}

const modes = { constant: 'constant', reflect: 'mirror', edge: 'edge', wrap: 'wrap' } as const

const movements: Record<string, OnnxOperator> = {
  Pad: (call) => {
    const x = call.x[0]
    const given = pairs(values(call, 1) as readonly number[])
    const axes = (values(call, 3) ?? x.shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + x.rank : axis))
    const pads = x.shape.map((_, axis): [number, number] => given[axes.indexOf(axis)] ?? [0, 0])
    const mode = modes[text(call, 'mode', 'constant') as keyof typeof modes]
    return ops.pad(x, pads, mode === 'constant' ? { value: values(call, 2)?.[0] ?? 0 } : { mode })
  },
  Slice: (call) => {
    const x = call.x[0]
    const [starts, ends] = [values(call, 1) as readonly number[], values(call, 2) as readonly number[]]
    const axes = (values(call, 3) ?? starts.map((_, i) => i)).map((axis) => (axis < 0 ? axis + x.rank : axis))
    const at = (axis: number) => ({ start: starts[axis], stop: ends[axis], step: values(call, 4)?.[axis] ?? 1 })
    return ops.slice(
      x,
      x.shape.map((_, axis) => (axes.includes(axis) ? at(axes.indexOf(axis)) : null)),
    )
  },
  Gather: (call) => ops.gather(call.x[0], call.x[1], { axis: number(call, 'axis', 0) }),
  GatherElements: (call) => ops.gatherElements(call.x[0], call.x[1], number(call, 'axis', 0)),
  ScatterElements: (call) => {
    const reduction = text(call, 'reduction', 'none') as 'none' | 'add'
    return ops.scatter(call.x[0], call.x[1], call.x[2], { axis: number(call, 'axis', 0), reduction })
  },
  OneHot: (call) => {
    const depth = (values(call, 1) as readonly number[])[0]
    // ONNX counts negative indices from the end.
    const one = ops.oneHot(ops.remainder(ops.cast(call.x[0], 'int32'), depth), depth)
    const [off, on] = values(call, 2) as readonly number[]
    const axis = number(call, 'axis', -1)
    const order = Array.from({ length: one.rank - 1 }, (_, i) => i)
    order.splice(axis < 0 ? axis + one.rank : axis, 0, one.rank - 1)
    return ops.cast(ops.transpose(ops.where(one, on, off), order), call.x[2].dtype)
  },
  TopK: (call) => {
    const k = (values(call, 1) as readonly number[])[0]
    const top = ops.topK(call.x[0], k, { axis: number(call, 'axis', -1), largest: flag(call, 'largest', 1) })
    return [top.values, top.indices]
  },
  CumSum: (call) => {
    const axis = (values(call, 1) as readonly number[])[0]
    return ops.cumulativeSum(call.x[0], { axis, exclusive: flag(call, 'exclusive'), reverse: flag(call, 'reverse') })
  },
  Concat: (call) => ops.concat(call.x, number(call, 'axis', 0)),
  Split: (call) => {
    const axis = number(call, 'axis', 0)
    const size = call.x[0].shape.at(axis) as number
    const parts = number(call, 'num_outputs', call.outputs)
    const chunk = Math.ceil(size / parts)
    const even = Array.from({ length: parts }, (_, i) => Math.min(chunk, size - i * chunk))
    return ops.split(call.x[0], values(call, 1) ?? list(call, 'split') ?? even, axis)
  },
  Squeeze: (call) => ops.squeeze(call.x[0], values(call, 1)),
  Unsqueeze: (call) => {
    const axes = values(call, 1) as readonly number[]
    const rank = call.x[0].rank + axes.length
    const places = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
    return places.reduce((y, axis) => ops.expandDims(y, axis), call.x[0])
  },
  Reshape: (call) => {
    const wanted = values(call, 1) as readonly number[]
    const keeps = !flag(call, 'allowzero')
    return ops.reshape(
      call.x[0],
      wanted.map((size, axis) => (size === 0 && keeps ? call.x[0].shape[axis] : size)),
    )
  },
  Flatten: (call) => {
    const { shape, rank } = call.x[0]
    const axis = number(call, 'axis', 1)
    const rows = shape.slice(0, axis < 0 ? axis + rank : axis).reduce((a, b) => a * b, 1)
    return ops.reshape(call.x[0], [rows, -1])
  },
  Transpose: (call) => ops.transpose(call.x[0], list(call, 'perm')),
  Tile: (call) => ops.tile(call.x[0], values(call, 1) as readonly number[]),
  Expand: (call) => ops.broadcastTo(call.x[0], broadcastShapes('Expand', call.x[0].shape, values(call, 1) as number[])),
  Range: ({ raw, x }) => {
    const [start, stop, step] = raw.map((part) => part?.values[0] as number)
    return arange(start, stop, step, x[0].dtype)
  },
  Where: ({ x }) => ops.where(x[0], x[1], x[2]),
}

// The older name of the same operator.
const renamed: Record<string, OnnxOperator> = { Scatter: movements.ScatterElements }

export const shapeOperators = { ...convolutions, ...poolings, ...space, ...norms, ...movements, ...renamed }
