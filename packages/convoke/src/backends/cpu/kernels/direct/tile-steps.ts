// The steps of a plan that computes by tiles: one program for each shape of panel, one task for each panel and part of
// the rows.

import { largestOf } from '../../../../shapes/extremes.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { activationArguments } from '../math/activation.ts'
import type { KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOfEach } from '../step.ts'
import type { Geometry } from './geometry.ts'
import { grouped, type Panel, shapeKey } from './panels.ts'
import { filterRowsOf, type Reduction } from './reduction.ts'
import { rowEntry } from './tables.ts'
import { type NextPanel, tileProgram } from './tile-program.ts'
import type { Tiling } from './tiling.ts'

/** A panel's tasks: where they begin in the plan's buffers, in bytes. */
export interface PanelWork {
  readonly panel: Panel
  readonly input: number
  readonly filter: number
  readonly output: number
  /** How many matrices lie there in a row; one when not given. */
  readonly matrices?: number
}

/** Bytes from a matrix to the one behind it. */
export interface MatrixDistances {
  readonly input: number
  readonly filter: number
  readonly output: number
}

export interface TileWork {
  /** `direct`: the tile and the target are added. */
  readonly name: string
  readonly target: Target
  readonly threads: number
  readonly reduction: Reduction
  readonly geometry: Geometry
  readonly tiling: Tiling
  readonly epilogue: Epilogue | null
  readonly panels: readonly PanelWork[]
  /** Where a task takes several matrices. */
  readonly distances?: MatrixDistances
  /** Bytes between the filter's reduction steps; unset where panels are packed. */
  readonly filterPitch?: number
  /** Of one panel of the filter. */
  readonly panelBytes: number
  /** Multiply-adds of vectors in all. */
  readonly work: number
  /** Bytes from where a tile reads to where the one after it will, when that is worth asking for. */
  readonly ahead?: number
  /** Which buffers of the plan. */
  readonly buffers: TileBuffers
}

export type TileBuffers = Readonly<Record<'input' | 'filter' | 'bias' | 'residual' | 'output' | 'table', number>>

/** Multiply-adds of vectors that make a task worth handing out. */
const leastTask = 50_000
const tasksAThread = 8
/** A panel this large is read from beyond the second cache by every task that has it. */
const largePanel = 400 * 1024

/** What the second cache keeps of a filter while pixels pass through it, too. */
const keptFilter = 600 * 1024

/** How the panel after one of so many vectors is asked for, where the filter as a whole comes from beyond the second cache. */
function nextPanelOf(
  { target, reduction, tiling, panels, panelBytes, filterPitch, distances }: TileWork,
  tasks: number,
): NextPanel | null {
  const single =
    reduction.kind !== 'dense' || filterPitch !== undefined || panels.length === 1 || distances !== undefined
  if (single || target.addressBytes === 4) return null
  if (panels.length * panelBytes <= keptFilter || panelBytes > keptFilter) return null
  const { rows, tiles, segments } = tiling.table
  const stepsOf = (list: number): number =>
    segments[list].reduce((sum, { trips, loop }) => sum + trips * tiling.loops[loop].unroll, 0)
  const listSteps = tiles.map((list) => list.reduce((sum, tile) => sum + stepsOf(tile.segments), 0))
  const steps = rows.reduce((sum, row) => sum + listSteps[row.tiles], 0) / tasks
  // Windows that lie in the padding alone take no steps.
  return steps === 0 ? null : { distance: panelBytes, step: Math.ceil(panelBytes / steps) }
}

/** What the second cache keeps of the pixels that panels of different channels go through one after the other. */
const keptPixels = 300 * 1024

/** Whether each panel reads channels of its own, as those of groups do. */
const readApart = (panels: readonly PanelWork[]): boolean => panels.some(({ input }) => input !== panels[0].input)

/** How many parts the rows fall into so that all channels of one stay in the second cache: a panel takes some of every pixel's. */
function partsInCache({ geometry, tiling }: TileWork): number {
  const [, height, width] = geometry.axes
  const rowBytes = 4 * width.output * (height.stride * width.stride * geometry.inputPitch + geometry.outputPitch)
  return Math.ceil((tiling.table.rows.length * rowBytes) / keptPixels)
}

/** The rows of the table that each task of a panel takes: [first, end). */
function partsOf(task: TileWork): (readonly [number, number])[] {
  const { tiling, threads, work, panels, panelBytes } = task
  const rows = tiling.table.rows.length
  const most = panelBytes > largePanel ? tasksAThread / 2 : tasksAThread
  const wanted = Math.min(most * threads, Math.floor(work / leastTask))
  const least = readApart(panels) ? partsInCache(task) : 1
  const parts = Math.max(1, Math.min(rows, Math.max(least, Math.ceil(wanted / panels.length))))
  const start = (part: number): number => Math.floor((part * rows) / parts)
  return Array.from({ length: parts }, (_, part) => [start(part), start(part + 1)])
}

const backwards = ({ input, filter, output }: MatrixDistances) => ({
  ...{ inputMatrix: -input, filterMatrix: -filter, outputMatrix: -output, residualMatrix: -output },
})

export function tileSteps(task: TileWork): KernelStep[] {
  const { target, reduction, geometry, tiling, epilogue, buffers, distances } = task
  const parts = partsOf(task)
  const nextPanel = nextPanelOf(task, parts.length)
  const most = largestOf(task.panels.map(({ panel }) => panel.vectors))
  const callOf = (
    { panel, input, filter, output, matrices = 1 }: PanelWork,
    [first, end]: readonly [number, number],
  ): CallArguments => {
    const behind = (at: number, side: keyof MatrixDistances): number => at + matrices * (distances?.[side] ?? 0)
    return {
      input: place(buffers.input, behind(input, 'input')),
      filter: place(buffers.filter, behind(filter, 'filter')),
      output: place(buffers.output, behind(output, 'output')),
      bias: place(buffers.bias, panel.first * 4),
      residual: place(buffers.residual, behind(output, 'output')),
      table: place(buffers.table, 0),
      row: place(buffers.table, first * rowEntry.bytes),
      rows: end - first,
      ...(distances === undefined ? {} : backwards(distances)),
      matrices,
      ...activationArguments(epilogue?.activation ?? null),
    }
  }
  return grouped(task.panels, ({ panel }) => shapeKey(panel)).map((group, index): KernelStep => {
    const { vectors, lastLanes } = group[0].panel
    const program = tileProgram(`${task.name} ${tiling.pixels.length}x${vectors}`, target, {
      ...{ reduction, pixels: tiling.pixels, vectors, lastLanes, loops: tiling.loops, fewest: tiling.fewest, epilogue },
      outputStep: tiling.outputStep,
      inputStep: geometry.inputStep,
      filterStep: task.filterPitch ?? filterRowsOf(reduction) * vectors * target.lanes * 4,
      filterWhole: task.filterPitch === undefined,
      ahead: task.ahead ?? 0,
      nextPanel: vectors === most ? nextPanel : null,
      repeats: distances !== undefined,
      freshTaps: geometry.axes[2].stride,
    })
    const apart = readApart(group)
    const step = stepOfEach(program, group.length * parts.length, (call) =>
      apart
        ? callOf(group[call % group.length], parts[Math.floor(call / group.length)])
        : callOf(group[Math.floor(call / parts.length)], parts[call % parts.length]),
    )
    return index === 0 ? step : { ...step, joins: true }
  })
}
