// Operators that move elements about or speak of shapes.

import { withBackend } from '../../backends/current.ts'
import * as ops from '../../ops/index.ts'
import { broadcastShapes, sizeOf } from '../../shapes/broadcast.ts'
import { fromData, full } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { constantOf } from '../constant.ts'
import { dtypeOf } from '../element-type.ts'
import { aligned, hostBackend, type Item, plainOrder, Sequence, Value } from '../value.ts'
import { elementTypes } from './elementwise.ts'

/** Small whole numbers, which others read: kept on the host. */
export const wholeNumbers = (numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Value =>
  withBackend(hostBackend(), () => Value.of(fromData(numbers, shape, 'int32'), 'int64'))

const renamed = (x: Value, f: (x: Tensor) => Tensor): Value => Value.of(f(x.plain), x.type)

function shape(call: Call): Value {
  const { shape: all, rank } = call.value(0)
  const end = (name: string, otherwise: number): number => {
    const at = call.int(name, otherwise)
    return Math.min(rank, Math.max(0, at < 0 ? at + rank : at))
  }
  return wholeNumbers(all.slice(end('start', 0), end('end', rank)))
}

function reshape(call: Call): Value {
  const x = call.value(0)
  const wanted = call.version >= 5 ? (call.numbers(1) ?? []) : (call.ints('shape') ?? [])
  const zero = call.version >= 14 && call.flag('allowzero')
  const target = wanted.map((size, axis) => {
    if (size !== 0 || zero) return size
    call.require(axis < x.rank, () => `the shape ${wanted.join(', ')} keeps axis ${axis}, which ${x} does not have.`)
    return x.shape[axis]
  })
  const open = target.indexOf(-1)
  if (open >= 0) {
    const rest = sizeOf(target.filter((_, axis) => axis !== open))
    call.require(rest > 0 && x.size % rest === 0, () => `${x} does not fill ${wanted.join(', ')}.`)
    target[open] = x.size / rest
  }
  // A model exported for so many examples goes on with others: what keeps the batch first does so for any.
  const misfit = x.rank > 0 && target.length > 0 && x.size !== sizeOf(target)
  if (misfit && x.size * target[0] === x.shape[0] * sizeOf(target)) target[0] = x.shape[0]
  return reshaped(x, target)
}

/** Where batch and channels stay and only axes of length 1 come or go, pictures stay channels last. */
function reshaped(x: Value, shape: readonly number[]): Value {
  const [batch, channels] = x.shape
  const still = x.rank >= 3 && shape[0] === batch && shape[1] === channels && x.size === batch * channels
  if (still && shape.length >= 2 && sizeOf(shape) === x.size) return Value.of(ops.reshape(x.tensor, shape), x.type)
  return renamed(x, (t) => ops.reshape(t, shape))
}

function flatten(call: Call): Value {
  const x = call.value(0)
  const given = call.int('axis', 1)
  const axis = given < 0 ? call.axis(given, x.rank) : call.axis(given, x.rank + 1)
  return reshaped(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])
}

const axesOf = (call: Call, since: number): readonly number[] | undefined =>
  call.version >= since ? call.numbers(1) : call.ints('axes')

function squeeze(call: Call): Value {
  const x = call.value(0)
  const given = axesOf(call, 13)
  const gone =
    given === undefined ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : call.axes(given, x.rank)
  call.require(
    gone.every((axis) => x.shape[axis] === 1),
    () => `the axes ${gone.join(', ')} of ${x} are not all of length 1.`,
  )
  return reshaped(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  )
}

function unsqueeze(call: Call): Value {
  const x = call.value(0)
  const given = axesOf(call, 13) ?? []
  const rank = x.rank + given.length
  const added = call.axes(given, rank)
  let next = 0
  const target = plainOrder(rank).map((axis) => (added.includes(axis) ? 1 : x.shape[next++]))
  return renamed(x, (t) => ops.reshape(t, target))
}

/** Only the names change: what is stored stays where it is. */
function transpose(call: Call): Value {
  const x = call.value(0)
  const moves = call.axes(call.ints('perm') ?? [...plainOrder(x.rank)].reverse(), x.rank)
  call.require(moves.length === x.rank, () => `perm has ${moves.length} axes for ${x}.`)
  return Value.stored(
    x.tensor,
    x.order.map((axis) => moves.indexOf(axis)),
    x.type,
  )
}

function concat(call: Call): Value {
  const values = call.values()
  const axis = call.axis(call.int('axis', 1), values[0].rank)
  const { tensors, order } = aligned(values)
  return Value.stored(ops.concat(tensors, order.indexOf(axis)), order, values[0].type)
}

function split(call: Call): Value[] {
  const x = call.value(0)
  const axis = call.axis(call.int('axis', 0), x.rank)
  const given = call.version >= 13 ? call.numbers(1) : call.ints('split')
  const length = x.shape[axis]
  const count = call.version >= 18 ? call.int('num_outputs', call.node.outputs.length) : call.node.outputs.length
  call.require(
    given !== undefined || count === call.node.outputs.length,
    () => `num_outputs is ${count}, and the node has ${call.node.outputs.length} outputs.`,
  )
  const each = Math.ceil(length / count)
  const parts = given ?? Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, length - i * each)))
  return ops.split(x.tensor, parts, x.order.indexOf(axis)).map((part) => Value.stored(part, x.order, x.type))
}

function slice(call: Call): Value {
  const x = call.value(0)
  const old = call.version < 10
  const starts = (old ? call.ints('starts') : call.numbers(1)) ?? []
  const ends = (old ? call.ints('ends') : call.numbers(2)) ?? []
  const axes = call.axes((old ? call.ints('axes') : call.numbers(3)) ?? starts.map((_, i) => i), x.rank)
  const steps = (old ? undefined : call.numbers(4)) ?? starts.map(() => 1)
  const ranges = x.order.map((name) => {
    const i = axes.indexOf(name)
    if (i < 0) return {}
    const [step, size] = [steps[i], x.shape[name]]
    call.require(step !== 0, () => 'a step is 0.')
    const clamp = (at: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, at < 0 ? at + size : at))
    // Counted from the end, −1 would be the last element; before the first is left out.
    const start = clamp(starts[i], 0, step > 0 ? size : size - 1)
    const stop = clamp(ends[i], step > 0 ? 0 : -1, step > 0 ? size : size - 1)
    return { start, ...(stop < 0 ? {} : { stop }), step }
  })
  return Value.stored(ops.slice(x.tensor, ranges), x.order, x.type)
}

const modes = { constant: 'constant', reflect: 'mirror', edge: 'edge', wrap: 'wrap' } as const

function pad(call: Call): Value {
  const x = call.value(0)
  const inputs = call.version >= 11
  const pads = (inputs ? call.numbers(1) : (call.ints('pads') ?? call.ints('paddings'))) ?? []
  const axes = call.axes((inputs ? call.numbers(3) : undefined) ?? plainOrder(x.rank), x.rank)
  call.require(pads.length === 2 * axes.length, () => `there are ${pads.length} pads for ${axes.length} axes.`)
  const pair = (name: number): [number, number] => {
    const i = axes.indexOf(name)
    return i < 0 ? [0, 0] : [pads[i], pads[i + axes.length]]
  }
  const pairs = x.order.map(pair)
  call.count(sizeOf(pairs.map(([before, after], i) => Math.max(0, x.tensor.shape[i] + before + after))), x.tensor.size)
  const mode = modes[call.choice('mode', ['constant', 'reflect', 'edge', 'wrap'], 'constant')]
  const value = inputs ? (call.numbers(2)?.[0] ?? 0) : call.float('value', 0)
  const cut = pairs.some(([before, after]) => before < 0 || after < 0)
  const t = cut
    ? ops.slice(
        x.tensor,
        pairs.map(([before, after], i) => ({
          start: Math.max(0, -before),
          stop: x.tensor.shape[i] + Math.min(0, after),
        })),
      )
    : x.tensor
  const grown = pairs.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)])
  return Value.stored(ops.pad(t, grown, { mode, ...(mode === 'constant' && { value }) }), x.order, x.type)
}

function expand(call: Call): Value {
  const x = call.value(0)
  const wanted = call.numbers(1) ?? []
  const shape = broadcastShapes('Expand', x.shape, wanted)
  call.count(sizeOf(shape))
  return renamed(x, (t) => ops.broadcastTo(t, shape))
}

function tile(call: Call): Value {
  const x = call.value(0)
  const counts = call.numbers(1) ?? []
  call.require(counts.length === x.rank, () => `there are ${counts.length} repeats for ${x}.`)
  call.count(sizeOf(x.shape.map((size, axis) => size * counts[axis])), sizeOf(x.shape))
  return Value.stored(
    ops.tile(
      x.tensor,
      x.order.map((axis) => counts[axis]),
    ),
    x.order,
    x.type,
  )
}

function constant(call: Call): Item {
  const whole = call.constant('value')
  if (whole !== undefined) return constantOf(whole)
  if (call.has('value_float')) return withBackend(hostBackend(), () => Value.of(full([], call.float('value_float'))))
  if (call.has('value_int')) return wholeNumbers([call.int('value_int')], [])
  const floats = call.floats('value_floats')
  if (floats !== undefined)
    return withBackend(hostBackend(), () => Value.of(fromData(floats, [floats.length], 'float32')))
  const ints = call.ints('value_ints')
  return ints === undefined ? call.refuse('it holds no value of a supported type.') : wholeNumbers(ints)
}

function constantOfShape(call: Call): Value {
  const size = call.numbers(0) ?? []
  call.count(sizeOf(size))
  const value = call.constant('value')
  if (value === undefined) return Value.of(full(size, 0))
  const one = constantOf(value)
  return Value.of(full(size, one.numbers()[0], dtypeOf(one.type)), one.type)
}

function range(call: Call): Value {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.numbers(i)?.[0] ?? 0)
  call.require(delta !== 0, () => 'the step is 0.')
  const { type } = call.value(0)
  const count = call.count(Math.max(0, Math.ceil((limit - start) / delta)))
  const numbers = Float64Array.from({ length: count }, (_, i) => start + i * delta)
  return Value.of(fromData(numbers, [count], dtypeOf(type)), type)
}

/** The triangle above or below a diagonal; the rest is zero. */
function trilu(call: Call): Value {
  const x = call.value(0)
  const shift = call.numbers(1)?.[0] ?? 0
  const upper = call.flag('upper', true)
  return renamed(x, (t) => (upper ? ops.triu(t, shift) : ops.tril(t, shift)))
}

function eyeLike(call: Call): Value {
  const x = call.value(0)
  const type = call.has('dtype') ? (elementTypes[call.int('dtype')] ?? 'float32') : x.type
  const [rows, columns] = x.shape
  const shift = call.int('k', 0)
  const ones = Uint8Array.from({ length: x.size }, (_, i) =>
    (i % columns) - Math.floor(i / columns) === shift ? 1 : 0,
  )
  return Value.of(fromData(ones, [rows, columns], dtypeOf(type)), type)
}

function nonZero(call: Call): Value {
  const x = call.value(0)
  const numbers = x.numbers()
  const found: number[] = []
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) found.push(i)
  const shape = x.rank === 0 ? [1] : x.shape
  const places = shape.flatMap((size, axis) => {
    const step = sizeOf(shape.slice(axis + 1))
    return found.map((at) => Math.floor(at / step) % size)
  })
  return wholeNumbers(places, [x.rank, found.length])
}

function oneHot(call: Call): Value {
  const [indices, values] = [call.value(0), call.value(2)]
  const depth = call.numbers(1)?.[0] ?? 0
  call.count(depth * indices.size)
  const axis = call.axis(call.int('axis', -1), indices.rank + 1)
  // Out of range: no value is on.
  const index = ops.cast(indices.plain, 'int32')
  const wrapped = ops.where(ops.less(index, 0), ops.add(index, depth), index)
  const places = fromData(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  )
  const lined = ops.equal(
    ops.expandDims(wrapped, axis),
    ops.reshape(places, [depth, ...Array<number>(indices.rank - axis).fill(1)]),
  )
  const [off, on] = ops.split(values.plain, 2, 0).map((part) => ops.reshape(part, []))
  return Value.of(ops.cast(ops.where(lined, on, off), values.plain.dtype), values.type)
}

function reverseSequence(call: Call): Value {
  const x = call.value(0)
  const lengths = call.numbers(1) ?? []
  const [time, batch] = [call.int('time_axis', 0), call.int('batch_axis', 1)]
  const steps = x.shape[time]
  const index = fromData(
    Int32Array.from({ length: x.shape[batch] * steps }, (_, i) => {
      const [b, t] = [Math.floor(i / steps), i % steps]
      return t < lengths[b] ? lengths[b] - 1 - t : t
    }),
    [x.shape[batch], steps],
    'int32',
  )
  const laid = batch < time ? index : ops.transpose(index)
  const full = x.shape.map((size, axis) => (axis === time || axis === batch ? size : 1))
  return renamed(x, (t) => ops.gatherElements(t, ops.broadcastTo(ops.reshape(laid, full), x.shape), time))
}

/** Tensors that a sequence may be cut into. */
const mostParts = 2 ** 20

const sequences: Record<string, Operator> = {
  SequenceEmpty: () => new Sequence([]),
  SequenceConstruct: (call) => new Sequence(call.values()),
  SequenceLength: (call) => wholeNumbers([call.sequence(0).items.length], []),
  SequenceAt: (call) => {
    const { items } = call.sequence(0)
    return items[call.axis(call.numbers(1)?.[0] ?? 0, items.length)]
  },
  SequenceInsert: (call) => {
    const { items } = call.sequence(0)
    const at = call.axis(call.numbers(2)?.[0] ?? items.length, items.length + 1)
    return new Sequence([...items.slice(0, at), call.value(1), ...items.slice(at)])
  },
  SequenceErase: (call) => {
    const { items } = call.sequence(0)
    const at = call.axis(call.numbers(1)?.[0] ?? -1, items.length)
    return new Sequence(items.filter((_, i) => i !== at))
  },
  SplitToSequence: (call: Call) => {
    const x = call.value(0)
    const axis = call.axis(call.int('axis', 0), x.rank)
    const given = call.optional(1)
    const numbers = call.numbers(1) ?? [1]
    const length = x.shape[axis]
    const each = (size: number): number[] =>
      Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size))
    call.require(
      numbers.every((size) => size >= 0) && length / Math.max(1, numbers[0]) <= mostParts,
      () => `it would split ${x} into parts of ${numbers.join(', ')}; the limit is ${mostParts} parts.`,
    )
    const parts = given !== null && given.rank === 1 ? numbers : each(numbers[0])
    const drop = given === null && !call.flag('keepdims', true)
    const items = ops.split(x.plain, parts, axis).map((part) => Value.of(drop ? ops.squeeze(part, axis) : part, x.type))
    return new Sequence(items)
  },
  ConcatFromSequence: (call) => {
    const { items } = call.sequence(0)
    const added = call.flag('new_axis')
    const axis = call.axis(call.int('axis'), items[0].rank + (added ? 1 : 0))
    const tensors = items.map(({ plain }) => plain)
    return Value.of(added ? ops.stack(tensors, axis) : ops.concat(tensors, axis), items[0].type)
  },
  Optional: (call) => call.inputs[0] ?? null,
  OptionalGetElement: (call) => call.inputs[0] ?? call.refuse('the optional holds nothing.'),
  OptionalHasElement: (call) =>
    withBackend(hostBackend(), () => Value.of(full([], (call.inputs[0] ?? null) === null ? 0 : 1, 'bool'))),
}

export const shapes: Readonly<Record<string, Operator>> = {
  ...{ Shape: shape, Reshape: reshape, Flatten: flatten, Squeeze: squeeze, Unsqueeze: unsqueeze },
  ...{ Transpose: transpose, Concat: concat, Split: split, Slice: slice, Pad: pad, Expand: expand, Tile: tile },
  ...{ Constant: constant, ConstantOfShape: constantOfShape, Range: range, Trilu: trilu, EyeLike: eyeLike },
  ...{ NonZero: nonZero, OneHot: oneHot, ReverseSequence: reverseSequence },
  Size: (call) => wholeNumbers([call.value(0).size], []),
  ...sequences,
}
