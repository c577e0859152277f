// How a value of ONNX holds a flat buffer: with which lengths, and its axes in which order. A picture is `[batch, ...spatial, channels]`
// in a buffer and `[batch, channels, ...spatial]` in ONNX; nothing is transposed until somebody needs another order.

import { sizeOf } from '../../shapes/broadcast.ts'
import { type Order, plainOrder } from '../value.ts'
import { type Draft, ints } from './draft.ts'

export interface Form {
  /** Of the value of ONNX. */
  readonly name: string
  /** Of the buffer, row-major. */
  readonly shape: readonly number[]
  /** Axis i of the value is axis `order[i]` of the buffer. */
  readonly order: Order
}

export const dimsOf = (shape: readonly number[], order: Order): number[] => order.map((axis) => shape[axis])

/** `[batch, ...spatial, channels]` as `[batch, channels, ...spatial]`. */
export const firstOrder = (rank: number): Order =>
  rank < 3 ? plainOrder(rank) : [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]

export const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

export const isPlain = (order: Order): boolean => order.every((axis, i) => axis === i)

/** For every axis of `shape` the lengths that it is cut into, where both shapes' bounds are; null where they do not nest. */
export function refinement(
  shape: readonly number[],
  other: readonly number[],
): {
  readonly parts: readonly number[]
  readonly mine: readonly number[][]
  readonly others: readonly number[][]
} | null {
  if (sizeOf(shape) === 0 || sizeOf(shape) !== sizeOf(other)) return null
  const ends = (of: readonly number[]): number[] => {
    let product = 1
    return of.map((size) => {
      product *= size
      return product
    })
  }
  const [mineEnds, otherEnds] = [ends(shape), ends(other)]
  const all = [...new Set([...mineEnds, ...otherEnds])].filter((end) => end > 1).sort((a, b) => a - b)
  const parts: number[] = []
  let before = 1
  for (const end of all) {
    if (end % before !== 0) return null
    parts.push(end / before)
    before = end
  }
  const axesOf = (bounds: readonly number[]): number[][] => {
    let [at, done] = [0, 1]
    return bounds.map((bound) => {
      const axes: number[] = []
      while (done < bound) {
        axes.push(at)
        done *= parts[at++]
      }
      return axes
    })
  }
  return { parts, mine: axesOf(mineEnds), others: axesOf(otherEnds) }
}

/** The same buffer with other lengths and its axes in another order. */
export function convert(draft: Draft, form: Form, shape: readonly number[], order: Order): Form {
  const target = { shape, order }
  const [from, to] = [dimsOf(form.shape, form.order), dimsOf(shape, order)]
  const reshaped = (name: string, dims: readonly number[]): string => reshape(draft, name, dims)
  if (sameList(form.shape, shape)) {
    if (sameList(form.order, order)) return form
    return {
      ...target,
      name: transposed(
        draft,
        form.name,
        order.map((axis) => form.order.indexOf(axis)),
      ),
    }
  }
  const fine = refinement(form.shape, shape)
  if (fine === null) {
    const plain = convert(draft, form, form.shape, plainOrder(form.shape.length))
    const flat: Form = { name: reshaped(plain.name, shape), shape, order: plainOrder(shape.length) }
    return convert(draft, flat, shape, order)
  }
  const { parts, mine, others } = fine
  const [now, wanted] = [form.order.flatMap((axis) => mine[axis]), order.flatMap((axis) => others[axis])]
  if (sameList(now, wanted)) return { ...target, name: sameList(from, to) ? form.name : reshaped(form.name, to) }
  const cut = now.map((part) => parts[part])
  const apart = sameList(cut, from) ? form.name : reshaped(form.name, cut)
  const turned = transposed(
    draft,
    apart,
    wanted.map((part) => now.indexOf(part)),
  )
  const dims = wanted.map((part) => parts[part])
  return { ...target, name: sameList(dims, to) ? turned : reshaped(turned, to) }
}

export function reshape(draft: Draft, name: string, dims: readonly number[]): string {
  const from = draft.dimsOf(name)
  if (sameList(from, dims)) return name
  // The batch stays as it is, whatever it is.
  if (dims.length === 2 && from.length > 2 && dims[0] === from[0]) return draft.node('Flatten', [name], dims)
  return draft.node('Reshape', [name, draft.lengths(dims, 'shape')], dims)
}

export function transposed(draft: Draft, name: string, axes: readonly number[]): string {
  if (isPlain(axes)) return name
  const from = draft.dimsOf(name)
  return draft.node(
    'Transpose',
    [name],
    axes.map((axis) => from[axis]),
    { perm: ints(axes) },
  )
}
