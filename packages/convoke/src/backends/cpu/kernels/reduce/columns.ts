// Work along the middle axis of [outer, length, inner] with the lanes over inner: strips of columns, each walked from the
// first element of the axis to the last.

import type { AxisSpec, DType } from '../../../backend.ts'
import type { Builder, Pointer } from '../../program/index.ts'
import type { Part } from '../elementwise/elementwise.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'

/** Some outer indices by some columns: what one call does. */
export interface ColumnBlock {
  readonly outer: number
  readonly outerCount: number
  readonly column: number
  readonly columns: number
}

/** Blocks of about a grain; whole `unit`s of columns, so that only the last strip of an outer index is partial. */
export function columnBlocks({ outer, length, inner }: AxisSpec, unit: number): ColumnBlock[] {
  if (inner === 0) return []
  const work = Math.max(length, 1)
  const units = Math.ceil(inner / unit)
  const blocks = grainUnits(outer, work * inner)
  if (blocks > 1 || units === 1) {
    return grainsOf(outer, blocks).map(({ start, count }) => ({
      outer: start,
      ...{ outerCount: count, column: 0, columns: inner },
    }))
  }
  const perBlock = Math.max(1, Math.floor(grainUnits(inner, work) / unit))
  return Array.from({ length: outer }, (_, index) =>
    grainsOf(units, perBlock).map(({ start, count }) => ({
      ...{ outer: index, outerCount: 1, column: start * unit },
      columns: Math.min(count * unit, inner - start * unit),
    })),
  ).flat()
}

/** A pointer that moves along with the columns. */
export interface ColumnPointer {
  readonly pointer: Pointer
  readonly dtype: DType
  readonly name: string
  /** Whether all columns read the same. */
  readonly fixed?: boolean
}

/** One strip: `vectors` whole vectors side by side, or one of the parts of a vector. */
export type StripWriter = (part: Part, vectors: number) => void

/**
 * Loops over outer indices and strips: `wide` vectors at a time, then single ones, then the rest of the columns under a
 * tail or, with bytes, one by one. `strip` leaves the pointers where they are.
 */
export function emitColumns(b: Builder, pointers: readonly ColumnPointer[], wide: number, strip: StripWriter): void {
  const bytes = pointers.some(({ dtype }) => bytesOf(dtype) === 1)
  const advance = (columns: number) => {
    for (const { pointer, dtype, fixed = false } of pointers) {
      if (!fixed) b.advance(pointer, columns * bytesOf(dtype))
    }
  }
  const repeat = (count: string, part: Part, vectors: number, columns: number) =>
    b.loop(b.integer(count), () => {
      strip(part, vectors)
      advance(columns)
    })
  b.loop(b.integer('outer'), () => {
    if (wide > 1) repeat('wide', 'all', wide, wide * b.lanes)
    repeat('single', 'all', 1, b.lanes)
    if (bytes) repeat('rest', 'one', 1, 1)
    else {
      const rest = b.integer('rest')
      b.when(rest, 'gt', 0, () => strip(b.tail(rest), 1))
    }
    for (const { pointer, name } of pointers) b.advance(pointer, b.integer(`${name}Outer`))
  })
}

/** The arguments of `emitColumns`; `outerStrides` in elements, one a pointer. */
export function columnArguments(
  lanes: number,
  wide: number,
  { outerCount, columns }: ColumnBlock,
  pointers: readonly (Omit<ColumnPointer, 'pointer'> & { readonly outerStride: number })[],
): Record<string, number> {
  const bytes = pointers.some(({ dtype }) => bytesOf(dtype) === 1)
  const vectors = Math.floor(columns / lanes)
  const consumed = bytes ? columns : vectors * lanes
  const wideCount = wide > 1 ? Math.floor(vectors / wide) : 0
  return {
    outer: outerCount,
    wide: wideCount,
    single: vectors - wideCount * wide,
    rest: columns % lanes,
    ...Object.fromEntries(
      pointers.map(({ name, dtype, outerStride, fixed = false }) => [
        `${name}Outer`,
        (outerStride - (fixed ? 0 : consumed)) * bytesOf(dtype),
      ]),
    ),
  }
}
