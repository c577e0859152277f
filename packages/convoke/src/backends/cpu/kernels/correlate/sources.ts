// Where the windows of each rectangle read, and what writes the copies of the rim.

import type { Boundary } from '../../../../shapes/boundary.ts'
import { indices } from '../../../../shapes/indices.ts'
import type { Target } from '../../program/index.ts'
import type { KernelStep, Place } from '../plan.ts'
import { type CallArguments, place, stepOf } from '../step.ts'
import { frameProgram, placesOf } from './frame.ts'
import { type PictureAxes, type Rectangle, sourceSides } from './regions.ts'

/** A rectangle of outputs in one image, the first element of its first window, and bytes from row to row of the source. */
export interface Source {
  readonly rectangle: Rectangle
  readonly image: number
  readonly x: Place
  readonly pitch: number
}

export interface Rim {
  readonly sources: readonly Source[]
  /** Writes the copies. */
  readonly steps: readonly KernelStep[]
  readonly scratch: readonly number[]
  readonly tables: readonly Int32Array[]
}

/** The part of the input that a rectangle's windows look at, where it stands. */
export const insideSources = (axes: PictureAxes, rectangle: Rectangle): Source[] => {
  const { height, width, channels, images } = axes
  const pitch = width.input * channels * 4
  const first = (rectangle.rows[0] - height.before) * pitch + (rectangle.columns[0] - width.before) * channels * 4
  return indices(images).map((image) => {
    return { rectangle, image, x: place(0, image * height.input * pitch + first), pitch }
  })
}

/** Rows of the rim that a task copies. */
const taskRows = 512

/** Copies of what the rectangles' windows look at, in the first scratch buffer and by the first table of the plan, after `buffers` others. */
export function rimSources(
  axes: PictureAxes,
  rectangles: readonly Rectangle[],
  boundary: Boundary,
  target: Target,
  buffers: number,
): Rim {
  if (rectangles.length === 0) return { sources: [], steps: [], scratch: [], tables: [] }
  const { height, width, channels, images } = axes
  const rowBytes = width.input * channels * 4
  const sources: Source[] = []
  const calls: CallArguments[] = []
  const tables: Int32Array[] = []
  let [written, bytes] = [0, 0]
  const tabled = (table: Int32Array): number => {
    tables.push(table)
    written += table.length
    return 4 * (written - table.length)
  }
  for (const rectangle of rectangles) {
    const [rows, columns] = sourceSides(axes, rectangle)
    const rowTable = tabled(placesOf(height, boundary, rectangle.rows[0], rows, rowBytes))
    const columnTable = tabled(placesOf(width, boundary, rectangle.columns[0], columns, channels * 4))
    // A vector of a rectangle narrower than it reads on beyond the row.
    const pitch = (Math.ceil((columns * channels) / 16) * 16 + target.lanes) * 4
    for (const image of indices(images)) {
      sources.push({ rectangle, image, x: place(buffers, bytes), pitch })
      for (let row = 0; row < rows; row += taskRows) {
        calls.push({
          x: place(0, image * height.input * rowBytes),
          to: place(buffers, bytes + row * pitch),
          pitch,
          rows: place(buffers + 1, rowTable + 4 * row),
          rowCount: Math.min(taskRows, rows - row),
          columns: place(buffers + 1, columnTable),
          columnCount: columns,
        })
      }
      bytes += rows * pitch
    }
  }
  const table = new Int32Array(written)
  let at = 0
  for (const part of tables) {
    table.set(part, at)
    at += part.length
  }
  return { sources, steps: [stepOf(frameProgram(channels, target), calls)], scratch: [bytes], tables: [table] }
}
