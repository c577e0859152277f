// A convolution in tiles of several tasks: columns, rows, columns, each shared among the threads, in waves of as many tiles
// as the scratch memory holds.

import type { Epilogue } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, KernelStep, Place } from '../plan.ts'
import type { CallArguments } from '../step.ts'
import { type Blocks, splitFactors } from './blocks.ts'
import type { Blocking } from './choose-blocks.ts'
import { columnsIn, columnsOut, pair } from './columns.ts'
import { type Corner, type Cut, cutIn, cutOut, nothing, type Plane } from './cuts.ts'
import type { FftProblem } from './problem.ts'
import { linesSummed, rowsFiltered, rowsToLines } from './rows.ts'
import { type TapPlanes, tapsStep } from './taps.ts'

type At = (floats: number) => Place

/** What all steps of a plan share. */
export interface Room {
  readonly blocks: At
  readonly lines: At
  /** Of a thread: a line. */
  readonly buffer: Place
  readonly twiddles: Place
  readonly within: At
  readonly between: At
}

/** Tables of a layout: twiddle factors, and those of a split transform. */
export function tablesOf(layout: Blocks, target: Target): Float32Array<ArrayBuffer>[] {
  const { within, between } = layout.split
    ? splitFactors(layout, target)
    : { within: new Float32Array(1), between: new Float32Array(1) }
  return [Float32Array.from(layout.twiddles.length > 0 ? layout.twiddles : [0]), within, between]
}

const factorsAt = ({ split, height }: Blocks, room: Room, block: number): CallArguments =>
  split ? { within: room.within(0), between: room.between(2 * block * height) } : {}

/** Pairs of tiles, and the channels of a group that go with them. */
export interface Unit {
  readonly image: number
  readonly pair: number
  readonly group: number
}

/** The corners of a pair's tiles in results; those of the input lie `before` and `shift` further up. An odd tile out is its own partner. */
export function cornersOf({ tiles, valid }: Blocking, index: number): readonly Corner[] {
  const count = tiles[0] * tiles[1] * tiles[2]
  return [2 * index, Math.min(2 * index + 1, count - 1)].map((tile) => [
    Math.floor(tile / (tiles[1] * tiles[2])) * valid[0],
    (Math.floor(tile / tiles[2]) % tiles[1]) * valid[1],
    (tile % tiles[2]) * valid[2],
  ])
}

export interface Convolution {
  readonly problem: FftProblem
  readonly blocking: Blocking
  readonly layout: Blocks
  readonly target: Target
  readonly room: Room
  /** A channel of an image. */
  readonly input: (image: number, channel: number) => Plane
  readonly output: (image: number, channel: number) => Plane
  readonly residual: ((image: number, channel: number) => At) | undefined
  readonly bias: ((channel: number) => Place) | undefined
  readonly epilogue: Epilogue | null
  readonly spectrum: At
  /** Whether a unit is a chain: its tiles and lines are in memory of the thread that takes it through all steps. */
  readonly chained: boolean
}

export interface Tile {
  readonly planes: readonly [Plane, Plane]
  readonly corners: readonly Corner[]
}

/** Argument lists of a program from those of the two tiles of a pair and the others. */
export function pairArguments(program: Program) {
  const names = program.arguments.map(({ name }): readonly [number, string] => {
    const part = pair.findIndex((prefix) => name.startsWith(prefix))
    const own = part < 0 ? name : name.slice(pair[part].length)
    return [part, part < 0 ? own : own === '' ? 'at' : own[0].toLowerCase() + own.slice(1)]
  })
  return (first: Cut, second: Cut, common: CallArguments): ArgumentValue[] =>
    names.map(([part, name]) => (part < 0 ? common : part === 0 ? first : second)[name])
}

/** Columns of tiles into blocks, the tiles one behind the other; of chains, each from the start again after so many. */
export function inStep(
  layout: Blocks,
  room: Room,
  tiles: readonly Tile[],
  target: Target,
  chain = tiles.length,
): KernelStep {
  const program = columnsIn(layout, target)
  const valuesOf = pairArguments(program)
  const { columnBlocks, tileFloats, blockFloats } = layout
  return {
    program,
    tasks: tiles.length * columnBlocks,
    argumentsOf: (task) => {
      const [tile, block] = [Math.floor(task / columnBlocks), task % columnBlocks]
      const { planes, corners } = tiles[tile]
      const cut = (part: number): Cut => cutIn(layout, target.lanes, planes[part], corners[part], block)
      const [first, second] = [cut(0), cut(1)]
      const { xRowBytes } = first
      const common: CallArguments = {
        xRowBytes,
        any: Math.max(first.any as number, second.any as number),
        block: room.blocks((tile % chain) * tileFloats + block * blockFloats),
        twiddles: room.twiddles,
        ...factorsAt(layout, room, block),
      }
      return valuesOf(first, second, common)
    },
  }
}

export const listed = (layout: Blocks, room: Room, tile: number, block: number, lanes: number): CallArguments => ({
  squares: room.blocks(tile * layout.tileFloats + block * lanes * 2 * lanes),
  buffer: room.buffer,
  twiddles: room.twiddles,
})

/** Rows of so many tiles to the lines of each; of chains, the tiles from the start again after so many. */
export function linesStep(
  layout: Blocks,
  room: Room,
  tiles: number,
  to: (tile: number) => At,
  scale: number,
  target: Target,
  chain = tiles,
): KernelStep {
  const program = rowsToLines(layout, target)
  const { rowBlocks, lineFloats } = layout
  return {
    program,
    tasks: tiles * rowBlocks,
    argumentsOf: (task) => {
      const [tile, block] = [Math.floor(task / rowBlocks), task % rowBlocks]
      const lines = to(tile)(block * lineFloats)
      const values: CallArguments = { ...listed(layout, room, tile % chain, block, target.lanes), lines, scale }
      return program.arguments.map(({ name }) => values[name])
    },
  }
}

/** The steps of some units at once. */
function waveSteps(convolution: Convolution, units: readonly Unit[]): KernelStep[] {
  const { problem, blocking, layout, target, room, input, output, residual, bias, epilogue, spectrum } = convolution
  const { chained } = convolution
  /** Where in `blocks` or `lines` the tiles of a unit begin, so many of each. */
  const begin = (unit: number, tiles: number): number => (chained ? 0 : unit * tiles)
  const inChain = chained ? { chains: units.length } : {}
  const { inputs, outputs, axes } = problem
  const { rowBlocks, lineFloats, linesFloats, blockFloats, tileFloats, columnBlocks } = layout
  const { lanes } = target
  const [depth, height, width] = axes
  const corners = units.map(({ pair: index }) => cornersOf(blocking, index))
  const reached = (corner: Corner): Corner => [
    corner[0] - depth.before,
    corner[1] - height.before,
    corner[2] - width.before - blocking.shift,
  ]
  const sources = units.flatMap(({ image, group }, u): Tile[] =>
    Array.from({ length: inputs }, (_, channel) => {
      const plane = input(image, group * inputs + channel)
      return { planes: [plane, plane], corners: corners[u].map(reached) }
    }),
  )
  const columns = inStep(layout, room, sources, target, chained ? inputs : undefined)
  const spectrumOf = (unit: Unit, out: number, from: number, block: number): Place =>
    spectrum(((unit.group * outputs + out) * inputs + from) * linesFloats + block * lineFloats)
  const alone = inputs === 1 && outputs === 1
  const middle = (): KernelStep[] => {
    if (alone) {
      const program = rowsFiltered(layout, target)
      return [
        {
          program,
          tasks: units.length * rowBlocks,
          ...inChain,
          argumentsOf: (task) => {
            // But for chains, units innermost: those of a channel share their part of the spectrum.
            const inner = chained ? rowBlocks : units.length
            const [first, second] = [Math.floor(task / inner), task % inner]
            const [block, unit] = chained ? [second, first] : [first, second]
            const values: CallArguments = {
              ...listed(layout, room, begin(unit, 1), block, lanes),
              spectrum: spectrumOf(units[unit], 0, 0, block),
            }
            return program.arguments.map(({ name }) => values[name])
          },
        },
      ]
    }
    const program = linesSummed(layout, target)
    const perUnit = rowBlocks * outputs
    const linesOf =
      (tile: number): At =>
      (floats) =>
        room.lines((chained ? tile % inputs : tile) * linesFloats + floats)
    return [
      {
        ...linesStep(layout, room, units.length * inputs, linesOf, 1, target, chained ? inputs : undefined),
        ...inChain,
      },
      {
        program,
        tasks: units.length * perUnit,
        ...inChain,
        argumentsOf: (task) => {
          const [unit, rest] = [Math.floor(task / perUnit), task % perUnit]
          const [block, out] = [Math.floor(rest / outputs), rest % outputs]
          const values: CallArguments = {
            ...listed(layout, room, begin(unit, outputs) + out, block, lanes),
            lines: room.lines(begin(unit, inputs) * linesFloats + block * lineFloats),
            others: spectrumOf(units[unit], out, 0, block),
            ...{ linesApart: linesFloats * 4, othersApart: linesFloats * 4, count: inputs },
          }
          return program.arguments.map(({ name }) => values[name])
        },
      },
    ]
  }
  const back = columnsOut(layout, epilogue, target)
  const valuesOf = pairArguments(back)
  const outBlocks = layout.split ? columnBlocks : Math.ceil(Math.min(blocking.valid[2], width.output) / lanes)
  const perUnit = outputs * outBlocks
  const out: KernelStep = {
    program: back,
    tasks: units.length * perUnit,
    ...inChain,
    argumentsOf: (task) => {
      const [unit, rest] = [Math.floor(task / perUnit), task % perUnit]
      const [own, block] = [Math.floor(rest / outBlocks), rest % outBlocks]
      const { image, group } = units[unit]
      const channel = group * outputs + own
      const cut = (part: number): Cut => {
        const plane = output(image, channel)
        const result = { plane, residual: residual?.(image, channel), corner: corners[unit][part] }
        return cutOut(layout, blocking, lanes, result, block)
      }
      const [first, second] = [cut(0), cut(1)]
      const common: CallArguments = {
        yRowBytes: first.yRowBytes,
        ...(bias && { bias: bias(channel) }),
        ...epilogueArguments(epilogue),
        block: room.blocks((begin(unit, outputs) + own) * tileFloats + block * blockFloats),
        twiddles: room.twiddles,
        ...factorsAt(layout, room, block),
      }
      return valuesOf(first, second, common)
    },
  }
  return [columns, ...middle(), out]
}

/** All steps, `wave` units at a time. */
export function convolutionSteps(convolution: Convolution, wave: number): KernelStep[] {
  const { problem, blocking } = convolution
  const units: Unit[] = []
  for (let group = 0; group < problem.groups; group++) {
    for (let image = 0; image < problem.images; image++) {
      for (let index = 0; index < blocking.pairs; index++) units.push({ image, pair: index, group })
    }
  }
  const steps: KernelStep[] = []
  for (let first = 0; first < units.length; first += wave) {
    for (const step of waveSteps(convolution, units.slice(first, first + wave))) steps.push(step)
  }
  return steps
}

/** The spectra of a filter's planes, `scale` times, as lines one behind the other; `wave` planes at a time by way of `planes`. */
export function spectrumSteps(
  { layout, room, target }: Pick<Convolution, 'layout' | 'room' | 'target'>,
  taps: TapPlanes,
  extents: readonly [number, number, number],
  shift: number,
  scale: number,
  wave: number,
  places: {
    readonly filter: number
    readonly column?: number
    readonly table: Place
    readonly planes: At
    readonly spectrum: At
  },
): KernelStep[] {
  const steps: KernelStep[] = []
  const rowsApart = layout.height === 1 && layout.depth === 1
  for (let first = 0; first < taps.planes; first += wave) {
    const count = Math.min(wave, taps.planes - first)
    const { planes } = places
    steps.push(tapsStep(taps, first, count, { ...places, to: planes }, target))
    const tiles = Array.from({ length: count }, (_, i): Tile => {
      const plane: Plane = {
        ...{ depth: extents[0], height: extents[1], width: shift + extents[2], pitch: rowsApart ? 0 : taps.pitch },
        at: (floats) => planes(i * taps.planeFloats + floats),
      }
      return {
        planes: [plane, nothing(plane)],
        corners: [
          [0, 0, 0],
          [0, 0, 0],
        ],
      }
    })
    const to =
      (tile: number): At =>
      (floats) =>
        places.spectrum((first + tile) * layout.linesFloats + floats)
    steps.push(inStep(layout, room, tiles, target), linesStep(layout, room, count, to, scale, target))
  }
  return steps
}
