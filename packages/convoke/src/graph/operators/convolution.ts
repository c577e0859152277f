// Convolutions and pooling: pictures channels last, filters as the kernels read them.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { arange, zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { filterOrder, Value } from '../value.ts'

export type Pairs = [number, number][]

/** ONNX lists all the beginnings, then all the ends. */
export const pairsOf = (pads: readonly number[]): Pairs =>
  Array.from({ length: pads.length / 2 }, (_, axis) => [pads[axis], pads[axis + pads.length / 2]])

export interface Geometry {
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly padding: Pairs
}

/** Strides, dilations and pads of windows of `kernel` over `size`. */
export function geometry(call: Call, size: readonly number[], kernel: readonly number[]): Geometry {
  const each = (name: string, otherwise: number): readonly number[] => {
    const given = call.ints(name) ?? Array<number>(size.length).fill(otherwise)
    call.require(given.length === size.length, () => `${name} has ${given.length} numbers for ${size.length} axes.`)
    return given
  }
  const [stride, dilation] = [each('strides', 1), each('dilations', 1)]
  const auto = call.text('auto_pad', 'NOTSET')
  if (auto === 'VALID') return { stride, dilation, padding: size.map(() => [0, 0]) }
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const padding = size.map((length, axis): [number, number] => {
      const extent = (kernel[axis] - 1) * dilation[axis] + 1
      const total = Math.max(0, (Math.ceil(length / stride[axis]) - 1) * stride[axis] + extent - length)
      const less = Math.floor(total / 2)
      return auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less]
    })
    return { stride, dilation, padding }
  }
  call.require(auto === 'NOTSET' || auto === '', () => `auto_pad ${auto} is not known.`)
  const pads = call.ints('pads') ?? Array<number>(2 * size.length).fill(0)
  call.require(pads.length === 2 * size.length, () => `pads has ${pads.length} numbers for ${size.length} axes.`)
  return { stride, dilation, padding: pairsOf(pads) }
}

const spatial = (x: Value): readonly number[] => x.shape.slice(2)

/** Negative pads cut the edge off. */
export function trimmed(x: Tensor, padding: Pairs): { readonly x: Tensor; readonly padding: Pairs } {
  if (padding.every(([before, after]) => before >= 0 && after >= 0)) return { x, padding }
  const cut = padding.map(([before, after], axis) => ({
    start: Math.max(0, -before),
    stop: x.shape[axis + 1] - Math.max(0, -after),
  }))
  return {
    x: ops.slice(x, [{}, ...cut, {}]),
    padding: padding.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
  }
}

function conv(call: Call): Value {
  const [x, w] = [call.value(0), call.value(1)]
  call.require(
    x.rank === w.rank && x.rank >= 3,
    () => `the input ${x} and the filter ${w} must have the same number of axes, 3 to 5.`,
  )
  const window = geometry(call, spatial(x), w.shape.slice(2))
  const cut = trimmed(x.last, window.padding)
  const options = { ...window, padding: cut.padding, groups: call.int('group', 1), bias: call.optional(2)?.plain }
  return Value.last(ops.conv(cut.x, w.as(filterOrder(w.rank)), options), x.type)
}

/** Pads that are to give `output_shape` are shared out as the specification says. */
function convTranspose(call: Call): Value {
  const [x, w] = [call.value(0), call.value(1)]
  const size = spatial(x)
  const { stride, dilation, padding: given } = geometry(call, size, w.shape.slice(2))
  const extra = call.ints('output_padding') ?? size.map(() => 0)
  const auto = call.text('auto_pad', 'NOTSET')
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER'
  const wanted =
    call.ints('output_shape')?.slice(-size.length) ?? (same ? size.map((n, i) => n * stride[i]) : undefined)
  const full = size.map((n, i) => stride[i] * (n - 1) + (w.shape[i + 2] - 1) * dilation[i] + 1 + extra[i])
  const padding =
    wanted === undefined
      ? auto === 'VALID'
        ? size.map((): [number, number] => [0, 0])
        : given
      : wanted.map((n, i): [number, number] => {
          const total = full[i] - n
          const [less, more] = [Math.floor(total / 2), total - Math.floor(total / 2)]
          return auto === 'SAME_UPPER' ? [less, more] : [more, less]
        })
  call.count(x.shape[0] * w.shape[1] * call.int('group', 1) * sizeOf(full), sizeOf(x.shape))
  // Everything that windows reach, cut or padded to what is asked for.
  const bias = call.optional(2)?.plain
  const whole = { stride, dilation, groups: call.int('group', 1) }
  const filter = w.as(filterOrder(w.rank))
  const fits = padding.every((pair, i) => pair.every((n) => n >= 0) && extra[i] < Math.max(stride[i], dilation[i]))
  if (fits)
    return Value.last(ops.convTranspose(x.last, filter, { ...whole, padding, outputPadding: extra, bias }), x.type)
  const y = ops.convTranspose(x.last, filter, whole)
  const grown = ops.pad(y, [
    [0, 0],
    ...padding.map(([before, after], i): [number, number] => [Math.max(0, -before), Math.max(0, extra[i] - after)]),
    [0, 0],
  ])
  const cut = padding.map(([before, after], i) => {
    const start = Math.max(0, before)
    return { start, stop: grown.shape[i + 1] - Math.max(0, after - extra[i]) }
  })
  const y2 = ops.slice(grown, [{}, ...cut, {}])
  return Value.last(bias === undefined ? y2 : ops.add(y2, bias), x.type)
}

function deformConv(call: Call): Value {
  const [x, w, offset] = [call.value(0), call.value(1), call.value(2)]
  const window = geometry(call, spatial(x), w.shape.slice(2))
  const groups = call.int('group', 1)
  const options = { ...window, groups, bias: call.optional(3)?.plain, mask: call.optional(4)?.last }
  return Value.last(ops.deformConv2d(x.last, w.as(filterOrder(w.rank)), offset.last, options), x.type)
}

function col2im(call: Call): Value {
  const [image, block] = [call.numbers(1) ?? [], call.numbers(2) ?? []]
  const window = geometry(call, image, block)
  const taps = sizeOf(block)
  call.count(sizeOf(image))
  call.count(taps)
  const x = call.value(0)
  const [batch, rows, length] = x.shape
  const channels = rows / taps
  const columns = ops.transpose(ops.reshape(x.plain, [batch, channels, taps, length]), [0, 3, 2, 1])
  const shape = [batch, ...image, channels]
  const laidOut = ops.unfold(zeros(shape), block, window).shape
  return Value.last(ops.fold(ops.reshape(columns, laidOut), shape, block, window), x.type)
}

/** Positions within one channel of channels-last `indices` to positions in the whole tensor as it is named. */
function wholePositions(indices: Tensor, plane: number): Tensor {
  const [batch, channels] = [indices.shape[0], indices.shape[indices.rank - 1]]
  const planes = arange(0, batch * channels, 1, 'int32')
  const shape = [batch, ...indices.shape.slice(1, -1).map(() => 1), channels]
  return ops.add(indices, ops.multiply(ops.reshape(planes, shape), plane))
}

function maxPool(call: Call): Value | Value[] {
  const x = call.value(0)
  const kernel = call.ints('kernel_shape') ?? call.refuse('kernel_shape is missing.')
  const options = { ...geometry(call, spatial(x), kernel), ceil: call.flag('ceil_mode') }
  if (!call.wants(1)) return Value.last(ops.cast(ops.maxPool(x.last, kernel, options), x.last.dtype), x.type)
  const { values, indices } = ops.maxPoolWithIndices(x.last, kernel, options)
  const plane = sizeOf(spatial(x))
  const inside = call.flag('storage_order') ? columnMajor(indices, spatial(x)) : indices
  return [Value.last(ops.cast(values, x.last.dtype), x.type), Value.last(wholePositions(inside, plane), 'int64')]
}

/** Row-major positions as column-major ones. */
function columnMajor(indices: Tensor, size: readonly number[]): Tensor {
  let rest = indices
  let result: Tensor | undefined
  for (let axis = size.length - 1; axis >= 0; axis--) {
    const place = ops.multiply(ops.remainder(rest, size[axis]), sizeOf(size.slice(0, axis)))
    result = result === undefined ? place : ops.add(result, place)
    rest = ops.floorDivide(rest, size[axis])
  }
  return result ?? indices
}

function maxUnpool(call: Call): Value {
  const [x, indices] = [call.value(0), call.value(1)]
  const kernel = call.ints('kernel_shape') ?? call.refuse('kernel_shape is missing.')
  const { stride, padding } = geometry(call, spatial(x), kernel)
  const inferred = spatial(x).map((n, i) => (n - 1) * stride[i] - padding[i][0] - padding[i][1] + kernel[i])
  // Indices count within the inferred size, whatever size is asked for.
  const y = ops.maxUnpool(x.last, ops.remainder(indices.last, sizeOf(inferred)), inferred)
  const wanted = call.numbers(2)?.slice(2) ?? inferred
  call.count(x.shape[0] * x.shape[1] * sizeOf(inferred), sizeOf(x.shape))
  call.count(x.shape[0] * x.shape[1] * sizeOf(wanted), sizeOf(x.shape))
  const after = wanted.map((size, axis): [number, number] => [0, size - inferred[axis]])
  return Value.last(ops.pad(y, [[0, 0], ...after, [0, 0]]), x.type)
}

type Pool = (x: Tensor, kernel: readonly number[], options: ops.AveragePoolOptions, call: Call) => Tensor

const pool =
  (run: Pool): Operator =>
  (call) => {
    const x = call.value(0)
    const kernel = call.ints('kernel_shape') ?? call.refuse('kernel_shape is missing.')
    const options = { ...geometry(call, spatial(x), kernel), ceil: call.flag('ceil_mode') }
    return Value.last(run(x.last, kernel, options, call), x.type)
  }

const overall =
  (run: (x: Tensor, call: Call) => Tensor): Operator =>
  (call: Call) => {
    const x = call.value(0)
    call.require(x.rank >= 3, () => `the input ${x} must be [batch, channels, ...spatial].`)
    return Value.last(run(x.last, call), x.type)
  }

const lp = (call: Call): number => (call.version >= 2 ? call.int('p', 2) : call.float('p', 2))

export const convolution: Readonly<Record<string, Operator>> = {
  ...{ Conv: conv, ConvTranspose: convTranspose, DeformConv: deformConv, Col2Im: col2im },
  ...{ MaxPool: maxPool, MaxUnpool: maxUnpool },
  AveragePool: pool((x, kernel, options, call) =>
    ops.averagePool(x, kernel, { ...options, countPadding: call.flag('count_include_pad') }),
  ),
  LpPool: pool((x, kernel, options, call) => ops.lpPool(x, kernel, { ...options, p: lp(call) })),
  GlobalAveragePool: overall((x) => ops.globalAveragePool(x, { keepDims: true })),
  GlobalMaxPool: overall((x) => ops.globalMaxPool(x, { keepDims: true })),
  GlobalLpPool: overall((x, call) => ops.globalLpPool(x, { keepDims: true, p: lp(call) })),
}
