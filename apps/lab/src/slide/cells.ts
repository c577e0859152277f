// What the cells of the grids show: values, tints, what is seen and fed.

import { showNumber } from '../words/numbers.ts'
import { elementIn, fedBy, type Geometry, termsOf, widthOf } from './geometry.ts'
import type { Pointed } from './model.ts'
import type { SlideState } from './state.ts'

/** Digits that fit into a cell. */
export const shortNumber = (value: number): string => showNumber(value, Math.abs(value) >= 100 ? 1 : 2)

/** The input element (on the spatial axes) in every cell of the grid, row by row. */
export function elementsOf(state: SlideState, geometry: Geometry): (number | undefined)[][] {
  const [rows, columns] = geometry.axes
  return rows.source.map((_, row) =>
    columns.source.map((__, column) => elementIn(geometry, [row, column], widthOf(state))),
  )
}

/** Whether a cell is a copy that stands beyond the edges, or a zero. */
export function isOutside(state: SlideState, row: number, column: number, element: number | undefined): boolean {
  if (element === undefined) return true
  if (state.transposed) return false
  const [top, left] = state.rank === 1 ? [0, state.padding[0][0]] : [state.padding[0][0], state.padding[1][0]]
  const [height, width] = state.rank === 1 ? [1, state.size[0]] : state.size
  return row < top || row >= top + height || column < left || column >= left + width
}

/** The output that is looked at: the one that is pointed at, or else the one that is watched. */
export const lookedAt = (state: SlideState, pointed: Pointed): { readonly place: number; readonly channel: number } =>
  pointed !== undefined && 'output' in pointed
    ? { place: pointed.output, channel: pointed.channel }
    : { place: state.place, channel: state.channel }

export interface Highlights {
  /** Cells of the grid under the taps of the window that is watched or pointed at, as `row,column`, with the tap's number. */
  readonly taps: ReadonlyMap<string, number>
  /** Outputs that the input pointed at feeds. */
  readonly fed: ReadonlySet<number>
}

const none: ReadonlySet<number> = new Set()

export function highlightsOf(state: SlideState, geometry: Geometry, pointed: Pointed): Highlights {
  const { place, channel } = lookedAt(state, pointed)
  const terms = termsOf(state, geometry, place, channel).filter((_, i, all) => i < tapsIn(all.length, state))
  const taps = new Map(terms.map(({ cell }, i) => [cell.join(), i]))
  const fed = pointed !== undefined && 'input' in pointed ? new Set(fedBy(state, geometry, pointed.input).keys()) : none
  return { taps, fed }
}

/** The taps of one channel among the terms of all. */
const tapsIn = (terms: number, state: SlideState): number => terms / (state.inputChannels / state.groups)
