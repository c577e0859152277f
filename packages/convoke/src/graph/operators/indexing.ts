// Operators that read and write at places given by other values.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { arange, fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { held } from '../element-type.ts'
import { Value } from '../value.ts'

const asIndex = (x: Value): Tensor => ops.cast(x.plain, 'int32')

function gather(call: Call): Value {
  const [x, index] = [call.value(0), call.value(1)]
  const axis = call.axis(call.int('axis', 0), x.rank)
  return Value.of(ops.gather(x.plain, asIndex(index), { axis }), x.type)
}

function gatherElements(call: Call): Value {
  const [x, index] = [call.value(0), call.value(1)]
  const axis = call.axis(call.int('axis', 0), x.rank)
  return Value.of(ops.gatherElements(x.plain, asIndex(index), axis), x.type)
}

/** Places in the flattened leading axes, of the rows of indices in the last axis. */
function flatPlaces(index: Tensor, shape: readonly number[]): Tensor {
  const depth = index.shape[index.rank - 1]
  const rows = ops.reshape(index, [-1, depth])
  const columns = ops.split(rows, depth, 1).map((column, axis) => {
    const flat = ops.reshape(column, [-1])
    return ops.where(ops.less(flat, 0), ops.add(flat, shape[axis]), flat)
  })
  return columns.reduce<Tensor | null>((sum, column, axis) => {
    const part = ops.multiply(column, sizeOf(shape.slice(axis + 1, depth)))
    return sum === null ? part : ops.add(sum, part)
  }, null) as Tensor
}

function gatherND(call: Call): Value {
  const [x, index] = [call.value(0), call.value(1)]
  const batch = call.int('batch_dims', 0)
  const depth = index.shape[index.rank - 1]
  const shared = sizeOf(x.shape.slice(0, batch))
  const rest = x.shape.slice(batch + depth)
  const inner = x.shape.slice(batch, batch + depth)
  const places = flatPlaces(asIndex(index), inner)
  const each = places.size / Math.max(1, shared)
  const offsets = ops.multiply(ops.reshape(arange(0, shared, 1, 'int32'), [shared, 1]), sizeOf(inner))
  const all = ops.reshape(ops.add(ops.reshape(places, [shared, each]), offsets), [-1])
  const table = ops.reshape(x.plain, [shared * sizeOf(inner), sizeOf(rest)])
  const shape = [...index.shape.slice(0, -1), ...rest]
  return Value.of(ops.reshape(ops.gather(table, all, { axis: 0 }), shape), x.type)
}

type Join = (old: number, update: number) => number
const joins: Readonly<Record<string, Join>> = {
  ...{
    mul: (a, b) => a * b,
    max: (a, b) => (b > a || Number.isNaN(b) ? b : a),
    min: (a, b) => (b < a || Number.isNaN(b) ? b : a),
  },
}

/** Updates that multiply or compete are joined one after another, on numbers that were read. */
function joined(x: Tensor, places: ArrayLike<number>, updates: ArrayLike<number>, width: number, join: Join): Tensor {
  const values = Float64Array.from(x.dataSync())
  for (let i = 0; i < places.length; i++) {
    for (let j = 0; j < width; j++) {
      const at = places[i] * width + j
      values[at] = join(values[at], updates[i * width + j])
    }
  }
  return fromData(values, x.shape, x.dtype)
}

function scatterND(call: Call): Value {
  const [x, index, updates] = [call.value(0), call.value(1), call.value(2)]
  const depth = index.shape[index.rank - 1]
  const inner = x.shape.slice(0, depth)
  const width = sizeOf(x.shape.slice(depth))
  const places = flatPlaces(asIndex(index), inner)
  const rows = ops.reshape(x.plain, [sizeOf(inner), width])
  const given = ops.reshape(updates.plain, [places.size, width])
  const reduction = call.text('reduction', 'none')
  const join = joins[reduction]
  if (join !== undefined) {
    const y = joined(rows, checkedPlaces(call, places, sizeOf(inner)), given.dataSync(), width, join)
    return Value.of(held(ops.reshape(y, x.shape), x.type), x.type)
  }
  const spread = ops.broadcastTo(ops.reshape(places, [places.size, 1]), [places.size, width])
  const y = ops.scatter(rows, spread, given, { axis: 0, reduction: reduction === 'add' ? 'add' : 'none' })
  return Value.of(held(ops.reshape(y, x.shape), x.type), x.type)
}

function checkedPlaces(call: Call, places: Tensor, limit: number): ArrayLike<number> {
  const numbers = places.dataSync()
  call.require(
    Array.prototype.every.call(numbers, (place: number) => place >= 0 && place < limit),
    () => `an index lies outside the ${limit} places there are.`,
  )
  return numbers
}

function scatterElements(call: Call): Value {
  const [x, index, updates] = [call.value(0), call.value(1), call.value(2)]
  const axis = call.axis(call.int('axis', 0), x.rank)
  const reduction = call.text('reduction', 'none')
  const join = joins[reduction]
  const length = x.shape[axis]
  if (join === undefined && reduction !== 'add') {
    return Value.of(ops.scatter(x.plain, asIndex(index), updates.plain, { axis }), x.type)
  }
  if (join === undefined) {
    return Value.of(
      held(ops.scatter(x.plain, asIndex(index), updates.plain, { axis, reduction: 'add' }), x.type),
      x.type,
    )
  }
  const steps = x.shape.map((_, i) => sizeOf(x.shape.slice(i + 1)))
  const given = index.numbers()
  const places = Int32Array.from(given, (at, flat) => {
    let rest = flat
    let place = 0
    for (let i = index.rank - 1; i >= 0; i--) {
      const here = rest % index.shape[i]
      rest = Math.floor(rest / index.shape[i])
      place += (i === axis ? (at < 0 ? at + length : at) : here) * steps[i]
    }
    return place
  })
  call.require(
    Array.prototype.every.call(given, (at: number) => at >= -length && at < length),
    () => `an index lies outside an axis of length ${length}.`,
  )
  return Value.of(held(joined(x.plain, places, updates.numbers(), 1, join), x.type), x.type)
}

/** Writes new steps into a cache, each example's from a place of its own; a circular one begins again at its end. */
function tensorScatter(call: Call): Value {
  const [cache, update, places] = [call.value(0), call.value(1), call.optional(2)]
  const axis = call.axis(call.int('axis', -2), cache.rank)
  const circular = call.choice('mode', ['linear', 'circular'], 'linear') === 'circular'
  call.require(axis > 0, () => 'axis 0 is that of the examples; the steps must have another.')
  call.require(
    update.rank === cache.rank &&
      update.shape.every((size, i) => (i === axis ? size <= cache.shape[i] : size === cache.shape[i])),
    () => `the update ${update} does not fit the cache ${cache} along axis ${axis}.`,
  )
  call.require(
    places === null || (places.rank === 1 && places.size === cache.shape[0]),
    () => `write_indices ${places} must have one number for each of ${cache.shape[0]} examples.`,
  )
  const along = (t: Tensor, at: number): Tensor =>
    ops.reshape(
      t,
      cache.shape.map((_, i) => (i === at ? t.size : 1)),
    )
  const steps = along(arange(0, update.shape[axis], 1, 'int32'), axis)
  const index = places === null ? steps : ops.add(along(asIndex(places), 0), steps)
  const wrapped = circular ? ops.remainder(index, cache.shape[axis]) : index
  const y = ops.scatter(cache.plain, ops.broadcastTo(wrapped, update.shape), update.plain, { axis })
  return Value.of(y, cache.type)
}

function topK(call: Call): Value[] {
  const x = call.value(0)
  const k = call.version >= 10 ? (call.numbers(1)?.[0] ?? 1) : call.int('k')
  const axis = call.axis(call.int('axis', -1), x.rank)
  const largest = call.version < 11 || call.flag('largest', true)
  const { values, indices } = ops.topK(x.plain, k, { axis, largest })
  return [Value.of(held(values, x.type), x.type), Value.of(indices, 'int64')]
}

function compress(call: Call): Value {
  const [x, condition] = [call.value(0), call.value(1)]
  const kept = Array.from(condition.numbers()).flatMap((keep, i) => (keep !== 0 ? [i] : []))
  if (!call.has('axis')) return Value.of(ops.gather(ops.reshape(x.plain, [-1]), indexOf(kept), { axis: 0 }), x.type)
  return Value.of(ops.gather(x.plain, indexOf(kept), { axis: call.axis(call.int('axis'), x.rank) }), x.type)
}

const indexOf = (numbers: readonly number[]): Tensor => fromData(numbers, [numbers.length], 'int32')

export const indexing: Readonly<Record<string, Operator>> = {
  ...{ Gather: gather, GatherElements: gatherElements, GatherND: gatherND, TopK: topK, Compress: compress },
  ...{ ScatterND: scatterND, ScatterElements: scatterElements, Scatter: scatterElements, TensorScatter: tensorScatter },
}
