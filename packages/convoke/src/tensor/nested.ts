// Nested arrays in, nested arrays out.

import { sizeOf } from '../shapes/broadcast.ts'
import { check, show } from '../shapes/error.ts'

/** Every array of machine numbers that JavaScript has, but those of bigints. */
export type NumberArray =
  | (Float32Array | Float64Array | Int8Array | Int16Array | Int32Array)
  | (Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array)

/** A number, or arrays of them nested as deep as the tensor's rank. */
export type NestedNumbers = number | NestedNumbers[]
/** Numbers or booleans nested to any depth. */
export type NestedValues = number | boolean | readonly NestedValues[] | readonly NumberArray[]

/** As in NumPy. */
const deepest = 64

/** The numbers that JSON has no other form for. */
const texts: readonly unknown[] = ['NaN', 'Infinity', '-Infinity', '-0']

/** Shape and row-major values of nested arrays. Throws `ConvokeError` for ragged nesting and for anything but numbers and booleans. */
export function fromNested(op: string, nested: unknown): { shape: number[]; values: number[]; boolean: boolean } {
  const shape: number[] = []
  for (let level = nested; isList(level); level = level[0]) {
    check(
      shape.length < deepest,
      () => `${op}: the array is nested more than ${deepest} deep. Use fewer axes, and no array inside itself.`,
    )
    shape.push(level.length)
  }
  const values: number[] = []
  let booleans = 0
  const visit = (value: unknown, depth: number, path: string): void => {
    if (isList(value)) {
      check(depth < shape.length && value.length === shape[depth], () => ragged(op, shape, depth, value.length, path))
      for (let i = 0; i < value.length; i++) visit(value[i], depth + 1, `${path}[${i}]`)
      return
    }
    check(
      depth === shape.length,
      () =>
        `${op}: the array is ragged: ${path} is ${show(value)}, where an array of ${shape[depth]} is expected. Every row must have the same length.`,
    )
    check(
      typeof value === 'number' || typeof value === 'boolean' || texts.includes(value),
      () =>
        `${op}: ${path === '' ? 'the value' : path} is ${show(value)}; only numbers and booleans can be put into a tensor.`,
    )
    if (typeof value === 'boolean') booleans++
    values.push(Number(value))
  }
  visit(nested, 0, '')
  return { shape, values, boolean: booleans > 0 && booleans === values.length }
}

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value)

const ragged = (op: string, shape: readonly number[], depth: number, length: number, path: string): string =>
  depth < shape.length
    ? `${op}: the array is ragged: ${path === '' ? 'the array' : path} has ${length} entries, its neighbours have ${shape[depth]}. Every row must have the same length.`
    : `${op}: the array is ragged: ${path} is an array, its neighbours are numbers. Every row must have the same depth.`

/** Nested arrays of `shape` from row-major `data` of as many elements. */
export function toNested(data: ArrayLike<number>, shape: readonly number[]): NestedNumbers {
  const build = (axis: number, start: number, size: number): NestedNumbers => {
    if (axis === shape.length) return data[start]
    const step = size / shape[axis]
    return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, start + i * step, step))
  }
  return build(0, 0, sizeOf(shape))
}
