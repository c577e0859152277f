// Bᵀ d B for every tile of a block, over vectors of input channels.

import { type Builder, type Integer, type Pointer, type Tail, type Vector, vectorAt } from '../../program/index.ts'
import { type Constants, constantsFor, emitSum, type ResultGroup, resultGroups, type Term } from './butterfly.ts'
import type { WinogradLayout } from './layout.ts'
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
  /** Bytes from row to row of the window. */
  readonly rowBytes: Integer
}

/**
 * One vector of channels of one window: two columns of the result at a time, first along the rows, then down them, so
 * that 2·size vectors are alive and nothing is spilled.
 */
function emitVector(
  b: Builder,
  layout: WinogradLayout,
  constants: Constants,
  { pixels, rowBytes }: WindowSource,
  windows: Pointer,
  tail: Tail | undefined,
): void {
  const { algorithm, inputChannels } = layout
  const { size } = algorithm
  const groups = resultGroups(algorithm.input)
  const back = b.integerMul(rowBytes, -size)
  for (const across of groups) {
    const columns = new Map<number, Vector[]>(across.results.map((column) => [column, []]))
    for (let row = 0; row < size; row++) {
      const pixel: Operand = (column) => {
        const displacement = column * inputChannels * 4
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
          (row, value) => b.store(windows, (row * size + column) * b.bytes, value),
        )
      }
    }
  }
}

/** Copies the pixels of a window that lie inside the picture into a patch of zeros. */
function emitPatch(
  b: Builder,
  { algorithm, inputChannels }: WinogradLayout,
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
  const floats = b.integerMul(b.loadInteger(tile, tileField.columns), inputChannels)
  const whole = b.integerShr(floats, Math.log2(b.lanes))
  const rest = b.tail(b.integerAnd(floats, b.lanes - 1))
  const copied = b.integerMul(whole, b.bytes)
  const nextTo = b.integerSub(b.set(size * pixelBytes), copied)
  const nextFrom = b.integerSub(b.integer('inputRowBytes'), copied)
  const rows = b.loadInteger(tile, tileField.rows)
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

/**
 * Transforms the windows of `tileCount` tiles. Arguments: `x`, `tiles`, `windows`, `patch` (a window's worth of scratch),
 * `inputRowBytes`.
 */
export function emitInputTransform(b: Builder, layout: WinogradLayout): void {
  const { algorithm, inputChannels, windowRow, vectorStride } = layout
  const constants = constantsFor(b, algorithm.input)
  const pixelBytes = inputChannels * 4
  const whole = Math.floor(inputChannels / b.lanes)
  const rest = inputChannels % b.lanes
  const tile = b.pointer('tiles')
  const windows = b.pointer('windows')
  b.loop(b.integer('tileCount'), () => {
    const pixels = b.pointer('x')
    b.advance(pixels, b.integerMul(b.loadInteger(tile, tileField.inputPixel), pixelBytes))
    const rowBytes = b.integer('inputRowBytes')
    b.when(b.loadInteger(tile, tileField.inside), 'eq', 0, () => {
      const patch = b.pointer('patch')
      emitPatch(b, layout, pixels, tile, patch)
      b.offset(patch, 0, pixels)
      b.set(algorithm.size * pixelBytes, rowBytes)
    })
    b.loop(whole, () => {
      emitVector(b, layout, constants, { pixels, rowBytes }, windows, undefined)
      b.advance(pixels, b.bytes)
      b.advance(windows, vectorStride * 4)
    })
    if (rest > 0) emitVector(b, layout, constants, { pixels, rowBytes }, windows, b.tail(rest))
    b.advance(windows, (windowRow - whole * vectorStride) * 4)
    b.advance(tile, tileRecordBytes)
  })
}
