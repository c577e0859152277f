// Reading a buffer with strides, as the operators that say it: Slice, Transpose (which is but another order of axes), Expand; an index for
// every element where none of them does.

import type { Cell } from '../../compile/program.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import { plainOrder } from '../value.ts'
import type { Cells } from './cells.ts'
import { type Draft, int, toTheEnd } from './draft.ts'
import { dimsOf, type Form, refinement, reshape, sameList } from './form.ts'

/** Elements `offset + Σ i·strides` of a buffer, over every index i of `shape`. */
export interface Reading {
  readonly shape: readonly number[]
  readonly offset: number
  readonly strides: readonly number[]
}

interface Axis {
  readonly size: number
  readonly stride: number
}

/** The values that a reading names, in a form over its shape or one that is finer. */
export function read(draft: Draft, cells: Cells, cell: Cell, reading: Reading): Form {
  const { shape, offset, strides } = reading
  if (cells.isConstant(cell)) return written(draft, cells, cell, reading)
  if (sizeOf(shape) > 0) {
    for (const lengths of lengthsOf(cells, cell, shape, strides)) {
      const found = sliced(draft, cells, cell, lengths, reading)
      if (found !== null) return found
    }
  }
  const flat = cells.as(cell, [cell.length])
  const places = placesOf(shape, offset, strides)
  const name = draft.node('Gather', [flat, draft.indices('indices', shape, places)], shape, { axis: int(0) })
  return { name, shape, order: plainOrder(shape.length) }
}

function placesOf(shape: readonly number[], offset: number, strides: readonly number[]): number[] {
  let places = [offset]
  shape.forEach((size, axis) => {
    places = places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[axis]))
  })
  return places
}

function written(draft: Draft, cells: Cells, cell: Cell, { shape, offset, strides }: Reading): Form {
  const numbers = cells.numbersOf(cell)
  const values = placesOf(shape, offset, strides).map((place) => numbers[place])
  const typed =
    cell.dtype === 'float32'
      ? Float32Array.from(values)
      : cell.dtype === 'int32'
        ? Int32Array.from(values)
        : Uint8Array.from(values)
  const name = draft.constant(
    draft.path === '' ? 'constant' : `${draft.path}.constant`,
    cell.dtype,
    shape,
    typed,
    'numbers',
  )
  return { name, shape, order: plainOrder(shape.length) }
}

/** Lengths that the buffer may be seen to have: those it has in ONNX, cut where the strides ask for it, and those that they tell. */
function* lengthsOf(
  cells: Cells,
  cell: Cell,
  shape: readonly number[],
  strides: readonly number[],
): Generator<readonly number[]> {
  const steps = shape.flatMap((size, axis) => (size > 1 && strides[axis] !== 0 ? [Math.abs(strides[axis])] : []))
  const bounds = [...new Set([1, ...steps])].sort((a, b) => b - a)
  const told: number[] = []
  let above = cell.length
  const nested = bounds.every((bound) => {
    if (above % bound !== 0) return false
    told.push(above / bound)
    above = bound
    return true
  })
  for (const form of cells.formsOf(cell)) {
    yield form.shape
    const fine = nested ? refinement(form.shape, told) : null
    if (fine !== null) yield fine.parts
  }
  if (nested) yield told
}

/** Axes of `reading` cut where an axis of the buffer ends. */
function cutAxes(axes: readonly Axis[], lengths: readonly number[]): Axis[] {
  const steps = stridesOf(lengths)
  const cut = ({ size, stride }: Axis): Axis[] => {
    if (size === 1 || stride === 0) return [{ size, stride }]
    const at = lengths.findIndex((length, axis) => length > 1 && steps[axis] === stride)
    if (at < 0) return [{ size, stride }]
    const length = lengths[at]
    if (size <= length || size % length !== 0) return [{ size, stride }]
    return [...cut({ size: size / length, stride: stride * length }), { size: length, stride }]
  }
  return axes.flatMap(cut)
}

interface Part {
  start: number
  step: number
  size: number
  /** The axis of the reading that goes along it. */
  by: number | null
}

function partsOf(lengths: readonly number[], axes: readonly Axis[], offset: number): Part[] | null {
  const steps = stridesOf(lengths)
  let rest = offset
  const parts = lengths.map((_, axis): Part => {
    const start = Math.floor(rest / steps[axis])
    rest -= start * steps[axis]
    return { start, step: 1, size: 1, by: null }
  })
  for (const [i, { size, stride }] of axes.entries()) {
    if (size === 1 || stride === 0) continue
    const at = lengths.findIndex((length, axis) => {
      const step = stride / steps[axis]
      if (length === 1 || !Number.isInteger(step) || parts[axis].by !== null) return false
      const last = parts[axis].start + step * (size - 1)
      return last >= 0 && last < length
    })
    if (at < 0) return null
    // The innermost axis that fits is found first from the left only where steps are whole: a coarser one would not be.
    Object.assign(parts[at], { size, step: stride / steps[at], by: i })
  }
  return parts.every(({ start }, axis) => start < lengths[axis]) ? parts : null
}

function sliced(
  draft: Draft,
  cells: Cells,
  cell: Cell,
  lengths: readonly number[],
  { shape, offset, strides }: Reading,
): Form | null {
  const axes = cutAxes(
    shape.map((size, axis) => ({ size, stride: strides[axis] })),
    lengths,
  )
  const parts = partsOf(lengths, axes, offset)
  if (parts === null) return null
  const same = cells.formsOf(cell).find((form) => sameList(form.shape, lengths))
  const order = same?.order ?? plainOrder(lengths.length)
  let name = same?.name ?? cells.as(cell, lengths)
  const whole = ({ start, step, size }: Part, axis: number): boolean =>
    start === 0 && step === 1 && size === lengths[axis]
  const cuts = order.flatMap((axis, at) =>
    whole(parts[axis], axis) ? [] : [{ at, length: lengths[axis], ...parts[axis] }],
  )
  let dims = order.map((axis) => parts[axis].size)
  if (cuts.length > 0) name = slice(draft, name, dims, cuts)
  // Axes that are gone have length 1 now, wherever they are.
  const gone = lengths.flatMap((_, axis) => (parts[axis].by === null ? [axis] : []))
  const finer = [...axes.map(({ size, stride }) => (stride === 0 ? 1 : size)), ...gone.map(() => 1)]
  const placed = order.map((axis) => {
    const { by } = parts[axis]
    return by ?? axes.length + gone.indexOf(axis)
  })
  const missing = axes.flatMap((_, axis) => (placed.includes(axis) ? [] : [axis]))
  const repeats = axes.some(({ size, stride }) => stride === 0 && size > 1)
  // Axes of length 1 that the value lacks need not be written where nothing is repeated along them.
  if (!repeats) {
    const kept = finer.flatMap((size, axis) => (placed.includes(axis) ? [{ size, axis }] : []))
    const own = kept.map(({ size }) => size)
    return { name, shape: own, order: placed.map((axis) => kept.findIndex((one) => one.axis === axis)) }
  }
  // Repeated axes stand where the reading has them; those that are gone go.
  const left = placed.filter((axis) => axis < axes.length)
  const all = [...left]
  for (const axis of missing) {
    const before = all.findIndex((other) => other > axis)
    all.splice(before < 0 ? all.length : before, 0, axis)
  }
  dims = all.map((axis) => (axes[axis].stride === 0 ? 1 : axes[axis].size))
  name = reshape(draft, name, dims)
  const wide = axes.map(({ size }) => size)
  const target = all.map((axis) => (axes[axis].stride === 0 ? wide[axis] : 1))
  const expanded = draft.node('Expand', [name, draft.lengths(target, 'shape')], dimsOf(wide, all))
  return { name: expanded, shape: wide, order: all }
}

export interface Cut {
  /** Of the value. */
  readonly at: number
  readonly start: number
  readonly step: number
  readonly size: number
  /** Of the axis before. */
  readonly length: number
}

export function slice(draft: Draft, name: string, dims: readonly number[], cuts: readonly Cut[]): string {
  const ends = cuts.map(({ start, step, size, length }) => {
    const end = start + step * size
    return step < 0 ? (end < 0 ? -toTheEnd : end) : end >= length ? toTheEnd : end
  })
  // From the last element on, however many there are.
  const starts = cuts.map(({ start, step, length }) => (step < 0 && start === length - 1 ? -1 : start))
  const inputs = [draft.lengths(starts, 'starts'), draft.lengths(ends, 'ends')]
  inputs.push(
    draft.lengths(
      cuts.map(({ at }) => at),
      'axes',
    ),
  )
  if (cuts.some(({ step }) => step !== 1))
    inputs.push(
      draft.lengths(
        cuts.map(({ step }) => step),
        'steps',
      ),
    )
  return draft.node('Slice', [name, ...inputs], dims)
}
