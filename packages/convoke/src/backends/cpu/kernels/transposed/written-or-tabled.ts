// Where the taps along the width stand: in the program, or in a table where that would make it too long.

import type { Axis } from '../../../../shapes/conv-axes.ts'
import type { Program, Target } from '../../program/index.ts'
import { type Phase, phasesOf, writtenOut } from './columns.ts'
import { type TileShape, transposedProgram } from './program.ts'
import { type ColumnSteps, type TableColumns, tableColumns } from './table-columns.ts'
import { tableProgram } from './table-program.ts'

/**
 * Vector operations that are worth writing out: assembling so many takes a tenth of a second. Tables make kernels of
 * this length up to 17% slower, and wider ones no slower at all.
 */
const longest = 4000

export type Columns = { readonly phases: readonly Phase[] } | TableColumns

export interface ColumnTiles {
  /** Pixels of a tile at most, where taps are written out and where they stand in a table. */
  readonly pixels: number
  readonly tablePixels: number
  /** Operations of a pixel that are written out for every tap. */
  readonly operations: number
}

export function columnsOf(width: Axis, { pixels, tablePixels, operations }: ColumnTiles, steps: ColumnSteps): Columns {
  // Each tap is written down at least once, so a very wide kernel is known before its phases are.
  const phases = width.kernel * operations > longest ? undefined : phasesOf(width, pixels)
  if (phases === undefined || writtenOut(phases) * operations > longest) return tableColumns(width, tablePixels, steps)
  return { phases }
}

export const columnsProgram = (shape: TileShape, columns: Columns, target: Target): Program =>
  'table' in columns
    ? tableProgram({ ...shape, groups: columns.groups }, target)
    : transposedProgram({ ...shape, phases: columns.phases }, target)
