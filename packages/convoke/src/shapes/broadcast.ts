// Shapes, strides and axes. Broadcasting follows NumPy: shapes are aligned at their last axis, and an axis of size 1
// stretches to the size of its partner.

import { check, show, showShape } from './error.ts'

/** The sizes of an array's axes, outermost first; `[]` is that of a single number. */
export type Shape = readonly number[]

/** Number of elements; 1 for a scalar's shape `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]
  return size
}

/** Whether two shapes have the same sizes in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]
  }
  return strides
}

/** The shape two shapes stretch to, or a `ConvokeError` that names both. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    check(
      left === right || left === 1 || right === 1,
      () =>
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: sizes ${left} and ${right} meet, and they must be equal or one of them 1.`,
    )
    return left === 1 ? right : left
  })
}

/** Strides that read a tensor of `shape` as if it had shape `target`: 0 along stretched axes. `own` are the tensor's, row-major unless given. */
export function broadcastStrides(shape: Shape, target: Shape, own: readonly number[] = stridesOf(shape)): number[] {
  const missing = target.length - shape.length
  return target.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]))
}

/** An axis counted from the front; −1 is the last. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  check(
    Number.isInteger(axis) && axis >= -rank && axis < rank,
    () =>
      `${op}: axis ${show(axis)} does not exist in a tensor of rank ${rank}. ${rank === 0 ? 'A single number has no axes' : `Use ${-rank} to ${rank - 1}`}.`,
  )
  return axis < 0 ? axis + rank : axis
}

/** Sorted, distinct axes; all of them when none are named. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis)
  check(
    typeof axes === 'number' || Array.isArray(axes),
    () => `${op}: the axes are ${show(axes)}. Use a whole number, or an array of them.`,
  )
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(op, axis, rank))
  check(new Set(list).size === list.length, () => `${op}: axes ${show(axes)} name an axis twice. Name each once.`)
  return list.sort((a, b) => a - b)
}

/** `shape` seen as [outer, length, inner] around one axis. */
export const aroundAxis = (
  shape: Shape,
  axis: number,
): {
  /** Elements of all axes before the axis together: their product, 1 where there is none. */
  outer: number
  /** Size of the axis itself. */
  length: number
  /** Elements of all axes after the axis together. */
  inner: number
} => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
})

/** Whether `shape` is a list of whole numbers of 0 or more. */
export function checkShape(op: string, shape: unknown): asserts shape is Shape {
  check(
    Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0),
    () => `${op}: the shape is ${show(shape)}; it must be a list of whole numbers of 0 or more.`,
  )
}
