// Cuts a convolution's output into tiles and writes down, for each, the reduction steps whose input is inside: padding
// is left out here, once, so that kernels need not know of it.

import { tapsInside } from '../../../../shapes/conv-axes.ts'
import { indices } from '../../../../shapes/indices.ts'
import { balanced, type Cut, type Geometry, type Range, stretches } from './geometry.ts'
import type { Segment, Tile, TileRow, TileTable } from './tables.ts'
import type { InnerLoop } from './tile-program.ts'

export interface Tiling {
  readonly table: TileTable
  /** Where each pixel of a tile reads, from its first, and the distance of their outputs, in bytes. */
  readonly pixels: readonly number[]
  readonly outputStep: number
  readonly loops: readonly InnerLoop[]
  readonly fewest: number
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** A run of reduction steps before its inner loop is chosen. */
interface Run {
  readonly input: number
  readonly filter: number
  readonly steps: number
  readonly pixels: readonly number[]
}

/** Equal things get equal numbers. */
function numbering<T>(): { readonly of: (key: string, make: () => T) => number; readonly list: T[] } {
  const known = new Map<string, number>()
  const list: T[] = []
  const of = (key: string, make: () => T): number => {
    const found = known.get(key)
    if (found !== undefined) return found
    known.set(key, list.length)
    return list.push(make()) - 1
  }
  return { of, list }
}

const inside = (tap: number, [first, end]: Range): boolean => tap >= first && tap < end

/** The runs of a tile whose pixels see these taps: `heights` of each of its rows, `widths` of each of its columns. */
function runsOf(
  geometry: Geometry,
  pixels: readonly number[],
  depth: Range,
  heights: readonly Range[],
  widths: readonly Range[],
): Run[] {
  const [d, h, w] = geometry.axes
  const { steps, inputPitch, tapsFollow } = geometry
  const runs: Run[] = []
  for (let kd = depth[0]; kd < depth[1]; kd++) {
    for (let kh = 0; kh < h.kernel; kh++) {
      const rows = indices(heights.length).filter((row) => inside(kh, heights[row]))
      if (rows.length === 0) continue
      let before: { run: Run; key: string; end: number } | undefined
      for (let kw = 0; kw < w.kernel; kw++) {
        const columns = indices(widths.length).filter((column) => inside(kw, widths[column]))
        if (columns.length === 0) continue
        const reached = rows.flatMap((row) => columns.map((column) => row * widths.length + column))
        const key = reached.join()
        if (before !== undefined && tapsFollow && before.key === key && before.end === kw) {
          before.run = { ...before.run, steps: before.run.steps + steps }
          before.end = kw + 1
          runs[runs.length - 1] = before.run
          continue
        }
        const pixel = ((kd * d.dilation * h.input + kh * h.dilation) * w.input + kw * w.dilation) * inputPitch
        const run: Run = {
          input: pixel * 4 + pixels[reached[0]],
          filter: ((kd * h.kernel + kh) * w.kernel + kw) * steps,
          steps,
          pixels: reached,
        }
        before = { run, key, end: kw + 1 }
        runs.push(run)
      }
    }
  }
  return runs
}

const largestDivisor = (n: number, limit: number): number => {
  for (let d = Math.min(n, Math.max(1, limit)); d > 1; d--) if (n % d === 0) return d
  return 1
}

/** A stretch of columns that a row of the table covers: where it begins, and its tiles from there. */
interface Stretch {
  readonly input: number
  readonly output: number
  readonly tiles: readonly (Cut['tiles'][number] & { readonly key: string })[]
  readonly key: string
}

/** Tiles may overlap the one before: neither begins a stretch, so one task computes both. */
function stretchesOf(tiles: Cut['tiles'], parts: number, taps: number): Stretch[] {
  let next = 0
  return balanced(tiles.length, parts).map((count) => {
    const part = tiles.slice(next, next + count)
    next += count
    const { input, output } = part[0]
    const moved = part.map((tile) => {
      const whole = tile.seen.every(([first, end]) => first === 0 && end === taps)
      const key = whole ? `${tile.seen.length}` : tile.seen.join(' ')
      return { input: tile.input - input, output: tile.output - output, seen: tile.seen, key }
    })
    const places = moved.map((tile) => `${tile.input} ${tile.output} ${tile.key}`)
    return { input, output, tiles: moved, key: places.join('|') }
  })
}

/**
 * Which tile follows which. 'across': the next of the row. 'down': the one below, so that rows that both see are still in
 * the first cache, where there is little else to do for each line that is fetched.
 */
export type TileOrder = 'across' | 'down'

/**
 * The tiling of `geometry`. `mostUnrolled` is the number of reduction steps that may be written out in a turn of an
 * inner loop; runs as short as that get a loop of their own.
 */
export function tileConvolution(
  geometry: Geometry,
  cut: Cut,
  mostUnrolled: number,
  order: TileOrder = 'across',
): Tiling {
  const { axes, batch, inputPitch, outputPitch } = geometry
  const [depth, height, width] = axes
  const tileRows = batch * depth.output * Math.ceil(height.output / cut.rows)
  const { length: across } = cut.tiles
  const parts = stretchesOf(cut.tiles, order === 'down' ? across : stretches(across, tileRows), width.kernel)
  const columns = cut.tiles.reduce((most, { seen }) => Math.max(most, seen.length), 0)
  const rowPitch = height.stride * width.input * inputPitch
  const pixels = indices(cut.rows).flatMap((row) =>
    indices(columns).map((column) => (row * rowPitch + column * cut.columnInput) * 4),
  )
  const lists = numbering<Run[]>()
  const rowClasses = numbering<readonly Tile[]>()

  const tilesOf = ({ tiles }: Stretch, depthRange: Range, heights: readonly Range[]): readonly Tile[] =>
    tiles.map(({ input, output, seen, key }) => ({
      input,
      output,
      segments: lists.of(`${depthRange}|${heights.join(' ')}|${key}`, () =>
        runsOf(geometry, pixels, depthRange, heights, seen),
      ),
      pixels: seen.length * heights.length,
    }))

  const rows: TileRow[] = []
  for (let b = 0; b < batch; b++) {
    for (let od = 0; od < depth.output; od++) {
      const depthRange = tapsInside(depth, od)
      const plane = b * depth.input + od * depth.stride - depth.before
      const lines = indices(Math.ceil(height.output / cut.rows)).map((line) => {
        const oh = line * cut.rows
        const heights = indices(Math.min(cut.rows, height.output - oh)).map((row) => tapsInside(height, oh + row))
        const input =
          ((plane * height.input + oh * height.stride - height.before) * width.input - width.before) * inputPitch
        const output = ((b * depth.output + od) * height.output + oh) * width.output * outputPitch
        return { input, output, heights, key: `${depthRange}|${heights.join(' ')}|` }
      })
      const add = ({ input, output, heights, key }: (typeof lines)[number], stretch: Stretch): void => {
        rows.push({
          input: input + stretch.input,
          output: output + stretch.output,
          tiles: rowClasses.of(key + stretch.key, () => tilesOf(stretch, depthRange, heights)),
        })
      }
      if (order === 'down') for (const stretch of parts) for (const line of lines) add(line, stretch)
      else for (const line of lines) for (const stretch of parts) add(line, stretch)
    }
  }

  const { loops, segments } = chooseLoops(lists.list, mostUnrolled)
  let fewest = Number.POSITIVE_INFINITY
  for (const tiles of rowClasses.list) for (const tile of tiles) fewest = Math.min(fewest, tile.pixels)
  return { table: { rows, tiles: rowClasses.list, segments }, pixels, outputStep: cut.columnOutput * 4, loops, fewest }
}

function chooseLoops(
  lists: readonly (readonly Run[])[],
  most: number,
): { readonly loops: readonly InnerLoop[]; readonly segments: readonly (readonly Segment[])[] } {
  const common = lists.flat().reduce((divisor, { steps }) => gcd(steps, divisor), 0)
  const shared = largestDivisor(common, most)
  const loops = numbering<InnerLoop>()
  const segments = lists.map((runs) =>
    runs.map(({ input, filter, steps, pixels }): Segment => {
      const unroll = shared > 1 ? shared : largestDivisor(steps, most)
      const loop = loops.of(`${unroll}|${pixels.join()}`, () => ({ pixels, unroll }))
      return { input, filter, trips: steps / unroll, loop }
    }),
  )
  return { loops: loops.list, segments }
}
