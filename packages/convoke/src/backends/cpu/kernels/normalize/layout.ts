// How [rows, channels] is walked: the lanes over channels. Few channels are no hindrance, because several rows beside each
// other are as good as one row of so many times the channels; what is left over of the rows is a piece of its own.

import type { Target } from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'

/** Rows one after the other that are taken together. */
export interface Piece {
  /** Where it starts, in elements. */
  readonly start: number
  /** Rows of `columns` elements each. */
  readonly rows: number
  readonly columns: number
  /** The number of its first part: a part is one channel of one row of `channels` columns within each of its rows. */
  readonly firstPart: number
}

export interface Layout {
  readonly channels: number
  readonly rows: number
  /** Rows beside each other in a row of a piece. */
  readonly fold: number
  readonly pieces: readonly Piece[]
  /** Sums of each channel that pieces leave behind, [parts, channels]. */
  readonly parts: number
}

/** Vectors side by side: `most` with 32 registers, `few` with less. */
export const wideFor = ({ vectorRegisters }: Target, most: number, few: number): number =>
  vectorRegisters >= 32 ? most : few

/** Rows to take beside each other: enough to fill vectors, whole ones if that does not take too many. */
export function foldOf(channels: number, lanes: number): number {
  const enough = Math.ceil((4 * lanes) / channels)
  for (let fold = enough; fold < enough + lanes && fold * channels <= 32 * lanes; fold++) {
    if ((fold * channels) % lanes === 0) return fold
  }
  return enough
}

export function layoutOf(length: number, channels: number, { lanes }: Target): Layout {
  const rows = length / channels
  const fold = Math.max(1, Math.min(rows, foldOf(channels, lanes)))
  const columns = fold * channels
  const folded = Math.floor(rows / fold)
  const pieces = grainsOf(folded, grainUnits(folded, columns)).map(
    (grain, i): Piece => ({ start: grain.start * columns, rows: grain.count, columns, firstPart: i * fold }),
  )
  const left = rows - folded * fold
  const rest: Piece = { start: folded * columns, rows: left, columns: channels, firstPart: pieces.length * fold }
  const all = left === 0 ? pieces : [...pieces, rest]
  return { channels, rows, fold, pieces: all, parts: pieces.length * fold + (left === 0 ? 0 : 1) }
}

/** The share of all rows that each part has. */
export const partShares = ({ pieces, channels, rows }: Layout): Float32Array =>
  Float32Array.from(pieces.flatMap((piece) => new Array<number>(piece.columns / channels).fill(piece.rows / rows)))
