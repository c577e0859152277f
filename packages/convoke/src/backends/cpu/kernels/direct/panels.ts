// Filters (and the right-hand matrices of products) laid out as tiles read them: panels of a few vectors of columns,
// row after row, the last vector filled up with zeros.

import { type Program, type Target, vectorProgram } from '../../program/index.ts'
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

/** Copies `rows` rows, `stride` bytes apart, of a panel's columns, of one matrix after another. */
const packProgram = (target: Target, vectors: number, lastLanes: number): Program =>
  vectorProgram(`pack ${vectors}`, target, (b) => {
    const [from, to, stride] = [b.pointer('from'), b.pointer('to'), b.integer('stride')]
    const tail = lastLanes === b.lanes ? undefined : b.tail(lastLanes)
    const [fromNext, toNext] = [b.integer('fromNext'), b.integer('toNext')]
    b.loop(b.integer('matrices'), () => {
      b.loop(b.integer('rows'), () => {
        for (let v = 0; v < vectors; v++) {
          b.store(to, v * b.bytes, b.load(from, v * b.bytes, v === vectors - 1 ? tail : undefined))
        }
        b.advance(from, stride)
        b.advance(to, vectors * b.bytes)
      })
      b.advance(from, fromNext)
      b.advance(to, toNext)
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

/** A task a panel. */
export const packSteps = ({
  target,
  panels,
  rows,
  columns,
  from,
  to,
  fromAt = 0,
  toAt = 0,
  matrices = { count: 1, from: 0, to: 0 },
}: Packing): KernelStep[] =>
  grouped(panels, shapeKey).map((group) =>
    stepOfEach(
      programFor(`pack ${target.name} ${shapeKey(group[0])}`, () =>
        packProgram(target, group[0].vectors, group[0].lastLanes),
      ),
      group.length,
      (task) => ({
        from: place(from, fromAt + group[task].first * 4),
        to: place(to, toAt + panelAt(target, rows, group[task])),
        stride: columns * 4,
        rows,
        matrices: matrices.count,
        fromNext: matrices.from - rows * columns * 4,
        toNext: matrices.to - rows * group[task].vectors * target.lanes * 4,
      }),
    ),
  )
