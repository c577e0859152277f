// How a recurrent layer is cut: rows of the batch into tasks, which take all steps one after the other and meet nowhere; the
// product of a step into tiles; and what a row of the state holds in memory between steps.

import type { RecurrenceSpec } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { mostPixels, tileChoices, unrollOf } from '../direct/choose-tile.ts'
import { balanced, pixelAxis } from '../direct/geometry.ts'
import { panelBytes, panelsOf } from '../direct/panels.ts'
import type { Group, StepProduct } from './product.ts'

const dense = { kind: 'dense' } as const

/** What each row of the state holds, and where, in bytes. */
export interface StateRow<Name extends string> {
  readonly at: Readonly<Record<Name, number>>
  readonly pitch: number
}

const lineFloats = 16
/** Rows that lie a multiple of this apart fall into one set of the first cache. */
const setPeriod = 4096

/** A row of parts of so many floats each, every one at the start of a cache line, filled up to one. */
export function stateRow<Name extends string>(parts: Readonly<Record<Name, number>>): StateRow<Name> {
  let bytes = 0
  const at = {} as Record<Name, number>
  for (const [name, floats] of Object.entries<number>(parts)) {
    at[name as Name] = bytes
    bytes += 4 * lineFloats * Math.ceil(floats / lineFloats)
  }
  return { at, pitch: bytes % setPeriod === 0 ? bytes + 4 * lineFloats : bytes }
}

/** Consecutive equal sizes together. */
function groupsOf(sizes: readonly number[]): Group[] {
  const groups: Group[] = []
  for (const size of sizes) {
    const last = groups.at(-1)
    if (last?.size === size) groups[groups.length - 1] = { size, count: last.count + 1 }
    else groups.push({ size, count: 1 })
  }
  return groups
}

/** Multiply-adds of vectors that make a task worth handing out. */
const leastTask = 20_000

/** Rows of each task: as many tasks as threads, more where the state would outgrow the second cache. */
export function rowsOfTasks(
  { batch, steps, hidden }: RecurrenceSpec,
  { gates, pitch }: { readonly gates: number; readonly pitch: number },
  target: Target,
  threads: number,
): number[] {
  const most = Math.max(lineFloats, Math.floor(target.caches.second / 2 / pitch))
  const work = (batch * steps * gates * hidden * hidden) / target.lanes
  const worth = Math.max(1, Math.min(threads, batch, Math.floor(work / leastTask)))
  return balanced(batch, worth * Math.ceil(batch / (worth * most)))
}

/** Vectors of a panel, for tasks of so many rows at most. */
export function vectorsOfPanels(target: Target, rows: number, k: number, columns: number): number {
  const geometry = {
    axes: [pixelAxis(1), pixelAxis(1), pixelAxis(rows)],
    ...{ batch: 1, inputPitch: k, outputPitch: columns, steps: k, inputStep: 4, tapsFollow: false },
  } as const
  const [choice] = tileChoices({ target, threads: 1, reduction: dense, geometry, columns, groups: 1 })
  return choice.vectors
}

/** Fewer rows are done with a panel before what was asked for comes; measured. */
const rowsToAskAhead = 12

/** The product of a step for a task of so many rows. */
export function productOf(
  target: Target,
  size: { readonly rows: number; readonly k: number; readonly columns: number; readonly vectors: number },
  places: Pick<StepProduct, 'pitch' | 'from' | 'to'>,
): StepProduct {
  const { rows, k, columns, vectors } = size
  const panels = panelsOf(target.lanes, columns, vectors)
  const most = mostPixels(target, dense, vectors)
  const tiles = groupsOf(balanced(rows, Math.ceil(rows / most)))
  return {
    ...{ k, ...places, tiles, panels: groupsOf(panels.map((panel) => panel.vectors)) },
    unroll: unrollOf(target, tiles[0].size * vectors),
    far: target.addressBytes === 8 && rows >= rowsToAskAhead && panelBytes(target, k, panels) > target.caches.second,
  }
}
