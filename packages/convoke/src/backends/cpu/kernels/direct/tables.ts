// The table that a tile program walks: int32 words in one buffer. Places are in elements where they may lie anywhere in
// a tensor, in bytes where they are near.

/** A row of tiles: where its first window begins, which may lie before the tensor, and its first output. */
export const rowEntry = Object.freeze({ input: 0, output: 4, tiles: 8, tileCount: 12, bytes: 16 })

/** A tile, from its row: places in elements, then the byte in the table where its segments stand, and their number. */
export const tileEntry = Object.freeze({ input: 0, output: 4, segments: 8, segmentCount: 12, pixels: 16, bytes: 20 })

/** Reduction steps in one run: their input from the tile in bytes, their place in the filter in steps, turns, which loop. */
export const segmentEntry = Object.freeze({ input: 0, filter: 4, trips: 8, loop: 12, bytes: 16 })

export interface Segment {
  /** From the tile's first window element to the first element read, in bytes. */
  readonly input: number
  /** Reduction steps before it. */
  readonly filter: number
  /** Turns of the inner loop. */
  readonly trips: number
  /** Which inner loop. */
  readonly loop: number
}

export interface TileRow {
  readonly input: number
  readonly output: number
  /** Which list of tiles. */
  readonly tiles: number
}

export interface Tile {
  readonly input: number
  readonly output: number
  /** Which list of segments. */
  readonly segments: number
  readonly pixels: number
}

export interface TileTable {
  readonly rows: readonly TileRow[]
  readonly tiles: readonly (readonly Tile[])[]
  readonly segments: readonly (readonly Segment[])[]
}

/** The words of the table; rows come first. */
export function encodeTable({ rows, tiles, segments }: TileTable): Int32Array {
  const count = (lists: readonly (readonly unknown[])[]) => lists.reduce((sum, list) => sum + list.length, 0)
  const tilesAt = rows.length * rowEntry.bytes
  const segmentsAt = tilesAt + count(tiles) * tileEntry.bytes
  const words: number[] = []
  const startsOf = (lists: readonly (readonly unknown[])[], start: number, bytes: number): number[] => {
    let at = start
    return lists.map((list) => {
      const here = at
      at += list.length * bytes
      return here
    })
  }
  const tileStarts = startsOf(tiles, tilesAt, tileEntry.bytes)
  const segmentStarts = startsOf(segments, segmentsAt, segmentEntry.bytes)
  for (const { input, output, tiles: list } of rows) words.push(input, output, tileStarts[list], tiles[list].length)
  for (const { input, output, segments: list, pixels } of tiles.flat()) {
    words.push(input, output, segmentStarts[list], segments[list].length, pixels)
  }
  for (const { input, filter, trips, loop } of segments.flat()) words.push(input, filter, trips, loop)
  return Int32Array.from(words)
}
