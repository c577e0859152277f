// A convolution of pictures of one channel by FFT as a plan of the engine: pairs of tiles.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, KernelPlan, KernelStep, Place } from '../plan.ts'
import { planBlocks, pointsOf } from './blocks.ts'
import { pair } from './columns.ts'
import { type FftLayout, fftLayout } from './layout.ts'
import { type Room, spectrumSteps } from './steps.ts'
import { type FilterUse, tapPlanes } from './taps.ts'
import { pictureEnds } from './tile-ends.ts'
import { tileProgram } from './tile-program.ts'

/** Floats of tiles that a filter's spectra are made in at a time. */
const waveFloats = 2 ** 20

export interface FftSpec {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
}

type Values = Readonly<Record<string, ArgumentValue>>

const step = (program: Program, tasks: number, valuesOf: (task: number) => Values): KernelStep => ({
  program,
  tasks,
  argumentsOf: (task) => {
    const values = valuesOf(task)
    return program.arguments.map(({ name }) => values[name])
  },
})

/** [0, total) cut to what overlaps [start, start + length), relative to start. */
const overlap = (start: number, length: number, total: number): readonly [number, number] => {
  const first = Math.min(Math.max(0, -start), length)
  return [first, Math.max(first, Math.min(length, total - start))]
}

interface Tile {
  readonly image: number
  readonly row: number
  readonly column: number
}

/**
 * One task for each pair of tiles. The tiles of a pair are of one picture: what rounds, and an infinity or a NaN, never reaches
 * another example.
 */
function tilesStep(
  { batch }: ConvSpec,
  { tilesHigh, tilesWide, validRows, validColumns }: FftLayout,
  program: Program,
  valuesOf: (tile: Tile, name: (typeof pair)[number]) => Values,
  common: Values,
): KernelStep {
  const perImage = tilesHigh * tilesWide
  const pairs = Math.ceil(perImage / 2)
  return step(program, batch * pairs, (task) => {
    const [image, index] = [Math.floor(task / pairs), task % pairs]
    // An odd tile out is its own partner.
    const tiles = [2 * index, Math.min(2 * index + 1, perImage - 1)].map(
      (tile): Tile => ({
        image,
        row: Math.floor(tile / tilesWide) * validRows,
        column: (tile % tilesWide) * validColumns,
      }),
    )
    return { ...common, ...valuesOf(tiles[0], pair[0]), ...valuesOf(tiles[1], pair[1]) }
  })
}

/** Tiles in place. */
const pictureTiles =
  (
    spec: ConvSpec,
    { across, tileRows, validRows, validColumns }: FftLayout,
    buffers: Readonly<Record<'residual' | 'y', number>>,
  ) =>
  ({ image, row, column }: Tile, name: string): Values => {
    const [height, width] = spec.inputSize
    const [outputHeight, outputWidth] = spec.outputSize
    const [top, left] = [row - spec.padding[0][0], column - spec.padding[1][0]]
    const [firstRow, endRow] = overlap(top, tileRows, height)
    const [firstColumn, endColumn] = overlap(left, across.length, width)
    const [rows, columns] = [endRow - firstRow, endColumn - firstColumn]
    const pixel = rows * columns > 0 ? (image * height + top + firstRow) * width + left + firstColumn : 0
    const offset = ((image * outputHeight + row) * outputWidth + column) * 4
    return {
      [name]: { buffer: 0, offset: pixel * 4 },
      [`${name}Inside`]: rows === tileRows && columns === across.length ? 1 : 0,
      [`${name}Corner`]: (firstRow * across.length + firstColumn) * 4,
      [`${name}Rows`]: columns > 0 ? rows : 0,
      [`${name}Columns`]: columns,
      [`${name}Result`]: { buffer: buffers.y, offset },
      [`${name}Residual`]: { buffer: buffers.residual, offset },
      [`${name}ResultRows`]: Math.min(validRows, outputHeight - row),
      [`${name}ResultColumns`]: Math.min(validColumns, outputWidth - column),
    }
  }

/**
 * The plan of `conv` by FFT in tiles of one task each. Buffers: x, the filter, bias and residual where the epilogue has them;
 * then y. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planFftTiles({ conv, epilogue }: FftSpec, filter: FilterUse, target: Target): KernelPlan {
  const layout = fftLayout(conv, target)
  const bias = 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const size = { depth: 1, height: layout.down.length, width: layout.across.length, split: false }
  const blocks = planBlocks(size, target)
  const taps = tapPlanes(filter, 0)
  const wave = Math.max(1, Math.min(taps.planes, Math.floor(waveFloats / blocks.tileFloats)))
  const scratch = [wave * blocks.tileFloats, wave * taps.planeFloats].map((count) => Math.max(16, count) * 4)
  const tables = [Float32Array.from(layout.twiddles), taps.table]
  const patch = layout.tileRows * layout.across.length * 4
  const workerScratch = [layout.tileFloats * 4, 2 * layout.across.length * target.lanes * 4, patch, patch]
  const first = { tables: y + 1 + scratch.length, worker: y + 1 + scratch.length + tables.length }
  const spectrum = first.worker + workerScratch.length
  const at = (buffer: number, count = 0): Place => ({ buffer, offset: count * 4 })
  const from = (buffer: number) => (count: number) => at(buffer, count)
  const program = tileProgram(layout, pictureEnds(epilogue), target)
  const room: Room = {
    ...{ blocks: from(y + 1), lines: from(y + 2), buffer: at(first.worker + 1), twiddles: at(first.tables) },
    ...{ within: from(first.tables), between: from(first.tables) },
  }
  const [height, width] = conv.kernel
  const common: Values = {
    ...{ twiddles: at(first.tables), tile: at(first.worker), buffer: at(first.worker + 1), spectrum: at(spectrum) },
    ...{ firstPatch: at(first.worker + 2), secondPatch: at(first.worker + 3), bias: at(bias) },
    ...epilogueArguments(epilogue),
    ...{ xRowBytes: conv.inputSize[1] * 4, yRowBytes: conv.outputSize[1] * 4 },
  }
  return Object.freeze({
    name: program.name,
    steps: [tilesStep(conv, layout, program, pictureTiles(conv, layout, { residual, y }), common)],
    ...{ scratch, tables, workerScratch },
    derived: [
      {
        input: 1,
        bytes: taps.planes * layout.spectrumFloats * 4,
        key: `spectrum ${filter.turned ? 'turned ' : ''}${height}×${width} ${layout.down.length}×${layout.across.length} ${taps.planes} ${target.name}`,
        steps: spectrumSteps({ layout: blocks, room, target }, taps, [1, height, width], 0, 1 / pointsOf(size), wave, {
          ...{ filter: 1, table: at(first.tables + 1), planes: room.lines, spectrum: from(spectrum) },
        }),
      },
    ],
  })
}
