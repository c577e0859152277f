// Where the values of a program lie in one block of memory: those that live at the same time apart.

import type { DType } from '../backends/backend.ts'
import { type Cell, isConstant, type Program } from './program.ts'

/** A cache line. */
const alignment = 64

export interface Layout {
  /** In bytes, by value. */
  readonly offsets: ReadonlyMap<Cell, number>
  readonly byteLength: number
}

export const bytesOf = ({ dtype, length }: { readonly dtype: DType; readonly length: number }): number =>
  dtype === 'float32' || dtype === 'int32' ? 4 * length : length

/** From the first step that writes a value to the last that touches it. */
export interface Life {
  readonly cell: Cell
  readonly first: number
  readonly last: number
}

/** Those values that live during the run alone: neither inputs, outputs nor constants. */
export function livesOf({ steps, inputs, outputs }: Program): Life[] {
  const elsewhere = new Set([...inputs, ...outputs])
  const lives = new Map<Cell, { cell: Cell; first: number; last: number }>()
  steps.forEach((step, index) => {
    for (const cell of [...step.inputs, ...step.outputs]) {
      if (isConstant(cell) || elsewhere.has(cell)) continue
      const life = lives.get(cell)
      if (life === undefined) lives.set(cell, { cell, first: index, last: index })
      else life.last = index
    }
  })
  return [...lives.values()]
}

/**
 * The largest values first, each at the lowest place where no value lies that lives at the same time: rarely more than a few per cent
 * above the most that lives at once (Pisarchyk & Lee 2020, "Efficient Memory Management for Deep Neural Net Inference").
 */
export function layOut(lives: readonly Life[]): Layout {
  const offsets = new Map<Cell, number>()
  const placed: { readonly life: Life; readonly start: number; readonly end: number }[] = []
  let byteLength = 0
  const order = lives.toSorted((a, b) => bytesOf(b.cell) - bytesOf(a.cell) || a.first - b.first)
  for (const life of order) {
    const bytes = Math.max(alignment, Math.ceil(bytesOf(life.cell) / alignment) * alignment)
    let start = 0
    for (const other of placed) {
      if (other.life.last < life.first || other.life.first > life.last) continue
      if (other.start >= start + bytes) break
      start = Math.max(start, other.end)
    }
    offsets.set(life.cell, start)
    const entry = { life, start, end: start + bytes }
    const place = placed.findIndex((other) => other.start > start)
    placed.splice(place < 0 ? placed.length : place, 0, entry)
    byteLength = Math.max(byteLength, entry.end)
  }
  return { offsets, byteLength }
}
