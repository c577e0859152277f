// The one program of windowed kernels: for every output pixel of a run of rows, over the taps of its window, for up to
// four vectors of channels at once. Written to live in 14 integer registers.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { programFor } from '../step.ts'
import { field, tapBytes } from './table.ts'

/**
 * max: the largest element and its index, NaN above all, the first of equals. sum, mean: over the taps, divided by the
 * window's divisor. weighted: the sum of taps times their weights. routed: the sum of the taps whose index, in z, is that of
 * the output pixel.
 */
export type WindowKind = 'max' | 'sum' | 'mean' | 'weighted' | 'routed'

/** Vectors of channels side by side, the widest first. */
export const widths = [4, 2, 1] as const

/** The descriptor's list: its first tap, and the loop over its taps. */
function emitTaps(b: Builder, descriptor: Pointer, each: (tap: Pointer) => void): void {
  const tap = b.offset(descriptor, b.loadInteger(descriptor, field.taps))
  b.loop(b.loadInteger(descriptor, field.count), () => {
    each(tap)
    b.advance(tap, tapBytes)
  })
}

interface Accumulators {
  readonly values: readonly Vector[]
  readonly indices: readonly Vector[]
}

function start(b: Builder, vectors: number, { row, column, mark }: Omit<Pointers, 'x' | 'y' | 'z'>): Accumulators {
  const each = (make: () => Vector) => Array.from({ length: vectors }, make)
  if (mark === undefined) return { values: each(() => b.zero()), indices: [] }
  // The first tap is the answer where nothing exceeds −∞.
  const first = b.broadcast(b.offset(row, b.loadInteger(row)), 4)
  b.iadd(first, b.broadcast(b.offset(column, b.loadInteger(column)), 4), first)
  b.iadd(first, mark, first)
  return { values: each(() => b.constant(Number.NEGATIVE_INFINITY)), indices: each(() => b.copy(first)) }
}

/** Replaces the maximum where x exceeds it or is NaN, but never a NaN. */
function takeLarger(b: Builder, x: Vector, index: Vector, value: Vector, held: Vector): void {
  const better = b.maskAnd(b.equal(value, value), b.maskNot(b.lessOrEqual(x, value)))
  b.select(better, x, value, value)
  b.select(better, index, held, held)
}

/** One output pixel of `routed`: its index is the mark. x and z, read again and again, take no registers. */
function emitRoutedPixel(
  b: Builder,
  vectors: number,
  tail: Tail | undefined,
  pointers: Omit<Pointers, 'x' | 'z' | 'mark'> & { readonly pixel: Vector; readonly shift: Integer },
): void {
  const { y, row, column, pixel, shift } = pointers
  const zero = b.zero()
  const totals = Array.from({ length: vectors }, () => b.copy(zero))
  emitTaps(b, row, (outer) => {
    const at = b.offset(b.pointer('x'), b.loadInteger(outer))
    const index = b.offset(b.pointer('z'), b.loadInteger(outer))
    b.advance(at, shift)
    b.advance(index, shift)
    emitTaps(b, column, (inner) => {
      b.advance(at, b.loadInteger(inner))
      b.advance(index, b.loadInteger(inner))
      totals.forEach((total, i) => {
        const here = b.iequal(b.load(index, i * b.bytes, tail), pixel)
        b.add(total, b.select(here, b.load(at, i * b.bytes, tail), zero), total)
      })
    })
  })
  totals.forEach((total, i) => {
    b.store(y, i * b.bytes, total, tail)
  })
}

/** One output pixel: `row` and `column` are the descriptors of its lists. */
function emitPixel(b: Builder, kind: WindowKind, vectors: number, tail: Tail | undefined, pointers: Pointers): void {
  const { x, y, z, row, column, mark } = pointers
  const { values, indices } = start(b, vectors, pointers)
  emitTaps(b, row, (outer) => {
    const at = b.offset(x, b.loadInteger(outer))
    const outerWord = kind === 'max' || kind === 'weighted' ? b.broadcast(outer, 4) : undefined
    if (outerWord !== undefined && mark !== undefined) b.iadd(outerWord, mark, outerWord)
    emitTaps(b, column, (inner) => {
      b.advance(at, b.loadInteger(inner))
      const load = (i: number) => b.load(at, i * b.bytes, tail)
      if (outerWord === undefined) {
        values.forEach((value, i) => {
          b.add(value, load(i), value)
        })
      } else if (kind === 'weighted') {
        const weight = b.mul(outerWord, b.broadcast(inner, 4))
        values.forEach((value, i) => {
          b.fma(value, load(i), weight)
        })
      } else {
        const index = b.iadd(outerWord, b.broadcast(inner, 4))
        values.forEach((value, i) => {
          takeLarger(b, load(i), index, value, indices[i])
        })
      }
    })
  })
  if (kind === 'mean') {
    const divisor = b.mul(b.broadcast(row, field.divisor), b.broadcast(column, field.divisor))
    for (const value of values) b.div(value, divisor, value)
  }
  values.forEach((value, i) => {
    b.store(y, i * b.bytes, value, tail)
  })
  indices.forEach((index, i) => {
    if (z !== undefined) b.store(z, i * b.bytes, index, tail)
  })
}

interface Pointers {
  readonly x: Pointer
  readonly y: Pointer
  readonly z: Pointer | undefined
  readonly row: Pointer
  readonly column: Pointer
  /** What indices are counted from, of `max`. */
  readonly mark: Vector | undefined
}

/** The rows of a call, and the columns of each. Only `routed` moves an integer where the others move x. */
function emitRows(b: Builder, kind: WindowKind, vectors: number, tail?: Tail): void {
  const routed = kind === 'routed'
  const marked = kind === 'max' || routed
  const [y, row] = [b.pointer('y'), b.pointer('row')]
  const [x, shift] = routed ? [undefined, b.set(0)] : [b.pointer('x'), undefined]
  const z = kind === 'max' ? b.pointer('z') : undefined
  const mark = marked ? b.broadcast(b.pointer('mark')) : undefined
  const move = (by: Integer): void => {
    if (x !== undefined) b.advance(x, by)
    if (shift !== undefined) b.integerAdd(shift, by, shift)
  }
  /** To the next output along an axis. */
  const follow = (descriptor: Pointer): void => {
    move(b.loadInteger(descriptor, field.x))
    if (mark !== undefined) b.iadd(mark, b.broadcast(descriptor, field.mark), mark)
    b.advance(descriptor, b.loadInteger(descriptor, field.next))
  }
  b.loop(b.integer('rows'), () => {
    const column = b.pointer('column')
    b.loop(b.integer('columns'), () => {
      if (x !== undefined) emitPixel(b, kind, vectors, tail, { x, y, z, row, column, mark })
      else if (mark !== undefined && shift !== undefined) {
        emitRoutedPixel(b, vectors, tail, { y, row, column, pixel: mark, shift })
      }
      b.advance(y, b.integer('pixel'))
      if (z !== undefined) b.advance(z, b.integer('pixel'))
      follow(column)
    })
    b.advance(y, b.integer('yStep'))
    if (z !== undefined) b.advance(z, b.integer('yStep'))
    move(b.integer('xStep'))
    if (mark !== undefined) b.iadd(mark, b.broadcast(b.pointer('mark'), 4), mark)
    follow(row)
  })
}

export const windowProgram = (kind: WindowKind, target: Target): Program => {
  const title = `window ${kind}`
  return programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      for (const width of widths) b.when(b.integer('width'), 'eq', width, () => emitRows(b, kind, width))
      b.when(b.integer('width'), 'eq', 0, () => emitRows(b, kind, 1, b.tail(b.integer('rest'))))
    }),
  )
}
