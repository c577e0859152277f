// The gradient in a filter by FFT: the correlation of the input with the gradient of the result, at as many places as the filter
// has taps. With pairs of tiles X = x₁ + i·x₂ and G = g₁ + i·g₂ the real part of the inverse of X·Ḡ is the sum of the
// correlations of both; it is summed over tiles and examples in frequency, and transformed back once.

import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { otherSlots } from '../machine.ts'
import type { KernelPlan, KernelStep, Place } from '../plan.ts'
import type { CallArguments } from '../step.ts'
import { type Blocks, planBlocks, pointsOf } from './blocks.ts'
import { type Blocking, chainsPay, chooseBlocking } from './choose-blocks.ts'
import { columnsOut } from './columns.ts'
import { slotsOfCopies, slotsOfProduct, transformShare } from './cost.ts'
import { type Corner, cutOut, type Plane } from './cuts.ts'
import type { Rounding } from './error-bound.ts'
import { mostCalls, type Picture, splitStep, vectorRoom, waveBytes } from './plan-blocks.ts'
import { type FftProblem, problemOf } from './problem.ts'
import { linesSummed } from './rows.ts'
import { cornersOf, inStep, linesStep, listed, pairArguments, type Room, type Tile, tablesOf } from './steps.ts'
import { type TapPlanes, tapPlanes, untapsStep } from './taps.ts'

export interface GradientChoice {
  readonly problem: FftProblem
  readonly blocking: Blocking
  readonly slots: number
}

/** The tiles that cost least, with slots for all; null where the algorithm does not apply. */
export function chooseGradientFft(spec: ConvSpec, target: Target): GradientChoice | null {
  const problem = problemOf(spec)
  const { input, output } = convShapes(spec)
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
  if (problem === null || size(input) === 0 || size(output) === 0) return null
  const blocking = chooseBlocking(problem, target)
  if (blocking === undefined) return null
  const { groups, inputs, outputs, images } = problem
  const units = blocking.pairs * images
  const forward = (blocking.slots / 2) * groups * (inputs + outputs)
  const back = (blocking.slots / (2 * units)) * groups * inputs * outputs
  const copies = [input, output]
    .filter((shape) => shape[shape.length - 1] > 1)
    .reduce((sum, shape) => sum + size(shape), 0)
  const points = pointsOf(blocking.size)
  const sums = groups * inputs * outputs
  const products = ((sums * units * points) / target.lanes) * slotsOfProduct(sums * points * 8, target)
  const share = otherSlots(target) * (inputs * outputs > 1 ? transformShare : 1)
  return { problem, blocking, slots: share * (forward + back) + products + slotsOfCopies(copies, target) }
}

export const gradientRounding = ({ problem, blocking }: GradientChoice): Rounding => ({
  size: blocking.size,
  summands: blocking.pairs * problem.images,
})

/** Bytes of lines of groups that are summed together; measured. */
const lineBytes = 2 ** 21

interface Parts {
  readonly problem: FftProblem
  readonly blocking: Blocking
  readonly layout: Blocks
  readonly taps: TapPlanes
  readonly room: Room
  readonly target: Target
  /** Tiles that fit into the blocks of scratch memory. */
  readonly tiles: number
  /** A block of the thread's own, for chains. */
  readonly ownBlock: (floats: number) => Place
}

/** Tiles by way of blocks to lines at `to`. */
function* toLines(
  { layout, blocking, room, target, tiles, ownBlock }: Parts,
  all: readonly Tile[],
  to: (floats: number) => Place,
  scale: number,
): Generator<KernelStep> {
  const chained = chainsPay(all.length, 1, blocking.size, target)
  const [own, chain] = chained ? [{ ...room, blocks: ownBlock }, 1] : [room, undefined]
  const atOnce = chained ? Math.max(1, Math.floor(mostCalls / (layout.columnBlocks + layout.rowBlocks))) : tiles
  for (let first = 0; first < all.length; first += atOnce) {
    const some = all.slice(first, first + atOnce)
    const at = (tile: number) => (floats: number) => to((first + tile) * layout.linesFloats + floats)
    yield inStep(layout, own, some, target, chain)
    yield { ...linesStep(layout, own, some.length, at, scale, target, chain), ...(chained && { chains: some.length }) }
  }
}

/** The planes of taps `first` … `first + count − 1`, summed over all units and transformed back. */
function backSteps(
  { problem, blocking, layout, taps, room, target, ownBlock }: Parts,
  units: number,
  first: number,
  count: number,
  lines: { readonly x: (floats: number) => Place; readonly g: (floats: number) => Place },
  to: (floats: number) => Place,
): KernelStep[] {
  const { inputs, outputs, axes } = problem
  const { rowBlocks, lineFloats, linesFloats, tileFloats, blockFloats, columnBlocks, split, height } = layout
  const { lanes } = target
  const [program, back] = [linesSummed(layout, target), columnsOut(layout, null, target)]
  const valuesOf = pairArguments(back)
  const width = blocking.shift + axes[2].extent
  const outBlocks = split ? columnBlocks : Math.ceil(width / lanes)
  const plane: Plane = { depth: axes[0].extent, height: axes[1].extent, width, pitch: taps.pitch, at: to }
  const valid = [axes[0].extent, axes[1].extent, width] as const
  const none: Plane = { ...plane, depth: 0, height: 0, width: 0 }
  const chained = chainsPay(count, 1, blocking.size, target)
  const own = chained ? { ...room, blocks: ownBlock } : room
  const tileOf = (plane: number): number => (chained ? 0 : plane)
  return [
    {
      program,
      tasks: count * rowBlocks,
      argumentsOf: (task) => {
        const [at, block] = chained
          ? [Math.floor(task / rowBlocks), task % rowBlocks]
          : [task % count, Math.floor(task / count)]
        const [output, input] = [Math.floor((first + at) / inputs), (first + at) % inputs]
        const channel = Math.floor(output / outputs) * inputs + input
        const values: CallArguments = {
          ...listed(layout, own, tileOf(at), block, lanes),
          lines: lines.x(channel * units * linesFloats + block * lineFloats),
          others: lines.g(output * units * linesFloats + block * lineFloats),
          ...{ linesApart: linesFloats * 4, othersApart: linesFloats * 4, count: units },
        }
        return program.arguments.map(({ name }) => values[name])
      },
    },
    {
      program: back,
      tasks: count * outBlocks,
      ...(chained && { chains: count }),
      argumentsOf: (task) => {
        const [index, block] = [Math.floor(task / outBlocks), task % outBlocks]
        const corner: Corner = [0, 0, 0]
        const at = (floats: number): Place => to(index * taps.planeFloats + floats)
        const cut = (from: Plane) =>
          cutOut(layout, { valid }, lanes, { plane: { ...from, at }, residual: undefined, corner }, block)
        const result = cut(plane)
        const common: CallArguments = {
          yRowBytes: result.yRowBytes,
          block: own.blocks(tileOf(index) * tileFloats + block * blockFloats),
          twiddles: room.twiddles,
          ...(split ? { within: room.within(0), between: room.between(2 * block * height) } : {}),
        }
        return valuesOf(result, cut(none), common)
      },
    },
  ]
}

/** Buffers: x, the gradient of the result, then that of the filter. */
export function planGradientFft(spec: ConvSpec, { problem, blocking }: GradientChoice, target: Target): KernelPlan {
  const { images, groups, inputs, outputs, axes } = problem
  const [depth, height, width] = axes
  const layout = planBlocks(blocking.size, target)
  const taps = tapPlanes({ spec, turned: false, single: false }, blocking.shift)
  const units = blocking.pairs * images
  const fits = Math.max(1, Math.floor(waveBytes / (layout.tileFloats * 4)))
  // Groups at a time, so that their lines stay in the caches; never less than one.
  const groupLines = units * (inputs + outputs)
  const wave = Math.max(1, Math.min(groups, Math.floor(lineBytes / (groupLines * layout.linesFloats * 4))))
  const tiles = Math.min(fits, Math.max(wave * units * Math.max(inputs, outputs), wave * inputs * outputs))
  const from: Picture = { images, channels: groups * inputs, rows: depth.input * height.input, width: width.input }
  const into: Picture = { images, channels: groups * outputs, rows: depth.output * height.output, width: width.output }
  const planeFloats = ({ channels, rows, width: columns }: Picture): number =>
    channels === 1 ? 0 : images * channels * rows * columns + vectorRoom
  const scratch = [
    planeFloats(from),
    planeFloats(into),
    tiles * layout.tileFloats,
    wave * units * inputs * layout.linesFloats,
    wave * units * outputs * layout.linesFloats,
    tiles * taps.planeFloats,
  ].map((floats) => Math.max(16, floats) * 4)
  const tables = [...tablesOf(layout, target), taps.table]
  const buffer = (index: number) => (floats: number) => ({ buffer: index, offset: floats * 4 })
  const firstTable = 3 + scratch.length
  const [xPlanes, gPlanes, blocks, xLines, gLines, tapRoom] = scratch.map((_, i) => buffer(3 + i))
  const room: Room = {
    ...{ blocks, lines: xLines, buffer: buffer(firstTable + tables.length)(0), twiddles: buffer(firstTable)(0) },
    ...{ within: buffer(firstTable + 1), between: buffer(firstTable + 2) },
  }
  const ownBlock = buffer(firstTable + tables.length + 1)
  const parts: Parts = { problem, blocking, layout, taps, room, target, tiles, ownBlock }
  const corners = Array.from({ length: blocking.pairs }, (_, index) => cornersOf(blocking, index))
  const count = blocking.tiles[0] * blocking.tiles[1] * blocking.tiles[2]
  const reached = (corner: Corner): Corner => [
    corner[0] - depth.before,
    corner[1] - height.before,
    corner[2] - width.before - blocking.shift,
  ]
  const xTile = (channel: number, unit: number): Tile => {
    const image = Math.floor(unit / blocking.pairs)
    const at = from.channels > 1 ? xPlanes : buffer(0)
    const plane: Plane = {
      ...{ depth: depth.input, height: height.input, width: width.input, pitch: width.input },
      at: (floats) => at((image * from.channels + channel) * from.rows * from.width + floats),
    }
    return { planes: [plane, plane], corners: corners[unit % blocking.pairs].map(reached) }
  }
  const gTile = (channel: number, unit: number): Tile => {
    const image = Math.floor(unit / blocking.pairs)
    const pair = unit % blocking.pairs
    const at = into.channels > 1 ? gPlanes : buffer(1)
    const planes = corners[pair].map((corner, part): Plane => {
      const missing = part === 1 && 2 * pair + 1 >= count
      const until = (axis: number, size: number): number => Math.min(size, corner[axis] + blocking.valid[axis])
      return {
        depth: until(0, depth.output),
        height: until(1, height.output),
        // An odd tile out has nothing beside it.
        width: missing ? 0 : until(2, width.output),
        ...{ rows: height.output, pitch: width.output },
        at: (floats) => at((image * into.channels + channel) * into.rows * into.width + floats),
      }
    })
    return { planes: [planes[0], planes[1]], corners: corners[pair] }
  }
  const steps: KernelStep[] = []
  if (from.channels > 1) steps.push(splitStep(from, 0, xPlanes, target))
  if (into.channels > 1) steps.push(splitStep(into, 1, gPlanes, target))
  const tilesOf = (first: number, channels: number, tile: (channel: number, unit: number) => Tile): Tile[] =>
    Array.from({ length: channels * units }, (_, i) => tile(first + Math.floor(i / units), i % units))
  for (let group = 0; group < groups; group += wave) {
    const some = Math.min(wave, groups - group)
    const [x, g] = [tilesOf(group * inputs, some * inputs, xTile), tilesOf(group * outputs, some * outputs, gTile)]
    for (const step of toLines(parts, x, xLines, 1 / pointsOf(blocking.size))) steps.push(step)
    for (const step of toLines(parts, g, gLines, 1)) steps.push(step)
    const planes = some * inputs * outputs
    for (let first = 0; first < planes; first += tiles) {
      const own = Math.min(tiles, planes - first)
      for (const step of backSteps(parts, units, first, own, { x: xLines, g: gLines }, tapRoom)) steps.push(step)
      const places = { filter: 2, table: buffer(firstTable + 3)(0), from: tapRoom }
      steps.push(untapsStep(taps, group * inputs * outputs + first, own, places, target))
    }
  }
  const { size } = blocking
  const name = `fft gradient ${size.split ? `${size.height}·${size.width}` : [...(size.depth > 1 ? [size.depth] : []), size.height, size.width].join('x')} ${target.name}`
  return Object.freeze({ name, steps, scratch, tables, workerScratch: [layout.lineFloats * 4, layout.tileFloats * 4] })
}
