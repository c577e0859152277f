// One filter a channel, by tiles of some rows and some pixels of a vector of channels, one tile after another along a row: few rows of
// the picture are read at a time, each in order, which is what a processor fetches best, and what is read serves every output
// of the tile that sees it.
//
//     for each row of the kernel                     its weights wait in registers
//       for each row of outputs that has it inside
//         for each pixel x that it reads: sums += x · weight, for every output and tap that meet there
//
// An output sums its taps in the filter's order, whatever tile it is in; taps that lie in the padding are left out.

import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'
import { indices } from '../../../../shapes/indices.ts'
import type { Epilogue } from '../../../backend.ts'
import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { addInPlace, isLight } from '../epilogue.ts'
import { emitActivation } from '../math/activation.ts'

/** Taps [first, end) of a window along an axis that fall inside the input. */
export type Taps = readonly [number, number]

export interface DepthwiseShape {
  /** Height and width. */
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  /** Rows of outputs of a tile. Which taps of theirs lie inside is an argument. */
  readonly rows: number
  /** Those of the pixels at the two ends of a row, some of which lie in the padding. */
  readonly left: readonly Taps[]
  readonly right: readonly Taps[]
  /** Pixels of a tile between them. */
  readonly pixels: number
  readonly epilogue: Epilogue | null
}

/** The first place that one of these outputs reads, counted from that of the first output's first tap. */
const firstRead = (outputs: readonly Taps[], stride: number): number =>
  smallestOf(outputs.map(([tap], output) => output * stride + tap))

interface Place {
  readonly x: Pointer
  readonly y: Pointer
  readonly weights: Pointer
  readonly channel: Integer
}

/** Moves `pointer` by so many steps of `by` bytes. */
function advance(b: Builder, pointer: Pointer, steps: number, by: Integer): void {
  if (steps === 1) b.advance(pointer, by)
  else if (steps > 1) b.advance(pointer, b.integerMul(by, steps))
}

/** The bit of the argument `inside` that says whether this tap of a row of outputs lies inside the picture. */
const bitOf = (row: number, tap: number, taps: number): number => 2 ** (row * taps + tap)

/** `inside` for rows of outputs with these taps. */
export const insideBits = (rows: readonly Taps[], taps: number): number =>
  rows.reduce(
    (all, [first, end], row) => indices(end - first).reduce((bits, i) => bits + bitOf(row, first + i, taps), all),
    0,
  )

/** A vector of channels of a tile: `x` is where its first window begins, in its first column that is read; `y` its first output. */
function emitTile(
  b: Builder,
  shape: DepthwiseShape,
  columns: readonly Taps[],
  { x, y, weights, channel }: Place,
): void {
  const { kernel, stride, rows, epilogue } = shape
  const start = firstRead(columns, stride[1])
  const sums = indices(rows).map(() => columns.map(() => b.zero()))
  for (const tapRow of indices(kernel[0])) {
    const kept = new Map<number, Vector>()
    for (const tap of indices(kernel[1])) {
      if (columns.some(([first, end]) => tap >= first && tap < end))
        kept.set(tap, b.load(weights, (tapRow * kernel[1] + tap) * b.bytes))
    }
    for (const r of indices(rows)) {
      b.when(b.integerAnd(b.integer('inside'), bitOf(r, tapRow, kernel[0])), 'ne', 0, () => {
        const row = b.offset(x, 0)
        advance(b, row, r * stride[0] + tapRow, b.integer('xRow'))
        emitRow(b, { columns, stride: stride[1], start, kept, row, sums: sums[r] })
      })
    }
  }
  finish(b, epilogue, sums, y, channel)
}

interface RowOfTile {
  readonly columns: readonly Taps[]
  readonly stride: number
  readonly start: number
  /** Weights by tap. */
  readonly kept: ReadonlyMap<number, Vector>
  readonly row: Pointer
  readonly sums: readonly Vector[]
}

function emitRow(b: Builder, { columns, stride, start, kept, row, sums }: RowOfTile): void {
  const pixel = b.integer('xPixel')
  const at = b.offset(row, 0)
  let column = start
  const end = largestOf(columns.map(([, last], p) => p * stride + last))
  for (let j = start; j < end; j++) {
    const meets = indices(columns.length).flatMap((p) => {
      const tap = j - p * stride
      return tap >= columns[p][0] && tap < columns[p][1] ? [{ p, tap }] : []
    })
    if (meets.length === 0) continue
    advance(b, at, j - column, pixel)
    column = j
    const value = b.load(at)
    for (const { p, tap } of meets) b.fma(sums[p], value, kept.get(tap) as Vector)
  }
}

function finish(
  b: Builder,
  epilogue: Epilogue | null,
  sums: readonly (readonly Vector[])[],
  y: Pointer,
  channel: Integer,
): void {
  const activation = epilogue?.activation ?? null
  const light = isLight(activation)
  const bias = epilogue?.bias ? b.offset(b.pointer('bias'), channel) : undefined
  const each = (row: Pointer, body: (at: Pointer) => void, count: number): void => {
    const at = b.offset(row, 0)
    const pixel = b.integer('yPixel')
    b.loop(count, () => {
      body(at)
      b.advance(at, pixel)
    })
  }
  const row = b.offset(y, 0)
  for (const line of sums) {
    const at = b.offset(row, 0)
    const pixel = b.integer('yPixel')
    for (const [p, sum] of line.entries()) {
      if (bias !== undefined) addInPlace(b, sum, bias, 0)
      b.store(at, 0, light && activation !== null ? emitActivation(b, activation, sum) : sum)
      if (p < line.length - 1) b.advance(at, pixel)
    }
    b.advance(row, b.integer('yRow'))
  }
  if (light || activation === null) return
  // By way of the result: an activation may need every register.
  const stored = b.offset(y, 0)
  b.loop(sums.length, () => {
    each(stored, (at) => b.store(at, 0, emitActivation(b, activation, b.load(at))), sums[0].length)
    b.advance(stored, b.integer('yRow'))
  })
}

/**
 * Arguments, distances in bytes: `x`, the row's first column where the tile's first window begins, `inside` as above, `xRow` and `xPixel` from row to row and pixel to pixel; `y`, `yRow`,
 * `yPixel`; `xMiddle` and `yMiddle`, `xRight` and `yRight`, where the tiles behind the left end begin, and the right end;
 * `middles` of them, `lastMiddle` the pixel that the last of them begins at; `vectors` of channels, `lastVector` where the last begins; `taps`, packed
 * by vector and tap; `bias`; those of `activationArguments`.
 */
export const depthwiseProgram = (shape: DepthwiseShape, target: Target): Program =>
  vectorProgram(`depthwise ${shape.rows}x${shape.pixels}`, target, (b) => {
    const { kernel, stride, left, right, pixels } = shape
    const channels = (x: Pointer, y: Pointer, columns: readonly Taps[]): void => {
      const channel = b.set(0)
      const weights = b.offset(b.pointer('taps'), 0)
      b.loop(b.integer('vectors'), () => {
        emitTile(b, shape, columns, { x: b.offset(x, channel), y: b.offset(y, channel), weights, channel })
        b.advance(weights, kernel[0] * kernel[1] * b.bytes)
        b.integerMin(b.integerAdd(channel, b.bytes), b.integer('lastVector'), channel)
      })
    }
    if (left.length > 0) channels(b.pointer('x'), b.pointer('y'), left)
    const whole = indices(pixels).map((): Taps => [0, kernel[1]])
    const pixel = b.set(0)
    b.loop(b.integer('middles'), () => {
      const x = b.offset(b.pointer('x'), b.integer('xMiddle'))
      b.advance(x, b.integerMul(b.integerMul(pixel, b.integer('xPixel')), stride[1]))
      const y = b.offset(b.pointer('y'), b.integer('yMiddle'))
      b.advance(y, b.integerMul(pixel, b.integer('yPixel')))
      channels(x, y, whole)
      b.integerMin(b.integerAdd(pixel, pixels), b.integer('lastMiddle'), pixel)
    })
    if (right.length > 0)
      channels(b.offset(b.pointer('x'), b.integer('xRight')), b.offset(b.pointer('y'), b.integer('yRight')), right)
  })
