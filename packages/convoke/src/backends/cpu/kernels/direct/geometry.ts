// A convolution as reduction steps over pixels, and how its output is cut.

import { type Axis, tapsInside } from '../../../../shapes/conv-axes.ts'
import { indices } from '../../../../shapes/indices.ts'

/** Taps [first, end) that an output column or row sees. */
export type Range = readonly [number, number]

/** A convolution as reduction steps. Distances are in elements unless said. */
export interface Geometry {
  readonly axes: readonly [Axis, Axis, Axis]
  readonly batch: number
  /** From a pixel to the next: all channels, whatever the group. */
  readonly inputPitch: number
  readonly outputPitch: number
  /** Reduction steps of one tap. */
  readonly steps: number
  /** Bytes of input between two steps of a run. */
  readonly inputStep: number
  /** Whether a run goes on from one tap of a filter's row to the next. */
  readonly tapsFollow: boolean
}

/** Neighbouring outputs of a row that one tile computes. */
export interface ColumnTile {
  /** Where its first window begins and its first output stands, from those of the row. */
  readonly input: number
  readonly output: number
  /** The taps that each column sees. */
  readonly seen: readonly Range[]
}

/** How the output is cut into tiles: which columns, and how many rows at once. */
export interface Cut {
  readonly tiles: readonly ColumnTile[]
  readonly rows: number
  /** Between the windows of two columns, and between their outputs. */
  readonly columnInput: number
  readonly columnOutput: number
}

/** Entering a row of the table costs a few percent of a short tile; this many rows are enough to share out. */
const tableRows = 64

/** How many rows of the table each of `rows` rows of tiles is cut into: rows of 4 to 16 tiles where there are so many. */
export const stretches = (tiles: number, rows: number): number =>
  Math.ceil(tiles / Math.max(4, Math.min(16, Math.ceil((tiles * rows) / tableRows))))

/** Lengths that differ by one at most, the longer first. */
export const balanced = (total: number, parts: number): number[] =>
  indices(parts).map((i) => Math.floor((total + parts - 1 - i) / parts))

/** An axis of so many pixels, each looked at alone. */
export const pixelAxis = (count: number): Axis => ({
  ...{ input: count, output: count, kernel: 1, stride: 1, before: 0, dilation: 1 },
})

/** The output columns [first, end) whose windows lie inside the input's width. */
export function interiorOf({ input, output, kernel, stride, before, dilation }: Axis): Range {
  const first = Math.min(output, Math.ceil(before / stride))
  const last = Math.floor((input - 1 - (kernel - 1) * dilation + before) / stride)
  return [first, Math.max(first, Math.min(output, last + 1))]
}

/** Tiles of `most` columns at most and equal lengths over the columns in `spans`, or over all of them. */
export function cutColumns(geometry: Geometry, most: number, rows: number, spans?: readonly Range[]): Cut {
  const { inputPitch, outputPitch } = geometry
  const width = geometry.axes[2]
  const [inside, outside] = interiorOf(width)
  // A signal may have millions of tiles: those that see every tap share what they see.
  const whole = new Map<number, readonly Range[]>()
  const wholeOf = (count: number): readonly Range[] => {
    const known = whole.get(count) ?? indices(count).map((): Range => [0, width.kernel])
    whole.set(count, known)
    return known
  }
  const tiles: ColumnTile[] = []
  for (const [start, end] of spans ?? [[0, width.output]]) {
    let first = start
    for (const count of balanced(end - start, Math.ceil((end - start) / most))) {
      const from = first
      const seen =
        from >= inside && from + count <= outside
          ? wholeOf(count)
          : indices(count).map((column): Range => tapsInside(width, from + column))
      tiles.push({ input: first * width.stride * inputPitch, output: first * outputPitch, seen })
      first += count
    }
  }
  return { tiles, rows, columnInput: width.stride * inputPitch, columnOutput: outputPitch }
}
