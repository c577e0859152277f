// Bᵀ d B for every tile of a block, over vectors of input channels.

import { type Builder, type Integer, type Pointer, type Tail, type Vector, vectorAt } from '../../program/index.ts'
import { type Constants, constantsFor, emitSum, type ResultGroup, resultGroups, type Term } from './butterfly.ts'
import { cacheLine, type WinogradLayout } from './layout.ts'
import { tileField, tileRecordBytes } from './tiles.ts'

type Operand = (index: number) => ReturnType<typeof vectorAt> | Vector

const weighted = (terms: readonly Term[], operand: Operand) =>
  terms.map(({ coefficient, index }) => ({ coefficient, operand: operand(index) }))

/** The one or two results of a group, handed on one by one so that few are alive. */
function emitGroup(
  b: Builder,
  constants: Constants,
  group: ResultGroup,
  operand: Operand,
  use: (result: number, value: Vector) => void,
): void {
  if (group.kind === 'apart') {
    group.sums.forEach((terms, i) => {
      use(group.results[i], emitSum(b, constants, weighted(terms, operand)))
    })
    return
  }
  const even = emitSum(b, constants, weighted(group.even, operand))
  const odd = emitSum(b, constants, weighted(group.odd, operand))
  use(group.results[0], b.add(even, odd))
  use(group.results[1], b.sub(even, odd))
}

interface WindowSource {
  /** The first pixel of the window; moves, and is brought back. */
  readonly pixels: Pointer
  /** Bytes from row to row of the window, and from pixel to pixel of a row. */
  readonly rowBytes: Integer
  readonly pixelBytes: number
}

/**
 * One vector of channels of one window: two columns of the result at a time, first along the rows, then down them, so
 * that 2·size vectors are alive and nothing is spilled.
 */
function emitVector(
  b: Builder,
  layout: WinogradLayout,
  constants: Constants,
  { pixels, rowBytes, pixelBytes }: WindowSource,
  windows: Pointer,
  tail: Tail | undefined,
): void {
  const { algorithm } = layout
  const { size } = algorithm
  const groups = resultGroups(algorithm.input)
  const back = b.integerMul(rowBytes, -size)
  for (const across of groups) {
    const columns = new Map<number, Vector[]>(across.results.map((column) => [column, []]))
    for (let row = 0; row < size; row++) {
      const pixel: Operand = (column) => {
        const displacement = column * pixelBytes
        return tail === undefined ? vectorAt(pixels, displacement) : b.load(pixels, displacement, tail)
      }
      emitGroup(b, constants, across, pixel, (column, value) => columns.get(column)!.push(value))
      b.advance(pixels, rowBytes)
    }
    b.advance(pixels, back)
    for (const [column, values] of columns) {
      for (const down of groups) {
        emitGroup(
          b,
          constants,
          down,
          (row) => values[row],
          (row, value) => b.store(windows, (row * size + column) * cacheLine * 4, value),
        )
      }
    }
  }
}

/** Copies the pixels of a window that lie inside the picture into a patch of zeros, side by side. */
function emitPatch(
  b: Builder,
  { algorithm, inputChannels, dilation }: WinogradLayout,
  from: Pointer,
  tile: Pointer,
  patch: Pointer,
): void {
  const { size } = algorithm
  const pixelBytes = inputChannels * 4
  const zero = b.zero()
  const to = b.offset(patch, 0)
  b.loop(Math.ceil((size * size * inputChannels) / b.lanes), () => {
    b.store(to, 0, zero)
    b.advance(to, b.bytes)
  })
  const first = b.integerMul(b.loadInteger(tile, tileField.firstPixel), pixelBytes)
  b.offset(patch, first, to)
  const columns = b.loadInteger(tile, tileField.columns)
  const rows = b.loadInteger(tile, tileField.rows)
  if (dilation[1] === 1) emitRows(b, { from, to, rows }, b.integerMul(columns, inputChannels), size * pixelBytes)
  else {
    b.loop(rows, () => {
      b.loop(columns, () => emitPixel(b, from, to, inputChannels, dilation[1]))
      b.advance(to, size * pixelBytes)
      b.advance(to, b.integerMul(columns, -pixelBytes))
      b.advance(from, b.integer('inputRowBytes'))
      b.advance(from, b.integerMul(columns, -dilation[1] * pixelBytes))
    })
  }
}

/** Copies rows of `floats` numbers each, whose pixels lie side by side. */
function emitRows(
  b: Builder,
  { from, to, rows }: { readonly from: Pointer; readonly to: Pointer; readonly rows: Integer },
  floats: Integer,
  toRowBytes: number,
): void {
  const whole = b.integerShr(floats, Math.log2(b.lanes))
  const rest = b.tail(b.integerAnd(floats, b.lanes - 1))
  const copied = b.integerMul(whole, b.bytes)
  const nextTo = b.integerSub(b.set(toRowBytes), copied)
  const nextFrom = b.integerSub(b.integer('inputRowBytes'), copied)
  b.loop(rows, () => {
    b.loop(whole, () => {
      b.store(to, 0, b.load(from))
      b.advance(from, b.bytes)
      b.advance(to, b.bytes)
    })
    b.store(to, 0, b.load(from, 0, rest), rest)
    b.advance(from, nextFrom)
    b.advance(to, nextTo)
  })
}

/** Copies one pixel, and moves on to the next, which lies `apart` pixels further in the picture. */
function emitPixel(b: Builder, from: Pointer, to: Pointer, channels: number, apart: number): void {
  const whole = Math.floor(channels / b.lanes)
  b.loop(whole, () => {
    b.store(to, 0, b.load(from))
    b.advance(from, b.bytes)
    b.advance(to, b.bytes)
  })
  const rest = channels % b.lanes
  if (rest > 0) {
    const tail = b.tail(rest)
    b.store(to, 0, b.load(from, 0, tail), tail)
  }
  b.advance(from, apart * channels * 4 - whole * b.bytes)
  b.advance(to, channels * 4 - whole * b.bytes)
}

/**
 * Transforms the windows of `tileCount` tiles. Arguments: `x`, `tiles`, `windows`, `patch` (a window's worth of scratch),
 * `inputRowBytes`.
 */
export function emitInputTransform(b: Builder, layout: WinogradLayout): void {
  const { algorithm, inputChannels, windowRow, lineStride, dilation } = layout
  const constants = constantsFor(b, algorithm.input)
  const pixelBytes = inputChannels * 4
  const lines = Math.floor(inputChannels / cacheLine)
  const whole = Math.floor((inputChannels % cacheLine) / b.lanes)
  const rest = inputChannels % b.lanes
  const tile = b.pointer('tiles')
  const windows = b.pointer('windows')
  b.loop(b.integer('tileCount'), () => {
    const pixels = b.pointer('x')
    b.advance(pixels, b.integerMul(b.loadInteger(tile, tileField.inputPixel), pixelBytes))
    const rowBytes = b.integer('inputRowBytes')
    const transform = (between: number): void => {
      const source = { pixels, rowBytes, pixelBytes: between }
      const vectors = (count: number): void =>
        b.loop(count, () => {
          emitVector(b, layout, constants, source, windows, undefined)
          b.advance(pixels, b.bytes)
          b.advance(windows, b.bytes)
        })
      if (lines > 0) {
        b.loop(lines, () => {
          vectors(cacheLine / b.lanes)
          b.advance(windows, (lineStride - cacheLine) * 4)
        })
      }
      if (whole > 0) vectors(whole)
      if (rest > 0) emitVector(b, layout, constants, source, windows, b.tail(rest))
    }
    const copyPatch = (): void => {
      const patch = b.pointer('patch')
      emitPatch(b, layout, pixels, tile, patch)
      b.offset(patch, 0, pixels)
      b.set(algorithm.size * pixelBytes, rowBytes)
    }
    const inside = b.loadInteger(tile, tileField.inside)
    if (dilation[1] === 1) {
      b.when(inside, 'eq', 0, copyPatch)
      transform(pixelBytes)
    } else {
      const fromPatch = (): void => {
        copyPatch()
        transform(pixelBytes)
      }
      b.when(inside, 'eq', 0, fromPatch, () => transform(dilation[1] * pixelBytes))
    }
    b.advance(windows, windowRow * 4 - (lines * lineStride * 4 + whole * b.bytes))
    b.advance(tile, tileRecordBytes)
  })
}
