// How a complex tile too large for one task lies in memory:
//
//   tile     [block of columns][row][re, im][lanes]       each block by itself in memory, its rows those of all planes
//   lines    [block of rows][column][re, im][lanes]       what the rows are transformed in, and how spectra are kept
//
// A transform of three axes runs over planes and rows within a block of columns; a long one of a single axis is one of
// rows × columns with factors between the two (Bailey 1990, "FFTs in external or hierarchical memory").

import { setRoot } from '../../../../shapes/roots.ts'
import type { Target } from '../../program/index.ts'
import { planTransform, type Transform, type TwiddleTable } from './transform.ts'

/** Elements of a tile, by axis: planes, rows, columns. */
export interface TileSize {
  readonly depth: number
  readonly height: number
  readonly width: number
  /** One transform over rows and columns together, of all the elements in order. */
  readonly split: boolean
}

export interface Blocks extends TileSize {
  readonly deep: Transform
  /** Of length 1 where rows are independent. */
  readonly down: Transform
  readonly across: Transform
  readonly twiddles: readonly number[]
  /** Rows of a block of columns: of all planes, or the lanes where rows are independent. */
  readonly rows: number
  readonly columnBlocks: number
  readonly rowBlocks: number
  /** Floats from block to block of columns, and of the tile. */
  readonly blockFloats: number
  readonly tileFloats: number
  /** Floats of a block of rows, and of all of them. */
  readonly lineFloats: number
  readonly linesFloats: number
}

/** Complex values that a tile's transforms are of. */
export const pointsOf = ({ depth, height, width }: TileSize): number => depth * height * width

export function planBlocks(size: TileSize, target: Target): Blocks {
  const { depth, height, width } = size
  const { lanes } = target
  const table: TwiddleTable = { values: [] }
  const [deep, down, across] = [depth, height, width].map((length) => planTransform(length, target, table))
  const rows = height === 1 && depth === 1 ? lanes : depth * height
  const columnBlocks = width / lanes
  // A line more, so that the same rows of all blocks do not share a few sets of a cache.
  const blockFloats = rows * 2 * lanes + 16
  return Object.freeze({
    ...{ ...size, deep, down, across, twiddles: table.values, rows, columnBlocks, rowBlocks: rows / lanes },
    ...{ blockFloats, tileFloats: columnBlocks * blockFloats },
    ...{ lineFloats: width * 2 * lanes, linesFloats: rows * width * 2 },
  })
}

/**
 * Factors between rows and columns of a split transform of n elements, e^(−2πi·jk/n) for column j and the frequency k of a
 * row, as products of two: by the place of j in its block, `[row][re, im][lanes]`, and by the block, `[block][row][re, im]`.
 */
export function splitFactors({ down, columnBlocks, height, width }: Blocks, { lanes }: Target) {
  const n = height * width
  const within = new Float32Array(height * 2 * lanes)
  const between = new Float32Array(columnBlocks * height * 2)
  const put = (table: Float32Array, at: number, apart: number, exponent: number): void =>
    setRoot(exponent, n, table, at, table, at + apart)
  for (let row = 0; row < height; row++) {
    const k = down.order[row]
    for (let lane = 0; lane < lanes; lane++) {
      put(within, 2 * row * lanes + lane, lanes, lane * k)
    }
    for (let block = 0; block < columnBlocks; block++) {
      put(between, 2 * (block * height + row), 1, block * lanes * k)
    }
  }
  return { within, between }
}
