// What rows are ordered by: whole numbers that stand in the order of the elements, so that −0 and 0 are one, and NaN, whatever
// its bits, is the largest.

import type { DType } from '../../../backend.ts'
import type { Builder, Pointer, Vector } from '../../program/index.ts'
import { emitRow, loadPart } from '../elementwise/elementwise.ts'
import { bytesOf } from '../nest.ts'

export interface Order {
  readonly dtype: DType
  /** The largest first. */
  readonly descending: boolean
}

export const orderText = ({ dtype, descending }: Order): string =>
  `${dtype}, the ${descending ? 'largest' : 'smallest'} first`

/**
 * Makes int32 keys of elements as `loadPart` gives them: of two keys the lesser, as a signed number, comes first. `unsigned`
 * keys of four bytes stand in the order of their bits instead. Bytes need no such thing: their order is that of the low byte.
 */
export function keyMaker(b: Builder, { dtype, descending }: Order, unsigned = false): (x: Vector) => Vector {
  const flips = (descending ? -1 : 0) ^ (unsigned && bytesOf(dtype) === 4 ? -(2 ** 31) : 0)
  const flipped = flips === 0 ? undefined : b.constantInt(flips)
  const oriented = (key: Vector): Vector => (flipped === undefined ? key : b.xor(key, flipped))
  if (dtype !== 'float32') return oriented
  const [zero, largest] = [b.zero(), b.constantInt(2 ** 31 - 1)]
  return (x) => {
    const bits = b.add(x, zero)
    // The bits of negative numbers but the sign, reversed, since they grow as the number falls.
    const ordered = b.xor(bits, b.shr(b.sar(bits, 31), 1))
    return oriented(b.select(b.notEqual(x, x), largest, ordered))
  }
}

/** Writes the keys of a row from `x` on to `to`; takes the arguments `vectors` and `rest`. */
export function emitKeys(b: Builder, dtype: DType, x: Pointer, to: Pointer, key: (x: Vector) => Vector): void {
  const from = b.offset(x, 0)
  const advance = (elements: number): void => {
    b.advance(from, elements * bytesOf(dtype))
    b.advance(to, elements * 4)
  }
  emitRow(b, bytesOf(dtype) === 1, advance, (part) => {
    const tail = part === 'all' ? undefined : part === 'one' ? b.tail(1) : part
    b.store(to, 0, key(loadPart(b, dtype, from, part)), tail)
  })
}
