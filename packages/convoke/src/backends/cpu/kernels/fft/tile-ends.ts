// How tiles enter and leave their complex form: straight from a picture of one channel to another, with the borders of both.

import type { Epilogue } from '../../../backend.ts'
import type { Builder, Integer, Pointer, Tail } from '../../program/index.ts'
import { emitEpilogue } from '../epilogue.ts'
import { pair } from './columns.ts'
import type { FftLayout } from './layout.ts'
import type { TileEnds } from './tile-program.ts'
import { storeComplex } from './transform.ts'

interface Source {
  readonly pixels: Pointer
  /** Bytes from the end of a row of the tile to the next. */
  readonly skip: Integer | number
}

/** Copies two tiles into the real and the imaginary part of the complex one; their pointers move. */
function emitLoad(
  b: Builder,
  { across, tileRows, tileRow }: FftLayout,
  sources: readonly [Source, Source],
  tile: Pointer,
): void {
  const [first, second] = sources
  const to = b.offset(tile, 0)
  b.loop(tileRows, () => {
    b.loop(across.length / b.lanes, () => {
      storeComplex(b, to, 0, { re: b.load(first.pixels), im: b.load(second.pixels) })
      for (const { pixels } of sources) b.advance(pixels, b.bytes)
      b.advance(to, 2 * b.bytes)
    })
    for (const { pixels, skip } of sources) b.advance(pixels, skip)
    b.advance(to, (tileRow - 2 * across.length) * 4)
  })
}

/** Runs `body` for `floats` elements in whole vectors and a rest. */
function forVectors(b: Builder, floats: Integer, body: (tail: Tail | undefined) => void): void {
  b.loop(b.integerShr(floats, Math.log2(b.lanes)), () => body(undefined))
  body(b.tail(b.integerAnd(floats, b.lanes - 1)))
}

/** The pixels of a tile, from the picture where it lies inside, else from a patch of zeros with what the picture has. */
function emitPixels(b: Builder, { across, tileRows }: FftLayout, name: (typeof pair)[number]): Source {
  const pixels = b.pointer(name)
  const skip = b.integerSub(b.integer('xRowBytes'), b.set(across.length * 4))
  b.when(b.integer(`${name}Inside`), 'eq', 0, () => {
    const to = b.pointer(`${name}Patch`)
    const zero = b.zero()
    b.loop((tileRows * across.length) / b.lanes, () => {
      b.store(to, 0, zero)
      b.advance(to, b.bytes)
    })
    b.offset(b.pointer(`${name}Patch`), b.integer(`${name}Corner`), to)
    b.loop(b.integer(`${name}Rows`), () => {
      const [row, into] = [b.offset(pixels, 0), b.offset(to, 0)]
      forVectors(b, b.integer(`${name}Columns`), (tail) => {
        b.store(into, 0, b.load(row, 0, tail), tail)
        for (const pointer of [row, into]) b.advance(pointer, b.bytes)
      })
      b.advance(pixels, b.integer('xRowBytes'))
      b.advance(to, across.length * 4)
    })
    b.offset(b.pointer(`${name}Patch`), 0, pixels)
    b.set(0, skip)
  })
  return { pixels, skip }
}

/**
 * Arguments for `first` and `second` each: the pointer itself at the first pixel of the tile inside the picture, …`Inside` (1 when
 * all are), …`Corner` (bytes into the patch where that pixel goes), …`Rows` and …`Columns` (of pixels inside), …`Patch`
 * (scratch, a tile of floats); …`Result` and …`Residual` at its first output, …`ResultRows`, …`ResultColumns`; and `bias`,
 * `xRowBytes`, `yRowBytes`.
 */
export const pictureEnds = (epilogue: Epilogue | null): TileEnds =>
  Object.freeze({
    load: (b: Builder, layout: FftLayout, tile: Pointer) =>
      emitLoad(b, layout, [emitPixels(b, layout, 'first'), emitPixels(b, layout, 'second')], tile),
    store: (b: Builder, { tileRow }: FftLayout, tile: Pointer) => {
      const bias = epilogue?.bias ? b.broadcast(b.pointer('bias')) : undefined
      pair.forEach((name, part) => {
        const from = b.offset(tile, part * b.bytes)
        const y = b.pointer(`${name}Result`)
        const residual = epilogue?.residual ? b.pointer(`${name}Residual`) : undefined
        const columns = b.integer(`${name}ResultColumns`)
        const rowBytes = b.integer('yRowBytes')
        b.loop(b.integer(`${name}ResultRows`), () => {
          const [row, to] = [b.offset(from, 0), b.offset(y, 0)]
          const added = residual && b.offset(residual, 0)
          forVectors(b, columns, (tail) => {
            const kept = added && b.load(added, 0, tail)
            b.store(to, 0, emitEpilogue(b, epilogue, b.load(row, 0), { bias, residual: kept }), tail)
            b.advance(row, 2 * b.bytes)
            for (const pointer of added === undefined ? [to] : [to, added]) b.advance(pointer, b.bytes)
          })
          b.advance(from, tileRow * 4)
          for (const pointer of residual === undefined ? [y] : [y, residual]) b.advance(pointer, rowBytes)
        })
      })
    },
  })
