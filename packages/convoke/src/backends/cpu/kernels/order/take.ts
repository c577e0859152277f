// The end of every way to order a row: elements by their places.

import type { DType } from '../../../backend.ts'
import type { Builder, Pointer } from '../../program/index.ts'
import { bytesOf } from '../nest.ts'

export interface Results {
  readonly values: Pointer
  readonly indices: Pointer
}

/** Copies the first `k` (an argument) places to the indices and the elements there to the values, and moves past them. */
export function emitTake(b: Builder, dtype: DType, x: Pointer, order: Pointer, { values, indices }: Results): void {
  const bytes = bytesOf(dtype)
  b.loop(b.integer('k'), () => {
    const place = b.loadInteger(order)
    b.storeInteger(indices, 0, place)
    const from = b.offset(x, bytes === 4 ? b.integerShl(place, 2) : place)
    if (bytes === 4) b.storeInteger(values, 0, b.loadInteger(from))
    else b.storeBytes(values, 0, b.loadBytes(from, 0, 1), 1)
    b.advance(order, 4)
    b.advance(indices, 4)
    b.advance(values, bytes)
  })
}

/** `row` for each of `rows`, with the pointers at its elements and its results; rows lie `rowBytes` apart. */
export function emitRows(b: Builder, row: (x: Pointer, results: Results) => void): void {
  const x = b.pointer('x')
  const results = { values: b.pointer('values'), indices: b.pointer('indices') }
  b.loop(b.integer('rows'), () => {
    row(x, results)
    b.advance(x, b.integer('rowBytes'))
  })
}
