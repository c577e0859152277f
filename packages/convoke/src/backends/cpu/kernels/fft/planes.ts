// Between tensors of several channels, which come last, and planes of one channel each.

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

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Pixels of a row, of so many channels, and floats from plane to plane. */
interface Planes {
  readonly channels: number
  readonly pixels: number
  readonly planeFloats: number
}

/** `pixels` pixels from `x` on, of `channels` channels each, transposed to rows `planeFloats` apart. Both pointers move. */
function emitPlanes(b: Builder, { channels, pixels, planeFloats }: Planes, x: Pointer, planes: Pointer): void {
  const { lanes } = b
  /** A square of lanes pixels × `count` channels. */
  const square = (count: number): void => {
    const tail = count < lanes ? b.tail(count) : undefined
    const columns = b.transpose(indices(lanes).map((i) => b.load(x, i * channels * 4, tail)))
    for (const i of indices(count)) b.store(planes, i * planeFloats * 4, columns[i])
  }
  const pixelBlock = (): void => {
    b.loop(Math.floor(channels / lanes), () => {
      square(lanes)
      b.advance(x, b.bytes)
      b.advance(planes, lanes * planeFloats * 4)
    })
    const rest = channels % lanes
    if (rest > 0) square(rest)
    b.advance(x, -(channels - rest) * 4)
    b.advance(planes, -(channels - rest) * planeFloats * 4)
  }
  const move = (count: number): void => {
    b.advance(x, count * channels * 4)
    b.advance(planes, count * 4)
  }
  if (pixels >= lanes) {
    b.loop(Math.floor(pixels / lanes), () => {
      pixelBlock()
      move(lanes)
    })
    const rest = pixels % lanes
    if (rest === 0) return
    // The last square overlaps the one before.
    move(rest - lanes)
    pixelBlock()
    move(lanes)
    return
  }
  const one = b.tail(1)
  b.loop(pixels, () => {
    b.loop(channels, () => {
      b.store(planes, 0, b.load(x, 0, one), one)
      b.advance(x, 4)
      b.advance(planes, planeFloats * 4)
    })
    b.advance(planes, (1 - channels * planeFloats) * 4)
  })
}

/** Rows of all planes of an image. Arguments: `x` at the first pixel, `planes` at the first row; `rows`. */
export const planesProgram = (row: Planes, target: Target): Program =>
  vectorProgram('channel planes', target, (b) => {
    const [x, planes] = [b.pointer('x'), b.pointer('planes')]
    b.loop(b.integer('rows'), () => emitPlanes(b, row, x, planes))
  })

/** How a row of results becomes a row of the output. */
export interface RowJoin extends Planes {
  readonly epilogue: Epilogue | null
}

/**
 * Rows of the output of an image from its planes of results, with the epilogue. Arguments: `results`, `y`, `residual` at the
 * first row, `bias`; `rows`.
 */
export function joinProgram({ channels, pixels, planeFloats, epilogue }: RowJoin, target: Target): Program {
  return vectorProgram('planes to channels', target, (b) => {
    const { lanes } = b
    const results = b.pointer('results')
    const y = b.pointer('y')
    const residual = epilogue?.residual ? b.pointer('residual') : undefined
    const bias = epilogue?.bias ? b.pointer('bias') : undefined
    const outputs = residual === undefined ? [y] : [y, residual]
    const finish = (displacement: number, count: number, value: Vector, added: Vector | undefined): void => {
      const tail = count < lanes ? b.tail(count) : undefined
      const kept = residual && b.load(residual, displacement, tail)
      b.store(y, displacement, emitEpilogue(b, epilogue, value, { bias: added, residual: kept }), tail)
    }
    /** A square of `wide` pixels × `count` channels. */
    const square = (wide: number, count: number): void => {
      const rows = b.transpose(indices(lanes).map((i) => b.load(results, Math.min(i, count - 1) * planeFloats * 4)))
      const added = bias && b.load(bias, 0, count < lanes ? b.tail(count) : undefined)
      const place = (i: number): number => i * channels * 4
      if (b.target.vectorRegisters >= 32) {
        for (const i of indices(wide)) finish(place(i), count, rows[i], added)
        return
      }
      // By way of the output, so that an activation has the registers to itself.
      const tail = count < lanes ? b.tail(count) : undefined
      for (const i of indices(wide)) b.store(y, place(i), rows[i], tail)
      for (const i of indices(wide)) finish(place(i), count, b.load(y, place(i), tail), added)
    }
    const pixelBlock = (wide: number): void => {
      const rest = channels % lanes
      b.loop(Math.floor(channels / lanes), () => {
        square(wide, lanes)
        b.advance(results, lanes * planeFloats * 4)
        for (const pointer of [...outputs, ...(bias ? [bias] : [])]) b.advance(pointer, b.bytes)
      })
      if (rest > 0) square(wide, rest)
      b.advance(results, (wide - (channels - rest) * planeFloats) * 4)
      if (bias !== undefined) b.advance(bias, -(channels - rest) * 4)
      for (const pointer of outputs) b.advance(pointer, (wide * channels - (channels - rest)) * 4)
    }
    b.loop(b.integer('rows'), () => {
      b.loop(Math.floor(pixels / lanes), () => pixelBlock(lanes))
      if (pixels % lanes > 0) pixelBlock(pixels % lanes)
    })
  })
}
