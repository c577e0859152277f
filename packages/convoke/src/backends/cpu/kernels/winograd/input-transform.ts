// T d Tᵀ for the windows d of a block of tiles, over vectors of channels: T is Bᵀ for windows of the input.

import { type Builder, type Integer, type Pointer, type Tail, type Vector, vectorAt } from '../../program/index.ts'
import { type Constants, constantsFor, emitSum, type ResultGroup, resultGroups, type Term } from './butterfly.ts'
import type { Matrix } from './cook-toom.ts'
import { cacheLine, type WinogradLayout } from './layout.ts'
import { tileField, tileRecordBytes } from './tiles.ts'

/** What is transformed, and how its numbers lie: [window][group of channels][position][channel of the group]. */
export interface WindowTransform {
  /** n × k: windows of k × k pixels become n × n numbers a channel. */
  readonly matrix: Matrix
  /** Channels transformed, of those that a pixel has. */
  readonly channels: number
  readonly pixelChannels: number
  /** Pixels from one to the next of a window, across. */
  readonly apart: number
  readonly groupChannels: number
  /** Floats from group to group, and from position to position of one. */
  readonly groupStride: number
  readonly positionStride: number
  /** Floats from window to window. */
  readonly windowRow: number
}

const inputWindows = (layout: WinogradLayout): WindowTransform => ({
  ...{ matrix: layout.algorithm.input, channels: layout.inputChannels, pixelChannels: layout.inputChannels },
  ...{ apart: layout.dilation[1], groupChannels: cacheLine, groupStride: layout.lineStride },
  ...{ positionStride: cacheLine, windowRow: layout.windowRow },
})

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
 * that 2·n vectors are alive and nothing is spilled.
 */
function emitVector(
  b: Builder,
  { matrix, positionStride }: WindowTransform,
  constants: Constants,
  { pixels, rowBytes, pixelBytes }: WindowSource,
  windows: Pointer,
  tail: Tail | undefined,
): void {
  const size = matrix.length
  const side = matrix[0].length
  const groups = resultGroups(matrix)
  const back = b.integerMul(rowBytes, -side)
  for (const across of groups) {
    const columns = new Map<number, Vector[]>(across.results.map((column) => [column, []]))
    for (let row = 0; row < side; row++) {
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
          (row, value) => b.store(windows, (row * size + column) * positionStride * 4, value),
        )
      }
    }
  }
}

/** Copies the pixels of a window that lie inside the picture into a patch of zeros, side by side. */
function emitPatch(
  b: Builder,
  { matrix, channels, pixelChannels, apart }: WindowTransform,
  from: Pointer,
  tile: Pointer,
  patch: Pointer,
): void {
  const side = matrix[0].length
  const pixelBytes = channels * 4
  const zero = b.zero()
  const to = b.offset(patch, 0)
  b.loop(Math.ceil((side * side * channels) / b.lanes), () => {
    b.store(to, 0, zero)
    b.advance(to, b.bytes)
  })
  const first = b.integerMul(b.loadInteger(tile, tileField.firstPixel), pixelBytes)
  b.offset(patch, first, to)
  const columns = b.loadInteger(tile, tileField.columns)
  const rows = b.loadInteger(tile, tileField.rows)
  if (apart * pixelChannels === channels)
    emitRows(b, { from, to, rows }, b.integerMul(columns, channels), side * pixelBytes)
  else {
    const step = apart * pixelChannels * 4
    b.loop(rows, () => {
      b.loop(columns, () => emitPixel(b, from, to, channels, step))
      b.advance(to, side * pixelBytes)
      b.advance(to, b.integerMul(columns, -pixelBytes))
      b.advance(from, b.integer('inputRowBytes'))
      b.advance(from, b.integerMul(columns, -step))
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

/** Copies one pixel, and moves on to the next, which lies `step` bytes further in the picture. */
function emitPixel(b: Builder, from: Pointer, to: Pointer, channels: number, step: number): void {
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
  b.advance(from, step - whole * b.bytes)
  b.advance(to, channels * 4 - whole * b.bytes)
}

/**
 * Transforms the windows of `tileCount` tiles. Arguments: `x`, `tiles`, `windows`, `patch` (a window's worth of scratch),
 * `inputRowBytes`.
 */
export function emitWindowTransform(b: Builder, transform: WindowTransform): void {
  const { matrix, channels, pixelChannels, apart, groupChannels, groupStride, windowRow } = transform
  const constants = constantsFor(b, matrix)
  const pixelBytes = pixelChannels * 4
  const groups = Math.floor(channels / groupChannels)
  const whole = Math.floor((channels % groupChannels) / b.lanes)
  const rest = channels % b.lanes
  const tile = b.pointer('tiles')
  const windows = b.pointer('windows')
  b.loop(b.integer('tileCount'), () => {
    const pixels = b.pointer('x')
    b.advance(pixels, b.integerMul(b.loadInteger(tile, tileField.inputPixel), pixelBytes))
    const rowBytes = b.integer('inputRowBytes')
    const transformWindow = (between: number): void => {
      const source = { pixels, rowBytes, pixelBytes: between }
      const vectors = (count: number): void =>
        b.loop(count, () => {
          emitVector(b, transform, constants, source, windows, undefined)
          b.advance(pixels, b.bytes)
          b.advance(windows, b.bytes)
        })
      if (groups > 0) {
        b.loop(groups, () => {
          vectors(groupChannels / b.lanes)
          b.advance(windows, (groupStride - groupChannels) * 4)
        })
      }
      if (whole > 0) vectors(whole)
      if (rest > 0) emitVector(b, transform, constants, source, windows, b.tail(rest))
    }
    const copyPatch = (): void => {
      const patch = b.pointer('patch')
      emitPatch(b, transform, pixels, tile, patch)
      b.offset(patch, 0, pixels)
      b.set(matrix[0].length * channels * 4, rowBytes)
    }
    const inside = b.loadInteger(tile, tileField.inside)
    if (apart * pixelChannels === channels) {
      b.when(inside, 'eq', 0, copyPatch)
      transformWindow(pixelBytes)
    } else {
      const fromPatch = (): void => {
        copyPatch()
        transformWindow(channels * 4)
      }
      b.when(inside, 'eq', 0, fromPatch, () => transformWindow(apart * pixelBytes))
    }
    b.advance(windows, windowRow * 4 - (groups * groupStride * 4 + whole * b.bytes))
    b.advance(tile, tileRecordBytes)
  })
}

/** Bᵀ d B for the windows of a convolution's input. */
export const emitInputTransform = (b: Builder, layout: WinogradLayout): void =>
  emitWindowTransform(b, inputWindows(layout))
