// How the examples of a tensor are walked where what is normalised lies apart: each as [positions, columns], in the pieces of
// layout.ts; a call takes several small examples, or a piece of a large one.

import type { Target, Vector } from '../../../program/index.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import type { KernelStep, Place } from '../../plan.ts'
import { place } from '../../step.ts'
import type { Layout, Piece } from '../layout.ts'
import { type Strip, type StripProgram, stripStep } from '../strips.ts'

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

/** Calls of a strip program over all pieces of all examples. */
export const piecesStep = (
  program: StripProgram,
  examples: number,
  { pieces }: Layout,
  operands: (piece: Piece) => Readonly<Record<string, Operand>>,
  numbers: (piece: Piece) => Readonly<Record<string, number>>,
): KernelStep =>
  stripStep(
    program,
    pieces.flatMap((piece) =>
      grainsOf(examples, grainUnits(examples, piece.rows * piece.columns)).map(({ start, count }) => ({
        places: placesOf(operands(piece), start),
        ...{ columns: piece.columns, times: count, strides: stridesOf(operands(piece)), numbers: numbers(piece) },
      })),
    ),
  )

/** Columns of a call where there are few examples. */
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
    grainsOf(columns, columnsOfCall).flatMap((strip) =>
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

export const tableNumbers = ({ fold, channels }: Layout): Record<string, number> => ({
  fold,
  tableRow: 4 * fold * channels,
  foldStep: 4 * channels,
})
