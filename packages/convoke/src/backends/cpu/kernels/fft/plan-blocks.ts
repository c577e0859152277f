// The plan of a convolution whose tiles are worked on by several tasks: channels to planes where there are several, the
// spectrum kept with the filter, tiles in waves, planes to channels.

import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { KernelPlan, KernelStep, Place } from '../plan.ts'
import { type CallArguments, stepOf } from '../step.ts'
import { type Blocks, planBlocks, pointsOf } from './blocks.ts'
import { type Blocking, isChained } from './choose-blocks.ts'
import type { Plane } from './cuts.ts'
import { type Frame, frameStep } from './frame.ts'
import { joinProgram, planesProgram } from './planes.ts'
import { type FftProblem, unitTiles } from './problem.ts'
import { type Convolution, convolutionSteps, type Room, spectrumSteps, tablesOf } from './steps.ts'
import { type FilterUse, tapPlanes } from './taps.ts'

/** Bytes of tiles worked on together, if one does not take more. */
export const waveBytes = 2 ** 22

/** Floats behind planes: they are read in whole vectors. */
export const vectorRoom = 16

/** Floats that a task copies. */
const taskFloats = 16384

export interface Picture {
  readonly images: number
  readonly channels: number
  readonly rows: number
  readonly width: number
}

/** Runs of rows of all images. */
function runsOf({ images, channels, rows, width }: Picture): { image: number; first: number; count: number }[] {
  const perTask = Math.max(1, Math.ceil(taskFloats / (width * channels)))
  return Array.from({ length: images }, (_, image) => image).flatMap((image) =>
    Array.from({ length: Math.ceil(rows / perTask) }, (_, i) => ({
      ...{ image, first: i * perTask, count: Math.min(perTask, rows - i * perTask) },
    })),
  )
}

export function splitStep(picture: Picture, x: number, planes: (floats: number) => Place, target: Target): KernelStep {
  const { channels, rows, width } = picture
  const planeFloats = rows * width
  const program = planesProgram({ channels, pixels: width, planeFloats }, target)
  return stepOf(
    program,
    runsOf(picture).map(({ image, first, count }) => ({
      x: { buffer: x, offset: (image * rows + first) * width * channels * 4 },
      planes: planes(image * channels * planeFloats + first * width),
      rows: count,
    })),
  )
}

function joinStep(
  picture: Picture,
  epilogue: Epilogue | null,
  buffers: { readonly bias: number; readonly residual: number; readonly y: number },
  results: (floats: number) => Place,
  target: Target,
): KernelStep {
  const { channels, rows, width } = picture
  const planeFloats = rows * width
  const program = joinProgram({ channels, pixels: width, planeFloats, epilogue }, target)
  return stepOf(
    program,
    runsOf(picture).map(({ image, first, count }): CallArguments => {
      const offset = (image * rows + first) * width * channels * 4
      return {
        results: results(image * channels * planeFloats + first * width),
        ...{ y: { buffer: buffers.y, offset }, residual: { buffer: buffers.residual, offset } },
        bias: { buffer: buffers.bias, offset: 0 },
        ...epilogueArguments(epilogue),
        rows: count,
      }
    }),
  )
}

export interface BlocksQuestion {
  readonly problem: FftProblem
  readonly blocking: Blocking
  readonly filter: FilterUse
  readonly epilogue: Epilogue | null
  /** What is written around the input first, of one channel; the problem is that of what is framed. */
  readonly frame?: { readonly frame: Frame; readonly imageFloats: number }
}

/** Calls of chains in one run, so that they are kept as they were written for it. */
export const mostCalls = 2048

/** Calls of a unit, no fewer than there are. */
const callsOf = (
  { columnBlocks, rowBlocks }: Blocks,
  { blocks, lines }: { readonly blocks: number; readonly lines: number },
) => 2 * blocks * columnBlocks + (blocks + lines) * rowBlocks

/** Tiles in scratch memory at a time, in units of the problem; about as many each time. */
const waveOf = (problem: FftProblem, blocking: Blocking, tileBytes: number): number => {
  const { blocks, lines } = unitTiles(problem)
  const units = blocking.pairs * problem.images * problem.groups
  const fits = Math.max(1, Math.floor(waveBytes / ((blocks + lines) * tileBytes)))
  return Math.ceil(units / Math.ceil(units / fits))
}

/**
 * Buffers: x, filter, bias and residual where the epilogue has them; or x and the two factors of a kernel; then y.
 */
export function planFftBlocks(
  { problem, blocking, filter, epilogue, frame }: BlocksQuestion,
  target: Target,
): KernelPlan {
  const { images, groups, inputs, outputs, axes } = problem
  const [depth, height, width] = axes
  const layout = planBlocks(blocking.size, target)
  const taps = tapPlanes(filter, blocking.shift)
  const wave = waveOf(problem, blocking, layout.tileFloats * 4)
  const own = unitTiles(problem)
  const chained = isChained(problem, blocking, target)
  const from: Picture = { images, channels: groups * inputs, rows: depth.input * height.input, width: width.input }
  const into: Picture = { images, channels: groups * outputs, rows: depth.output * height.output, width: width.output }
  const floatsOf = ({ images: count, channels, rows, width: columns }: Picture): number =>
    channels === 1 ? 0 : count * channels * rows * columns + vectorRoom
  const blockTiles = wave * own.blocks
  const tapWave = Math.min(taps.planes, blockTiles)
  const { factors = false } = filter
  const spectrumFloats = taps.planes * layout.linesFloats
  const scratch = [
    frame === undefined ? floatsOf(from) : images * from.rows * from.width,
    floatsOf(into),
    (chained ? tapWave : blockTiles) * layout.tileFloats,
    Math.max(chained ? 0 : wave * own.lines * layout.linesFloats, tapWave * taps.planeFloats),
    ...(factors ? [spectrumFloats] : []),
  ].map((floats) => Math.max(16, floats) * 4)
  const tables = [...tablesOf(layout, target), taps.table, ...(frame ? [frame.frame.table] : [])]
  const bias = factors ? 3 : 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const buffer = (index: number) => (floats: number) => ({ buffer: index, offset: floats * 4 })
  const first = { scratch: y + 1, tables: y + 1 + scratch.length, worker: y + 1 + scratch.length + tables.length }
  const [planes, results, blocks, lines] = scratch.map((_, i) => buffer(first.scratch + i))
  const room: Room = {
    ...{ blocks, lines, buffer: buffer(first.worker)(0), twiddles: buffer(first.tables)(0) },
    ...{ within: buffer(first.tables + 1), between: buffer(first.tables + 2) },
  }
  const workerScratch = [
    layout.lineFloats,
    ...(chained ? [own.blocks * layout.tileFloats, Math.max(16, own.lines * layout.linesFloats)] : []),
  ].map((floats) => floats * 4)
  const ofThread = chained ? { blocks: buffer(first.worker + 1), lines: buffer(first.worker + 2) } : {}
  // Derived from two inputs, it would have to be looked after: it is made each time.
  const spectrum = buffer(factors ? first.scratch + 4 : first.worker + workerScratch.length)
  const planeOf =
    ({ channels, rows }: Picture, sizes: readonly [number, number, number], at: (floats: number) => Place) =>
    (image: number, channel: number): Plane => ({
      ...{ depth: sizes[0], height: sizes[1], width: sizes[2], pitch: sizes[2] },
      at: (floats) => at((image * channels + channel) * rows * sizes[2] + floats),
    })
  const sizesIn = [depth.input, height.input, width.input] as const
  const sizesOut = [depth.output, height.output, width.output] as const
  const joins = into.channels > 1
  const convolution: Convolution = {
    ...{ problem, blocking, layout, target, spectrum, epilogue: joins ? null : epilogue, chained },
    room: { ...room, ...ofThread },
    input: planeOf(from, sizesIn, from.channels > 1 || frame ? planes : buffer(0)),
    output: planeOf(into, sizesOut, joins ? results : buffer(y)),
    residual:
      !joins && epilogue?.residual
        ? (image) => (floats) => buffer(residual)(image * into.rows * into.width + floats)
        : undefined,
    bias: !joins && epilogue?.bias ? () => buffer(bias)(0) : undefined,
  }
  const steps: KernelStep[] = from.channels > 1 ? [splitStep(from, 0, planes, target)] : []
  if (frame !== undefined) {
    const places = { x: 0, table: buffer(first.tables + 4)(0), to: planes }
    steps.push(frameStep(frame.frame, images, frame.imageFloats, places, target))
  }
  const atOnce = chained ? Math.max(1, Math.floor(mostCalls / callsOf(layout, own))) : wave
  for (const step of convolutionSteps(convolution, atOnce)) steps.push(step)
  if (joins) steps.push(joinStep(into, epilogue, { bias, residual, y }, results, target))
  const { size } = blocking
  const name = `fft ${size.split ? `${size.height}·${size.width}` : [...(size.depth > 1 ? [size.depth] : []), size.height, size.width].join('x')} in blocks ${target.name}`
  const extents = [depth.extent, height.extent, width.extent] as const
  const spectra = spectrumSteps({ layout, room, target }, taps, extents, blocking.shift, 1 / pointsOf(size), tapWave, {
    ...{ filter: factors ? 2 : 1, column: 1, table: buffer(first.tables + 3)(0), planes: lines, spectrum },
  })
  const common = { name, scratch, tables, workerScratch }
  if (factors) return Object.freeze({ ...common, steps: [...spectra, ...steps] })
  const key = `${name} spectrum ${blocking.shift} ${filter.turned} ${filter.single} ${filter.spec.kernel} ${filter.spec.dilation} ${taps.planes}`
  return Object.freeze({
    ...{ ...common, steps },
    derived: [{ input: 1, bytes: spectrumFloats * 4, key, steps: spectra }],
  })
}
