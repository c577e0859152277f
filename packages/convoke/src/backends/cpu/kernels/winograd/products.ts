// The n² matrix products of a block: [tiles × input channels] · [input channels × a block of output channels].

import type { Builder, Pointer, Vector } from '../../program/index.ts'
import type { WinogradLayout } from './layout.ts'

/** Steps of the reduction written out in a turn of the loop. */
const unrolled = 4

/** One register tile, summed over all input channels: every product of the reduction stays in registers. */
function emitRegisterTile(
  b: Builder,
  layout: WinogradLayout,
  vectors: number,
  windows: Pointer,
  filter: Pointer,
  products: Pointer,
): void {
  const { rows, inputChannels, windowRow, productRow } = layout
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => b.zero()))
  const step = (k: number): void => {
    const weights = Array.from({ length: vectors }, (_, v) => b.load(filter, (k * vectors + v) * b.bytes))
    sums.forEach((row, i) => {
      const value = b.broadcast(windows, (i * windowRow + k) * 4)
      row.forEach((sum, v) => {
        b.fma(sum, weights[v], value)
      })
    })
  }
  const steps = (count: number): void => {
    for (let k = 0; k < count; k++) step(k)
    b.advance(windows, count * 4)
    b.advance(filter, count * vectors * b.bytes)
  }
  b.loop(Math.floor(inputChannels / unrolled), () => steps(unrolled))
  if (inputChannels % unrolled > 0) steps(inputChannels % unrolled)
  sums.forEach((row, i) => {
    row.forEach((sum: Vector, v) => {
      b.store(products, i * productRow * 4 + v * b.bytes, sum)
    })
  })
}

/** Products of all positions with one block of `vectors` vectors of output channels; moves `filter` past it. */
export function emitProducts(
  b: Builder,
  layout: WinogradLayout,
  vectors: number,
  filter: Pointer,
  scratch: { readonly products: number },
): void {
  const { algorithm, rows, groups, inputChannels, windowRow, windowPosition, productRow, productPosition } = layout
  const windows = b.pointer('scratch')
  const products = b.offset(windows, scratch.products)
  const panel = inputChannels * vectors * b.bytes
  b.loop(algorithm.size ** 2, () => {
    b.loop(groups, () => {
      emitRegisterTile(b, layout, vectors, windows, filter, products)
      b.advance(windows, (rows * windowRow - inputChannels) * 4)
      b.advance(filter, -panel)
      b.advance(products, rows * productRow * 4)
    })
    b.advance(windows, (windowPosition - groups * rows * windowRow) * 4)
    b.advance(filter, panel)
    b.advance(products, (productPosition - groups * rows * productRow) * 4)
  })
}
