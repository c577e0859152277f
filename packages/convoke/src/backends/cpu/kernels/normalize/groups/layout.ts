// How the examples of a tensor are walked where what is normalised lies apart: each as [positions, columns], from one row to the
// next. Rows of few columns are taken several at a time, as rows of so many times the columns; what is left over of them is
// walked by itself.

import type { Target } from '../../../program/index.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import { foldOf } from '../layout.ts'

/** Pieces of an example one after the other, of so many rows each. */
export interface Range {
  /** Where it starts in the example, in elements. */
  readonly start: number
  readonly pieces: number
  readonly rows: number
  readonly columns: number
  /** The number of its first part: a part is one channel of one row of `channels` columns within each row of a piece. */
  readonly firstPart: number
}

export interface ColumnLayout {
  readonly positions: number
  readonly columns: number
  /** Elements of an example. */
  readonly size: number
  /** Rows beside each other in a row of a piece. */
  readonly fold: number
  /** Pieces that stay in the first cache while they are read twice. */
  readonly measured: readonly Range[]
  /** Sums of each channel that those leave behind, [parts, columns]. */
  readonly parts: number
  /** The share of all positions that each part has. */
  readonly shares: Float32Array
  /** Pieces that are gone over once. */
  readonly applied: readonly Range[]
}

/** Elements of a piece that is read twice. */
const measuredAtOnce = 4096

export function columnLayout(positions: number, columns: number, { lanes }: Target): ColumnLayout {
  const fold = Math.max(1, Math.min(positions, foldOf(columns, lanes)))
  const wide = fold * columns
  const folded = Math.floor(positions / fold)
  const rows = Math.max(16, Math.min(128, Math.floor(measuredAtOnce / wide)))
  const [whole, rest, left] = [Math.floor(folded / rows), folded % rows, positions % fold]
  const measured: Range[] = grainsOf(whole, grainUnits(whole, rows * wide)).map(({ start, count }) => ({
    ...{ start: start * rows * wide, pieces: count, rows, columns: wide, firstPart: start * fold },
  }))
  if (rest > 0) {
    measured.push({ start: whole * rows * wide, pieces: 1, rows: rest, columns: wide, firstPart: whole * fold })
  }
  const single: Range = {
    ...{ start: folded * wide, pieces: 1, rows: left, columns, firstPart: (whole + Math.sign(rest)) * fold },
  }
  const applied: Range[] = grainsOf(folded, grainUnits(folded, wide)).map(({ start, count }) => ({
    ...{ start: start * wide, pieces: 1, rows: count, columns: wide, firstPart: 0 },
  }))
  const last = left === 0 ? [] : [single]
  const ranges = [...measured, ...last]
  const shares = Float32Array.from(
    ranges.flatMap((range) => {
      const parts = (range.pieces * range.columns) / columns
      return new Array<number>(parts).fill(range.rows / positions)
    }),
  )
  return {
    ...{ positions, columns, size: positions * columns, fold, measured: ranges, parts: shares.length, shares },
    applied: [...applied, ...last],
  }
}
