// Two tiles of a picture, transformed together as one complex tile, multiplied by the filter's spectrum and transformed back.

import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import type { FftLayout } from './layout.ts'
import { type Complex, emitDft, emitMultiply } from './radix.ts'
import { spectrumBlocks } from './spectrum.ts'
import { emitTransform, loadComplex, storeComplex, type Transform } from './transform.ts'

/** Copies the two tiles into the real and the imaginary part of the complex one. */
function emitLoad(b: Builder, layout: FftLayout, first: Pointer, second: Pointer, tile: Pointer): void {
  const { across, tileRows, planeRow, tileRow } = layout
  const vectors = across.length / b.lanes
  const to = b.offset(tile, 0)
  b.loop(tileRows, () => {
    b.loop(vectors, () => {
      storeComplex(b, to, 0, { re: b.load(first), im: b.load(second) })
      for (const pointer of [first, second]) b.advance(pointer, b.bytes)
      b.advance(to, 2 * b.bytes)
    })
    for (const pointer of [first, second]) b.advance(pointer, (planeRow - across.length) * 4)
    b.advance(to, (tileRow - 2 * across.length) * 4)
  })
  for (const pointer of [first, second]) b.advance(pointer, -tileRows * planeRow * 4)
}

/** Copies the results that did not wrap around out of the complex tile. */
function emitStore(b: Builder, layout: FftLayout, tile: Pointer): void {
  const { validRows, validColumns, tileRow, resultRow } = layout
  const results = [b.pointer('firstResult'), b.pointer('secondResult')]
  const from = b.offset(tile, 0)
  b.loop(validRows, () => {
    b.loop(validColumns / b.lanes, () => {
      const { re, im } = loadComplex(b, from, 0)
      b.store(results[0], 0, re)
      b.store(results[1], 0, im)
      for (const pointer of results) b.advance(pointer, b.bytes)
      b.advance(from, 2 * b.bytes)
    })
    for (const pointer of results) b.advance(pointer, (resultRow - validColumns) * 4)
    b.advance(from, (tileRow - 2 * validColumns) * 4)
  })
}

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
      emitMultiply(b, value, loadComplex(b, spectrum, displacementOf(q)), false),
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

/**
 * Arguments: `first` and `second`, the corners of two tiles in their planes (of the first input channel of the group),
 * `spectrum`, `firstResult`, `secondResult`, `twiddles`, and scratch: `tile` (one complex tile an input channel of the group)
 * and `buffer` (two rows of complex vectors).
 */
export function tileProgram(layout: FftLayout, target: Target): Program {
  const { down, across, tileRows, tileRow, tileFloats, validColumns, groupInputs, planeFloats } = layout
  const name = down.length === 1 ? `fft ${across.length}` : `fft ${down.length}x${across.length}`
  return vectorProgram(name, target, (b) => {
    const tile = b.pointer('tile')
    const [first, second] = [b.pointer('first'), b.pointer('second')]
    b.loop(groupInputs, () => {
      emitLoad(b, layout, first, second, tile)
      emitColumns(b, layout, 'forward', across.length / b.lanes, tile)
      for (const pointer of [first, second]) b.advance(pointer, planeFloats * 4)
      b.advance(tile, tileFloats * 4)
    })
    b.advance(tile, -groupInputs * tileFloats * 4)
    const buffer = b.pointer('buffer')
    const spectrum = b.pointer('spectrum')
    const blocks = spectrumBlocks(layout, target)
    const blockBytes = across.length * 2 * b.bytes
    b.loop(tileRows / b.lanes, () => {
      if (groupInputs === 1) emitRows(b, layout, tile, buffer, spectrum)
      else {
        emitSummedRows(b, layout, tile, buffer, spectrum, blocks * blockBytes)
      }
      b.advance(tile, b.lanes * tileRow * 4)
    })
    b.advance(tile, -tileFloats * 4)
    emitColumns(b, layout, 'backward', validColumns / b.lanes, tile)
    emitStore(b, layout, tile)
  })
}
