// What goes element by element: all values in one order of axes, the one in which most of them are there already.

import type { Cell } from '../../compile/program.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import { type Order, plainOrder } from '../value.ts'
import type { Cells } from './cells.ts'
import type { Draft } from './draft.ts'
import { convert, dimsOf, isPlain, refinement, sameList } from './form.ts'
import { read } from './strided.ts'

interface Layout {
  /** Of the buffer. */
  readonly shape: readonly number[]
  readonly order: Order
}

export interface Common extends Layout {
  readonly dims: readonly number[]
  /** Of the values, each in that layout or with lengths of 1. */
  readonly names: readonly string[]
}

/** Values that a kernel reads over `shape` with these strides. */
export function align(
  draft: Draft,
  cells: Cells,
  values: readonly Cell[],
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): Common {
  const full = values.filter((cell, i) => !cells.isConstant(cell) && isWhole(shape, strides[i], cell.length))
  const common = commonLayout(cells, full, shape)
  const own = strides.map((list) => split(shape, list, common.shape))
  // One number everywhere needs no tensor, if others have the lengths of the result.
  const single = values.map((cell) => (cells.isWeight(cell) ? undefined : cells.uniform(cell)))
  const covered = common.shape.every(
    (size, axis) => size === 1 || values.some((_, i) => single[i] === undefined && (own[i]?.[axis] ?? 1) !== 0),
  )
  const names = values.map((cell, i) => {
    const value = single[i]
    if (covered && value !== undefined) return draft.scalar(value, cell.dtype)
    return operand(draft, cells, cell, common, own[i], { shape, strides: strides[i] })
  })
  return { ...common, dims: dimsOf(common.shape, common.order), names }
}

const isWhole = (shape: readonly number[], strides: readonly number[], length: number): boolean => {
  const dense = stridesOf(shape)
  return sizeOf(shape) === length && shape.every((size, axis) => size === 1 || strides[axis] === dense[axis])
}

function commonLayout(cells: Cells, full: readonly Cell[], shape: readonly number[]): Layout {
  const choices = full.flatMap((cell) => cells.formsOf(cell)).flatMap((form) => over(form, shape))
  if (choices.length === 0) return { shape, order: plainOrder(shape.length) }
  const has = (choice: Layout): number =>
    full.filter((cell) =>
      cells.formsOf(cell).some((form) => sameList(form.shape, choice.shape) && sameList(form.order, choice.order)),
    ).length
  return choices.reduce((best, choice) => (has(choice) > has(best) ? choice : best))
}

/** A value's layout, cut where `shape` is cut. */
function over({ shape: own, order }: Layout, shape: readonly number[]): Layout[] {
  if (shape.length <= 1 || sameList(own, shape)) return [{ shape: own, order }]
  if (isPlain(order)) return [{ shape, order: plainOrder(shape.length) }]
  const fine = refinement(own, shape)
  if (fine === null) return []
  const whole = own.every((size, axis) => size === 1 || fine.mine[axis].length === 1)
  if (whole) return [{ shape: own, order }]
  const { parts, mine } = fine
  return [{ shape: parts, order: order.flatMap((axis) => mine[axis]) }]
}

function operand(
  draft: Draft,
  cells: Cells,
  cell: Cell,
  common: Layout,
  strides: readonly number[] | null,
  reading: { readonly shape: readonly number[]; readonly strides: readonly number[] },
): string {
  const own = common.shape.map((size, axis) => (strides?.[axis] === 0 ? 1 : size))
  const dense = stridesOf(own)
  const fits = own.every((size, axis) => size === 1 || dense[axis] === strides?.[axis])
  if (strides === null || !fits || sizeOf(own) !== cell.length) {
    const form = read(draft, cells, cell, { ...reading, offset: 0 })
    return convert(draft, form, common.shape, common.order).name
  }
  if (!cells.isConstant(cell)) return cells.as(cell, own, common.order)
  // Leading axes of length 1 go without saying.
  const first = common.order.findIndex((axis) => own[axis] !== 1)
  const kept = first < 0 ? [] : common.order.slice(first)
  const axes = [...kept].sort((a, b) => a - b)
  const [short, order] = [axes.map((axis) => own[axis]), kept.map((axis) => axes.indexOf(axis))]
  return cells.as(cell, short, order)
}

/** Strides over `shape` as strides over a finer or coarser one of as many elements; null where one of its axes has several. */
export function split(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): readonly number[] | null {
  if (sameList(shape, target)) return strides
  const fine = refinement(shape, target)
  if (fine === null) return null
  const { parts, mine, others } = fine
  const ofParts = new Array<number>(parts.length).fill(0)
  mine.forEach((axes, axis) => {
    let stride = strides[axis]
    for (const part of [...axes].reverse()) {
      ofParts[part] = stride
      stride *= parts[part]
    }
  })
  const strideOf = (axes: readonly number[]): number | null => {
    const last = axes.at(-1)
    if (last === undefined) return 0
    let stride = ofParts[last]
    for (const part of [...axes].reverse()) {
      if (ofParts[part] !== stride) return null
      stride *= parts[part]
    }
    return ofParts[last]
  }
  const found = others.map(strideOf)
  return found.some((stride) => stride === null) ? null : (found as number[])
}
