// A convolution by FFT as a plan of the engine: channels to padded planes, pairs of tiles, planes to channels.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import type { ArgumentValue, KernelPlan, KernelStep, Place } from '../plan.ts'
import { type FftLayout, fftLayout, plane } from './layout.ts'
import { joinProgram, planesProgram } from './planes.ts'
import { spectrumFloats } from './spectrum.ts'
import { tileProgram } from './tile-program.ts'

interface FftSpec {
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

function tilesStep(
  spec: ConvSpec,
  layout: FftLayout,
  target: Target,
  places: Readonly<Record<'planes' | 'results', (floats: number) => Place>>,
  scratch: Values,
): KernelStep {
  const { tilesHigh, tilesWide, validRows, validColumns, planeRow, planeFloats, resultRow, resultFloats, groupInputs } =
    layout
  const perImage = tilesHigh * tilesWide
  const pairs = Math.ceil((spec.batch * perImage) / 2)
  const spectrum = spectrumFloats(layout, target) * groupInputs * 4
  const perGroup = spec.outputChannels / spec.groups
  const tileAt = (index: number): Tile => ({
    image: Math.floor(index / perImage),
    row: Math.floor((index % perImage) / tilesWide) * validRows,
    column: (index % tilesWide) * validColumns,
  })
  return step(tileProgram(layout, target), spec.outputChannels * pairs, (task) => {
    const [channel, pair] = [Math.floor(task / pairs), task % pairs]
    // An odd tile out is its own partner.
    const [first, second] = [2 * pair, Math.min(2 * pair + 1, spec.batch * perImage - 1)].map(tileAt)
    const group = Math.floor(channel / perGroup)
    const from = ({ image, row, column }: Tile): Place =>
      places.planes((image * spec.inputChannels + group * groupInputs) * planeFloats + row * planeRow + column)
    const to = ({ image, row, column }: Tile): Place =>
      places.results((image * spec.outputChannels + channel) * resultFloats + row * resultRow + column)
    return {
      ...{ first: from(first), second: from(second), firstResult: to(first), secondResult: to(second) },
      spectrum: { buffer: 1, offset: channel * spectrum },
      ...scratch,
    }
  })
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
      rows: Math.min(perTask, height - start),
      resultRowBytes: layout.resultRow * 4,
    }
  })
}

/**
 * The plan of `conv` by FFT. Buffers: x, the filter as `packSpectrum` lays it out, bias and residual where the epilogue
 * has them; then y. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planFft(spec: FftSpec, target: Target): KernelPlan {
  const { conv, epilogue } = spec
  const layout = fftLayout(conv, target)
  const bias = 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const [planesBuffer, resultsBuffer, twiddles, tile, buffer] = [1, 2, 3, 4, 5].map((i) => y + i)
  const at = (buffer: number) => (floats: number) => ({ buffer, offset: floats * 4 })
  const places = { planes: at(planesBuffer), results: at(resultsBuffer) }
  const scratch = { twiddles: at(twiddles)(0), tile: at(tile)(0), buffer: at(buffer)(0) }
  const tiles = tilesStep(conv, layout, target, places, scratch)
  const rowBytes = layout.across.length * 2 * target.lanes * 4
  return Object.freeze({
    name: tiles.program.name,
    steps: [
      planesStep(conv, layout, target, places.planes),
      tiles,
      joinStep(spec, layout, target, { bias, residual, y }, places.results),
    ],
    scratch: [
      conv.batch * conv.inputChannels * layout.planeFloats * 4,
      conv.batch * conv.outputChannels * layout.resultFloats * 4,
    ],
    tables: [Float32Array.from(layout.twiddles)],
    workerScratch: [layout.groupInputs * layout.tileFloats * 4, 2 * rowBytes],
  })
}
