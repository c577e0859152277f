// Which tiles cost least, by a model of time in issue slots of vector FMAs: passes, and memory beyond the second cache.

import type { Target } from '../../program/index.ts'
import { pointsOf, type TileSize } from './blocks.ts'
import { type FftAxis, type FftProblem, isSignal, unitTiles } from './problem.ts'
import { lengths, radicesOf } from './transform.ts'

export interface Blocking {
  readonly size: TileSize
  /** Places by which the taps are moved along the columns, so that tiles begin at whole vectors of the picture. */
  readonly shift: number
  /** Results of a tile that do not wrap around, by axis; of a split one all together, as columns. */
  readonly valid: readonly [number, number, number]
  /** Tiles by axis. */
  readonly tiles: readonly [number, number, number]
  /** Pairs of tiles of one channel of an image. */
  readonly pairs: number
  /** Issue slots for all pairs of one channel of all images: forward, and back again. */
  readonly slots: number
}

/** Slots a complex vector spends in a pass. Measured on Zen 3 and 4. */
const passSlots: Readonly<Record<number, number>> = { 2: 5, 3: 6, 4: 6, 5: 8, 8: 8 }

/** The same of a pass that leaves the first cache. */
const beyondFirst = 1.4

/** Slots for loading, storing and transposing there and back, and bytes that arrive a slot from beyond the second cache. */
const moveSlots = 36
const memoryBytes = 5.5

/** Sweeps over a tile in memory: written by columns, read and written by rows with a spectrum, read by columns. */
const sweeps = 5

function passesOf(length: number, target: Target): number {
  const beyond = length * 2 * target.lanes * 4 > target.caches.first / 2 ? beyondFirst : 1
  // Only the outermost passes leave the first cache.
  return radicesOf(length, target).reduce((sum, radix, i) => sum + passSlots[radix] * (i < 2 ? beyond : 1), 0)
}

/** Slots for a vector of complex values, there and back. */
function slotsOfVector({ depth, height, width, split }: TileSize, tiles: number, target: Target): number {
  // Of all tiles that are worked on together.
  const bytes = depth * height * width * 8 * tiles
  const memory = bytes > target.caches.second / 2 ? (sweeps * 2 * target.lanes * 4) / memoryBytes : 0
  const passes = [depth, height, width].reduce((sum, length) => sum + passesOf(length, target), 0)
  return 2 * passes + moveSlots + (split ? 16 : 0) + memory
}

/** The fewest chains that threads share out among themselves; and the part of the second cache that the tiles of one may take. */
const [leastChains, chainShare] = [4, 0.3]

/**
 * Whether one thread takes a few tiles through all steps, while they stay in its second cache: where there are chains of such steps
 * enough for all threads.
 */
export const chainsPay = (chains: number, tiles: number, size: TileSize, target: Target): boolean =>
  chains >= leastChains && tiles * pointsOf(size) * 8 <= chainShare * target.caches.second

/** The same of all steps of a convolution. */
export function isChained(
  problem: FftProblem,
  { size, pairs }: Pick<Blocking, 'size' | 'pairs'>,
  target: Target,
): boolean {
  const { blocks, lines } = unitTiles(problem)
  return chainsPay(pairs * problem.images * problem.groups, blocks + lines, size, target)
}

/** What handing out a task costs, with its two dozen arguments. */
const taskSlots = 1200

const tasksOf = ({ depth, height, width }: TileSize, lanes: number): number => (2 * width + depth * height) / lanes

/** Elements of a complex tile at most: 256 MiB. */
const mostPoints = 2 ** 25

/** Places by which taps are moved so that tiles begin at whole vectors of the input. */
const shiftOf = ({ before }: FftAxis, lanes: number): number => Math.ceil(before / lanes) * lanes - before

export function blockingOf(problem: FftProblem, size: TileSize, target: Target): Blocking | null {
  const { axes, images, groups, inputs, outputs } = problem
  const { lanes } = target
  const [depth, height, width] = axes
  const shift = shiftOf(width, lanes)
  const across = size.split ? size.height * size.width : size.width
  const validColumns = Math.floor((across - (width.extent - 1 + shift)) / lanes) * lanes
  const rowsApart = size.split || (size.height === 1 && size.depth === 1)
  if (rowsApart && !size.split) return null
  const validRows = size.split ? 1 : size.height - height.extent + 1
  const validPlanes = size.depth - depth.extent + 1
  if (validColumns < lanes || validRows < 1 || validPlanes < 1) return null
  const valid = [validPlanes, validRows, validColumns] as const
  const tiles = axes.map(({ output }, axis) => Math.ceil(output / valid[axis])) as [number, number, number]
  const pairs = Math.ceil((tiles[0] * tiles[1] * tiles[2]) / 2)
  const together = isChained(problem, { size, pairs }, target) ? 1 : pairs * images * groups * Math.max(inputs, outputs)
  const each = (pointsOf(size) / lanes) * slotsOfVector(size, together, target) + tasksOf(size, lanes) * taskSlots
  return { size, shift, valid, tiles, pairs, slots: each * pairs * images }
}

/** Rows and columns of a long transform of one axis, nearly a square. */
function splitOf(n: number, target: Target): TileSize | null {
  const best = lengths(target.lanes, Math.ceil(Math.sqrt(n) * 1.5), target.lanes)
    .filter((height) => n % (height * target.lanes) === 0)
    .at(-1)
  return best === undefined ? null : { depth: 1, height: best, width: n / best, split: true }
}

/**
 * Lengths of an axis that leave at least `least` results, up to the first that takes the whole axis at once. `multiple` is a
 * power of two.
 */
function lengthsFor({ extent, output }: FftAxis, multiple: number, least: number, shift: number): number[] {
  const lost = extent - 1 + shift
  const all = Math.ceil(output / least) * least + lost
  const [whole] = lengths(all, 2 * (all + multiple), multiple)
  return lengths(least + lost, whole, multiple)
}

function sizesFor(problem: FftProblem, target: Target): TileSize[] {
  const [depth, height, width] = problem.axes
  const { lanes } = target
  const widths = lengthsFor(width, lanes, lanes, shiftOf(width, lanes))
  if (isSignal(problem)) {
    const shortest = Math.max(1024, lanes * lanes)
    const long = widths.filter((n) => n > shortest)
    return [...(long.length < widths.length ? [shortest] : []), ...long].flatMap((n) => splitOf(n, target) ?? [])
  }
  const volume = depth.input > 1 || depth.output > 1 || depth.extent > 1
  const depths = volume ? lengthsFor(depth, 1, 1, 0) : [1]
  const heights = lengthsFor(height, lanes, 1, 0)
  return depths.flatMap((d) =>
    heights.flatMap((h) => widths.map((w): TileSize => ({ depth: d, height: h, width: w, split: false }))),
  )
}

/** The tiles in blocks that cost least. */
export function chooseBlocking(problem: FftProblem, target: Target): Blocking | undefined {
  let best: Blocking | undefined
  for (const size of sizesFor(problem, target)) {
    if (pointsOf(size) > mostPoints) continue
    const found = blockingOf(problem, size, target)
    if (found !== null && (best === undefined || found.slots < best.slots)) best = found
  }
  return best
}
