// All taps of a kernel over a rectangle of output, every window inside its source. A row of `width · channels` floats is one
// signal whose taps stand `channels` floats apart, so a tap is a load and nothing is shuffled. A tile is some rows of one
// vector or more: for a few taps of a column, whose weights wait in registers, every row of the source that the tile meets
// is loaded once and multiplied into each output row that has it in its window.
//
//     for each part of the kernel's height           taps: [part][column][tap of the part]
//       for each column of the kernel
//         for each source row r of the part: sums[r − tap] += x[r] · weight[tap]
//
// An output sums its taps in this order wherever it stands, so its bits do not depend on how the picture is cut.

import { indices } from '../../../../shapes/indices.ts'
import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { type EvenParts, evenParts } from '../convolution/axes.ts'

/** Taps whose weights are kept in registers: more of them share a load, but leave fewer rows to share it with. */
const mostTaps = 5

/** Parts of a kernel's height. */
export const tapParts = (height: number): EvenParts => evenParts(height, mostTaps)

/** Vectors of sums that fit beside the weights and the row that is multiplied. */
const mostSums = ({ vectorRegisters, fma }: Target, { size }: EvenParts): number =>
  Math.min(20, vectorRegisters - size - (fma ? 1 : 2))

/** Rows of a tile, at most: with more, so many places of memory are read and written in turn that large pictures take half as long again. */
export const tileRows = (target: Target, parts: EvenParts): number => Math.min(12, mostSums(target, parts))

/** Vectors of a row that a tile of so many rows takes: enough sums that none waits for itself. */
export const tileVectors = (target: Target, parts: EvenParts, rows: number, floats: number): number =>
  Math.max(1, Math.min(Math.floor(mostSums(target, parts) / rows), Math.floor(floats / target.lanes)))

/** How the taps of a column are reached: rows of the source stand `xPitch` bytes apart, an argument. */
export interface SumShape {
  readonly rows: number
  readonly vectors: number
  readonly parts: EvenParts
}

export interface DenseShape extends SumShape {
  /** Floats that are stored of a rectangle narrower than a vector; undefined where it is wider. */
  readonly narrow: number | undefined
}

/** How the weights of a part stand in memory. */
export interface Weights {
  /** Those of a column's tap, for all lanes. */
  readonly of: (b: Builder, weights: Pointer, tap: number) => Vector
  /** Bytes from column to column of a part of so many taps, and from its last column to the next part. */
  readonly column: (taps: number) => number
  readonly next: (taps: number) => number
}

/** One number a tap, as packed for the program. */
const shared: Weights = {
  of: (b, weights, tap) => b.broadcast(weights, 4 * tap),
  column: (taps) => 4 * taps,
  next: () => 0,
}

/** A vector a tap, `pitch` bytes from tap to tap of a row, the kernel's rows `width` taps long. */
export const inLanes = (pitch: number, width: number): Weights => ({
  of: (b, weights, tap) => b.load(weights, tap * width * pitch),
  column: () => pitch,
  next: (taps) => (taps - 1) * width * pitch,
})

interface Column {
  readonly taps: number
  readonly x: Pointer
  readonly weights: Pointer
}

/** One column of a part: `sums` += its taps. Reads the rows of the source from `x` on. */
function emitColumn(b: Builder, sums: readonly Vector[][], { taps, x, weights }: Column, { of }: Weights): void {
  const pitch = b.integer('xPitch')
  const kept = indices(taps).map((tap) => of(b, weights, tap))
  const from = b.offset(x, 0)
  const rows = sums.length + taps - 1
  for (let row = 0; row < rows; row++) {
    for (let v = 0; v < sums[0].length; v++) {
      const value = b.load(from, v * b.bytes)
      for (let tap = Math.min(taps - 1, row); tap >= Math.max(0, row - sums.length + 1); tap--) {
        b.fma(sums[row - tap][v], value, kept[tap])
      }
    }
    if (row < rows - 1) b.advance(from, pitch)
  }
}

/**
 * The sums of a tile whose first window begins at `x`, by row and vector. `columns` is the argument with the kernel's width,
 * `tapStep` bytes from column to column; without it the kernel is one column.
 */
export function emitSums(
  b: Builder,
  { rows, vectors, parts }: SumShape,
  x: Pointer,
  weights: Pointer,
  columns?: string,
  layout: Weights = shared,
): Vector[][] {
  const sums = indices(rows).map(() => indices(vectors).map(() => b.zero()))
  const top = b.offset(x, 0)
  const part = (taps: number) => (): void => {
    const one = (x: Pointer): void => {
      emitColumn(b, sums, { taps, x, weights }, layout)
      b.advance(weights, layout.column(taps))
    }
    if (columns === undefined) one(top)
    else {
      const column = b.offset(top, 0)
      b.loop(b.integer(columns), () => {
        one(column)
        b.advance(column, b.integer('tapStep'))
      })
    }
    b.advance(weights, layout.next(taps))
    const pitch = b.integer('xPitch')
    for (let tap = 0; tap < taps; tap++) b.advance(top, pitch)
  }
  b.loop(parts.large, part(parts.size))
  b.loop(parts.small, part(parts.size - 1))
  return sums
}

/** How far ahead of a tile its rows are prefetched: four lines of the cache, the time of two to four tiles. */
const prefetchBytes = 256

/**
 * Prefetches what the tiles beside one whose first window begins at `x` will read and the tile above did not: its last `rows` rows. There
 * are more of them than a processor's own prefetcher follows at once.
 */
export function emitPrefetch(b: Builder, { rows, vectors, parts }: SumShape, x: Pointer): void {
  const taps = parts.large * parts.size + parts.small * (parts.size - 1)
  const pitch = b.integer('xPitch')
  const row = b.offset(x, prefetchBytes)
  if (taps > 1) b.advance(row, b.integerMul(pitch, taps - 1))
  for (let i = 0; i < rows; i++) {
    for (let v = 0; v < vectors; v++) b.prefetch(row, v * b.bytes)
    if (i < rows - 1) b.advance(row, pitch)
  }
}

/** Stores a tile, rows `pitch` bytes apart; all its elements or the first `narrow` of a single vector. */
export function emitStores(
  b: Builder,
  sums: readonly (readonly Vector[])[],
  y: Pointer,
  pitch: Integer | number,
  narrow?: number,
): void {
  const tail = narrow === undefined ? undefined : b.tail(narrow)
  const to = b.offset(y, 0)
  sums.forEach((row, i) => {
    for (const [v, sum] of row.entries()) b.store(to, v * b.bytes, sum, tail)
    if (i < sums.length - 1) b.advance(to, pitch)
  })
}

/** Runs `body` at steps of `step` bytes as often as the argument `count` says; the last one begins at byte `last`. */
export function emitAcross(b: Builder, count: string, last: string, step: number, body: (at: Integer) => void): void {
  const at = b.set(0)
  b.loop(b.integer(count), () => {
    body(at)
    b.integerMin(b.integerAdd(at, step), b.integer(last), at)
  })
}

/**
 * Arguments: `x` at the first window and `y` at the first output, `xPitch` and `yPitch` from row to row, `tapStep` from column to
 * column of the kernel, `columns` of them, `taps` packed as above; `tiles` one below the other, `across` beside each other, the
 * last of which begins at byte `last` and may overlap the one before. Distances are in bytes.
 */
export const denseProgram = (shape: DenseShape, target: Target): Program =>
  vectorProgram(`picture ${shape.rows}x${shape.vectors}`, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    b.loop(b.integer('tiles'), () => {
      emitAcross(b, 'across', 'last', shape.vectors * b.bytes, (at) => {
        const window = b.offset(x, at)
        emitPrefetch(b, shape, window)
        const sums = emitSums(b, shape, window, b.pointer('taps'), 'columns')
        emitStores(b, sums, b.offset(y, at), b.integer('yPitch'), shape.narrow)
      })
      b.advance(x, b.integerMul(b.integer('xPitch'), shape.rows))
      b.advance(y, b.integerMul(b.integer('yPitch'), shape.rows))
    })
  })
