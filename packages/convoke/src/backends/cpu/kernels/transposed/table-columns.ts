// The columns of a transposed convolution whose kernel is too wide for columns.ts: a program that names every tap of
// every kind of tile grows with the square of the width. Here taps and tiles stand in a table of int32, in elements
// unless said; a range of taps is (bytes to its first, how many):
//
//   tiles   for each tile, groups of like ones together: (its place in a row of x, in a row of y, the range of taps that reach
//           all its pixels); at the ends of y then for each pixel two ranges more, of taps before and after those that reach it
//   taps    for each phase of the stride, in order: (from a tile to what the tap reads in y, its number)
//
// Nothing is multiplied with a zero beside y: that times an infinite weight would be NaN.

import type { Axis } from '../../../../shapes/conv-axes.ts'
import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'
import { evenParts, partsOf } from '../convolution/axes.ts'
import { type TapRun, tapsOf } from './columns.ts'

/** Words of a tile before the ranges of its pixels, and of those of a pixel. */
export const tileWords = 4
export const pixelWords = 4
export const columnWords = 2

/** Tiles of so many pixels, with ranges for each pixel or without: their entries begin at that byte. */
export interface TileGroup {
  readonly pixels: number
  readonly atEnds: boolean
  readonly tiles: number
  readonly start: number
}

export const wordsOfTile = ({ pixels, atEnds }: Pick<TileGroup, 'pixels' | 'atEnds'>): number =>
  tileWords + (atEnds ? pixelWords * pixels : 0)

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

/** Taps `first` … `end` − 1 of a phase. */
interface Range {
  readonly first: number
  readonly end: number
}

interface TableTile {
  readonly phase: number
  readonly first: number
  readonly pixels: number
  readonly all: Range
  /** For each pixel those before and after `all`; none where no tap reaches some pixels only. */
  readonly some: readonly (readonly [Range, Range])[]
}

/** Those that reach column `column` of a phase: 0 ≤ column + shift < output, where shifts fall by equal steps. */
function reaching({ count, shift }: TapRun, column: number, output: number): Range {
  if (count === 0) return { first: 0, end: 0 }
  const step = count === 1 ? 1 : shift(0) - shift(1)
  const furthest = shift(0) + column
  const first = Math.max(0, Math.floor((furthest - output) / step) + 1)
  return { first, end: Math.max(first, Math.min(count, Math.floor(furthest / step) + 1)) }
}

function tilesOf(axis: Axis, phase: number, taps: TapRun, mostPixels: number): TableTile[] {
  const columns = Math.ceil((axis.input - phase) / axis.stride)
  return partsOf(evenParts(columns, mostPixels)).map(({ first, count }) => {
    const ranges = Array.from({ length: count }, (_, pixel) => reaching(taps, first + pixel, axis.output))
    const start = largestOf(ranges.map((range) => range.first))
    const all = { first: start, end: Math.max(start, smallestOf(ranges.map((range) => range.end))) }
    const some = ranges.map((range) => splitBy(range, all))
    const any = some.some((pair) => pair.some((range) => range.end > range.first))
    return { phase, first, pixels: count, all, some: any ? some : [] }
  })
}

/** What of a range lies before another within it, and behind; all of it before where the other is empty. */
function splitBy(range: Range, all: Range): readonly [Range, Range] {
  if (all.first === all.end) return [range, { first: range.end, end: range.end }]
  return [
    { first: range.first, end: all.first },
    { first: all.end, end: range.end },
  ]
}

export function tableColumns(axis: Axis, mostPixels: number, steps: ColumnSteps): TableColumns {
  const count = Math.min(axis.stride, axis.input)
  const taps = Array.from({ length: count }, (_, phase) => tapsOf(axis, phase))
  const tiles = taps.flatMap((list, phase) => tilesOf(axis, phase, list, mostPixels))
  const kinds = new Map(
    tiles.map((tile) => {
      const kind = { pixels: tile.pixels, atEnds: tile.some.length > 0 }
      return [`${kind.pixels} ${kind.atEnds}`, kind]
    }),
  )
  const starts: number[] = []
  let next = 4 * tiles.reduce((sum, { pixels, some }) => sum + wordsOfTile({ pixels, atEnds: some.length > 0 }), 0)
  for (const run of taps) {
    starts.push(next)
    next += 4 * columnWords * run.count
  }
  const table = new Int32Array(next / 4)
  let written = 0
  const write = (word: number): void => {
    table[written++] = word
  }
  const groups: TileGroup[] = []
  for (const kind of kinds.values()) {
    const alike = tiles.filter(({ pixels, some }) => pixels === kind.pixels && some.length > 0 === kind.atEnds)
    groups.push({ ...kind, tiles: alike.length, start: 4 * written })
    for (const { phase, first, all, some } of alike) {
      const writeRange = (range: Range): void => {
        write(starts[phase] + 4 * columnWords * range.first)
        write(range.end - range.first)
      }
      write((phase + first * axis.stride) * steps.xPixel)
      write(first * steps.yPixel)
      writeRange(all)
      for (const pair of some) pair.forEach(writeRange)
    }
  }
  for (const { count: met, tap, shift } of taps) {
    for (let i = 0; i < met; i++) {
      write(shift(i) * steps.yPixel + tap(i) * steps.yTap)
      write(tap(i))
    }
  }
  return { groups, table }
}
