// Operators of TensorFlow that ONNX has no equal of. Definitions: the kernels of TensorFlow.js (tfjs-core/src/ops, tfjs-backend-cpu).

import * as ops from '../../ops/index.ts'
import { broadcastShapes, sizeOf } from '../../shapes/broadcast.ts'
import { fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { dtypeOf } from '../element-type.ts'
import { Value } from '../value.ts'
import { reductions } from './reductions.ts'
import { tensorLists } from './tensor-lists.ts'
import { tensorflowBoxes } from './tensorflow-boxes.ts'

const wholes = (numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Value =>
  Value.of(fromData(numbers, shape, 'int32'), 'int32')

const floats = (numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Value =>
  Value.of(fromData(numbers, shape, 'float32'), 'float32')

/** Begin, end and strides that are only known now. */
function stridedSlice(call: Call): Value {
  const x = call.value(0)
  const [begin, end, strides] = [1, 2, 3].map((input) => call.numbers(input) ?? [])
  const bit = (mask: string, i: number): boolean => ((call.int(mask, 0) >> i) & 1) === 1
  const dots = begin.findIndex((_, i) => bit('ellipsis_mask', i))
  const fresh = begin.filter((_, i) => bit('new_axis_mask', i) && i !== dots).length
  const ranges: { start?: number; stop?: number; step?: number }[] = []
  const shape: (number | null)[] = []
  begin.forEach((from, i) => {
    if (i === dots) {
      for (let skip = x.rank - (begin.length - 1 - fresh); skip > 0; skip--) {
        ranges.push({})
        shape.push(null)
      }
      return
    }
    if (bit('new_axis_mask', i)) {
      shape.push(1)
      return
    }
    const [length, step] = [x.shape[ranges.length], strides[i]]
    call.require(length !== undefined && step !== 0, () => `it indexes more axes than ${x} has, or has a stride of 0.`)
    if (bit('shrink_axis_mask', i)) {
      const start = from < 0 ? from + length : from
      call.require(start >= 0 && start < length, () => `index ${from} is not one of an axis of ${length}.`)
      ranges.push({ start, stop: start + 1 })
      return
    }
    const clamp = (at: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, at < 0 ? at + length : at))
    const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
    const start = bit('begin_mask', i) ? (step > 0 ? 0 : length - 1) : clamp(from, Math.max(0, low), high)
    const stop = bit('end_mask', i) ? (step > 0 ? length : -1) : clamp(end[i], low, high)
    ranges.push({ start, step, ...(stop < 0 ? {} : { stop }) })
    shape.push(null)
  })
  while (ranges.length < x.rank) {
    ranges.push({})
    shape.push(null)
  }
  const cut = ops.slice(x.plain, ranges)
  const gone = new Set<number>()
  let axis = 0
  begin.forEach((_, i) => {
    if (i === dots) axis += Math.max(0, x.rank - (begin.length - 1 - fresh))
    else if (!bit('new_axis_mask', i)) {
      if (bit('shrink_axis_mask', i)) gone.add(axis)
      axis++
    }
  })
  const left = cut.shape.filter((_, i) => !gone.has(i))
  let next = 0
  return Value.of(
    ops.reshape(
      cut,
      shape.map((length) => length ?? left[next++]),
    ),
    x.type,
  )
}

/** Pads that repeat the edge: `1234` with two before is `211234`. */
function symmetricPad(call: Call): Value {
  const x = call.value(0)
  const pads = call.numbers(1) ?? []
  call.require(pads.length === 2 * x.rank, () => `there are ${pads.length} pads for ${x}.`)
  const pairs = x.shape.map((_, axis): [number, number] => [pads[axis], pads[axis + x.rank]])
  return Value.of(ops.pad(x.plain, pairs, { mode: 'reflect' }), x.type)
}

interface Blocks {
  readonly x: Value
  readonly block: readonly number[]
  readonly edges: readonly (readonly [number, number])[]
  readonly rest: readonly number[]
}

function blocksOf(call: Call): Blocks {
  const x = call.value(0)
  const block = call.numbers(1) ?? []
  const edges = call.numbers(2) ?? []
  const fits = block.length < x.rank && edges.length === 2 * block.length && block.every((n) => n >= 1)
  call.require(fits, () => `the block ${block.join('×')} with ${edges.length} edges does not fit ${x}.`)
  const pairs = block.map((_, axis): [number, number] => [edges[2 * axis], edges[2 * axis + 1]])
  return { x, block, edges: pairs, rest: x.shape.slice(block.length + 1) }
}

/** Every place within a block goes to a batch of its own. */
function spaceToBatch(call: Call): Value {
  const { x, block, edges, rest } = blocksOf(call)
  const padded = x.shape.map((n, i) => (i > 0 && i <= block.length ? n + edges[i - 1][0] + edges[i - 1][1] : n))
  call.count(sizeOf(padded), sizeOf(x.shape))
  const grown = ops.pad(x.plain, [[0, 0], ...edges, ...rest.map((): [number, number] => [0, 0])])
  const [batch, ...sizes] = grown.shape
  const inner = block.map((n, axis) => sizes[axis] / n)
  call.require(
    inner.every(Number.isInteger),
    () => `${grown.shape.join('×')} is not made of blocks of ${block.join('×')}.`,
  )
  const split = ops.reshape(grown, [batch, ...block.flatMap((n, axis) => [inner[axis], n]), ...rest])
  const count = block.length
  const order = [
    ...block.map((_, axis) => 2 + 2 * axis),
    0,
    ...block.map((_, axis) => 1 + 2 * axis),
    ...rest.map((_, i) => 1 + 2 * count + i),
  ]
  return Value.of(ops.reshape(ops.transpose(split, order), [batch * sizeOf(block), ...inner, ...rest]), x.type)
}

function batchToSpace(call: Call): Value {
  const { x, block, edges, rest } = blocksOf(call)
  const count = block.length
  const batch = x.shape[0] / sizeOf(block)
  call.require(Number.isInteger(batch), () => `a batch of ${x.shape[0]} is not made of blocks of ${block.join('×')}.`)
  const inner = x.shape.slice(1, count + 1)
  const split = ops.reshape(x.plain, [...block, batch, ...inner, ...rest])
  const order = [
    count,
    ...block.flatMap((_, axis) => [count + 1 + axis, axis]),
    ...rest.map((_, i) => 2 * count + 1 + i),
  ]
  const whole = ops.reshape(ops.transpose(split, order), [batch, ...inner.map((n, axis) => n * block[axis]), ...rest])
  const cut = edges.map(([before, after], axis) => ({ start: before, stop: whole.shape[axis + 1] - after }))
  return Value.of(ops.slice(whole, [{}, ...cut, ...rest.map(() => ({}))]), x.type)
}

/** The largest of each neighbourhood plus a filter `[height, width, channels]`; what lies outside is never the largest. */
function dilation2d(call: Call): Value {
  const [x, filter] = [call.value(0), call.value(1)]
  const [height, width, channels] = filter.shape
  call.require(x.rank === 4 && x.shape[3] === channels, () => `the filter ${filter} does not fit ${x}.`)
  const [sy, sx] = call.ints('strides') ?? [1, 1]
  const [dy, dx] = call.ints('dilations') ?? [1, 1]
  const pads = call.ints('pads') ?? [0, 0, 0, 0]
  const edge = [
    [0, 0],
    [pads[0], pads[2]],
    [pads[1], pads[3]],
    [0, 0],
  ] as const
  const grown = ops.pad(x.plain, edge, { value: -3.4e38 })
  const rows = Math.floor((grown.shape[1] - (height - 1) * dy - 1) / sy) + 1
  const columns = Math.floor((grown.shape[2] - (width - 1) * dx - 1) / sx) + 1
  let best: Tensor | null = null
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const [top, left] = [i * dy, j * dx]
      const seen = ops.slice(grown, [
        {},
        { start: top, stop: top + (rows - 1) * sy + 1, step: sy },
        { start: left, stop: left + (columns - 1) * sx + 1, step: sx },
        {},
      ])
      const own = ops.reshape(ops.slice(filter.plain, [{ start: i, stop: i + 1 }, { start: j, stop: j + 1 }, {}]), [
        channels,
      ])
      const sum = ops.add(seen, own)
      best = best === null ? sum : ops.maximum(best, sum)
    }
  }
  return Value.of(best ?? call.refuse('its filter is empty.'), x.type)
}

const bound =
  (past: (value: number, wanted: number) => boolean): Operator =>
  (call) => {
    const [sorted, wanted] = [call.value(0), call.value(1)]
    const [list, values] = [sorted.numbers(), wanted.numbers()]
    const length = sorted.shape.at(-1) ?? 0
    const each = wanted.shape.at(-1) ?? 1
    const found = Int32Array.from({ length: wanted.size }, (_, i) => {
      const row = Math.floor(i / each) * length
      let at = 0
      while (at < length && !past(list[row + at], values[i])) at++
      return at
    })
    return wholes(found, wanted.shape)
  }

/** How often each number from 0 on is there, or the sum of its weights. */
function bincount(call: Call): Value {
  const x = call.value(0)
  const [numbers, size] = [x.numbers(), call.count(call.numbers(1)?.[0] ?? 0)]
  const weights = call.optional(2)
  const given = weights === null || weights.size === 0 ? null : weights.numbers()
  const rows = x.rank === 2 ? x.shape[0] : 1
  const each = x.size / Math.max(1, rows)
  const binary = call.flag('binary_output')
  const counts = new Float32Array(call.count(rows * size))
  for (let i = 0; i < x.size; i++) {
    call.require(numbers[i] >= 0, () => `${numbers[i]} is below 0; only whole numbers from 0 on can be counted.`)
    if (numbers[i] >= size) continue
    const at = Math.floor(i / each) * size + numbers[i]
    if (binary) counts[at] = 1
    else counts[at] += given === null ? 1 : given[i]
  }
  const shape = x.rank === 2 ? [rows, size] : [size]
  return weights === null || given === null ? wholes(counts, shape) : floats(counts, shape)
}

function listDiff(call: Call): Value[] {
  const x = call.value(0)
  const gone = new Set(Array.from(call.value(1).numbers()))
  const numbers = Array.from(x.numbers())
  const places = numbers.flatMap((value, i) => (gone.has(value) ? [] : [i]))
  const left = places.map((i) => numbers[i])
  return [Value.of(fromData(left, [left.length], dtypeOf(x.type)), x.type), wholes(places)]
}

function maxPoolWithPlaces(call: Call): Value[] {
  const x = call.value(0)
  const [kernel, stride] = [call.ints('ksize') ?? [], call.ints('strides') ?? []]
  const padding = call.text('padding', 'VALID') === 'SAME' ? 'same' : 'valid'
  const { values, indices } = ops.maxPoolWithIndices(x.plain, kernel, { stride, padding })
  const [batch, rows, columns, channels] = x.shape
  const found = indices.dataSync()
  const plane = rows * columns
  const each = indices.size / Math.max(1, batch)
  // Places among the spatial ones of a channel become places among all numbers of the picture.
  const places = Int32Array.from(found, (at, i) => {
    const base = call.flag('batch') ? Math.floor(i / each) * plane * channels : 0
    return base + (at % plane) * channels + (i % channels)
  })
  return [Value.of(values, x.type), wholes(places, indices.shape)]
}

/** The domain `ai.convoke.tf`. */
export const tensorflow: Readonly<Record<string, Operator>> = {
  ...{ StridedSlice: stridedSlice, SymmetricPad: symmetricPad, Dilation2D: dilation2d },
  ...{ SpaceToBatchND: spaceToBatch, BatchToSpaceND: batchToSpace },
  ...{ Bincount: bincount, DenseBincount: bincount, ListDiff: listDiff, MaxPoolWithArgmax: maxPoolWithPlaces },
  LowerBound: bound((value, wanted) => value >= wanted),
  UpperBound: bound((value, wanted) => value > wanted),
  BroadcastArgs: (call) => wholes(broadcastShapes('BroadcastArgs', call.numbers(0) ?? [], call.numbers(1) ?? [])),
  CumProd: reductions['CumProd'],
  ...tensorflowBoxes,
  ...tensorLists,
}
