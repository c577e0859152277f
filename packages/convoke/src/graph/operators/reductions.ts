// Reductions, in whatever order the axes are stored.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { full } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Operator } from '../call.ts'
import { type ElementType, held, isFloat, rangeOf } from '../element-type.ts'
import { Value } from '../value.ts'

type Reduce = (x: Tensor, options: { readonly axes: readonly number[]; readonly keepDims: boolean }) => Tensor

/** The axes left when some are gone, counted anew. */
const remaining = (order: readonly number[], gone: readonly number[]): number[] => {
  const left = order.filter((axis) => !gone.includes(axis))
  const named = [...left].sort((a, b) => a - b)
  return left.map((axis) => named.indexOf(axis))
}

function reduced(x: Value, axes: readonly number[], keepDims: boolean, run: Reduce, type: ElementType): Value {
  const y = run(x.tensor, { axes: axes.map((axis) => x.order.indexOf(axis)), keepDims })
  return Value.stored(held(y, type), keepDims ? x.order : remaining(x.order, axes), type)
}

/** `empty` is the result over no elements at all. */
const reduction =
  (run: Reduce, empty?: (type: ElementType) => number, sinceAxesAreInputs = 18): Operator =>
  (call) => {
    const x = call.value(0)
    const given = (call.version >= sinceAxesAreInputs ? call.numbers(1) : call.ints('axes')) ?? []
    const keepDims = call.flag('keepdims', true)
    if (given.length === 0 && call.flag('noop_with_empty_axes')) {
      return call.node.operator === 'ReduceSum' || call.node.operator === 'ReduceMean'
        ? x
        : reduced(x, [], true, run, x.type)
    }
    const axes = given.length === 0 ? x.shape.map((_, axis) => axis) : call.axes(given, x.rank)
    if (empty !== undefined && sizeOf(axes.map((axis) => x.shape[axis])) === 0) {
      const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]))
      return Value.of(held(full(shape, empty(x.type)), x.type), x.type)
    }
    return reduced(x, axes, keepDims, run, x.type)
  }

const lowest = (type: ElementType): number =>
  isFloat(type) ? Number.NEGATIVE_INFINITY : type === 'bool' ? 0 : rangeOf(type)[0]
const highest = (type: ElementType): number =>
  isFloat(type) ? Number.POSITIVE_INFINITY : type === 'bool' ? 1 : rangeOf(type)[1]
const nothing = (): number => 0

/** Of bool, whether any or all hold. */
const logical =
  (ofNumbers: Reduce, ofBool: Reduce): Reduce =>
  (x, options) =>
    (x.dtype === 'bool' ? ofBool : ofNumbers)(x, options)

const extremeIndex =
  (op: typeof ops.argMax): Operator =>
  (call) => {
    const x = call.value(0)
    const axis = call.axis(call.int('axis', 0), x.rank)
    const keepDims = call.flag('keepdims', true)
    const along = x.order.indexOf(axis)
    const options = { axis: along, keepDims }
    const found = call.flag('select_last_index')
      ? ops.subtract(x.shape[axis] - 1, op(ops.flip(x.tensor, along), options))
      : op(x.tensor, options)
    return Value.stored(found, keepDims ? x.order : remaining(x.order, [axis]), 'int64')
  }

/** Running sums or products along an axis. */
const running =
  (run: (x: Tensor, options: ops.CumulativeSumOptions) => Tensor): Operator =>
  (call) => {
    const x = call.value(0)
    const axis = call.axis(call.numbers(1)?.[0] ?? 0, x.rank)
    const options = { axis: x.order.indexOf(axis), exclusive: call.flag('exclusive'), reverse: call.flag('reverse') }
    return Value.stored(held(run(x.tensor, options), x.type), x.order, x.type)
  }

/** Doubles the stretch that is multiplied at each turn (Hillis & Steele 1986). */
function cumulativeProduct(
  x: Tensor,
  { axis = 0, exclusive = false, reverse = false }: ops.CumulativeSumOptions,
): Tensor {
  const turned = reverse ? ops.flip(x, axis) : x
  const length = x.shape[axis]
  const ahead = (t: Tensor, by: number): Tensor => {
    const ranges = t.shape.map((_, i) => (i === axis ? { stop: length - by } : {}))
    const ones = full(t.shape.with(axis, by), 1, t.dtype)
    return ops.concat([ones, ops.slice(t, ranges)], axis)
  }
  let result = exclusive && length > 0 ? ahead(turned, 1) : turned
  for (let by = 1; by < length; by *= 2) result = ops.multiply(result, ahead(result, by))
  return reverse ? ops.flip(result, axis) : result
}

export const reductions: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction(ops.sum, nothing, 13),
  ReduceMean: reduction(ops.mean),
  ReduceProd: reduction(ops.product, () => 1),
  ReduceMax: reduction(logical(ops.max, ops.any), lowest),
  ReduceMin: reduction(logical(ops.min, ops.all), highest),
  ReduceL1: reduction((x, options) => ops.sum(ops.abs(x), options), nothing),
  ReduceL2: reduction((x, options) => ops.norm(ops.cast(x, 'float32'), options), nothing),
  ReduceLogSum: reduction((x, options) => ops.log(ops.sum(x, options)), lowest),
  ReduceLogSumExp: reduction(ops.logSumExp, lowest),
  ReduceSumSquare: reduction((x, options) => ops.sum(ops.square(x), options), nothing),
  ...{ ArgMax: extremeIndex(ops.argMax), ArgMin: extremeIndex(ops.argMin) },
  ...{ CumSum: running(ops.cumulativeSum), CumProd: running(cumulativeProduct) },
}
