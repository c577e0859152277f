// The n² matrix products of a block: [tiles × input channels] · [input channels × a block of output channels].

import type { Builder, Pointer } from '../../program/index.ts'
import { cacheLine, type WinogradLayout } from './layout.ts'

/** Steps of the reduction written out in a turn of the loop. */
const unrolled = 4

/** Steps by which weights are asked for ahead: a panel is read once and comes from L3 where the filter exceeds L2. */
const prefetchSteps = 32

interface Operands {
  readonly windows: Pointer
  readonly filter: Pointer
  readonly products: Pointer
}

/** One register tile, summed over all input channels in registers. Moves `filter` past its panel; `windows` comes back. */
function emitRegisterTile(
  b: Builder,
  layout: WinogradLayout,
  vectors: number,
  { windows, filter, products }: Operands,
): void {
  const { rows, inputChannels, windowRow, productRow, lineStride, vectorStride } = layout
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => b.zero()))
  const steps = (count: number): void => {
    for (let k = 0; k < count; k++) {
      for (let v = 0; v < vectors; v++) b.prefetch(filter, ((k + prefetchSteps) * vectors + v) * b.bytes)
      const weights = Array.from({ length: vectors }, (_, v) => b.load(filter, (k * vectors + v) * b.bytes))
      sums.forEach((row, i) => {
        const value = b.broadcast(windows, (i * windowRow + k) * 4)
        for (const [v, sum] of row.entries()) b.fma(sum, weights[v], value)
      })
    }
    b.advance(windows, count * 4)
    b.advance(filter, count * vectors * b.bytes)
  }
  const whole = Math.floor(inputChannels / cacheLine)
  const rest = inputChannels % cacheLine
  b.loop(whole, () => {
    b.loop(cacheLine / unrolled, () => steps(unrolled))
    b.advance(windows, (lineStride - cacheLine) * 4)
  })
  b.loop(Math.floor(rest / unrolled), () => steps(unrolled))
  if (rest % unrolled > 0) steps(rest % unrolled)
  b.advance(windows, -(whole * lineStride + rest) * 4)
  sums.forEach((row, i) => {
    for (const [v, sum] of row.entries()) b.store(products, (i * productRow + v * vectorStride) * 4, sum)
  })
}

/**
 * Products of all positions with one block of `vectors` vectors of output channels; moves `filter` past it. Arguments:
 * `windows`, `products`.
 */
export function emitProducts(b: Builder, layout: WinogradLayout, vectors: number, filter: Pointer): void {
  const { algorithm, rows, groups, inputChannels, windowRow, productRow } = layout
  const windows = b.pointer('windows')
  const products = b.pointer('products')
  b.loop(algorithm.size ** 2, () => {
    b.loop(groups, () => {
      emitRegisterTile(b, layout, vectors, { windows, filter, products })
      if (groups > 1) {
        b.advance(windows, rows * windowRow * 4)
        b.advance(products, rows * productRow * 4)
        b.advance(filter, -inputChannels * vectors * b.bytes)
      }
    })
    if (groups > 1) {
      b.advance(windows, -groups * rows * windowRow * 4)
      b.advance(products, -groups * rows * productRow * 4)
      b.advance(filter, inputChannels * vectors * b.bytes)
    }
    b.advance(windows, cacheLine * 4)
    b.advance(products, b.bytes)
  })
}
