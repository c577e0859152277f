// The passes down the columns of tiles in blocks: from two pictures into a block, and from a block into two results.

import type { Epilogue } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { emitEpilogue } from '../epilogue.ts'
import { programFor } from '../step.ts'
import type { Blocks } from './blocks.ts'
import { emitMultiply } from './radix.ts'
import { emitTransform, loadComplex, storeComplex } from './transform.ts'

/** The two tiles of a pair, as prefixes of argument names. */
export const pair = ['first', 'second'] as const

const keyOf = ({ depth, height, width, split }: Blocks, { name, caches }: Target): string =>
  `${depth}×${height}×${split ? width : ''} ${name} ${caches.first}`

/** The transforms of a block in place, along both of its axes, and the factors of a split one. */
function emitColumns(b: Builder, layout: Blocks, direction: 'forward' | 'backward', block: Pointer): void {
  const { deep, down, height, depth, split } = layout
  const bytes = 2 * b.bytes
  const rows = (): void => {
    if (height === 1) return
    b.loop(depth, () => {
      emitTransform(b, down, direction, { pointer: block, stride: bytes })
      if (depth > 1) b.advance(block, height * bytes)
    })
    if (depth > 1) b.advance(block, -depth * height * bytes)
  }
  const planes = (): void => {
    if (depth === 1) return
    b.loop(height, () => {
      emitTransform(b, deep, direction, { pointer: block, stride: height * bytes })
      b.advance(block, bytes)
    })
    b.advance(block, -height * bytes)
  }
  const factors = (): void => {
    if (!split) return
    const [within, between] = [b.pointer('within'), b.pointer('between')]
    b.loop(height, () => {
      const [common, own] = [loadComplex(b, within, 0), { re: b.broadcast(between), im: b.broadcast(between, 4) }]
      const w = emitMultiply(b, common, own, false)
      storeComplex(b, block, 0, emitMultiply(b, loadComplex(b, block, 0), w, direction === 'backward'))
      for (const pointer of [block, within]) b.advance(pointer, bytes)
      b.advance(between, 8)
    })
    b.advance(block, -height * bytes)
  }
  if (direction === 'forward') {
    rows()
    planes()
    factors()
  } else {
    factors()
    planes()
    rows()
  }
}

/** One part of a block, real or imaginary, from a picture. */
function emitPart(b: Builder, { depth, height }: Blocks, name: string, part: number): void {
  const to = b.offset(b.pointer('block'), part * b.bytes)
  const step = 2 * b.bytes
  const zeroRows = (count: ReturnType<Builder['integer']>, zero: Vector): void =>
    b.loop(count, () => {
      b.store(to, 0, zero)
      b.advance(to, step)
    })
  const from = b.pointer(name)
  const plane = (): void => {
    zeroRows(b.integer(`${name}Before`), b.zero())
    b.loop(b.integer(`${name}Full`), () => {
      b.store(to, 0, b.load(from))
      b.advance(from, b.integer('xRowBytes'))
      b.advance(to, step)
    })
    const tail = b.tail(b.integer(`${name}Columns`))
    b.loop(b.integer(`${name}Partial`), () => {
      b.store(to, 0, b.load(from, 0, tail))
      b.advance(from, b.integer('xRowBytes'))
      b.advance(to, step)
    })
    zeroRows(b.integer(`${name}After`), b.zero())
  }
  if (depth === 1) {
    plane()
    return
  }
  const zeroPlanes = (count: string): void =>
    b.loop(b.integer(count), () => {
      const zero = b.zero()
      b.loop(height, () => {
        b.store(to, 0, zero)
        b.advance(to, step)
      })
    })
  zeroPlanes(`${name}PlanesBefore`)
  b.loop(b.integer(`${name}Planes`), () => {
    plane()
    b.advance(from, b.integer(`${name}Skip`))
  })
  zeroPlanes(`${name}PlanesAfter`)
}

/**
 * Two blocks of columns into the parts of a complex one, transformed. Arguments: `block`; of each tile its first pixel, and
 * …`Before`, `Full`, `Partial`, `After`: rows of zeros, whole rows, rows of `Columns` elements, rows of zeros;
 * `xRowBytes`. With several planes …`PlanesBefore`, `Planes`, `PlanesAfter`, and …`Skip`: bytes from the row after the last of
 * a plane to the next plane's first. `within` and `between` where the transform is split; `twiddles`. `any`: 0 where
 * there are zeros alone.
 */
export const columnsIn = (layout: Blocks, target: Target): Program =>
  programFor(`fft columns in ${keyOf(layout, target)}`, () =>
    vectorProgram(`fft columns ${layout.height}`, target, (b) => {
      pair.forEach((name, part) => {
        emitPart(b, layout, name, part)
      })
      b.when(b.integer('any'), 'ne', 0, () => emitColumns(b, layout, 'forward', b.pointer('block')))
    }),
  )

/**
 * A block transformed back, into two results. Arguments: `block`, `twiddles`, `within`, `between`; of each tile
 * …`Result` and …`Residual` at the first element, …`Full` and …`Partial`: whole rows, then rows of …`Columns` elements;
 * `yRowBytes`, `bias`; with several planes …`Planes`, and …`Skip` from the row after the last of a plane to the next
 * plane's first, and …`BlockSkip`, bytes in the block that a plane leaves out.
 */
export function columnsOut(layout: Blocks, epilogue: Epilogue | null, target: Target): Program {
  const key = `fft columns out ${keyOf(layout, target)} ${JSON.stringify(epilogue)}`
  const write = (b: Builder): void => {
    const block = b.pointer('block')
    emitColumns(b, layout, 'backward', block)
    const bias = epilogue?.bias ? b.broadcast(b.pointer('bias')) : undefined
    pair.forEach((name, part) => {
      const from = b.offset(b.pointer('block'), part * b.bytes)
      const y = b.pointer(`${name}Result`)
      const residual = epilogue?.residual ? b.pointer(`${name}Residual`) : undefined
      const outputs = residual === undefined ? [y] : [y, residual]
      const rows = (count: string, tail?: ReturnType<Builder['tail']>): void =>
        b.loop(b.integer(count), () => {
          const kept = residual && b.load(residual, 0, tail)
          b.store(y, 0, emitEpilogue(b, epilogue, b.load(from), { bias, residual: kept }), tail)
          b.advance(from, 2 * b.bytes)
          for (const pointer of outputs) b.advance(pointer, b.integer('yRowBytes'))
        })
      const plane = (): void => {
        rows(`${name}Full`)
        rows(`${name}Partial`, b.tail(b.integer(`${name}Columns`)))
      }
      if (layout.depth === 1) {
        plane()
        return
      }
      b.loop(b.integer(`${name}Planes`), () => {
        plane()
        b.advance(from, b.integer(`${name}BlockSkip`))
        for (const pointer of outputs) b.advance(pointer, b.integer(`${name}Skip`))
      })
    })
  }
  return programFor(key, () => vectorProgram(`fft columns back ${layout.height}`, target, write))
}
