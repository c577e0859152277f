// Filter gradients: f[t, ci, co] = Σ over batch and outputs o of x[o·stride − before + t·dilation, ci] · y[o, co].
// Tasks share out the filter's elements, never the sum.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Program, Target } from '../../program/index.ts'
import { axesOf, type Part, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import { renumbered } from '../convolution/renumbered.ts'
import { type Stretch, stretchesOf } from '../convolution/stretches.ts'
import { planCopy } from '../copy/copy.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOfEach } from '../step.ts'
import { columnWords, filterGradientProgram, type TileRows, type TileShape, tileWords } from './program.ts'
import { chunkHeadWords, type Walk, walkOf } from './schedule.ts'
import { type Cover, coverOf } from './tile.ts'

/**
 * Bytes of a chunk, and the fewest pixels that are worth adding a tile to memory for. A tile of wide vectors takes its
 * values from the second-level cache as fast as it needs them (13 bytes a cycle); narrower ones pass over the same pixels
 * more often, of which most must then be in the first (21 would be needed).
 */
const chunkFor = ({ lanes, caches }: Target) =>
  lanes >= 16 ? { bytes: caches.second / 4, fewest: 192 } : { bytes: caches.second / 16, fewest: 128 }
const mostPixels = 768

/** Multiply-adds of vectors below which a task is not worth handing to a thread: some ten microseconds. */
const smallestTask = 40_000

/** One side of the products, in elements: what lies between two pixels, two rows, and how many channels a pixel has. */
interface Side {
  readonly buffer: number
  readonly channels: number
  readonly perGroup: number
  readonly pixel: number
  readonly row: number
}

/** The side that is multiplied with whole vectors of the other, and the filter they write. */
interface Sides {
  readonly rows: Side
  readonly vectors: Side
  readonly filter: { readonly buffer: number; readonly tap: number; readonly channel: number; readonly group: number }
}

function sidesOf(spec: ConvSpec, swapped: boolean): Sides {
  const [, , width] = axesOf(spec)
  const { inputChannels, outputChannels, groups } = spec
  const [perIn, perOut] = [inputChannels / groups, outputChannels / groups]
  const x = { channels: inputChannels, perGroup: perIn, pixel: width.stride * inputChannels }
  const y = { channels: outputChannels, perGroup: perOut, pixel: outputChannels }
  const input: Side = { buffer: 0, ...x, row: width.input * inputChannels }
  const output: Side = { buffer: 1, ...y, row: width.output * outputChannels }
  // Swapped, the filter is [taps, out, in / groups] in scratch.
  return swapped
    ? {
        rows: output,
        vectors: input,
        filter: { buffer: 3, tap: outputChannels * perIn, channel: perIn, group: perOut * perIn },
      }
    : {
        rows: input,
        vectors: output,
        filter: { buffer: 2, tap: perIn * outputChannels, channel: outputChannels, group: perOut },
      }
}

/** The entries of every tile of one kind, tap by tap. */
function tileEntries(spec: ConvSpec, cover: Cover, kind: TileRows, { filter }: Sides): number[][] {
  const [depth, height, width] = axesOf(spec)
  const rows = partsOf(cover.rows).filter(({ count }) => count === kind.channels)
  return Array.from({ length: depth.kernel * height.kernel }, (_, tapRow) =>
    partsOf(cover.taps).flatMap((taps, index) =>
      rows
        .filter(() => taps.count === kind.taps)
        .map((channels) => [
          4 * (chunkHeadWords + 2 * tapRow),
          4 * columnWords * index,
          channels.first,
          (tapRow * width.kernel + taps.first) * filter.tap + channels.first * filter.channel,
        ]),
    ),
  ).flat()
}

/** Vectors of one tile, by where their channels begin. */
interface VectorBlock {
  /** Elements into the filter, and channels into each side. */
  readonly filter: number
  readonly rows: number
  readonly first: number
  readonly vectors: number
  readonly tail: number
}

function vectorBlocks(spec: ConvSpec, cover: Cover, sides: Sides): VectorBlock[] {
  const { operand, elements, vectors, channels } = cover
  const step = elements * vectors
  const groups = operand.kind === 'lanewise' ? 1 : spec.groups
  return Array.from({ length: groups }, (_, group) =>
    Array.from({ length: Math.ceil(channels / step) }, (_, i): VectorBlock => {
      const first = i * step
      const some = Math.min(vectors, Math.ceil((channels - first) / elements))
      return {
        filter: group * sides.filter.group + first,
        rows: operand.kind === 'lanewise' ? (first / operand.outer) * operand.inner : group * sides.rows.perGroup,
        first: group * sides.vectors.perGroup + first,
        vectors: some,
        tail: Math.min(elements, channels - first - (some - 1) * elements),
      }
    }),
  ).flat()
}

function shapeOf(spec: ConvSpec, cover: Cover, sides: Sides, { vectors, tail }: VectorBlock): TileShape {
  const [, , width] = axesOf(spec)
  const { operand, elements, main, rest } = cover
  const { rows, filter } = sides
  return {
    ...{ vectors, elements, tail, operand, main, rest },
    ...{ xPixel: rows.pixel, yPixel: sides.vectors.pixel, xTap: width.dilation * rows.channels },
    ...{ xRow: rows.row, yRow: sides.vectors.row, xChannels: rows.channels, yChannels: sides.vectors.channels },
    ...{ filterTap: filter.tap, filterChannel: filter.channel },
    ...{ width: width.input, dilation: width.dilation },
  }
}

/** The tables of a stretch. */
interface Tables {
  readonly walk: Walk
  readonly tiles: readonly (readonly number[])[]
  readonly rests: readonly (readonly number[])[]
  /** Number of the buffer of `tiles`, that of `rests` behind it, and of the first table of the walk. */
  readonly entries: number
  readonly table: number
}

/** Tables of a walk: rows, columns, chunks. */
const walkTables = 3

const range = (length: number): number[] => Array.from({ length }, (_, i) => i)

const slice = (count: number, pieces: number, piece: number): Part => {
  const first = Math.floor((count * piece) / pieces)
  return { first, count: Math.floor((count * (piece + 1)) / pieces) - first }
}

/** The call of one of so many pieces of a block. */
function callOf(block: VectorBlock, pieces: number, piece: number, sides: Sides, tables: Tables): CallArguments {
  const { walk, tiles, rests, entries, table } = tables
  const entry = (list: number, first: number) => place(entries + list, 4 * tileWords * first)
  const [some, others] = [slice(tiles.length, pieces, piece), slice(rests.length, pieces, piece)]
  return {
    x: place(sides.rows.buffer, 4 * block.rows),
    y: place(sides.vectors.buffer, 4 * block.first),
    filter: place(sides.filter.buffer, 4 * block.filter),
    ...{ rows: place(table, 0), columns: place(table + 1, 0), chunks: place(table + 2, 0) },
    ...{ chunkCount: walk.chunkCount, chunkBytes: walk.chunkBytes },
    ...{ tiles: entry(0, some.first), tileCount: some.count },
    ...{ rests: entry(1, others.first), restCount: others.count },
  }
}

/** Pixels of a chunk: as many as the cache holds of all channels that the tiles of one vector block pass over. */
function chunkPixels({ operand, elements, vectors }: Cover, { rows }: Sides, target: Target): number {
  const { bytes, fewest } = chunkFor(target)
  const channels = operand.kind === 'lanewise' ? operand.span * vectors : rows.perGroup
  const fitting = Math.floor(bytes / (4 * (channels + elements * vectors)))
  return Math.min(mostPixels, Math.max(fewest, fitting))
}

/** The filter from scratch, where its channels are the other way round. */
function transposeBack({ kernel, inputChannels, outputChannels, groups }: ConvSpec, target: Target): KernelStep[] {
  const inner = inputChannels / groups
  const tap = inner * outputChannels
  const copy = {
    shape: [sizeOf(kernel), outputChannels, inner],
    ...{ inputOffset: 0, inputStrides: [tap, inner, 1], outputOffset: 0, outputStrides: [tap, 1, outputChannels] },
  }
  return planCopy(copy, 'float32', target).steps.map((step) => renumbered(step, [3, 2]))
}

/** Tasks for a thread at least and at most. */
const tasksAThread = { fewest: 2, most: 6 }

/**
 * How many pieces the tiles of each block fall into. All pieces pass over the pixels, and read them from memory, again: so
 * as few as give every thread about as much to do.
 */
export function piecesWanted(blocks: number, threads: number): number {
  if (threads === 1) return 1
  const most = Math.ceil((tasksAThread.most * threads) / blocks)
  for (let pieces = Math.ceil((tasksAThread.fewest * threads) / blocks); pieces < most; pieces++) {
    const tasks = blocks * pieces
    if (Math.ceil(tasks / threads) * threads <= 1.1 * tasks) return pieces
  }
  return most
}

/** A stretch of the pixels, and the tables of its walk, which begin with buffer `table`. */
interface WalkedStretch {
  readonly stretch: Stretch
  readonly walk: Walk
  readonly table: number
}

/** All pixels, or stretches of them one after the other; the first writes the filter and the rest add to it. */
function walksOf(spec: ConvSpec, table: number, walk: (stretch: Stretch, adds: boolean) => Walk): WalkedStretch[] {
  const stretches = stretchesOf(spec, 'output') ?? [{ conv: spec, key: '', input: 0, output: 0, within: null }]
  const known = new Map<string, Pick<WalkedStretch, 'walk' | 'table'>>()
  return stretches.map((stretch, index) => {
    const key = `${stretch.key} ${index > 0}`
    const found = known.get(key) ?? {
      walk: walk(stretch, index > 0),
      table: table + walkTables * known.size,
    }
    known.set(key, found)
    return { stretch, ...found }
  })
}

/** [x, y] → [filter] */
export function planFilterGradient(spec: ConvSpec, target: Target, threads: number): KernelPlan {
  const cover = coverOf(spec, target)
  const { swapped } = cover
  const sides = sidesOf(spec, swapped)
  const filterSize = sizeOf(convShapes(spec).filter)
  const entries = swapped ? 4 : 3
  const pixelsOfChunk = chunkPixels(cover, sides, target)
  const walks = walksOf(spec, entries + 2, ({ conv, within }, adds) =>
    walkOf(conv, partsOf(cover.taps), pixelsOfChunk, { swapped, adds, whole: within?.whole }),
  )
  const tiles = tileEntries(spec, cover, cover.main, sides)
  const rests = cover.rest === null ? [] : tileEntries(spec, cover, cover.rest, sides)
  const blocks = vectorBlocks(spec, cover, sides)

  const pixels = (spec.batch * sizeOf(spec.outputSize)) / walks.length
  const work = pixels * (tiles.length * cover.main.taps * cover.main.channels + rests.length) * cover.vectors
  const pieces = Math.max(
    1,
    Math.min(
      piecesWanted(blocks.length, threads),
      Math.floor(work / smallestTask),
      Math.max(tiles.length, rests.length),
    ),
  )

  const alike = groupedBy(blocks, ({ vectors, tail }) => `${vectors} ${tail}`)
  const programs = new Map<string, Program>()
  const steps = walks.flatMap(({ stretch: { conv, key, input, output, within }, walk, table }) => {
    const own = sidesOf(within?.whole ?? conv, swapped)
    const tables: Tables = { walk, tiles, rests, entries, table }
    const [x, y] = [4 * input * spec.inputChannels, 4 * output * spec.outputChannels]
    return alike.map((some, kind): KernelStep => {
      const name = `${kind} ${key}`
      const program = programs.get(name) ?? filterGradientProgram(shapeOf(conv, cover, own, some[0]), target)
      programs.set(name, program)
      const step = stepOfEach(program, some.length * pieces, (call) =>
        callOf(some[Math.floor(call / pieces)], pieces, call % pieces, own, tables),
      )
      const moved = x + y === 0 ? step : renumbered(step, range(table + walkTables), [x, y])
      return kind === 0 ? moved : { ...moved, joins: true }
    })
  })
  const words = (list: readonly (readonly number[])[]) => Int32Array.from(list.flat())
  const written = new Map(walks.map(({ table, walk }) => [table, walk]))
  return Object.freeze({
    name: steps[0].program.name,
    steps: swapped ? [...steps, ...transposeBack(spec, target)] : steps,
    scratch: swapped ? [4 * filterSize] : [],
    tables: [
      ...[words(tiles), words(rests)],
      ...[...written.values()].flatMap(({ rows, columns, chunks }) => [rows, columns, chunks]),
    ],
  })
}
