// The calls of a windowed kernel: rows in grains, each over every run of columns and strip of channels.

import type { Target } from '../../program/index.ts'
import { nameBuffers } from '../buffers.ts'
import { reach } from '../fallbacks.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, stepOf } from '../step.ts'
import { countOf, type ListRun, outputsOf, tapsOf } from './lists.ts'
import { type WindowKind, widths, windowProgram } from './program.ts'
import { descriptorBytes, type Mark, markMoves, type Spacing, tableWords, tableWriter } from './table.ts'

/** A windowed kernel over [images, inputs, channels] → [images, rows·columns, channels]. */
export interface WindowedKernel {
  readonly kind: WindowKind
  /** The rows of all images, their inputs counted in rows of the input. */
  readonly rows: readonly ListRun[]
  readonly columns: readonly ListRun[]
  /** Inputs of a row. */
  readonly width: number
  readonly channels: number
  /** Where the pixels of a row are parts of one that is wider: that many channels from row to row, and those before. */
  readonly within?: { readonly channels: number; readonly before: number }
  /** What the plan is given, in order; z is written by `max` and read by `routed`. */
  readonly operands: readonly ('x' | 'y' | 'z')[]
}

/** Channels from `first` on: `width` vectors, or `rest` of one where the width is 0. */
interface ChannelStrip {
  readonly first: number
  readonly width: number
  readonly rest: number
}

function channelStrips(channels: number, lanes: number): ChannelStrip[] {
  const strips: ChannelStrip[] = []
  let first = 0
  while (channels - first >= lanes) {
    const width = widths.find((count) => first + count * lanes <= channels)!
    strips.push({ first, width, rest: 0 })
    first += width * lanes
  }
  return first < channels ? [...strips, { first, width: 0, rest: channels - first }] : strips
}

/** Outputs `start` … `start + count − 1` of a run that begins with output `first` of all. */
interface Part {
  readonly run: ListRun
  readonly number: number
  readonly first: number
  readonly start: number
  readonly count: number
}

function partsOf(runs: readonly ListRun[], work: number): Part[] {
  let first = 0
  return runs.flatMap((run, number) => {
    const outputs = outputsOf(run)
    const parts = grainsOf(outputs, grainUnits(outputs, work)).map((grain) => ({ run, number, first, ...grain }))
    first += outputs
    return parts
  })
}

/** How far a part lies from where the taps of its first list are: in the input, and by the mark. */
function placesOf({ run, start }: Part, mark: Mark, spacing: Spacing): readonly [input: number, mark: number] {
  const list = start % run.lists.count
  const turn = (start - list) / run.lists.count
  const [move, wrap] = markMoves(run, mark, spacing)
  const begin = mark === 'output' ? run.own * spacing.outputs : mark === 'input' ? run.index * spacing.inputs : 0
  const gained = turn * (wrap + move * (run.lists.count - 1)) + list * move
  return [(run.at + turn * run.step) * spacing.inputs, begin + gained]
}

/** What a part adds to the place in the input and to the mark. */
function movesOf(part: Part, mark: Mark, spacing: Spacing): readonly [input: number, mark: number] {
  const [from, markFrom] = placesOf(part, mark, spacing)
  const [to, markTo] = placesOf({ ...part, start: part.start + part.count }, mark, spacing)
  return [to - from, markTo - markFrom]
}

/** Whether every distance in a table fits its int32. */
const reaches = (runs: readonly ListRun[], bytes: number): boolean =>
  runs.every(({ lists, step }) => {
    let furthest = Math.abs(step)
    for (const index of lists.indices) if (index > furthest) furthest = index
    return furthest * bytes < reach
  })

/** Rows of wide pixels that are cut along their channels, so that there is enough to share out. */
const fewRows = 16

/** null where a table would have to reach 2 GiB or further. */
export function planWindowed(kernel: WindowedKernel, target: Target): KernelPlan | null {
  const { kind, rows, columns, width, channels, within, operands } = kernel
  const [mark, word] =
    kind === 'max' ? (['input', 'index'] as const) : ([kind === 'routed' ? 'output' : 'none', 'weight'] as const)
  const [allRows, allColumns] = [countOf(rows), countOf(columns)]
  const pixelBytes = 4 * channels
  const down: Spacing =
    within === undefined
      ? { inputs: width, outputs: allColumns, pixelBytes }
      : { inputs: 1, outputs: 1, pixelBytes: 4 * within.channels }
  const along: Spacing = { inputs: 1, outputs: 1, pixelBytes }
  const before = 4 * (within?.before ?? 0)
  if (!reaches(rows, down.inputs * down.pixelBytes) || !reaches(columns, pixelBytes)) return null
  const program = windowProgram(kind, target)
  const depth = Math.max(1, channels)
  const taps = tapsOf(rows) / Math.max(1, allRows)
  const rowWork = Math.ceil(taps * tapsOf(columns) * depth) + allColumns
  const rowParts = partsOf(rows, rowWork)
  // Few rows are cut, too.
  const columnWork =
    allRows >= (within === undefined ? 2 : fewRows)
      ? 0
      : Math.ceil((taps * tapsOf(columns) * depth) / Math.max(1, allColumns)) + 1
  const columnParts = partsOf(columns, columnWork)
  const strips = channels === 0 ? [] : channelStrips(channels, target.lanes)
  const words = new Int32Array(tableWords([...rows, ...columns]) + 2 * rowParts.length * columnParts.length)
  const { at, own } = nameBuffers({ given: operands, tables: { table: words } })
  const { write, writeMark } = tableWriter(words, word, mark)
  const rowTables = rows.map((run) => write(run, down, false))
  const columnTables = columns.map((run) => write(run, along, true))
  const descriptor = (tables: readonly number[], { run, number, start }: Part) =>
    place(at.table, tables[number] + descriptorBytes * (start % run.lists.count))

  const callsOf = (row: Part, column: Part): CallArguments[] => {
    const [down0, downMark] = placesOf(row, mark, down)
    const [along0, alongMark] = placesOf(column, mark, along)
    const [moved, markMoved] = movesOf(column, mark, along)
    const input = before + down0 * down.pixelBytes + along0 * pixelBytes
    const rowBytes = down.outputs * down.pixelBytes
    const output = before + (row.first + row.start) * rowBytes + (column.first + column.start) * pixelBytes
    const begin = mark === 'none' ? 0 : writeMark(downMark + alongMark, -markMoved)
    return strips.map(({ first, width: vectors, rest }) => ({
      x: place(at.x, input + 4 * first),
      y: place(at.y, output + 4 * first),
      ...(at.z === undefined ? {} : { z: place(at.z, (kind === 'max' ? output : input) + 4 * first) }),
      ...{ row: descriptor(rowTables, row), column: descriptor(columnTables, column) },
      ...(mark === 'none' ? {} : { mark: place(at.table, begin) }),
      ...{ width: vectors, rest, rows: row.count, columns: column.count, pixel: pixelBytes },
      ...{ xStep: -moved * pixelBytes, yStep: rowBytes - column.count * pixelBytes },
    }))
  }
  const calls = rowParts.flatMap((row) => columnParts.flatMap((column) => callsOf(row, column)))
  return planOf([stepOf(program, calls)], own.scratch, own.tables)
}
