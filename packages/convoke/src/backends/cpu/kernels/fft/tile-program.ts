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
import { emitDft, emitMultiply } from './radix.ts'
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

/** The last pass of the forward transform, which has no twiddle factors, the product, and the first pass back. Moves `spectrum` past it. */
function emitProducts(b: Builder, across: Transform, buffer: Pointer, spectrum: Pointer): void {
  const { radix } = across.passes[across.passes.length - 1]
  const each = Array.from({ length: radix }, (_, q) => q)
  const displacementOf = (q: number): number => q * 2 * b.bytes
  b.loop(across.length / radix, () => {
    const x = each.map((q) => loadComplex(b, buffer, displacementOf(q)))
    const products = emitDft(b, x, 'forward').map((value, q) =>
      emitMultiply(b, value, loadComplex(b, spectrum, displacementOf(q)), true),
    )
    emitDft(b, products, 'backward').forEach((value, q) => {
      storeComplex(b, buffer, displacementOf(q), value)
    })
    b.advance(buffer, radix * 2 * b.bytes)
    b.advance(spectrum, radix * 2 * b.bytes)
  })
  b.advance(buffer, -across.length * 2 * b.bytes)
}

/** Rows of one block: transformed, multiplied, transformed back, in the row buffer. */
function emitRows(b: Builder, layout: FftLayout, tile: Pointer, buffer: Pointer, spectrum: Pointer): void {
  const { across } = layout
  const elements = { pointer: buffer, stride: 2 * b.bytes }
  emitTransposed(b, layout, 'buffer', tile, buffer)
  emitTransform(b, across, 'forward', elements, 1)
  emitProducts(b, across, buffer, spectrum)
  emitTransform(b, across, 'backward', elements, 1)
  emitTransposed(b, layout, 'tile', tile, buffer)
}

/** How tiles come from a picture and go to one. */
export interface TileEnds {
  readonly load: (b: Builder, layout: FftLayout, tile: Pointer) => void
  readonly store: (b: Builder, layout: FftLayout, tile: Pointer) => void
}

/** Arguments of the ends, and `spectrum`, `twiddles`; scratch: `tile` (a complex one) and `buffer` (a row of complex vectors). */
export function tileProgram(layout: FftLayout, ends: TileEnds, target: Target): Program {
  const { down, across, tileRows, tileRow, tileFloats, validColumns } = layout
  const name = down.length === 1 ? `fft ${across.length}` : `fft ${down.length}x${across.length}`
  return vectorProgram(name, target, (b) => {
    const tile = b.pointer('tile')
    ends.load(b, layout, tile)
    emitColumns(b, layout, 'forward', across.length / b.lanes, tile)
    const [buffer, spectrum] = [b.pointer('buffer'), b.pointer('spectrum')]
    b.loop(tileRows / b.lanes, () => {
      emitRows(b, layout, tile, buffer, spectrum)
      b.advance(tile, b.lanes * tileRow * 4)
    })
    b.advance(tile, -tileFloats * 4)
    emitColumns(b, layout, 'backward', validColumns / b.lanes, tile)
    ends.store(b, layout, tile)
  })
}
