// Making tensors from numbers.

import type { DType } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import { checkShape, type Shape, sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape, withinMemory } from '../shapes/error.ts'
import { storageOf } from './held.ts'
import { fromNested, type NestedValues, type NumberArray } from './nested.ts'
import { runOne } from './run.ts'
import type { JsonNumbers } from './show.ts'
import { allocateStorage } from './storage.ts'
import { Tensor } from './tensor.ts'
import { enqueue } from './witness.ts'

/** Anything that a call accepts as a tensor: a tensor, a number, nested arrays. */
export type TensorLike = Tensor | NestedValues | NumberArray

const dtypes: readonly string[] = ['float32', 'int32', 'uint8', 'bool']

/** Throws `ConvokeError` unless `dtype` is one of the four. */
export function checkDType(op: string, dtype: unknown): asserts dtype is DType {
  check(
    typeof dtype === 'string' && dtypes.includes(dtype),
    () => `${op}: dtype ${show(dtype)} is not known. Use 'float32', 'int32', 'uint8' or 'bool'.`,
  )
}

/** The options of `tensor`. */
export interface TensorOptions {
  /** The shape of a flat array of values; nested arrays have their own. */
  readonly shape?: Shape | undefined
  /** Defaults to float32; int32 for an Int32Array, uint8 for a Uint8Array, bool for nested booleans. */
  readonly dtype?: DType | undefined
}

const dtypeOf = (values: unknown): DType =>
  values instanceof Int32Array
    ? 'int32'
    : values instanceof Uint8Array || values instanceof Uint8ClampedArray
      ? 'uint8'
      : 'float32'

/** Plain values of a tensor, as `toJSON` gives them; their numbers may be a typed array, too. */
export interface TensorValues {
  /** Length of each axis. */
  readonly shape: Shape
  /** float32 when not given. */
  readonly dtype?: DType | undefined
  /** The elements: nested as the shape is, or flat as a typed array. */
  readonly values: JsonNumbers | NumberArray
}

const isPlain = (values: unknown): values is TensorValues =>
  values !== null && typeof values === 'object' && 'values' in values && 'shape' in values

/**
 * A tensor of the given numbers: a number, nested arrays, a typed array (with `shape`, else of rank 1), or plain values
 * `{ shape, dtype, values }`, as `toJSON` and `JSON.parse` give them.
 * Throws `ConvokeError` for ragged arrays, for values that are not numbers, and for values the dtype cannot hold.
 *
 * @example
 * tensor([[1, 2], [3, 4]])                                     // float32 [2, 2]
 * tensor(new Uint8Array([0, 255, 0, 255]), { shape: [2, 2] })  // uint8 [2, 2]
 */
export function tensor(values: NestedValues | NumberArray | TensorValues, options: TensorOptions = {}): Tensor {
  checkOptions('tensor', options, ['shape', 'dtype'])
  if (isPlain(values)) {
    const { shape, dtype } = values
    return tensor(values.values as NestedValues | NumberArray, { shape, dtype, ...options })
  }
  const parsed = isTyped('tensor', values) ? null : fromNested('tensor', values)
  const flat: ArrayLike<number> = parsed === null ? (values as NumberArray) : parsed.values
  const dtype = options.dtype ?? (parsed === null ? dtypeOf(values) : parsed.boolean ? 'bool' : 'float32')
  checkDType('tensor', dtype)
  const shape = options.shape ?? parsed?.shape ?? [flat.length]
  checkShape('tensor', shape)
  check(
    sizeOf(shape) === flat.length,
    () =>
      `tensor: ${flat.length === 1 ? '1 value does' : `${flat.length} values do`} not fill shape ${showShape(shape)}, which holds ${sizeOf(shape)}.`,
  )
  checkWhole('tensor', flat, dtype)
  return fromData(flat, shape, dtype)
}

/** Whether `values` is a typed array of numbers; other binary views are refused. */
function isTyped(op: string, values: unknown): values is NumberArray {
  if (!ArrayBuffer.isView(values)) return false
  check(
    !(values instanceof DataView) && !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array),
    () => `${op}: a ${show(values)} cannot be put into a tensor. Use Float32Array.from(values, Number).`,
  )
  return true
}

const alwaysFits = (values: ArrayLike<number>, dtype: DType): boolean =>
  values instanceof Uint8Array || values instanceof Uint8ClampedArray
    ? dtype !== 'bool'
    : values instanceof Int32Array && dtype === 'int32'

/** Whether `dtype` can hold every value as it is. */
export function checkWhole(op: string, values: ArrayLike<number>, dtype: DType): void {
  if (dtype === 'float32' || alwaysFits(values, dtype)) return
  const [low, high] = dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : dtype === 'uint8' ? [0, 255] : [0, 1]
  for (let i = 0; i < values.length; i++) {
    check(
      Number.isInteger(values[i]) && values[i] >= low && values[i] <= high,
      () =>
        `${op}: element ${i} is ${values[i]}; ${dtype} holds whole numbers from ${low} to ${high}. Use float32, or cast(…).`,
    )
  }
}

/** A tensor of unchecked row-major data. */
export function fromData(data: ArrayLike<number>, shape: Shape, dtype: DType): Tensor {
  return new Tensor(storageOf(data, dtype, sizeOf(shape)), shape)
}

/** Turns what a caller passed into a tensor. Numbers and arrays become `dtype` (float32 when not given). */
export function asTensor(op: string, name: string, value: unknown, dtype?: DType): Tensor {
  if (value instanceof Tensor) {
    // What is repeated is not written out for it.
    if (value.isDisposed) value.storage // throws
    return value
  }
  const { values, shape, suggested } = numbersOf(op, name, value)
  const chosen = dtype ?? suggested
  checkWhole(op, values, chosen)
  return fromData(values, shape, chosen)
}

/** The numbers that a caller passed, and the dtype that they suggest. */
export function numbersOf(
  op: string,
  name: string,
  value: unknown,
): { readonly values: ArrayLike<number>; readonly shape: Shape; readonly suggested: DType } {
  if (typeof value === 'number') return { values: [value], shape: [], suggested: 'float32' }
  check(
    value !== null && (typeof value === 'boolean' || Array.isArray(value) || ArrayBuffer.isView(value)),
    () => `${op}: ${name} is ${show(value)}; it must be a tensor, a number or nested arrays of numbers.`,
  )
  if (isTyped(op, value)) return { values: value, shape: [value.length], suggested: dtypeOf(value) }
  const { shape, values, boolean } = fromNested(op, value)
  return { values, shape, suggested: boolean ? 'bool' : 'float32' }
}

/** A tensor of `shape` filled with `value`. */
export function full(shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  checkShape('full', shape)
  checkDType('full', dtype)
  check(typeof value === 'number', () => `full: the value is ${show(value)}; it must be a number.`)
  checkWhole('full', [value], dtype)
  const storage = allocateStorage(currentBackend(), dtype, sizeOf(shape))
  enqueue(kernels.fill, { value }, [], [storage])
  return new Tensor(storage, shape)
}

/** A tensor of zeros. */
export const zeros = (shape: Shape, dtype: DType = 'float32'): Tensor => full(shape, 0, dtype)

/** A tensor of ones. */
export const ones = (shape: Shape, dtype: DType = 'float32'): Tensor => full(shape, 1, dtype)

/**
 * Numbers from `start` (0 when only one argument is given) up to, not including, `stop`.
 *
 * @example
 * arange(4)         // [0, 1, 2, 3]
 * arange(1, 2, 0.5) // [1, 1.5]
 */
export function arange(start: number, stop?: number, step = 1, dtype: DType = 'float32'): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  check(
    [from, to, step].every(Number.isFinite) && step !== 0,
    () =>
      `arange: from ${show(from)} to ${show(to)} by ${show(step)} is not a finite sequence. Use finite numbers and a step other than 0.`,
  )
  checkDType('arange', dtype)
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (isWhole(length, from, step, dtype)) return steps(length, from, step, dtype)
  if (dtype === 'float32') return evenFloats('arange', length, from, step)
  const values = numbers('arange', length, (i) => from + i * step)
  checkWhole('arange', values, dtype)
  return fromData(values, [length], dtype)
}

/** Numbers of a row of `steps`, and the fewest for which it pays. */
const rowOfSteps = 1024

/** Whether start, start + step, … and their parts are whole numbers that the dtype holds, and enough to be summed in rows. */
function isWhole(length: number, start: number, step: number, dtype: DType): boolean {
  const largest = dtype === 'float32' ? 2 ** 24 : dtype === 'int32' ? 2 ** 31 - 1 : 0
  const ends = [start, start + step * (length + rowOfSteps), step * rowOfSteps]
  return length >= 4 * rowOfSteps && ends.every((end) => Number.isInteger(end) && Math.abs(end) <= largest)
}

/** start, start + step, …, exactly: the first of each row plus the steps within a row. */
function steps(length: number, start: number, step: number, dtype: DType): Tensor {
  const rows = Math.ceil(length / rowOfSteps)
  const of = (count: number, by: number, from: number): Tensor =>
    fromData(
      numbers('arange', count, (i) => from + i * by),
      [count],
      dtype,
    )
  const [firsts, within] = [of(rows, step * rowOfSteps, start), of(rowOfSteps, step, 0)]
  const shape = [rows, rowOfSteps]
  const all = runOne(
    kernels.binary,
    {
      op: 'add',
      shape,
      strides: [
        [1, 0],
        [0, 1],
      ],
    },
    [firsts, within],
    shape,
    dtype,
  )
  firsts.dispose()
  within.dispose()
  if (length === all.size) return all.view([length])
  const spec = { shape: [length], inputOffset: 0, inputStrides: [1], outputOffset: 0, outputStrides: [1] }
  const whole = runOne(kernels.copy, spec, [all], [length], dtype)
  all.dispose()
  return whole
}

/** `count` numbers evenly spaced from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  check(
    Number.isFinite(start) && Number.isFinite(stop) && Number.isInteger(count) && count >= 1,
    () =>
      `linspace: ${show(count)} numbers from ${show(start)} to ${show(stop)} cannot be made. Use finite ends and a count of 1 or more.`,
  )
  const step = count === 1 ? 0 : (stop - start) / (count - 1)
  return evenFloats('linspace', count, start, step, count > 1 ? stop : start)
}

/** Numbers that are made at a time: what the first cache holds. */
const piece = 2 ** 12

/** start, start + step, start + 2·step, … in float64, each rounded once; the last one is `end` where that is given. */
function evenFloats(op: string, length: number, start: number, step: number, end?: number): Tensor {
  const backend = currentBackend()
  const { part } = backend
  const most = part === undefined ? length : piece
  const values = withinMemory(
    () => `${op}: ${length} numbers`,
    () => new Float32Array(4 * Math.ceil(Math.min(most, length) / 4)),
    length,
  )
  const storage = allocateStorage(backend, 'float32', length)
  for (let first = 0; first < length; first += most) {
    const count = Math.min(most, length - first)
    fillRounded(values, first, start, step)
    if (end !== undefined && first + count === length) values[count - 1] = end
    backend.write(part?.(storage.buffer, 4 * first, 'float32', count) ?? storage.buffer, values.subarray(0, count))
  }
  return new Tensor(storage, [length])
}

/** By itself, so that it is compiled for this one type; four numbers a turn take little more than half the time. Their count is a multiple of four. */
function fillRounded(values: Float32Array, first: number, start: number, step: number): void {
  for (let i = 0, at = first; i < values.length; i += 4, at += 4) {
    values[i] = start + at * step
    values[i + 1] = start + (at + 1) * step
    values[i + 2] = start + (at + 2) * step
    values[i + 3] = start + (at + 3) * step
  }
}

/** `length` numbers, each from its index. */
export function numbers(op: string, length: number, at: (index: number) => number): Float64Array {
  const values = withinMemory(
    () => `${op}: ${length} numbers`,
    () => new Float64Array(length),
    length,
  )
  for (let i = 0; i < length; i++) values[i] = at(i)
  return values
}
