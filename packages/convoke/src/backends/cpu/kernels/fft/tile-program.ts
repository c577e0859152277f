// Two tiles of a picture, transformed together as one complex tile, multiplied by the filter's spectrum and transformed back.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import type { FftLayout } from './layout.ts'
import { type Complex, emitDft, emitMultiply } from './radix.ts'
import { emitTransform, loadComplex, storeComplex, type Transform } from './transform.ts'

/** Transforms `vectors` vectors of columns of the tile in place. */
function emitColumns(
  b: Builder,
  layout: FftLayout,
  direction: 'forward' | 'backward',
  vectors: number,
  tile: Pointer,
): void {
  const { down, tileRow } = layout
  if (down.length === 1) return
  const column = b.offset(tile, 0)
  b.loop(vectors, () => {
    emitTransform(b, down, direction, { pointer: column, stride: tileRow * 4 })
    b.advance(column, 2 * b.bytes)
  })
}

/** Squares of lanes × lanes elements between rows of the tile and the row buffer, `lanes` transforms side by side. */
function emitTransposed(b: Builder, layout: FftLayout, into: 'buffer' | 'tile', tile: Pointer, buffer: Pointer): void {
  const { across, tileRow } = layout
  const [tileStride, bufferStride] = [tileRow * 4, 2 * b.bytes]
  const [from, fromStride, to, toStride] =
    into === 'buffer' ? [tile, tileStride, buffer, bufferStride] : [buffer, bufferStride, tile, tileStride]
  const each = Array.from({ length: b.lanes }, (_, i) => i)
  b.loop(across.length / b.lanes, () => {
    for (const part of [0, b.bytes]) {
      const rows: Vector[] = b.transpose(each.map((i) => b.load(from, i * fromStride + part)))
      for (const i of each) b.store(to, i * toStride + part, rows[i])
    }
    b.advance(tile, 2 * b.bytes)
    b.advance(buffer, b.lanes * 2 * b.bytes)
  })
  b.advance(tile, -2 * across.length * 4)
  b.advance(buffer, -2 * across.length * b.bytes)
}

/**
 * The last pass of the forward transform, which has no twiddle factors, with the product; `then` takes the products of a block of
 * neighbours in the buffer, displacements from `buffer`. Moves `buffer` and `spectrum` past all of them.
 */
function emitProducts(
  b: Builder,
  across: Transform,
  buffer: Pointer,
  spectrum: Pointer,
  then: (products: readonly Complex[], displacementOf: (q: number) => number) => void,
): void {
  const { radix } = across.passes[across.passes.length - 1]
  const each = Array.from({ length: radix }, (_, q) => q)
  const displacementOf = (q: number): number => q * 2 * b.bytes
  b.loop(across.length / radix, () => {
    const x = each.map((q) => loadComplex(b, buffer, displacementOf(q)))
    const products = emitDft(b, x, 'forward').map((value, q) =>
      emitMultiply(b, value, loadComplex(b, spectrum, displacementOf(q)), true),
    )
    then(products, displacementOf)
    b.advance(buffer, radix * 2 * b.bytes)
    b.advance(spectrum, radix * 2 * b.bytes)
  })
}

/** Rows of one block: transformed, multiplied, transformed back, in the row buffer. */
function emitRows(b: Builder, layout: FftLayout, tile: Pointer, buffer: Pointer, spectrum: Pointer): void {
  const { across } = layout
  const elements = { pointer: buffer, stride: 2 * b.bytes }
  emitTransposed(b, layout, 'buffer', tile, buffer)
  emitTransform(b, across, 'forward', elements, 1)
  emitProducts(b, across, buffer, spectrum, (products, displacementOf) => {
    emitDft(b, products, 'backward').forEach((value, q) => {
      storeComplex(b, buffer, displacementOf(q), value)
    })
  })
  b.advance(buffer, -across.length * 2 * b.bytes)
  emitTransform(b, across, 'backward', elements, 1)
  emitTransposed(b, layout, 'tile', tile, buffer)
}

/** The same with a sum over the input channels of a group, each in a tile of its own; the result takes the place of the first. */
function emitSummedRows(
  b: Builder,
  layout: FftLayout,
  tile: Pointer,
  buffer: Pointer,
  spectrum: Pointer,
  apart: number,
): void {
  const { across, groupInputs, tileFloats } = layout
  const elements = { pointer: buffer, stride: 2 * b.bytes }
  const rowBytes = across.length * 2 * b.bytes
  const sums = b.offset(buffer, rowBytes)
  const zero = b.zero()
  b.loop(across.length, () => {
    storeComplex(b, sums, 0, { re: zero, im: zero })
    b.advance(sums, 2 * b.bytes)
  })
  b.advance(sums, -rowBytes)
  b.loop(groupInputs, () => {
    emitTransposed(b, layout, 'buffer', tile, buffer)
    emitTransform(b, across, 'forward', elements, 1)
    emitProducts(b, across, buffer, spectrum, (products, displacementOf) => {
      products.forEach(({ re, im }, q) => {
        const sum = loadComplex(b, sums, displacementOf(q))
        storeComplex(b, sums, displacementOf(q), { re: b.add(re, sum.re), im: b.add(im, sum.im) })
      })
      b.advance(sums, products.length * 2 * b.bytes)
    })
    b.advance(buffer, -rowBytes)
    b.advance(sums, -rowBytes)
    b.advance(spectrum, apart - rowBytes)
    b.advance(tile, tileFloats * 4)
  })
  b.advance(tile, -groupInputs * tileFloats * 4)
  b.advance(spectrum, rowBytes - groupInputs * apart)
  emitTransform(b, across, 'backward', { pointer: sums, stride: 2 * b.bytes })
  emitTransposed(b, layout, 'tile', tile, sums)
}

/** Where tiles come from and go to: planes and results, or the picture itself. */
export interface TileEnds {
  /** `planeBytes`: from the first input channel of the group to the one to load, where there are several. */
  readonly load: (b: Builder, layout: FftLayout, tile: Pointer, planeBytes: Integer | undefined) => void
  readonly store: (b: Builder, layout: FftLayout, tile: Pointer) => void
}

/**
 * Arguments of the ends, and `spectrum`, `twiddles`; scratch: `tile` (one complex tile an input channel of the group) and
 * `buffer` (two rows of complex vectors).
 */
export function tileProgram(layout: FftLayout, ends: TileEnds, target: Target): Program {
  const { down, across, tileRows, tileRow, tileFloats, validColumns, groupInputs, planeFloats } = layout
  const name = down.length === 1 ? `fft ${across.length}` : `fft ${down.length}x${across.length}`
  return vectorProgram(name, target, (b) => {
    const tile = b.pointer('tile')
    const planeBytes = groupInputs > 1 ? b.set(0) : undefined
    b.loop(groupInputs, () => {
      ends.load(b, layout, tile, planeBytes)
      emitColumns(b, layout, 'forward', across.length / b.lanes, tile)
      b.advance(tile, tileFloats * 4)
      if (planeBytes !== undefined) b.integerAdd(planeBytes, planeFloats * 4, planeBytes)
    })
    b.advance(tile, -groupInputs * tileFloats * 4)
    const buffer = b.pointer('buffer')
    const spectrum = b.pointer('spectrum')
    const apart = layout.spectrumBlocks * across.length * 2 * b.bytes
    b.loop(tileRows / b.lanes, () => {
      if (groupInputs === 1) emitRows(b, layout, tile, buffer, spectrum)
      else emitSummedRows(b, layout, tile, buffer, spectrum, apart)
      b.advance(tile, b.lanes * tileRow * 4)
    })
    b.advance(tile, -tileFloats * 4)
    emitColumns(b, layout, 'backward', validColumns / b.lanes, tile)
    ends.store(b, layout, tile)
  })
}
