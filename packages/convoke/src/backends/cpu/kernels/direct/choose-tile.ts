// Which tile: as many pixels and vectors as registers hold, weighed by how they divide the output and how many loads
// they need for a multiply-add.

import type { Axis } from '../../../../shapes/conv-axes.ts'
import { check } from '../../../../shapes/error.ts'
import type { Target } from '../../program/index.ts'
import { balanced, type Geometry, stretches } from './geometry.ts'
import { filterRowsOf, goesByBlocks, groupedSpan, keptInputs, type Reduction, sumsOf } from './reduction.ts'

export interface TileChoice {
  readonly vectors: number
  /** Columns and rows of a tile, at most. */
  readonly columns: number
  readonly rows: number
  /** Reduction steps in a turn of the inner loop, at most. */
  readonly unroll: number
  /** Multiply-adds of vectors in all. */
  readonly work: number
}

/** What an activation in the epilogue needs beside the tile. */
const epilogueVectors = 3

/** Pixels that fit with so many vectors, beside the filter's vectors and what a step needs in between. */
export const mostPixels = (target: Target, reduction: Reduction, vectors: number): number =>
  Math.floor(
    (target.vectorRegisters - Math.max(epilogueVectors, stepVectors(target, reduction, vectors))) /
      sumsOf(reduction, vectors),
  )

function stepVectors(target: Target, reduction: Reduction, vectors: number): number {
  // Where a multiply-add is two instructions, its product needs a register.
  const product = target.fma ? 0 : 1
  return product + operandVectors(target, reduction, vectors)
}

function operandVectors(target: Target, reduction: Reduction, vectors: number): number {
  if (reduction.kind === 'dense') return vectors + (vectors === 1 && target.foldsBroadcast ? 0 : 1)
  if (reduction.kind === 'dot') return reduction.outputs + 1
  const { inputs, outputs } = reduction
  const filter = goesByBlocks(reduction) ? 4 : inputs <= keptInputs ? inputs : 0
  const loads = groupedSpan(target.lanes, reduction) > target.lanes ? 2 : 1
  const between = inputs * outputs === 1 ? 2 : loads + 2
  return filter + between
}

/** Bytes that the first and second cache keep while a tile runs, on the smaller of current cores. */
const cache1 = 24 * 1024
const cache2 = 800 * 1024

/** Lines of one set that the first cache holds: all of them, and of pixels, beside what else passes through. */
const ways = 8
const pixelWays = 4

/**
 * What a multiply-add costs beside its own cycle, from measurements (docs/performance.md): loads beyond 44 in 100
 * products, the filter coming from the second cache or from beyond, and pixels that fall into one set of the first cache,
 * most of all where each product loads one.
 */
function denseOverhead(pixels: number, vectors: number, panelBytes: number, sameSet: number): number {
  const loads = (pixels + vectors) / (pixels * vectors)
  const far = panelBytes > cache2 ? 0.5 : panelBytes > cache1 ? 0.2 : 0
  const missed = vectors > 1 || sameSet <= pixelWays ? 0 : sameSet <= ways ? 0.2 : 0.7
  return Math.max(0, loads - 0.44) * 0.75 + far / pixels + 0.02 * Math.max(0, sameSet - pixelWays) + missed
}

/** Cycles of one reduction step, in units of a vector multiply-add at the full rate. */
function stepCost(reduction: Reduction, pixels: number, vectors: number, overhead: number): number {
  const products = pixels * vectors
  if (reduction.kind === 'dense') return Math.max(4, products * (1 + overhead))
  if (reduction.kind === 'dot') return Math.max(4, products * reduction.outputs + pixels)
  const { inputs, outputs } = reduction
  const shuffles = inputs * outputs === 1 ? 0 : 0.5 * products * inputs
  return Math.max(4, products * inputs + shuffles + vectors * inputs)
}

/** Sets of the first cache repeat after so many bytes. */
const setPeriod = 4096

/** How many of `count` pixels, `pitch` bytes apart, share a set of the first cache. */
function pixelsInSet(count: number, pitch: number): number {
  let period = 1
  while (period < count && (period * pitch) % setPeriod !== 0) period++
  return Math.ceil(count / period)
}

/** Sums under way at once, below which products wait for each other. */
const latencySums = 8

/** How many pixels a tile may have at most: as many as fit, or fewer that have sets of the first cache to themselves. */
function pixelLimits(most: number, vectors: number, reduction: Reduction, pitch: number): number[] {
  if (reduction.kind !== 'dense' || vectors > 1 || pixelsInSet(most, pitch) <= pixelWays) return [most]
  let apart = most
  while (apart > latencySums && pixelsInSet(apart, pitch) > pixelWays) apart--
  return [most, apart]
}

/** Entering a tile, its epilogue, and the overhead of a segment, in the same units. */
const tileCost = (pixels: number, vectors: number): number => 30 + 2 * pixels * vectors

/** Fetching a cache line of pixels that are multiplied with one filter value each, in the same units; measured. */
const lineCost = 1.7
const lineFloats = 16

/** Lines that a tile of so many rows and columns fetches: narrow vectors take a part of each, and come back for the rest. */
function fetchCost(
  { axes: [depth, height, width] }: Geometry,
  { lanes }: Target,
  reduction: Reduction,
  rows: number,
  columns: number,
  vectors: number,
): number {
  if (reduction.kind !== 'grouped') return 0
  const spread = (axis: Axis, outputs: number): number =>
    Math.min(axis.kernel * outputs, (outputs - 1) * axis.stride + axis.kernel)
  return (
    lineCost * depth.kernel * spread(height, rows) * spread(width, columns) * Math.ceil((vectors * lanes) / lineFloats)
  )
}

/**
 * Multiply-adds that may be written out in one turn of an inner loop. V8 gives out registers the worse the longer the
 * loop: at 100, 3×3 layers ran at two thirds the speed of 24 in Node 20.
 */
const mostWritten = ({ addressBytes }: Target): number => (addressBytes === 4 ? 24 : 100)

/** Reduction steps in a turn of an inner loop of so many multiply-adds. */
export const unrollOf = (target: Target, products: number): number =>
  Math.max(1, Math.floor(mostWritten(target) / products))

export interface TileQuestion {
  readonly target: Target
  readonly threads: number
  readonly reduction: Reduction
  readonly geometry: Geometry
  /** Columns of the filter in one group of panels, and how many such groups there are. */
  readonly columns: number
  readonly groups: number
}

/** The tiles there are, best first by the model. Throws `ConvokeError` where none fits the registers. */
export function tileChoices({
  target,
  threads,
  reduction,
  geometry,
  columns,
  groups,
}: TileQuestion): readonly TileChoice[] {
  const { lanes } = target
  const [depth, height, width] = geometry.axes
  const total = Math.ceil(columns / lanes)
  const taps = depth.kernel * height.kernel * width.kernel
  const steps = taps * geometry.steps
  const planes = geometry.batch * depth.output
  const choices: (TileChoice & { readonly cost: number })[] = []
  const pitch = width.stride * geometry.inputPitch * 4
  const consider = (vectors: number, most: number, sizes: readonly number[]): void => {
    const rows = Math.max(1, Math.min(height.output, Math.floor(most / width.output)))
    const columnsOfTile = rows > 1 ? width.output : Math.min(most, width.output)
    const tiles =
      rows > 1
        ? balanced(height.output, Math.ceil(height.output / rows)).map((count) => count * width.output)
        : balanced(width.output, Math.ceil(width.output / columnsOfTile))
    const repeats = rows > 1 ? 1 : height.output
    const one = (size: number): number =>
      tiles.reduce((sum, pixels) => {
        const overhead = denseOverhead(pixels, size, steps * size * lanes * 4, pixelsInSet(pixels, pitch))
        const fetched = fetchCost(geometry, target, reduction, rows, pixels / rows, size)
        return sum + steps * stepCost(reduction, pixels, size, overhead) + tileCost(pixels, size) + fetched
      }, 0)
    const cost = planes * repeats * groups * sizes.reduce((sum, size) => sum + one(size), 0)
    const tableRows = rows > 1 ? tiles.length : height.output * stretches(tiles.length, height.output * planes)
    const tasks = groups * sizes.length * planes * tableRows
    const uneven = (Math.ceil(tasks / threads) * threads) / tasks
    const pixels = tiles[0]
    const written = pixels * vectors * filterRowsOf(reduction)
    const weighed = cost * (cost > 100_000 ? uneven : 1)
    const unroll = unrollOf(target, written)
    choices.push({ vectors, columns: columnsOfTile, rows, unroll, work: cost, cost: weighed })
  }
  for (let vectors = 1; vectors <= total; vectors++) {
    const most = Math.min(mostPixels(target, reduction, vectors), 32)
    if (most < 1) break
    const sizes = balanced(total, Math.ceil(total / vectors))
    if (sizes[0] !== vectors) continue
    for (const limit of pixelLimits(most, vectors, reduction, pitch)) consider(vectors, limit, sizes)
  }
  check(choices.length > 0, () => `No tile fits into the ${target.vectorRegisters} registers of ${target.name}.`)
  return choices.sort((a, b) => a.cost - b.cost)
}
