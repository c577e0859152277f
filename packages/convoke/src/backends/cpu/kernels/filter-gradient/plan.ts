// Filter gradients: f[t, ci, co] = Σ over batch and outputs o of x[o·stride − before + t·dilation, ci] · y[o, co].
// Tasks share out the filter's elements, never the sum.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Program, Target } from '../../program/index.ts'
import { nameBuffers } from '../buffers.ts'
import { type Part, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import { type Stretch, stretchesOf } from '../convolution/stretches.ts'
import { copySteps } from '../copy/copy.ts'
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
  readonly buffer: 'x' | 'y'
  readonly channels: number
  readonly perGroup: number
  readonly pixel: number
  readonly row: number
}

/** The side that is multiplied with whole vectors of the other, and the filter they write. */
interface Sides {
  readonly rows: Side
  readonly vectors: Side
  readonly filter: { readonly tap: number; readonly channel: number; readonly group: number }
}

function sidesOf(spec: ConvSpec, swapped: boolean): Sides {
  const [, , width] = liftAxes(spec)
  const { inputChannels, outputChannels, groups } = spec
  const [perIn, perOut] = [inputChannels / groups, outputChannels / groups]
  const x = { channels: inputChannels, perGroup: perIn, pixel: width.stride * inputChannels }
  const y = { channels: outputChannels, perGroup: perOut, pixel: outputChannels }
  const input: Side = { buffer: 'x', ...x, row: width.input * inputChannels }
  const output: Side = { buffer: 'y', ...y, row: width.output * outputChannels }
  // Swapped, the filter is [taps, out, in / groups] in scratch.
  return swapped
    ? {
        rows: output,
        vectors: input,
        filter: { tap: outputChannels * perIn, channel: perIn, group: perOut * perIn },
      }
    : {
        rows: input,
        vectors: output,
        filter: { tap: perIn * outputChannels, channel: outputChannels, group: perOut },
      }
}

/** The entries of every tile of one kind, tap by tap. */
function tileEntries(spec: ConvSpec, cover: Cover, kind: TileRows, { filter }: Sides): number[][] {
  const [depth, height, width] = liftAxes(spec)
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
  const [, , width] = liftAxes(spec)
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

/** What all calls of a stretch read. */
interface Reading {
  readonly walk: Walk
  /** Tiles, and those of what is left. */
  readonly tiles: number
  readonly rests: number
  /** Buffers, and bytes that the stretch begins further on. */
  readonly at: Readonly<Record<'x' | 'y' | 'written' | 'tiles' | 'rests' | 'rows' | 'columns' | 'chunks', number>>
  readonly begins: Readonly<Record<'x' | 'y', number>>
}

const slice = (count: number, pieces: number, piece: number): Part => {
  const first = Math.floor((count * piece) / pieces)
  return { first, count: Math.floor((count * (piece + 1)) / pieces) - first }
}

/** The call of one of so many pieces of a block. */
function callOf(block: VectorBlock, pieces: number, piece: number, sides: Sides, reading: Reading): CallArguments {
  const { walk, at, begins } = reading
  const [some, others] = [slice(reading.tiles, pieces, piece), slice(reading.rests, pieces, piece)]
  const side = ({ buffer }: Side, first: number) => place(at[buffer], begins[buffer] + 4 * first)
  return {
    x: side(sides.rows, block.rows),
    y: side(sides.vectors, block.first),
    filter: place(at.written, 4 * block.filter),
    ...{ rows: place(at.rows, 0), columns: place(at.columns, 0), chunks: place(at.chunks, 0) },
    ...{ chunkCount: walk.chunkCount, chunkBytes: walk.chunkBytes },
    ...{ tiles: place(at.tiles, 4 * tileWords * some.first), tileCount: some.count },
    ...{ rests: place(at.rests, 4 * tileWords * others.first), restCount: others.count },
  }
}

/** Pixels of a chunk: as many as the cache holds of all channels that the tiles of one vector block pass over. */
function chunkPixels({ operand, elements, vectors }: Cover, { rows }: Sides, target: Target): number {
  const { bytes, fewest } = chunkFor(target)
  const channels = operand.kind === 'lanewise' ? operand.span * vectors : rows.perGroup
  const fitting = Math.floor(bytes / (4 * (channels + elements * vectors)))
  return Math.min(mostPixels, Math.max(fewest, fitting))
}

/** The filter, from where its channels are the other way round. */
function transposeBack(
  { kernel, inputChannels, outputChannels, groups }: ConvSpec,
  target: Target,
  from: number,
  to: number,
): readonly KernelStep[] {
  const inner = inputChannels / groups
  const tap = inner * outputChannels
  const copy = {
    shape: [sizeOf(kernel), outputChannels, inner],
    ...{ inputOffset: 0, inputStrides: [tap, inner, 1], outputOffset: 0, outputStrides: [tap, 1, outputChannels] },
  }
  return copySteps(copy, 'float32', target, from, to)
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

/** A stretch of the pixels and its walk, which others may have, too. */
interface WalkedStretch {
  readonly stretch: Stretch
  readonly walk: Walk
  readonly key: string
}

/** All pixels, or stretches of them one after the other; the first writes the filter and the rest add to it. */
function walksOf(spec: ConvSpec, walk: (stretch: Stretch, adds: boolean) => Walk): WalkedStretch[] {
  const stretches = stretchesOf(spec, 'output') ?? [{ conv: spec, key: '', input: 0, output: 0, within: null }]
  const known = new Map<string, Walk>()
  return stretches.map((stretch, index) => {
    const key = `${stretch.key} ${index > 0}`
    const found = known.get(key) ?? walk(stretch, index > 0)
    known.set(key, found)
    return { stretch, walk: found, key }
  })
}

/** The tables of a walk, by the names that they have in the plan. */
const walkTables = ({ key, walk: { rows, columns, chunks } }: WalkedStretch) =>
  Object.entries({ rows, columns, chunks }).map(([name, table]) => [`${name} of ${key}`, table] as const)

const words = (list: readonly (readonly number[])[]): Int32Array => Int32Array.from(list.flat())

/** [x, y] → [filter] */
export function planFilterGradient(spec: ConvSpec, target: Target, threads: number): KernelPlan {
  const cover = coverOf(spec, target)
  const { swapped } = cover
  const sides = sidesOf(spec, swapped)
  const filterSize = sizeOf(convShapes(spec).filter)
  const pixelsOfChunk = chunkPixels(cover, sides, target)
  const walks = walksOf(spec, ({ conv, within }, adds) =>
    walkOf(conv, partsOf(cover.taps), pixelsOfChunk, { swapped, adds, whole: within?.whole }),
  )
  const tiles = tileEntries(spec, cover, cover.main, sides)
  const rests = cover.rest === null ? [] : tileEntries(spec, cover, cover.rest, sides)
  const blocks = vectorBlocks(spec, cover, sides)
  const { at, own: buffers } = nameBuffers({
    given: ['x', 'y', 'filter'],
    scratch: { swapped: swapped ? 4 * filterSize : undefined },
    tables: Object.fromEntries([['tiles', words(tiles)], ['rests', words(rests)], ...walks.flatMap(walkTables)]),
  })
  const written = swapped ? at.swapped : at.filter

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
  const steps = walks.flatMap(({ stretch: { conv, key, input, output, within }, walk, key: walked }) => {
    const own = sidesOf(within?.whole ?? conv, swapped)
    const tables = {
      rows: at[`rows of ${walked}`],
      columns: at[`columns of ${walked}`],
      chunks: at[`chunks of ${walked}`],
    }
    const reading: Reading = {
      ...{ walk, tiles: tiles.length, rests: rests.length },
      at: { x: at.x, y: at.y, written, tiles: at.tiles, rests: at.rests, ...tables },
      begins: { x: 4 * input * spec.inputChannels, y: 4 * output * spec.outputChannels },
    }
    return alike.map((some, kind): KernelStep => {
      const name = `${kind} ${key}`
      const program = programs.get(name) ?? filterGradientProgram(shapeOf(conv, cover, own, some[0]), target)
      programs.set(name, program)
      const step = stepOfEach(program, some.length * pieces, (call) =>
        callOf(some[Math.floor(call / pieces)], pieces, call % pieces, own, reading),
      )
      return kind === 0 ? step : { ...step, joins: true }
    })
  })
  return Object.freeze({
    name: steps[0].program.name,
    steps: swapped ? [...steps, ...transposeBack(spec, target, at.swapped, at.filter)] : steps,
    ...buffers,
  })
}
