// Lists of tensors that loops of TensorFlow fill: sequences, in which what was never written is an empty value.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { fromData, zeros } from '../../tensor/create.ts'
import type { Call, Operator } from '../call.ts'
import { dtypeOf, type ElementType } from '../element-type.ts'
import { Sequence, Value } from '../value.ts'
import { elementTypes } from './elementwise.ts'

/** Tensors that a list may hold. */
const mostItems = 2 ** 20

const unset = (type: ElementType): Value => Value.of(zeros([0], dtypeOf(type)), type)
const isUnset = ({ rank, size }: Value): boolean => rank === 1 && size === 0
const typeOf = (call: Call): ElementType => elementTypes[call.int('type', 1)] ?? 'float32'

function reserved(call: Call): Sequence {
  const count = call.numbers(0)?.[0] ?? 0
  call.require(count >= 0 && count <= mostItems, () => `it would hold ${count} tensors; the limit is ${mostItems}.`)
  const empty = unset(typeOf(call))
  return new Sequence(Array.from({ length: count }, () => empty.alias()))
}

const whole = (numbers: readonly number[], shape: readonly number[]): Value =>
  Value.of(fromData(numbers, shape, 'int32'), 'int32')

/** The shape of an element, as far as an input or an attribute tells; -1 where a length is open. */
const toldShape = (call: Call, input: number): readonly number[] | undefined =>
  (input >= 0 && call.inputs.length > input ? call.numbers(input) : undefined) ?? call.ints('element_shape')

/** Zeros stand for what was never written, where its shape is known. */
function filled(call: Call, items: readonly Value[], told: readonly number[] | undefined): Value[] {
  if (!items.some(isUnset)) return [...items]
  const shape = items.find((item) => !isUnset(item))?.shape ?? told
  call.require(
    shape?.every((length) => length >= 0) === true,
    () => 'nothing was written to the list, and the shape of its elements is not known.',
  )
  call.count(sizeOf(shape ?? []))
  return items.map((item) => (isUnset(item) ? Value.of(zeros(shape ?? [], dtypeOf(item.type)), item.type) : item))
}

function stacked(call: Call, items: readonly Value[], told: readonly number[] | undefined): Value {
  if (items.length === 0) {
    const type = typeOf(call)
    return Value.of(zeros([0, ...(told ?? []).map((length) => Math.max(0, length))], dtypeOf(type)), type)
  }
  const list = filled(call, items, told)
  call.count(sizeOf(list[0].shape) * list.length)
  return Value.of(ops.stack(list.map(({ plain }) => plain)), list[0].type)
}

const pieces = (x: Value): Value[] =>
  x.shape[0] === 0
    ? []
    : ops.split(x.plain, x.shape[0], 0).map((part) => Value.of(ops.reshape(part, x.shape.slice(1)), x.type))

function placeIn(call: Call, items: readonly Value[], input = 1): number {
  const at = call.numbers(input)?.[0] ?? 0
  call.require(at >= 0 && at < items.length, () => `index ${at} is not one of a list of ${items.length}.`)
  return at
}

function written(call: Call, items: readonly Value[], places: readonly number[], values: readonly Value[]): Sequence {
  const list = [...items]
  places.forEach((at, i) => {
    call.require(
      at >= 0 && at < mostItems,
      () => `index ${at} is outside of the list; the limit is ${mostItems} items.`,
    )
    while (list.length <= at) list.push(unset(values[i].type))
    list[at] = values[i]
  })
  return new Sequence(list)
}

export const tensorLists: Readonly<Record<string, Operator>> = {
  ListReserve: reserved,
  ListEmpty: () => new Sequence([]),
  ListFromTensor: (call) => new Sequence(pieces(call.value(0))),
  ListStack: (call) => stacked(call, call.sequence(0).items, toldShape(call, 1)),
  ListRead: (call) => {
    const { items } = call.sequence(0)
    const item = items[placeIn(call, items)]
    return filled(call, [item], toldShape(call, 2))[0]
  },
  ListWrite: (call) => written(call, call.sequence(0).items, [call.numbers(1)?.[0] ?? 0], [call.value(2)]),
  ListPut: (call) => written(call, call.sequence(0).items, call.numbers(1) ?? [], pieces(call.value(2))),
  /** Of values and their places. */
  ListScatter: (call) => written(call, [], call.numbers(1) ?? [], pieces(call.value(0))),
  ListGather: (call: Call) => {
    const { items } = call.sequence(0)
    const places = call.numbers(1) ?? []
    for (const at of places)
      call.require(at >= 0 && at < items.length, () => `index ${at} is not one of a list of ${items.length}.`)
    return stacked(
      call,
      places.map((at) => items[at]),
      toldShape(call, -1),
    )
  },
  ListLength: (call) => whole([call.sequence(0).items.length], []),
  ListPush: (call) => new Sequence([...call.sequence(0).items, call.value(1)]),
  ListPop: (call) => {
    const { items } = call.sequence(0)
    const last = items.at(-1) ?? call.refuse('the list is empty.')
    return [new Sequence(items.slice(0, -1)), last]
  },
  ListResize: (call: Call) => {
    const { items } = call.sequence(0)
    const count = call.numbers(1)?.[0] ?? 0
    call.require(count >= 0 && count <= mostItems, () => `it would hold ${count} tensors; the limit is ${mostItems}.`)
    return new Sequence(Array.from({ length: count }, (_, i) => items[i] ?? unset(typeOf(call))))
  },
  ListConcat: (call) => {
    const { items } = call.sequence(0)
    const list = items.filter((item) => !isUnset(item))
    const lengths = whole(
      items.map(({ shape }) => shape[0] ?? 0),
      [items.length],
    )
    if (list.length === 0) return [items[0] ?? unset(typeOf(call)), lengths]
    const joined = ops.concat(
      list.map(({ plain }) => plain),
      0,
    )
    return [Value.of(joined, list[0].type), lengths]
  },
  ListSplit: (call) => {
    const x = call.value(0)
    const lengths = call.numbers(1) ?? []
    return new Sequence(ops.split(x.plain, lengths, 0).map((part) => Value.of(part, x.type)))
  },
}
