// Filters (and the right-hand matrices of products) laid out as tiles read them: panels of a few vectors of columns,
// row after row, the last vector filled up with zeros.

import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { fewGrains } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { place, programFor, stepOfEach } from '../step.ts'

/** Columns `first` … of a matrix, as a panel of `vectors` vectors of which the last has `lastLanes` columns. */
export interface Panel {
  readonly first: number
  readonly vectors: number
  readonly lastLanes: number
  /** Where it stands among the panels, in vectors of a row. */
  readonly start: number
}

/** Panels of at most `most` vectors over `columns` columns from `first` on, as even as can be. */
export function panelsOf(lanes: number, columns: number, most: number, first = 0, start = 0): Panel[] {
  const vectors = Math.ceil(columns / lanes)
  const count = Math.ceil(vectors / most)
  let before = 0
  return Array.from({ length: count }, (_, i) => {
    const size = Math.floor((vectors + count - 1 - i) / count)
    const end = before + size
    const lastLanes = end === vectors ? columns - (vectors - 1) * lanes : lanes
    const panel = { first: first + before * lanes, vectors: size, lastLanes, start: start + before }
    before = end
    return panel
  })
}

/**
 * Copies `rows` rows of panels that lie side by side, `stride` bytes apart, row by row: so that whole lines and pages are read one after
 * the other, and each panel is written as one stream. One matrix after another.
 */
const packProgram = (target: Target, vectors: number, lastLanes: number): Program =>
  vectorProgram(`pack ${vectors}`, target, (b) => {
    const [from, to] = [b.pointer('from'), b.pointer('to')]
    const tail = lastLanes === b.lanes ? undefined : b.tail(lastLanes)
    b.loop(b.integer('matrices'), () => {
      b.loop(b.integer('rows'), () => {
        b.loop(b.integer('panels'), () => {
          for (let v = 0; v < vectors; v++) {
            b.store(to, v * b.bytes, b.load(from, v * b.bytes, v === vectors - 1 ? tail : undefined))
          }
          b.advance(from, vectors * b.bytes)
          b.advance(to, b.integer('panelTo'))
        })
        b.advance(from, b.integer('fromRow'))
        b.advance(to, b.integer('toRow'))
      })
      b.advance(from, b.integer('fromNext'))
      b.advance(to, b.integer('toNext'))
    })
  })

export interface Packing {
  readonly target: Target
  readonly panels: readonly Panel[]
  /** Rows of the matrix and its columns in all. */
  readonly rows: number
  readonly columns: number
  /** Which buffers of the plan. */
  readonly from: number
  readonly to: number
  /** Bytes from their starts. */
  readonly fromAt?: number
  readonly toAt?: number
  /** One when not given; then how many lie in a row, and the bytes from each to the next. */
  readonly matrices?: { readonly count: number; readonly from: number; readonly to: number }
  /** Panels that lie side by side whole: where there are matrices enough for all threads. */
  readonly inOneTask?: boolean
}

/** Groups things by a key, in order of first appearance. */
export function grouped<T>(list: readonly T[], keyOf: (entry: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const entry of list) {
    const group = groups.get(keyOf(entry)) ?? []
    group.push(entry)
    groups.set(keyOf(entry), group)
  }
  return [...groups.values()]
}

export const shapeKey = ({ vectors, lastLanes }: Panel): string => `${vectors}, ${lastLanes}`

/** Where a panel begins, in bytes. */
export const panelAt = (target: Target, rows: number, panel: Panel): number => panel.start * rows * target.lanes * 4

/** Bytes of all panels. */
export const panelBytes = (target: Target, rows: number, panels: readonly Panel[]): number =>
  panels.reduce((sum, { vectors }) => sum + vectors, 0) * rows * target.lanes * 4

/** Panels of one shape that lie side by side. */
function runsOf({ lanes }: Target, panels: readonly Panel[]): Panel[][] {
  const runs: Panel[][] = []
  for (const panel of panels) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    const follows =
      before !== undefined &&
      shapeKey(before) === shapeKey(panel) &&
      before.first + before.vectors * lanes === panel.first &&
      before.start + before.vectors === panel.start
    if (run !== undefined && follows) run.push(panel)
    else runs.push([panel])
  }
  return runs
}

/** Bytes of a row that a task copies, or more: a few pages. */
const packedAtOnce = 2 ** 16

/** Tasks of a few rows each. */
export function packSteps({
  target,
  panels,
  rows,
  columns,
  from,
  to,
  fromAt = 0,
  toAt = 0,
  matrices = { count: 1, from: 0, to: 0 },
  inOneTask = false,
}: Packing): KernelStep[] {
  return grouped(runsOf(target, panels), ([panel]) => shapeKey(panel)).map((runs, index) => {
    const tasks = runs.flatMap((run) => {
      const [{ vectors }] = run
      const few = Math.ceil(packedAtOnce / (run.length * vectors * target.lanes * 4))
      return (inOneTask ? [{ start: 0, count: rows }] : fewGrains(rows, few)).map((grain) => ({ run, grain }))
    })
    const [[shape]] = runs
    const step = stepOfEach(
      programFor(`pack ${target.name} ${shapeKey(shape)}`, () => packProgram(target, shape.vectors, shape.lastLanes)),
      tasks.length,
      (task) => {
        const { run, grain } = tasks[task]
        const row = shape.vectors * target.lanes * 4
        return {
          from: place(from, fromAt + run[0].first * 4 + grain.start * columns * 4),
          to: place(to, toAt + panelAt(target, rows, run[0]) + grain.start * row),
          ...{ rows: grain.count, panels: run.length, panelTo: rows * row, matrices: matrices.count },
          fromRow: columns * 4 - run.length * row,
          toRow: row - run.length * rows * row,
          fromNext: matrices.from - grain.count * columns * 4,
          toNext: matrices.to - grain.count * row,
        }
      },
    )
    return index === 0 ? step : { ...step, joins: true }
  })
}
