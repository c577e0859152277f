// A kernel that is a column times a row, over pictures: two passes over a few rows at a time, and a strip of them where rows
// are long, so that what the first pass writes is still in the cache for the second.

import { type Boundary, elementAt } from '../../../../shapes/boundary.ts'
import type { Axis } from '../../../../shapes/conv-axes.ts'
import { check } from '../../../../shapes/error.ts'
import { largestOf } from '../../../../shapes/extremes.ts'
import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { evenParts, type Part, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { separate } from '../separable/index.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import { type AcrossShape, acrossShape, tapOrder } from './across.ts'
import { tapParts, tileRows, tileVectors } from './dense-program.ts'
import { type PictureAxes, pictureAxes, reachOf, regionsOf } from './regions.ts'
import { insideSources, rimSources, type Source } from './sources.ts'
import { type TwoPassShape, twoPassProgram } from './two-pass-program.ts'

/** Where the columns begin in a scratch row, in floats: whole lines, with room for what stands before them. */
const roomFor = (floats: number): number => Math.ceil(floats / 16) * 16

/** A part of an output row: the columns of input that its windows look at, and what lies outside on either side. */
interface Strip {
  readonly outputs: Part
  /** Floats of the input row. */
  readonly columns: Part
  /** Pixels of the padding before and after these. */
  readonly left: readonly number[]
  readonly right: readonly number[]
}

/** The strip of outputs `first` … `first + count − 1` floats; the padding's pixels as input columns, −1 for zeros. */
function stripOf({ width, channels }: PictureAxes, boundary: Boundary, outputs: Part): Strip {
  const first = outputs.first / channels - width.before
  const end = Math.ceil((outputs.first + outputs.count) / channels) - 1 - width.before + reachOf(width)
  const [low, high] = [Math.min(width.input, Math.max(0, first)), Math.min(width.input, Math.max(0, end))]
  const outside = (from: number, to: number): number[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => elementAt(boundary, from + i, width.input) ?? -1)
  return {
    outputs,
    columns: { first: low * channels, count: (high - low) * channels },
    left: outside(first, Math.min(end, low)),
    right: outside(Math.max(first, high), end),
  }
}

const isWithin = ({ columns, left, right }: Strip, channels: number): boolean =>
  [...left, ...right].every(
    (pixel) =>
      pixel < 0 || (pixel * channels >= columns.first && (pixel + 1) * channels <= columns.first + columns.count),
  )

/** Strips of whole pixels; the whole row where a boundary looks further than its strip. */
function stripsOf(axes: PictureAxes, boundary: Boundary, wanted: number, least: number): Strip[] {
  const { width, channels } = axes
  const all = stripOf(axes, boundary, { first: 0, count: width.output * channels })
  const pixels = Math.max(Math.ceil(wanted / channels), Math.ceil((2 * least) / channels), 2 * reachOf(width))
  const strips = partsOf(evenParts(width.output, pixels)).map(({ first, count }) =>
    stripOf(axes, boundary, { first: first * channels, count: count * channels }),
  )
  const enough = strips.every((strip) => isWithin(strip, channels) && strip.columns.count >= least)
  return enough ? strips : [all]
}

/** Floats of a strip: its rows of input and of scratch stay in the second cache. */
const stripFloats = ({ caches }: Target, rows: number): number =>
  Math.max(1024, Math.floor((0.6 * caches.second) / (rows * 4)))

/** Multiply-adds of vectors that make a task. */
const taskProducts = 500_000

/** Runs of `count` tiles of as many rows each, `first` row on. */
function tileRuns(rows: number, most: number, tilesOfTask: number) {
  const { size, large, small } = evenParts(rows, most)
  const runs = (first: number, rows: number, tiles: number) =>
    tiles === 0
      ? []
      : partsOf(evenParts(tiles, tilesOfTask)).map((part) => ({
          first: first + part.first * rows,
          rows,
          count: part.count,
        }))
  return [...runs(0, size, large), ...runs(large * size, size - 1, small)]
}

/** The factors: kernels of their own, or those of a kernel that is a column times a row. */
function factorsOf(height: Axis, width: Axis, across: AcrossShape, given: boolean): Derived[] {
  const [rows, columns] = [height.kernel, width.kernel]
  const find = (kernel: Float32Array) => {
    const found = separate(kernel, rows, columns, 'each tap')
    check(found !== null, () => 'Two passes: the kernel is not a column times a row. Use the direct sum.')
    return found
  }
  const order = tapOrder(across)
  const key = `${rows}×${columns}`
  return [
    {
      input: 1,
      bytes: 4 * (rows + 1),
      key: `column of ${key}`,
      compute: (kernel, target) => {
        const column = given ? kernel.subarray(0, rows) : find(kernel).column
        target.set(column)
        // Zeros, but NaN where a tap is infinite.
        target[rows] = column.reduce((sum, tap) => sum + tap * 0, 0)
      },
    },
    {
      input: given ? 2 : 1,
      bytes: 4 * columns,
      key: `row of ${key} ${across.period} ${across.stride}`,
      compute: (kernel, target) => {
        const row = given ? kernel : find(kernel).row
        order.forEach((tap, i) => {
          target[i] = row[tap]
        })
      },
    },
  ]
}

export function planTwoPass({ conv, boundary, factors }: KernelSpecs['correlate'], target: Target): KernelPlan {
  const axes = pictureAxes(conv)
  const { height, width, channels } = axes
  const { lanes } = target
  const parts = tapParts(height.kernel)
  const most = tileRows(target, parts)
  const outputFloats = width.output * channels
  const across = acrossShape(width.kernel, width.dilation * channels, outputFloats, target)
  const rowsInCache = 3 * most + (height.kernel - 1)
  const least = Math.max(across.vectors, most) * lanes
  const strips = stripsOf(axes, boundary, stripFloats(target, rowsInCache), least)

  // The pass down the columns looks at the input's columns alone.
  const plain: Axis = { ...width, output: width.input, kernel: 1, before: 0, dilation: 1 }
  const downAxes = { ...axes, width: plain }
  const { inside, rim } = regionsOf(downAxes, lanes)
  const inputs = factors ? 3 : 2
  const copies = rimSources(downAxes, rim, boundary, target, inputs + 1)

  const start = roomFor(largestOf(strips.map(({ left }) => left.length * channels)))
  const rowFloats =
    roomFor(start + largestOf(strips.map(({ columns, right }) => columns.count + right.length * channels)) + lanes) + 16
  const tables = stripTables(strips, channels, start)
  const tableAt = inputs + 1 + copies.scratch.length
  const scratch = tableAt + copies.tables.length + 1
  const [downTaps, rowTaps] = [scratch + 1, scratch + 2]

  const outputPitch = outputFloats * 4
  const stripProducts = (most * strips[0].outputs.count * (height.kernel + width.kernel)) / lanes
  const tilesOfTask = Math.max(1, Math.floor(taskProducts / stripProducts))
  const callsOf = (source: Source): (Pick<TwoPassShape, 'down'> & { readonly call: CallArguments })[] => {
    const [top, bottom] = source.rectangle.rows
    const list: (Pick<TwoPassShape, 'down'> & { readonly call: CallArguments })[] = []
    for (let phase = 0; phase < Math.min(height.dilation, bottom - top); phase++) {
      const tiles = tileRuns(Math.ceil((bottom - top - phase) / height.dilation), most, tilesOfTask)
      strips.forEach(({ outputs, columns, left, right }, s) => {
        for (const { first, rows, count } of tiles) {
          const row = phase + first * height.dilation
          const vectors = tileVectors(target, parts, rows, columns.count)
          const wide = vectors * lanes
          const blocks = across.vectors * lanes
          list.push({
            down: { rows, vectors, parts },
            call: {
              tiles: count,
              x: place(source.x.buffer, source.x.offset + row * source.pitch + 4 * columns.first),
              xPitch: source.pitch * height.dilation,
              downTaps: place(downTaps, 0),
              columns: Math.ceil(columns.count / wide),
              columnLast: 4 * Math.max(0, columns.count - wide),
              scratch: place(scratch, 0),
              left: place(tableAt + copies.tables.length, tables.left[s]),
              leftCount: left.length,
              leftAt: 4 * (start - left.length * channels),
              right: place(tableAt + copies.tables.length, tables.right[s]),
              rightCount: right.length,
              rightAt: 4 * (start + columns.count),
              outside: place(downTaps, 4 * height.kernel),
              window: 4 * (start - left.length * channels),
              rowTaps: place(rowTaps, 0),
              y: place(inputs, (source.image * height.output + top + row) * outputPitch + 4 * outputs.first),
              yPitch: outputPitch * height.dilation,
              blocks: Math.ceil(outputs.count / blocks),
              blockLast: 4 * Math.max(0, outputs.count - blocks),
            },
          })
        }
      })
    }
    return list
  }
  const narrow = outputFloats < lanes ? outputFloats : undefined
  const name = `two passes ${height.kernel}x${width.kernel}`
  const stepsOf = (sources: readonly Source[], joins: boolean): KernelStep[] => {
    const all = sources.flatMap(callsOf)
    const sameProgram = groupedBy(all, ({ down }) => `${down.rows} ${down.vectors}`)
    return sameProgram.map((group, i): KernelStep => {
      const { down } = group[0]
      const shape: TwoPassShape = { channels, down, across, rowFloats, start, narrow }
      const key = `correlate ${name} ${JSON.stringify(shape)} ${target.name}`
      const step = stepOf(
        programFor(key, () => twoPassProgram(shape, name, target)),
        group.map(({ call }) => call),
      )
      return i > 0 || joins ? { ...step, joins: true } : step
    })
  }
  return Object.freeze({
    name: `${name} ${target.name}`,
    steps: [
      ...copies.steps,
      ...(inside === undefined ? [] : stepsOf(insideSources(downAxes, inside), copies.steps.length > 0)),
      ...stepsOf(copies.sources, false),
    ],
    scratch: copies.scratch,
    tables: [...copies.tables, tables.words],
    workerScratch: [4 * most * rowFloats],
    derived: factorsOf(height, width, across, factors),
  })
}

/** Places in a scratch row, in bytes, for all strips; and where each strip's begin. */
function stripTables(strips: readonly Strip[], channels: number, start: number) {
  const words: number[] = []
  const add = (columns: Part, pixels: readonly number[]): number => {
    const at = 4 * words.length
    for (const pixel of pixels) words.push(pixel < 0 ? -1 : 4 * (start + pixel * channels - columns.first))
    return at
  }
  const left = strips.map((strip) => add(strip.columns, strip.left))
  const right = strips.map((strip) => add(strip.columns, strip.right))
  return { left, right, words: Int32Array.from(words.length > 0 ? words : [0]) }
}
