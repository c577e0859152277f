// The vector program of a filter gradient: a tile of the filter, taps × input channels × vectors of output channels,
// stays in registers while the pixels of a chunk go by, and is then added to memory. Summing chunk by chunk keeps the
// rounding error near the square root of the number of pixels.
//
// What goes by is described by tables of int32 (see schedule.ts), so that padding costs no work and no access outside.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  scalarAt,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { emitLanewise } from '../convolution/lanewise.ts'
import type { Operand } from '../convolution/operand.ts'

/** Rows of the filter held at once: neighbouring taps along the width, and input channels of each. */
export interface TileRows {
  readonly taps: number
  readonly channels: number
}

/** All in elements; vectors lie along the channels of y. */
export interface TileShape {
  readonly vectors: number
  /** Channels of y in a vector, and in the last one. */
  readonly elements: number
  readonly tail: number
  readonly operand: Operand
  readonly main: TileRows
  /** What is left where the filter does not divide evenly. */
  readonly rest: TileRows | null
  /** From one output pixel to the next, in x and in y. */
  readonly xPixel: number
  readonly yPixel: number
  /** From one tap to the next, in x. */
  readonly xTap: number
  /** A row of pixels of x and of y. */
  readonly xRow: number
  readonly yRow: number
  /** Channels of x and of y in a pixel. */
  readonly xChannels: number
  readonly yChannels: number
  /** From one tap, and from one input channel, to the next in the filter. */
  readonly filterTap: number
  readonly filterChannel: number
  /** Pixels in a row of x, and between two taps: where taps of one tile end differently, each is checked against them. */
  readonly width: number
  readonly dilation: number
}

/** The tiles of the next channels pass over the same pixels a line further on. */
const cacheLine = 64

/** Words of a table entry. */
export const columnWords = 5
export const tileWords = 4
export const rowWords = 2

interface Walk {
  readonly shape: TileShape
  readonly rows: TileRows
  /** Entry of the tile, of its columns. */
  readonly tile: Pointer
  readonly column: Pointer
  readonly sums: readonly (readonly Vector[])[]
}

const word = (b: Builder, entry: Pointer, index: number): Integer => b.loadInteger(entry, 4 * index)

const countOf = ({ vectors, elements, tail }: TileShape, v: number): number => (v === vectors - 1 ? tail : elements)

const tailOf = (b: Builder, count: number): Tail | undefined => (count === b.lanes ? undefined : b.tail(count))

const scaled = (b: Builder, entry: Pointer, index: number, elements: number): Integer =>
  b.integerMul(word(b, entry, index), 4 * elements)

/** The products of one tap: `at` bytes past x. */
function emitTap(
  b: Builder,
  { shape, rows, sums }: Walk,
  tap: number,
  x: Pointer,
  at: number,
  ys: readonly Vector[],
): void {
  const { operand, vectors } = shape
  const rowOf = (channel: number): readonly Vector[] => sums[tap * rows.channels + channel]
  if (operand.kind === 'lanewise') {
    ys.forEach((y, v) => {
      const operandOf = emitLanewise(b, operand, countOf(shape, v), x, at + 4 * v * operand.span)
      for (let j = 0; j < rows.channels; j++) b.fma(rowOf(j)[v], y, operandOf(j))
    })
    return
  }
  for (let channel = 0; channel < rows.channels; channel++) {
    const place = at + 4 * channel
    // A broadcast used once is cheaper as part of its multiply-add.
    if (vectors === 1) b.fma(rowOf(channel)[0], ys[0], scalarAt(x, place))
    else {
      const one = b.broadcast(x, place)
      ys.forEach((y, v) => {
        b.fma(rowOf(channel)[v], y, one)
      })
    }
  }
}

const emitVectors = (b: Builder, { shape }: Walk, y: Pointer): Vector[] =>
  Array.from({ length: shape.vectors }, (_, v) => b.load(y, 4 * v * shape.elements, tailOf(b, countOf(shape, v))))

/** Pixels at which every tap of the tile reads inside the input. */
function emitInside(b: Builder, walk: Walk, x: Pointer, y: Pointer, pixels: Integer): void {
  b.loop(pixels, () => {
    const ys = emitVectors(b, walk, y)
    if (walk.shape.operand.kind !== 'lanewise') b.prefetch(x, cacheLine)
    for (let tap = 0; tap < walk.rows.taps; tap++) emitTap(b, walk, tap, x, 4 * tap * walk.shape.xTap, ys)
    b.advance(x, 4 * walk.shape.xPixel)
    b.advance(y, 4 * walk.shape.yPixel)
  })
}

/** Pixels at which some taps read padding: each is left out by itself. */
function emitBorder(b: Builder, walk: Walk, x: Pointer, y: Pointer, first: Integer, pixels: Integer): void {
  const { width, dilation, xTap, xPixel, yPixel, xChannels } = walk.shape
  b.loop(pixels, () => {
    const ys = emitVectors(b, walk, y)
    for (let tap = 0; tap < walk.rows.taps; tap++) {
      b.when(first, 'ge', -tap * dilation, () =>
        b.when(first, 'lt', width - tap * dilation, () => {
          // Its own pointer: an address before the tensor would wrap around in WebAssembly.
          emitTap(b, walk, tap, b.offset(x, 4 * tap * xTap), 0, ys)
        }),
      )
    }
    b.advance(x, 4 * xPixel)
    b.advance(y, 4 * yPixel)
    b.integerAdd(first, xPixel / xChannels, first)
  })
}

/** The rows of one chunk that a row of taps meets. */
function emitRows(b: Builder, walk: Walk, entry: Pointer, count: Integer): void {
  const { shape, tile, column, rows } = walk
  b.loop(count, () => {
    const x = b.pointer('x')
    b.advance(x, scaled(b, entry, 0, shape.xRow))
    b.advance(x, scaled(b, column, 0, shape.xChannels))
    b.advance(x, scaled(b, tile, 2, 1))
    const y = b.pointer('y')
    b.advance(y, scaled(b, entry, 1, shape.yRow))
    b.advance(y, scaled(b, column, 1, shape.yChannels))
    if (rows.taps === 1) emitInside(b, walk, x, y, word(b, column, 3))
    else {
      const first = b.set(word(b, column, 0))
      emitBorder(b, walk, x, y, first, word(b, column, 2))
      const inside = word(b, column, 3)
      b.integerAdd(first, b.integerMul(inside, shape.xPixel / shape.xChannels), first)
      emitInside(b, walk, x, y, inside)
      emitBorder(b, walk, x, y, first, word(b, column, 4))
    }
    b.advance(entry, 4 * rowWords)
  })
}

function emitStores(b: Builder, { shape, rows, tile, sums }: Walk, chunk: Pointer): void {
  const out = b.pointer('filter')
  b.advance(out, scaled(b, tile, 3, 1))
  const first = word(b, chunk, 0)
  const each = (put: (place: number, sum: Vector, tail: Tail | undefined) => void): void => {
    sums.forEach((row, r) => {
      const [tap, channel] = [Math.floor(r / rows.channels), r % rows.channels]
      const start = tap * shape.filterTap + channel * shape.filterChannel
      row.forEach((sum, v) => {
        put(4 * (start + v * shape.elements), sum, tailOf(b, countOf(shape, v)))
      })
    })
  }
  b.when(first, 'eq', 0, () => each((place, sum, tail) => b.add(sum, b.load(out, place, tail), sum)))
  each((place, sum, tail) => b.store(out, place, sum, tail))
}

/** All tiles of one kind, of one chunk. */
function emitTiles(b: Builder, shape: TileShape, rows: TileRows, chunk: Pointer, tiles: string, count: string): void {
  const tile = b.pointer(tiles)
  b.loop(b.integer(count), () => {
    const column = b.pointer('columns')
    b.advance(column, word(b, chunk, 1))
    b.advance(column, word(b, tile, 1))
    const part = b.offset(chunk, word(b, tile, 0))
    const entry = b.pointer('rows')
    b.advance(entry, word(b, part, 0))
    const sums = Array.from({ length: rows.taps * rows.channels }, () =>
      Array.from({ length: shape.vectors }, () => b.zero()),
    )
    const walk: Walk = { shape, rows, tile, column, sums }
    emitRows(b, walk, entry, word(b, part, 1))
    emitStores(b, walk, chunk)
    b.advance(tile, 4 * tileWords)
  })
}

/** Arguments: x, y, filter, tables chunks, columns, rows, tiles, rests, and their counts. */
export function filterGradientProgram(shape: TileShape, target: Target): Program {
  const { main, vectors, operand } = shape
  const taps = main.taps === 1 ? '' : `${main.taps} taps `
  const name = `filter gradient ${operand.kind} ${taps}${main.channels}x${vectors}`
  return vectorProgram(name, target, (b) => {
    const chunk = b.pointer('chunks')
    b.loop(b.integer('chunkCount'), () => {
      emitTiles(b, shape, main, chunk, 'tiles', 'tileCount')
      if (shape.rest !== null) emitTiles(b, shape, shape.rest, chunk, 'rests', 'restCount')
      b.advance(chunk, b.integer('chunkBytes'))
    })
  })
}
