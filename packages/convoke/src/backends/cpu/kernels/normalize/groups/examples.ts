// Work on a few numbers for each column of each example: strips of columns, gone over once an example.

import type { Target, Vector } from '../../../program/index.ts'
import { fewGrains, grainsOf, grainUnits } from '../../nest.ts'
import type { KernelStep, Place } from '../../plan.ts'
import { place } from '../../step.ts'
import { type Strip, type StripProgram, stripStep } from '../strips.ts'
import type { ColumnLayout } from './layout.ts'

/** Where an operand begins in a buffer, and how far it is from example to example, in elements. */
export interface Operand {
  readonly buffer: number
  readonly start?: number
  readonly stride: number
}

const placesOf = (operands: Readonly<Record<string, Operand>>, example: number, column = 0) =>
  Object.fromEntries(
    Object.entries(operands).map(([name, { buffer, start = 0, stride }]) => [
      name,
      place(buffer, 4 * (start + example * stride + column)),
    ]),
  )

const stridesOf = (operands: Readonly<Record<string, Operand>>) =>
  Object.fromEntries(Object.entries(operands).map(([name, { stride }]) => [name, stride]))

/** Columns of a call, or more, where there are few examples. */
const columnsOfCall = 256

export interface Columns {
  readonly examples: number
  readonly columns: number
  /** Rows that each takes part in. */
  readonly work: number
}

/** Calls of a strip program over the columns of all examples. `fixed` are places that stay the same. */
export const columnsStep = (
  program: StripProgram,
  { examples, columns, work }: Columns,
  operands: Readonly<Record<string, Operand>>,
  numbers: Readonly<Record<string, number>>,
  fixed: Readonly<Record<string, Place>> = {},
): KernelStep =>
  stripStep(
    program,
    fewGrains(columns, columnsOfCall).flatMap((strip) =>
      grainsOf(examples, grainUnits(examples, strip.count * work)).map(({ start, count }) => ({
        places: { ...placesOf(operands, start, strip.start), ...fixed },
        ...{ columns: strip.count, times: count, strides: stridesOf(operands), numbers },
      })),
    ),
  )

/** Rows of a table, once for each row that stands beside the others in a row of a piece. */
export const tableProgram = (
  title: string,
  pointers: readonly string[],
  rows: (strip: Strip, columns: readonly Vector[]) => readonly Vector[],
  target: Target,
): StripProgram => ({
  title,
  target,
  pointers: [...pointers, 'table'],
  wide: 1,
  write: (strip) => {
    const { b, load, store } = strip
    const values = rows(
      strip,
      pointers.map((name) => load(strip.pointers[name])[0]),
    )
    const at = b.offset(strip.pointers['table'], 0)
    b.loop(b.integer('fold'), () => {
      const row = b.offset(at, 0)
      for (const value of values) {
        store(row, [value])
        b.advance(row, b.integer('tableRow'))
      }
      b.advance(at, b.integer('foldStep'))
    })
  },
})

export const tableNumbers = ({ fold, columns }: ColumnLayout): Record<string, number> => ({
  fold,
  tableRow: 4 * fold * columns,
  foldStep: 4 * columns,
})
