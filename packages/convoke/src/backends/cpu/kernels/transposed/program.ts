// The vector program of a transposed convolution in gather form: a tile of pixels × vectors of x stays in registers
// while every tap and channel of y that reaches it goes by. Which taps those are is fixed along the columns
// (columns.ts) and read from tables along the rows (rows.ts).

import { largestOf } from '../../../../shapes/extremes.ts'
import type { Epilogue } from '../../../backend.ts'
import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  scalarAt,
  type Tail,
  type Target,
  type Vector,
  vectorAt,
  vectorProgram,
} from '../../program/index.ts'
import { emitFinish } from '../convolution/finish.ts'
import { emitLanewise } from '../convolution/lanewise.ts'
import type { Operand } from '../convolution/operand.ts'
import type { Phase, PhaseTap, TileRun } from './columns.ts'
import { rowWords, tapWords } from './rows.ts'

/** Nothing to multiply with: y holds the products, tap by tap in each pixel, as im2col's columns do. */
export interface Columns {
  readonly kind: 'columns'
}

/** What all tiles of a program have in common; in elements unless said. */
export interface TileShape {
  readonly vectors: number
  /** Channels of x in a vector, and in the last one. */
  readonly elements: number
  readonly tail: number
  readonly operand: Operand | Columns
  readonly stride: number
  /** A pixel and a row of x and of y. */
  readonly xPixel: number
  readonly xRow: number
  readonly yPixel: number
  readonly yRow: number
  /** From one tap along the width, and from one row of the kernel, to the next in the packed filter, or in columns. */
  readonly filterTap: number
  readonly filterRow: number
  /** Whether lines of x are asked for before their sums begin. */
  readonly asksForX: boolean
  /** Whether x already holds the sums of channels before these. */
  readonly accumulates: boolean
  /** What happens to the sums when these are the last channels; null where more will follow. */
  readonly finish: { readonly epilogue: Epilogue | null } | null
}

export interface TransposedShape extends TileShape {
  readonly phases: readonly Phase[]
}

/** A tile while its sums are in registers, by pixel and vector. */
export interface Tile {
  readonly shape: TileShape
  readonly sums: readonly (readonly Vector[])[]
}

export const word = (b: Builder, entry: Pointer, index: number): Integer => b.loadInteger(entry, 4 * index)

const countOf = ({ vectors, elements, tail }: TileShape, v: number): number => (v === vectors - 1 ? tail : elements)

const tailOf = (b: Builder, count: number): Tail | undefined => (count === b.lanes ? undefined : b.tail(count))

/** The pixels of a tile that a tap reaches: from … end − 1. `y` stands at the first of them. */
export type Reach = Pick<PhaseTap, 'from' | 'end'>

/** Each channel of y, broadcast, times the vectors of the filter it meets. */
function emitChannels(b: Builder, { shape, sums }: Tile, { from, end }: Reach, y: Pointer, f: Pointer): void {
  const { vectors, yPixel } = shape
  b.loop(b.integer('channels'), () => {
    const weights = Array.from({ length: vectors }, (_, v) => b.load(f, b.bytes * v))
    for (let p = from; p < end; p++) {
      const at = 4 * (p - from) * yPixel
      // A broadcast used once is cheaper as part of its multiply-add.
      if (vectors === 1) b.fma(sums[p][0], weights[0], scalarAt(y, at))
      else {
        const one = b.broadcast(y, at)
        weights.forEach((weight, v) => {
          b.fma(sums[p][v], weight, one)
        })
      }
    }
    b.advance(y, 4)
    b.advance(f, b.bytes * vectors)
  })
}

/** Products of a lane are taken so many at a time: their filter vectors stay in registers along the pixels. */
export const productsHeld = 4

/** The channels of each lane's own group. */
function emitLanes(b: Builder, { shape, sums }: Tile, { from, end }: Reach, y: Pointer, f: Pointer): void {
  const { operand, vectors, yPixel } = shape
  if (operand.kind !== 'lanewise') return
  for (let v = 0; v < vectors; v++) {
    for (let first = 0; first < operand.inner; first += productsHeld) {
      const products = Array.from({ length: Math.min(productsHeld, operand.inner - first) }, (_, i) => first + i)
      const weights = products.map((j) => b.load(f, b.bytes * (j * vectors + v)))
      for (let p = from; p < end; p++) {
        const operandOf = emitLanewise(b, operand, countOf(shape, v), y, 4 * ((p - from) * yPixel + v * operand.span))
        products.forEach((j, i) => {
          b.fma(sums[p][v], weights[i], operandOf(j))
        })
      }
    }
  }
}

function emitColumns(b: Builder, { shape, sums }: Tile, { from, end }: Reach, y: Pointer): void {
  for (let p = from; p < end; p++) {
    sums[p].forEach((sum, v) => {
      const at = 4 * ((p - from) * shape.yPixel + v * shape.elements)
      const tail = tailOf(b, countOf(shape, v))
      b.add(sum, tail === undefined ? vectorAt(y, at) : b.load(y, at, tail), sum)
    })
  }
}

/** Adds the products of a tap. Both pointers are used up; columns have no filter. */
export function emitTap(b: Builder, tile: Tile, reach: Reach, y: Pointer, f: Pointer | null): void {
  if (f === null) emitColumns(b, tile, reach, y)
  else if (tile.shape.operand.kind === 'lanewise') emitLanes(b, tile, reach, y, f)
  else emitChannels(b, tile, reach, y, f)
}

function emitTaps(b: Builder, tile: Tile, run: TileRun, row: Pointer, y: Pointer): void {
  const { shape } = tile
  const entry = b.pointer('taps')
  b.advance(entry, word(b, row, 2))
  b.loop(word(b, row, 3), () => {
    const yRow = b.offset(y, b.integerMul(word(b, entry, 0), 4 * shape.yRow))
    const kernelRow = b.integerMul(word(b, entry, 1), 4 * shape.filterRow)
    // At the first pixel a tap reaches: addresses before the tensor would wrap around in WebAssembly.
    const first = (tap: PhaseTap): number => (tap.from + tap.shift) * shape.yPixel
    if (shape.operand.kind === 'columns') {
      b.advance(yRow, kernelRow)
      for (const tap of run.taps) {
        emitTap(b, tile, tap, b.offset(yRow, 4 * (first(tap) + tap.tap * shape.filterTap)), null)
      }
    } else {
      const filterRow = b.pointer('filter')
      b.advance(filterRow, kernelRow)
      for (const tap of run.taps) {
        const yTap = b.offset(yRow, 4 * first(tap))
        emitTap(b, tile, tap, yTap, b.offset(filterRow, 4 * tap.tap * shape.filterTap))
      }
    }
    b.advance(entry, 4 * tapWords)
  })
}

/** A tile from zeros, or from what x holds, to what is stored. `bytesTo` gives the bytes to it in x whenever they are needed. */
export function emitTile(
  b: Builder,
  shape: TileShape,
  pixels: number,
  bytesTo: () => Integer,
  addProducts: (tile: Tile) => void,
): void {
  const { vectors, elements, accumulates, finish } = shape
  const place = (p: number, v: number): number => 4 * (p * shape.stride * shape.xPixel + v * elements)
  const from = accumulates ? b.offset(b.pointer('x'), bytesTo()) : null
  const sums = Array.from({ length: pixels }, (_, p) =>
    Array.from({ length: vectors }, (_, v) =>
      from === null ? b.zero() : b.load(from, place(p, v), tailOf(b, countOf(shape, v))),
    ),
  )
  if (shape.asksForX && !accumulates) {
    const to = b.offset(b.pointer('x'), bytesTo())
    sums.forEach((pixel, p) => {
      for (let v = 0; v < pixel.length; v++) b.prefetch(to, place(p, v))
    })
  }
  addProducts({ shape, sums })
  const at = bytesTo()
  const x = b.offset(b.pointer('x'), at)
  if (finish !== null)
    emitFinish(b, finish.epilogue, {
      sums,
      x,
      at,
      place,
      channel: (v) => v * elements,
      count: (v) => countOf(shape, v),
    })
  else {
    sums.forEach((pixel, p) => {
      pixel.forEach((sum, v) => {
        b.store(x, place(p, v), sum, tailOf(b, countOf(shape, v)))
      })
    })
  }
}

/** `transposed broadcast 14x2`: what is done, pixels and vectors of a tile. */
export const nameOf = ({ operand, vectors }: TileShape, pixels: number): string =>
  `${operand.kind === 'columns' ? 'fold' : `transposed ${operand.kind}`} ${pixels}x${vectors}`

/** Arguments: x, y, filter, tables rows and taps, rowCount, channels of y, and those of the epilogue. */
export function transposedProgram(shape: TransposedShape, target: Target): Program {
  const pixels = largestOf(shape.phases.flatMap(({ runs }) => runs.map((run) => run.pixels)))
  return vectorProgram(nameOf(shape, pixels), target, (b) => {
    const row = b.pointer('rows')
    b.loop(b.integer('rowCount'), () => {
      for (const { phase, runs } of shape.phases) {
        for (const run of runs) {
          const at = b.integerMul(word(b, row, 0), 4 * shape.xRow)
          b.integerAdd(at, 4 * (phase + run.first * shape.stride) * shape.xPixel, at)
          const y = b.pointer('y')
          b.advance(y, b.integerMul(word(b, row, 1), 4 * shape.yRow))
          b.advance(y, 4 * run.first * shape.yPixel)
          b.loop(run.tiles, () => {
            emitTile(
              b,
              shape,
              run.pixels,
              () => at,
              (tile) => emitTaps(b, tile, run, row, y),
            )
            b.integerAdd(at, 4 * run.pixels * shape.stride * shape.xPixel, at)
            b.advance(y, 4 * run.pixels * shape.yPixel)
          })
        }
      }
      b.advance(row, 4 * rowWords)
    })
  })
}
