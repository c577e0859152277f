// A convolution by FFT as a plan of the engine: channels to padded planes, pairs of tiles, planes to channels.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, KernelPlan, KernelStep, Place } from '../plan.ts'
import { planBlocks, pointsOf } from './blocks.ts'
import { pair } from './columns.ts'
import { type FftLayout, fftLayout, plane } from './layout.ts'
import { joinProgram, planesProgram } from './planes.ts'
import { type Room, spectrumSteps } from './steps.ts'
import { type FilterUse, tapPlanes } from './taps.ts'
import { pictureEnds, planeEnds } from './tile-ends.ts'
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

/** Rows of a plane or an output that a task copies. */
const rowsPerTask = (rowFloats: number): number => Math.max(1, Math.ceil(16384 / rowFloats))

/** [0, total) cut to what overlaps [start, start + length), relative to start. */
const overlap = (start: number, length: number, total: number): readonly [number, number] => {
  const first = Math.min(Math.max(0, -start), length)
  return [first, Math.max(first, Math.min(length, total - start))]
}

function planesStep(spec: ConvSpec, layout: FftLayout, target: Target, planes: (floats: number) => Place): KernelStep {
  const { planeFloats, planeRow } = layout
  const channels = spec.inputChannels
  const [height, width] = plane(spec.inputSize, 1)
  const [[top], [left]] = plane(spec.padding, [0, 0] as const)
  // A signal's plane is one row; the rows of its tiles overlap in it.
  const [rowFloats, rowCount] = spec.rank === 1 ? [planeFloats, 1] : [planeRow, Math.floor(planeFloats / planeRow)]
  const [first, end] = overlap(-left, rowFloats, width)
  const cut = { channels, before: first, pixels: end - first, after: rowFloats - end, planeFloats }
  const perTask = rowsPerTask(rowFloats * channels)
  const perImage = Math.ceil(rowCount / perTask)
  return step(planesProgram(cut, target), spec.batch * perImage, (task) => {
    const [image, start] = [Math.floor(task / perImage), (task % perImage) * perTask]
    const rows = Math.min(perTask, rowCount - start)
    const [firstRow, endRow] = overlap(start - top, rows, height)
    const pixel = (image * height + Math.max(0, start - top + firstRow)) * width + Math.max(0, first - left)
    return {
      x: { buffer: 0, offset: (endRow > firstRow ? pixel : 0) * channels * 4 },
      planes: planes(image * channels * planeFloats + start * rowFloats),
      ...{ zeroRowsBefore: firstRow, rows: endRow - firstRow, zeroRowsAfter: rows - endRow },
      xRowBytes: width * channels * 4,
    }
  })
}

interface Tile {
  readonly image: number
  readonly row: number
  readonly column: number
}

/**
 * One task for each pair of tiles of each output channel, output channels outermost: a spectrum serves all its tiles in turn.
 * The tiles of a pair are of one picture: what rounds, and an infinity or a NaN, never reaches another example.
 */
function tilesStep(
  spec: ConvSpec,
  layout: FftLayout,
  program: Program,
  valuesOf: (tile: Tile, channel: number, name: (typeof pair)[number]) => Values,
  common: Values,
  spectrumBuffer: number,
): KernelStep {
  const { tilesHigh, tilesWide, validRows, validColumns, groupInputs } = layout
  const perImage = tilesHigh * tilesWide
  const pairs = Math.ceil(perImage / 2)
  const spectrum = layout.spectrumFloats * groupInputs * 4
  return step(program, spec.outputChannels * spec.batch * pairs, (task) => {
    const channel = Math.floor(task / (spec.batch * pairs))
    const [image, index] = [Math.floor(task / pairs) % spec.batch, task % pairs]
    // An odd tile out is its own partner.
    const tiles = [2 * index, Math.min(2 * index + 1, perImage - 1)].map(
      (tile): Tile => ({
        image,
        row: Math.floor(tile / tilesWide) * validRows,
        column: (tile % tilesWide) * validColumns,
      }),
    )
    const own = pair.map((name, i) => valuesOf(tiles[i], channel, name))
    // biome-ignore lint/plugin/spread-of-a-list: a pair
    return Object.assign({ spectrum: { buffer: spectrumBuffer, offset: channel * spectrum } }, common, ...own)
  })
}

const planeTiles =
  (
    spec: ConvSpec,
    { planeRow, planeFloats, resultRow, resultFloats, groupInputs }: FftLayout,
    places: Readonly<Record<'planes' | 'results', (floats: number) => Place>>,
  ) =>
  ({ image, row, column }: Tile, channel: number, name: string): Values => {
    const group = Math.floor(channel / (spec.outputChannels / spec.groups))
    const plane = (image * spec.inputChannels + group * groupInputs) * planeFloats
    const result = (image * spec.outputChannels + channel) * resultFloats
    return {
      [name]: places.planes(plane + row * planeRow + column),
      [`${name}Result`]: places.results(result + row * resultRow + column),
    }
  }

/** Tiles of pictures of one channel, in place. */
const pictureTiles =
  (
    spec: ConvSpec,
    { across, tileRows, validRows, validColumns }: FftLayout,
    buffers: Readonly<Record<'residual' | 'y', number>>,
  ) =>
  ({ image, row, column }: Tile, _: number, name: string): Values => {
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

function joinStep(
  { conv: spec, epilogue }: FftSpec,
  layout: FftLayout,
  target: Target,
  buffers: Readonly<Record<'bias' | 'residual' | 'y', number>>,
  results: (floats: number) => Place,
): KernelStep {
  const [height, width] = plane(spec.outputSize, 1)
  const channels = spec.outputChannels
  const program = joinProgram({ channels, pixels: width, planeFloats: layout.resultFloats, epilogue }, target)
  const perTask = rowsPerTask(width * channels)
  const perImage = Math.ceil(height / perTask)
  return step(program, spec.batch * perImage, (task) => {
    const [image, start] = [Math.floor(task / perImage), (task % perImage) * perTask]
    const offset = (image * height + start) * width * channels * 4
    return {
      results: results(image * channels * layout.resultFloats + start * layout.resultRow),
      ...{ y: { buffer: buffers.y, offset }, residual: { buffer: buffers.residual, offset } },
      bias: { buffer: buffers.bias, offset: 0 },
      ...epilogueArguments(epilogue),
      rows: Math.min(perTask, height - start),
      resultRowBytes: layout.resultRow * 4,
    }
  })
}

/**
 * The plan of `conv` by FFT in tiles of one task each. Buffers: x, the filter, bias and residual where the epilogue has them;
 * then y. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planFftTiles(spec: FftSpec, filter: FilterUse, target: Target): KernelPlan {
  const { conv, epilogue } = spec
  const layout = fftLayout(conv, target)
  const picture = conv.rank === 2 && conv.inputChannels === 1 && conv.outputChannels === 1
  const bias = 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const size = { depth: 1, height: layout.down.length, width: layout.across.length, split: false }
  const blocks = planBlocks(size, target)
  const taps = tapPlanes(filter, 0)
  const wave = Math.max(1, Math.min(taps.planes, Math.floor(waveFloats / blocks.tileFloats)))
  const floats = [
    picture ? 0 : conv.batch * conv.inputChannels * layout.planeFloats,
    picture ? 0 : conv.batch * conv.outputChannels * layout.resultFloats,
    ...[wave * blocks.tileFloats, wave * taps.planeFloats],
  ]
  const scratch = floats.map((count) => Math.max(16, count) * 4)
  const tables = [Float32Array.from(layout.twiddles), taps.table]
  const patch = layout.tileRows * layout.across.length * 4
  const workerScratch = [
    ...[layout.groupInputs * layout.tileFloats * 4, 4 * layout.across.length * target.lanes * 4],
    ...(picture ? [patch, patch] : []),
  ]
  const first = { tables: y + 1 + scratch.length, worker: y + 1 + scratch.length + tables.length }
  const spectrum = first.worker + workerScratch.length
  const at = (buffer: number, count = 0): Place => ({ buffer, offset: count * 4 })
  const from = (buffer: number) => (count: number) => at(buffer, count)
  const common: Values = { twiddles: at(first.tables), tile: at(first.worker), buffer: at(first.worker + 1) }
  const places = { planes: from(y + 1), results: from(y + 2) }
  const program = tileProgram(layout, picture ? pictureEnds(epilogue) : planeEnds, target)
  const room: Room = {
    ...{ blocks: from(y + 3), lines: from(y + 4), buffer: at(first.worker + 1), twiddles: at(first.tables) },
    ...{ within: from(first.tables), between: from(first.tables) },
  }
  const [height, width] = plane(conv.kernel, 1)
  const derived = {
    input: 1,
    bytes: taps.planes * layout.spectrumFloats * 4,
    key: `spectrum ${filter.turned ? 'turned ' : ''}${height}×${width} ${layout.down.length}×${layout.across.length} ${taps.planes} ${target.name}`,
    steps: spectrumSteps({ layout: blocks, room, target }, taps, [1, height, width], 0, 1 / pointsOf(size), wave, {
      ...{ filter: 1, table: at(first.tables + 1), planes: room.lines, spectrum: from(spectrum) },
    }),
  }
  const steps = picture
    ? [
        tilesStep(
          conv,
          layout,
          program,
          pictureTiles(conv, layout, { residual, y }),
          {
            ...common,
            ...{ firstPatch: at(first.worker + 2), secondPatch: at(first.worker + 3), bias: at(bias) },
            ...epilogueArguments(epilogue),
            ...{ xRowBytes: conv.inputSize[1] * 4, yRowBytes: conv.outputSize[1] * 4 },
          },
          spectrum,
        ),
      ]
    : [
        planesStep(conv, layout, target, places.planes),
        tilesStep(conv, layout, program, planeTiles(conv, layout, places), common, spectrum),
        joinStep(spec, layout, target, { bias, residual, y }, places.results),
      ]
  return Object.freeze({ name: program.name, steps, scratch, tables, workerScratch, derived: [derived] })
}
