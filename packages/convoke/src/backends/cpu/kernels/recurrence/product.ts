// The product of a step: a few rows of the state times packed weights, tile by tile, within one program that goes on with
// the sums.

import type { Builder, Pointer } from '../../program/index.ts'
import { type Reduction, reductionStep } from '../direct/reduction.ts'

/** So many of one size, one after another. */
export interface Group {
  readonly size: number
  readonly count: number
}

/** [rows, k] × [k, columns] within rows of `pitch` bytes, from the floats at `from` to those at `to`. */
export interface StepProduct {
  readonly k: number
  /** Columns, in vectors. */
  readonly panels: readonly Group[]
  /** Rows. */
  readonly tiles: readonly Group[]
  readonly unroll: number
  readonly pitch: number
  readonly from: number
  readonly to: number
  /** Whether the weights as a whole come from beyond the second cache, so that the next panel is asked for in time. */
  readonly far: boolean
}

const dense: Reduction = { kind: 'dense' }
const cacheLine = 64

interface Tile {
  readonly rows: number
  readonly vectors: number
  readonly input: Pointer
  readonly output: Pointer
  readonly filter: Pointer
  /** What the next panel is asked for through, and bytes of it a reduction step. */
  readonly next: { readonly pointer: Pointer; readonly step: number } | undefined
}

/** Leaves all pointers but `next` where they were. */
function emitTile(b: Builder, product: StepProduct, { rows, vectors, input, output, filter, next }: Tile): void {
  const { k, pitch, from, to } = product
  const unroll = Math.min(product.unroll, k)
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => b.zero()))
  const shape = { reduction: dense, vectors, lastLanes: b.lanes, filterWhole: true }
  const pixels = sums.map((list, row) => ({ at: row * pitch, sums: list }))
  const steps = (count: number): void => {
    for (let u = 0; u < count; u++) {
      reductionStep(b, shape, {
        ...{ input, filter, pixels, tails: new Map(), ahead: 0 },
        ...{ inputAt: from + 4 * u, filterAt: u * vectors * b.bytes },
      })
    }
    if (next !== undefined) {
      for (let at = 0; at < next.step * count; at += cacheLine) b.prefetch(next.pointer, at)
      b.advance(next.pointer, next.step * count)
    }
    b.advance(input, 4 * count)
    b.advance(filter, count * vectors * b.bytes)
  }
  b.loop(Math.floor(k / unroll), () => steps(unroll))
  if (k % unroll > 0) steps(k % unroll)
  b.advance(input, -4 * k)
  b.advance(filter, -k * vectors * b.bytes)
  sums.forEach((list, row) => {
    list.forEach((sum, v) => {
      b.store(output, to + row * pitch + v * b.bytes, sum)
    })
  })
}

/** Reads the arguments `state`, the first row, and `weights`, the panels. */
export function emitProduct(b: Builder, product: StepProduct): void {
  const { k, panels, tiles, pitch, far } = product
  const [column, filter] = [b.pointer('state'), b.pointer('weights')]
  const count = tiles.reduce((sum, group) => sum + group.count, 0)
  for (const { size: vectors, count: repeats } of panels) {
    const panelBytes = k * vectors * b.bytes
    b.loop(repeats, () => {
      const [input, output] = [b.pointer('state'), b.offset(column, 0)]
      const next = far
        ? { pointer: b.offset(filter, panelBytes), step: Math.ceil((vectors * b.bytes) / count) }
        : undefined
      for (const { size: rows, count: times } of tiles) {
        b.loop(times, () => {
          emitTile(b, product, { rows, vectors, input, output, filter, next })
          b.advance(input, rows * pitch)
          b.advance(output, rows * pitch)
        })
      }
      b.advance(filter, panelBytes)
      b.advance(column, vectors * b.bytes)
    })
  }
}
