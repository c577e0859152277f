// The columns of a transposed convolution whose kernel is too wide for columns.ts: a program that names every tap of
// every kind of tile grows with the square of the width. Here taps and tiles stand in a table of int32, in elements
// unless said:
//
//   tiles   for each tile, those of equal pixels together: (its place in a row of x, in a row of y, bytes to its first tap, how many)
//   taps    for each phase of the stride, in order: (from a tile to what the tap reads in y, its number)
//
// A tap that reaches any pixel of a tile is taken for all of them, so rows of y have columns of zeros on both sides.

import { type Axis, evenParts, partsOf } from '../convolution/axes.ts'
import { tapsOf } from './columns.ts'

export const tileWords = 4
export const columnWords = 2

/** Tiles of so many pixels: their entries begin at that byte. */
export interface TileGroup {
  readonly pixels: number
  readonly tiles: number
  readonly start: number
}

export interface TableColumns {
  readonly groups: readonly TileGroup[]
  readonly table: Int32Array
}

/** In elements. */
export interface ColumnSteps {
  readonly xPixel: number
  readonly yPixel: number
  /** From one tap to the next in y itself, where y holds the products tap by tap. */
  readonly yTap: number
}

/** Columns of zeros that tiles of at most `mostPixels` need on either side of y. */
export const zerosBeside = (mostPixels: number): number => mostPixels - 1

interface TableTile {
  readonly first: number
  readonly pixels: number
  /** Taps of the phase before those it meets, and how many it meets. */
  readonly skipped: number
  readonly met: number
}

function tilesOf(axis: Axis, phase: number, mostPixels: number): TableTile[] {
  const taps = tapsOf(axis, phase)
  const columns = Math.ceil((axis.input - phase) / axis.stride)
  return partsOf(evenParts(columns, mostPixels)).map(({ first, count }) => {
    // Shifts fall from tap to tap, so those that meet a column of y are neighbours.
    const meets = (shift: number): boolean => first + count + shift > 0 && first + shift < axis.output
    const skipped = taps.findIndex(({ shift }) => meets(shift))
    return { first, pixels: count, skipped: Math.max(0, skipped), met: taps.filter(({ shift }) => meets(shift)).length }
  })
}

export function tableColumns(axis: Axis, mostPixels: number, steps: ColumnSteps): TableColumns {
  const phases = Array.from({ length: Math.min(axis.stride, axis.input) }, (_, phase) => ({
    taps: tapsOf(axis, phase),
    tiles: tilesOf(axis, phase, mostPixels),
  }))
  const starts: number[] = []
  let next = 4 * tileWords * phases.reduce((sum, { tiles }) => sum + tiles.length, 0)
  for (const { taps } of phases) {
    starts.push(next)
    next += 4 * columnWords * taps.length
  }
  const words: number[] = []
  const groups: TileGroup[] = []
  for (const pixels of new Set(phases.flatMap(({ tiles }) => tiles.map((tile) => tile.pixels)))) {
    const start = 4 * words.length
    phases.forEach(({ tiles }, phase) => {
      for (const { first, skipped, met } of tiles.filter((tile) => tile.pixels === pixels)) {
        const x = (phase + first * axis.stride) * steps.xPixel
        words.push(x, first * steps.yPixel, starts[phase] + 4 * columnWords * skipped, met)
      }
    })
    groups.push({ pixels, tiles: (4 * words.length - start) / (4 * tileWords), start })
  }
  const zeros = zerosBeside(mostPixels)
  for (const { taps } of phases) {
    for (const { tap, shift } of taps) {
      words.push((shift + zeros) * steps.yPixel + tap * steps.yTap, tap)
    }
  }
  return { groups, table: Int32Array.from(words) }
}
