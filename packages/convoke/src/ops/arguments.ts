// What ops accept, turned into what kernels take.

import type { DType } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { asTensor, checkWhole, fromData, numbersOf, type TensorLike } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import { allocateStorage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { followerOf, type IndexRange } from '../tensor/witness.ts'
import { cast } from './cast.ts'

/** An axis by its number, negative ones from the end, or as an option. */
export type AxisLike =
  | number
  | {
      /** Index of the axis; negative ones count from the end. */
      readonly axis?: number | undefined
    }
/** Axes by their numbers, or as an option. */
export type AxesLike =
  | number
  | readonly number[]
  | {
      /** Indices of the axes; negative ones count from the end. */
      readonly axes?: number | readonly number[] | undefined
    }

/** The number of an axis given in either way. */
export function axisFrom(op: string, given: AxisLike | undefined, otherwise?: number): number {
  if (typeof given !== 'object') return (given ?? otherwise) as number
  checkOptions(op, given, ['axis'])
  return (given.axis ?? otherwise) as number
}

/** Axes given in either way; undefined where none are. */
export function axesFrom(op: string, given: AxesLike | undefined): number | readonly number[] | undefined {
  if (typeof given !== 'object' || Array.isArray(given)) return given as number | readonly number[] | undefined
  checkOptions(op, given, ['axes'])
  return (given as { axes?: number }).axes
}

/** A float32 tensor: whole numbers and booleans are cast. */
export const floatTensor = (op: string, name: string, value: TensorLike): Tensor => {
  const given = asTensor(
    op,
    name,
    value,
    value !== null && typeof value === 'object' && 'dtype' in value ? undefined : 'float32',
  )
  return given.dtype === 'float32' ? given : cast(given, 'float32')
}

/** Whether indices below 0 count from the end of the axis; they are refused otherwise. */
export type Counting = 'from-start' | 'from-either-end'

/** Up to so many indices a loop here is done before a kernel has begun. */
const few = 4096

function extremesOf(indices: Tensor): { readonly smallest: number; readonly largest: number } {
  if (indices.size <= few) {
    let [smallest, largest] = [0, -1]
    for (const index of indices.dataSync()) {
      if (index < smallest) smallest = index
      if (index > largest) largest = index
    }
    return { smallest, largest }
  }
  const of = (op: 'min' | 'max'): number => {
    const found = runOne(kernels.reduce, { op, shape: [indices.size], axes: [0] }, [indices], [], 'int32')
    const [value] = found.dataSync()
    found.dispose()
    return value
  }
  return { smallest: of('min'), largest: of('max') }
}

/**
 * An int32 tensor of indices from 0 to `limit` − 1: no kernel sees one that is outside. The values are read to check them. Where a
 * backend cannot be read at once, numbers are checked before they go there, and what is there already is brought into range.
 */
export function indexTensor(op: string, value: TensorLike, limit: number, counting: Counting): Tensor {
  const least = counting === 'from-start' ? 0 : -limit
  const { readSync, dry } = currentBackend()
  if (readSync === undefined && dry !== true && !(value instanceof Tensor)) {
    const { values, shape } = numbersOf(op, 'the indices', value)
    checkWhole(op, values, 'int32')
    return fromData(inRange({ op, limit, least }, values), shape, 'int32')
  }
  const given = asTensor(
    op,
    'the indices',
    value,
    value !== null && typeof value === 'object' && 'dtype' in value ? undefined : 'int32',
  )
  check(
    given.dtype === 'int32' || given.dtype === 'uint8',
    () => `${op}: the indices are ${given.dtype}; they must be int32. Use cast(indices, 'int32').`,
  )
  const whole = cast(given, 'int32')
  if (given.storage.backend.readSync === undefined) {
    return given.storage.backend.dry === true ? whole : broughtInRange(whole, limit, least)
  }
  const follower = followerOf(whole.storage)
  if (follower !== undefined) {
    const checked = allocateStorage(whole.storage.backend, 'int32', whole.size)
    follower.checks(whole.storage, checked, { op, limit, least })
    return new Tensor(checked, whole.shape)
  }
  const { smallest, largest } = extremesOf(whole)
  if (smallest >= 0 && largest < limit) return whole
  return fromData(inRange({ op, limit, least }, given.dataSync()), given.shape, 'int32')
}

/** Indices counted from the start. Throws for one that is outside. */
export function inRange({ op, limit, least }: IndexRange, values: ArrayLike<number>): Int32Array {
  const outside = Array.prototype.find.call(values, (index: number) => index < least || index >= limit)
  check(outside === undefined, () =>
    limit === 0
      ? `${op}: index ${outside} is outside an axis of length 0, which has no index. Give an empty list of indices.`
      : `${op}: index ${outside} is outside an axis of length ${limit}. Use ${least} to ${limit - 1}.`,
  )
  return Int32Array.from(values, (index) => (index < 0 ? index + limit : index))
}

/** Negative indices counted from the end where `least` is below 0, and what lies outside put at the nearest end. */
function broughtInRange(indices: Tensor, limit: number, least: number): Tensor {
  const { shape, size } = indices
  const along = [[1], [0]]
  const against = (op: 'add' | 'less' | 'minimum' | 'maximum', x: Tensor, number: number): Tensor => {
    const other = fromData([number], [], 'int32')
    return runOne(
      kernels.binary,
      { op, shape: [size], strides: along },
      [x, other],
      shape,
      op === 'less' ? 'bool' : 'int32',
    )
  }
  const counted =
    least === 0
      ? indices
      : runOne(
          kernels.select,
          { shape: [size], strides: [[1], [1], [1]] },
          [against('less', indices, 0), against('add', indices, limit), indices],
          shape,
          'int32',
        )
  return against('maximum', against('minimum', counted, limit - 1), 0)
}

const order: readonly DType[] = ['bool', 'uint8', 'int32', 'float32']

/** The wider of two dtypes: bool < uint8 < int32 < float32. */
export const widest = (a: DType, b: DType): DType => order[Math.max(order.indexOf(a), order.indexOf(b))]

/**
 * Both operands at one dtype. A plain number takes the dtype of its partner where that can hold it. With `arithmetic`,
 * bool and uint8 become int32, so that 200 + 100 is 300.
 */
export function promote(op: string, a: TensorLike, b: TensorLike, arithmetic: boolean): [Tensor, Tensor] {
  const scalar = (value: TensorLike, partner: TensorLike): DType | undefined => {
    if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) >= 2 ** 31) return undefined
    if (partner === null || typeof partner !== 'object' || !('dtype' in partner)) return undefined
    return partner.dtype === 'float32' ? 'float32' : 'int32'
  }
  const left = asTensor(op, 'the left operand', a, scalar(a, b))
  const right = asTensor(op, 'the right operand', b, scalar(b, a))
  const wide = widest(left.dtype, right.dtype)
  const dtype = arithmetic && wide !== 'float32' ? 'int32' : wide
  return [cast(left, dtype), cast(right, dtype)]
}

/** One of a few words, or a clear refusal that lists them. */
export function checkChoice<T extends string>(
  op: string,
  name: string,
  value: unknown,
  choices: readonly T[],
): asserts value is T {
  check(
    choices.includes(value as T),
    () => `${op}: ${name} is ${show(value)}. Use one of ${choices.map((choice) => `'${choice}'`).join(', ')}.`,
  )
}

/** A finite number. */
export function checkFinite(op: string, name: string, value: unknown): asserts value is number {
  check(Number.isFinite(value), () => `${op}: ${name} is ${show(value)}; it must be a finite number.`)
}
