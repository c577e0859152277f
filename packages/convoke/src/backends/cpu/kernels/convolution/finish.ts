// What happens to a tile of sums before it is a result: bias, residual, activation. An activation of more than a few
// instructions needs registers of its own: there the sums wait in memory for their turn.

import type { Epilogue } from '../../../backend.ts'
import type { Builder, Integer, Pointer, Vector } from '../../program/index.ts'
import { addInPlace, isLight } from '../epilogue.ts'
import { emitActivation } from '../math/activation.ts'

/** Sums by pixel and vector, and where they go. */
export interface FinishedTile {
  readonly sums: readonly (readonly Vector[])[]
  /** The tile in the result. */
  readonly x: Pointer
  /** Bytes to the tile in result and residual. */
  readonly at: Integer
  /** Bytes to a vector within the tile. */
  readonly place: (pixel: number, vector: number) => number
  /** The first channel of a vector, counted from those at argument `bias`. */
  readonly channel: (vector: number) => number
  /** Channels in a vector. */
  readonly count: (vector: number) => number
}

/** Stores the tile. Arguments: bias, residual and those of `activationArguments`, as the epilogue has them. */
export function emitFinish(b: Builder, epilogue: Epilogue | null, tile: FinishedTile): void {
  const { sums, x, place } = tile
  const tailOf = (v: number) => (tile.count(v) === b.lanes ? undefined : b.tail(tile.count(v)))
  const each = (body: (sum: Vector, p: number, v: number) => void): void => {
    sums[0].forEach((_, v) => {
      sums.forEach((pixel, p) => {
        body(pixel[v], p, v)
      })
    })
  }
  if (epilogue === null) {
    each((sum, p, v) => b.store(x, place(p, v), sum, tailOf(v)))
    return
  }
  /** Pointers stand at the tile, or further on by whole pixels. */
  const complete = (to: Pointer, residual: Pointer | null, sum: Vector, p: number, v: number): void => {
    if (epilogue.bias) addInPlace(b, sum, b.pointer('bias'), 4 * tile.channel(v), tailOf(v))
    if (residual !== null) addInPlace(b, sum, residual, place(p, v), tailOf(v))
    const y = epilogue.activation === null ? sum : emitActivation(b, epilogue.activation, sum)
    b.store(to, place(p, v), y, tailOf(v))
  }
  const residual = epilogue.residual ? b.offset(b.pointer('residual'), tile.at) : null
  if (isLight(epilogue.activation)) {
    each((sum, p, v) => complete(x, residual, sum, p, v))
    return
  }
  each((sum, p, v) => b.store(x, place(p, v), sum, tailOf(v)))
  const pixel = sums.length === 1 ? 0 : place(1, 0) - place(0, 0)
  const to = b.offset(x, 0)
  b.loop(sums.length, () => {
    sums[0].forEach((_, v) => {
      complete(to, residual, b.load(to, place(0, v), tailOf(v)), 0, v)
    })
    b.advance(to, pixel)
    if (residual !== null) b.advance(residual, pixel)
  })
}
