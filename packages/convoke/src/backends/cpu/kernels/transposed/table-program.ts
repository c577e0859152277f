// The vector program of a transposed convolution whose taps stand in tables: those along the width as well
// (table-columns.ts), so that it is as short for a thousand taps as for three.

import { largestOf } from '../../../../shapes/extremes.ts'
import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitTap, emitTile, nameOf, type Reach, type Tile, type TileShape, word } from './program.ts'
import { rowWords, tapWords } from './rows.ts'
import { columnWords, pixelWords, type TileGroup, tileWords, wordsOfTile } from './table-columns.ts'

export interface TableShape extends TileShape {
  readonly groups: readonly TileGroup[]
}

/** Bytes to a word of a table, given in elements. */
const bytesOf = (b: Builder, entry: Pointer, index: number) => b.integerShl(word(b, entry, index), 2)

/**
 * The taps of the range that stands at `range` words of the tile's entry. `y` and `filter` stand at the beginning of a row of
 * the kernel.
 */
function emitRange(
  b: Builder,
  tile: Tile,
  { from, end }: Reach,
  entry: Pointer,
  range: number,
  y: Pointer,
  filter: Pointer | null,
): void {
  const { yPixel, filterTap } = tile.shape
  const column = b.pointer('columns')
  b.advance(column, word(b, entry, range))
  b.loop(word(b, entry, range + 1), () => {
    const yTap = b.offset(y, b.integerAdd(bytesOf(b, column, 0), 4 * from * yPixel))
    const f = filter === null ? null : b.offset(filter, b.integerMul(word(b, column, 1), 4 * filterTap))
    emitTap(b, tile, { from, end }, yTap, f)
    b.advance(column, 4 * columnWords)
  })
}

function emitColumnTaps(
  b: Builder,
  tile: Tile,
  { pixels, atEnds }: TileGroup,
  entry: Pointer,
  y: Pointer,
  filter: Pointer | null,
): void {
  emitRange(b, tile, { from: 0, end: pixels }, entry, 2, y, filter)
  for (let p = 0; atEnds && p < pixels; p++) {
    for (const side of [0, 2]) {
      emitRange(b, tile, { from: p, end: p + 1 }, entry, tileWords + pixelWords * p + side, y, filter)
    }
  }
}

function emitRows(b: Builder, tile: Tile, group: TileGroup, row: Pointer, entry: Pointer): void {
  const { operand, yRow, filterRow } = tile.shape
  const tap = b.pointer('taps')
  b.advance(tap, word(b, row, 2))
  b.loop(word(b, row, 3), () => {
    const within = b.integerMul(b.integerAdd(word(b, row, 1), word(b, tap, 0)), 4 * yRow)
    const y = b.offset(b.pointer('y'), b.integerAdd(within, bytesOf(b, entry, 1)))
    const kernelRow = b.integerMul(word(b, tap, 1), 4 * filterRow)
    if (operand.kind === 'columns') {
      b.advance(y, kernelRow)
      emitColumnTaps(b, tile, group, entry, y, null)
    } else emitColumnTaps(b, tile, group, entry, y, b.offset(b.pointer('filter'), kernelRow))
    b.advance(tap, 4 * tapWords)
  })
}

/** Arguments: those of `transposedProgram`, and table columns. */
export function tableProgram(shape: TableShape, target: Target): Program {
  const pixels = largestOf(shape.groups.map((group) => group.pixels))
  return vectorProgram(`wide ${nameOf(shape, pixels)}`, target, (b) => {
    const row = b.pointer('rows')
    b.loop(b.integer('rowCount'), () => {
      for (const group of shape.groups) {
        const entry = b.pointer('columns')
        b.advance(entry, group.start)
        b.loop(group.tiles, () => {
          const bytesTo = () => b.integerAdd(b.integerMul(word(b, row, 0), 4 * shape.xRow), bytesOf(b, entry, 0))
          emitTile(b, shape, group.pixels, bytesTo, (tile) => emitRows(b, tile, group, row, entry))
          b.advance(entry, 4 * wordsOfTile(group))
        })
      }
      b.advance(row, 4 * rowWords)
    })
  })
}
