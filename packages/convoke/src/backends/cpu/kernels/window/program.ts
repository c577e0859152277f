// The one program of windowed kernels: for every output pixel of a run of rows, over the taps of its window, for up to
// four vectors of channels at once. Written to live in 14 integer registers.

import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import { descriptorBytes, tapBytes, type WindowTable } from './lists.ts'

/**
 * max: the largest element and its index, NaN above all, the first of equals. sum, mean: over the taps, divided by the
 * window's divisor. weighted: the sum of taps times their weights. routed: the sum of the taps whose index, in z, is that of
 * the output pixel.
 */
export type WindowKind = 'max' | 'sum' | 'mean' | 'weighted' | 'routed'

/** Vectors of channels side by side, the widest first. */
const widths = [4, 2, 1] as const

/** The descriptor's list: its first tap, and the loop over its taps. */
function emitTaps(b: Builder, descriptor: Pointer, each: (tap: Pointer) => void): void {
  const tap = b.offset(descriptor, b.loadInteger(descriptor))
  b.loop(b.loadInteger(descriptor, 4), () => {
    each(tap)
    b.advance(tap, tapBytes)
  })
}

interface Accumulators {
  readonly values: readonly Vector[]
  readonly indices: readonly Vector[]
}

function start(b: Builder, kind: WindowKind, vectors: number, row: Pointer, column: Pointer): Accumulators {
  const each = (make: () => Vector) => Array.from({ length: vectors }, make)
  if (kind !== 'max') return { values: each(() => b.zero()), indices: [] }
  // The first tap is the answer where nothing exceeds −∞.
  const first = b.broadcast(b.offset(row, b.loadInteger(row)), 4)
  b.iadd(first, b.broadcast(b.offset(column, b.loadInteger(column)), 4), first)
  return { values: each(() => b.constant(Number.NEGATIVE_INFINITY)), indices: each(() => b.copy(first)) }
}

/** Replaces the maximum where x exceeds it or is NaN, but never a NaN. */
function takeLarger(b: Builder, x: Vector, index: Vector, value: Vector, held: Vector): void {
  const better = b.maskAnd(b.equal(value, value), b.maskNot(b.lessOrEqual(x, value)))
  b.select(better, x, value, value)
  b.select(better, index, held, held)
}

/** One output pixel of `routed`: its index is in its descriptors. x and z, read again and again, take no registers. */
function emitRoutedPixel(
  b: Builder,
  vectors: number,
  tail: Tail | undefined,
  pointers: Omit<Pointers, 'x' | 'z'>,
): void {
  const { y, row, column } = pointers
  const pixel = b.iadd(b.broadcast(row, 12), b.broadcast(column, 12))
  const zero = b.zero()
  const totals = Array.from({ length: vectors }, () => b.copy(zero))
  emitTaps(b, row, (outer) => {
    const at = b.offset(b.pointer('x'), b.loadInteger(outer))
    const index = b.offset(b.pointer('z'), b.loadInteger(outer))
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
  const { x, y, z, row, column } = pointers
  const { values, indices } = start(b, kind, vectors, row, column)
  emitTaps(b, row, (outer) => {
    const at = b.offset(x, b.loadInteger(outer))
    const outerWord = kind === 'max' || kind === 'weighted' ? b.broadcast(outer, 4) : undefined
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
    const divisor = b.mul(b.broadcast(row, 8), b.broadcast(column, 8))
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
}

const writeProgram = (kind: WindowKind, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const run = (vectors: number, tail?: Tail) => {
      const [x, y, row] = [kind === 'routed' ? undefined : b.pointer('x'), b.pointer('y'), b.pointer('row')]
      const z = kind === 'max' ? b.pointer('z') : undefined
      b.loop(b.integer('rows'), () => {
        const column = b.pointer('column')
        b.loop(b.integer('columns'), () => {
          if (x === undefined) emitRoutedPixel(b, vectors, tail, { y, row, column })
          else emitPixel(b, kind, vectors, tail, { x, y, z, row, column })
          b.advance(column, descriptorBytes)
          b.advance(y, b.integer('pixel'))
          if (z !== undefined) b.advance(z, b.integer('pixel'))
        })
        b.advance(row, b.integer('rowStep'))
        if (x !== undefined) b.advance(x, b.integer('xStep'))
      })
    }
    for (const width of widths) b.when(b.integer('width'), 'eq', width, () => run(width))
    b.when(b.integer('width'), 'eq', 0, () => run(1, b.tail(b.integer('rest'))))
  })

/** A windowed kernel over [images, inputs, channels] → [images, rows·columns, channels]. */
export interface WindowedKernel {
  readonly kind: WindowKind
  readonly images: number
  /** Input pixels of an image. */
  readonly inputs: number
  readonly rows: number
  readonly columns: number
  readonly channels: number
  /** Taps of all windows of an image, roughly: how much work there is. */
  readonly taps: number
  readonly table: WindowTable
  /** Buffers of the plan; z is written by `max` and read by `routed`. */
  readonly buffers: { readonly x: number; readonly y: number; readonly z?: number; readonly table: number }
}

/** Channels from `first` on: `width` vectors, or `rest` of one where the width is 0. */
interface ChannelStrip {
  readonly first: number
  readonly width: number
  readonly rest: number
}

function channelStrips(channels: number, lanes: number): ChannelStrip[] {
  const strips: ChannelStrip[] = []
  let first = 0
  while (channels - first >= lanes) {
    const width = widths.find((count) => first + count * lanes <= channels)!
    strips.push({ first, width, rest: 0 })
    first += width * lanes
  }
  return first < channels ? [...strips, { first, width: 0, rest: channels - first }] : strips
}

/** Rows that one call takes: images where each has but one row, else rows of one image. */
interface RowRun {
  readonly image: number
  readonly row: number
  readonly count: number
}

function rowRuns({ kind, images, rows, columns, channels, taps }: WindowedKernel): RowRun[] {
  const work = Math.ceil((taps / rows) * Math.max(1, channels)) + columns
  if (rows === 1 && kind !== 'routed') {
    return grainsOf(images, grainUnits(images, work)).map(({ start: image, count }) => ({ image, row: 0, count }))
  }
  return Array.from({ length: images }, (_, image) =>
    grainsOf(rows, grainUnits(rows, work)).map(({ start: row, count }) => ({ image, row, count })),
  ).flat()
}

export function windowStep(kernel: WindowedKernel, target: Target): KernelStep {
  const { kind, inputs, rows, columns, channels, table, buffers } = kernel
  const title = `window ${kind}`
  const program = programFor(`${title} ${target.name}`, () => writeProgram(kind, title, target))
  const image = 4 * inputs * channels
  const empty = channels === 0 || rows === 0 || columns === 0
  const calls = (empty ? [] : rowRuns(kernel)).flatMap((run) =>
    channelStrips(channels, target.lanes).map(({ first, width, rest }): CallArguments => {
      const output = 4 * ((run.image * rows + run.row) * columns * channels + first)
      return {
        x: place(buffers.x, run.image * image + 4 * first),
        y: place(buffers.y, output),
        ...(buffers.z === undefined
          ? {}
          : { z: place(buffers.z, kind === 'max' ? output : run.image * image + 4 * first) }),
        row: place(buffers.table, table.rows + descriptorBytes * run.row),
        column: place(buffers.table, table.columns),
        ...{ width, rest, rows: run.count, columns, pixel: 4 * channels },
        ...{ rowStep: rows === 1 ? 0 : descriptorBytes, xStep: rows === 1 ? image : 0 },
      }
    }),
  )
  return stepOf(program, calls)
}
