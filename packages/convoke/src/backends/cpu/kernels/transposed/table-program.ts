// The vector program of a transposed convolution whose taps stand in tables: those along the width as well
// (table-columns.ts), so that it is as short for a thousand taps as for three.

import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitTap, emitTile, nameOf, type Tile, type TileShape, word } from './program.ts'
import { rowWords, tapWords } from './rows.ts'
import { columnWords, type TileGroup, tileWords } from './table-columns.ts'

export interface TableShape extends TileShape {
  readonly groups: readonly TileGroup[]
}

/** Bytes to a word of a table, given in elements. */
const bytesOf = (b: Builder, entry: Pointer, index: number) => b.integerShl(word(b, entry, index), 2)

/** The taps along the width of one row of the kernel; `y` and `filter` stand at its beginning. */
function emitColumnTaps(b: Builder, tile: Tile, entry: Pointer, y: Pointer, filter: Pointer | null): void {
  const all = { from: 0, end: tile.sums.length }
  const column = b.pointer('columns')
  b.advance(column, word(b, entry, 2))
  b.loop(word(b, entry, 3), () => {
    const yTap = b.offset(y, bytesOf(b, column, 0))
    const f = filter === null ? null : b.offset(filter, b.integerMul(word(b, column, 1), 4 * tile.shape.filterTap))
    emitTap(b, tile, all, yTap, f)
    b.advance(column, 4 * columnWords)
  })
}

function emitRows(b: Builder, tile: Tile, row: Pointer, entry: Pointer): void {
  const { operand, yRow, filterRow } = tile.shape
  const tap = b.pointer('taps')
  b.advance(tap, word(b, row, 2))
  b.loop(word(b, row, 3), () => {
    // Integers are added before they meet a pointer: what lies before the tensor would wrap around in WebAssembly.
    const within = b.integerMul(b.integerAdd(word(b, row, 1), word(b, tap, 0)), 4 * yRow)
    const y = b.offset(b.pointer('y'), b.integerAdd(within, bytesOf(b, entry, 1)))
    const kernelRow = b.integerMul(word(b, tap, 1), 4 * filterRow)
    if (operand.kind === 'columns') {
      b.advance(y, kernelRow)
      emitColumnTaps(b, tile, entry, y, null)
    } else emitColumnTaps(b, tile, entry, y, b.offset(b.pointer('filter'), kernelRow))
    b.advance(tap, 4 * tapWords)
  })
}

/** Arguments: those of `transposedProgram`, and table columns. */
export function tableProgram(shape: TableShape, target: Target): Program {
  const pixels = Math.max(...shape.groups.map((group) => group.pixels))
  return vectorProgram(`wide ${nameOf(shape, pixels)}`, target, (b) => {
    const row = b.pointer('rows')
    b.loop(b.integer('rowCount'), () => {
      for (const group of shape.groups) {
        const entry = b.pointer('columns')
        b.advance(entry, group.start)
        b.loop(group.tiles, () => {
          const bytesTo = () => b.integerAdd(b.integerMul(word(b, row, 0), 4 * shape.xRow), bytesOf(b, entry, 0))
          emitTile(b, shape, group.pixels, bytesTo, (tile) => emitRows(b, tile, row, entry))
          b.advance(entry, 4 * tileWords)
        })
      }
      b.advance(row, 4 * rowWords)
    })
  })
}
