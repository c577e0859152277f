// Programs that sweep over the rows of examples: totals of each column by pieces, kept in memory that stays in the first cache;
// and results, by a table with a few numbers for each column. Places are counted in bytes and pointers made from the arguments
// where they are needed: there are not registers enough to keep them.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../../program/index.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import type { KernelStep } from '../../plan.ts'
import { overRow, walkArguments } from '../../rows/walk.ts'
import { place, programFor, stepOf } from '../../step.ts'
import type { Range } from './layout.ts'

/** Rows taken together. */
const few = 2
/** Rows of a piece whose mean it is read about, one of so many. */
const firstOf = 8

/** `count` rows of an operand below each other, `by` bytes apart. */
function rowsOf(b: Builder, name: string, from: Integer, count: number, by: string): Pointer[] {
  const rows = [b.offset(b.pointer(name), from)]
  while (rows.length < count) rows.push(b.offset(rows[rows.length - 1], b.integer(by)))
  return rows
}

/** What moves places on, by an argument for each. */
const mover = (b: Builder, names: readonly string[], places: readonly Integer[]) => (by: string) => {
  names.forEach((name, i) => {
    b.integerAdd(places[i], b.integer(`${name}${by}`), places[i])
  })
}

/** Runs `body` for every example. */
function overExamples(b: Builder, names: readonly string[], body: (places: readonly Integer[]) => void): void {
  const places = names.map(() => b.set(0))
  b.loop(b.integer('examples'), () => {
    body(places)
    mover(b, names, places)('Example')
  })
}

/** Runs `body` for every piece of every example. */
const overPieces = (b: Builder, names: readonly string[], body: (places: readonly Integer[]) => void): void =>
  overExamples(b, names, (places) =>
    b.loop(b.integer('pieces'), () => {
      body(places)
      mover(b, names, places)('Piece')
    }),
  )

/** The rows of a piece one by one. */
function overRows(b: Builder, piece: Integer, visit: (row: Integer) => void): void {
  const row = b.set(piece)
  b.loop(b.integer('rows'), () => {
    visit(row)
    b.integerAdd(row, b.integer('row'), row)
  })
}

type RowsVisit = (row: Integer, count: number) => void

/** The rows of a piece, a few together, then what is left one by one. */
function overFewRows(b: Builder, piece: Integer, visit: RowsVisit): void {
  const row = b.set(piece)
  b.loop(b.integer('together'), () => {
    visit(row, few)
    b.integerAdd(row, b.integer('rowsTogether'), row)
  })
  b.loop(b.integer('single'), () => {
    visit(row, 1)
    b.integerAdd(row, b.integer('row'), row)
  })
}

function rowArguments(rows: number, row: number): Record<string, number> {
  const firstRows = Math.ceil(rows / firstOf)
  return {
    ...{ rows, row, firstRows, firstShare: 1 / firstRows },
    ...{ together: Math.floor(rows / few), single: rows % few, rowsTogether: row * few },
  }
}

/** Sums two at a time. */
const sumOf = (b: Builder, values: readonly Vector[]): Vector =>
  values.length === 1
    ? values[0]
    : b.add(sumOf(b, values.slice(0, values.length / 2)), sumOf(b, values.slice(values.length / 2)))

const clear = (b: Builder, rows: () => readonly Pointer[]): void =>
  overRow(b, rows, (at, displacement, tail) => {
    for (const pointer of at) b.store(pointer, displacement, b.zero(), tail)
  })

/**
 * [x] → [mean], [sum of squares about it], [what only this needs] of each piece, `outRow` bytes apart. A piece is read once, about
 * the mean of its first rows, k of n: no further than √((n − k) / k) deviations from its own, so that little cancels whatever x is.
 */
export const writeMoments = (centred: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) =>
    overPieces(b, ['x', 'out'], ([piece, out]) => {
      const totals = (count: number) => rowsOf(b, 'out', out, count, 'outRow')
      const values = (row: Integer, count: number) => rowsOf(b, 'x', row, count, 'row')
      clear(b, () => totals(3))
      if (centred) {
        const first = b.set(piece)
        b.loop(b.integer('firstRows'), () => {
          overRow(
            b,
            () => [...totals(1), ...values(first, 1)],
            ([shifts, from], displacement, tail) => {
              const shift = b.load(shifts, displacement, tail)
              b.store(shifts, displacement, b.fma(shift, b.load(from, displacement, tail), b.float('firstShare')), tail)
            },
          )
          b.integerAdd(first, b.integer('row'), first)
        })
      }
      overFewRows(b, piece, (row, count) =>
        overRow(
          b,
          () => [...totals(3), ...values(row, count)],
          ([shifts, squares, rests, ...from], displacement, tail) => {
            const ds = from.map((pointer) => b.load(pointer, displacement, tail))
            if (centred) {
              const shift = b.load(shifts, displacement, tail)
              for (const d of ds) b.sub(d, shift, d)
              b.store(rests, displacement, b.add(b.load(rests, displacement, tail), sumOf(b, ds)), tail)
            }
            const square = b.load(squares, displacement, tail)
            for (const d of ds) b.fma(square, d, d)
            b.store(squares, displacement, square, tail)
          },
        ),
      )
      if (!centred) return
      overRow(
        b,
        () => totals(3),
        ([means, squares, rests], displacement, tail) => {
          const rest = b.load(rests, displacement, tail)
          const correction = b.mul(rest, b.float('share'))
          const square = b.fnma(b.load(squares, displacement, tail), rest, correction)
          b.store(squares, displacement, b.max(b.zero(), square), tail)
          b.store(means, displacement, b.add(b.load(means, displacement, tail), correction), tail)
        },
      )
    }),
  )

/** [g], [x], [table of means] → [Σ g], [Σ g·(x − mean)] of each piece, `outRow` bytes apart. */
export const writeSums = (title: string, target: Target): Program =>
  vectorProgram(title, target, (b) =>
    overPieces(b, ['x', 'out', 'table'], ([piece, out, table]) => {
      const totals = () => rowsOf(b, 'out', out, 2, 'outRow')
      clear(b, totals)
      overRows(b, piece, (row) =>
        overRow(
          b,
          () => [
            ...['g', 'x'].map((name) => b.offset(b.pointer(name), row)),
            b.offset(b.pointer('table'), table),
            ...totals(),
          ],
          ([given, from, means, sums, products], displacement, tail) => {
            const d = b.load(from, displacement, tail)
            b.sub(d, b.load(means, displacement, tail), d)
            const g = b.load(given, displacement, tail)
            b.store(sums, displacement, b.add(b.load(sums, displacement, tail), g), tail)
            b.store(products, displacement, b.fma(b.load(products, displacement, tail), g, d), tail)
          },
        ),
      )
    }),
  )

/** [x], [table of mean, a, bias] and, where `residual` is, [r] → [(x − mean)·a + bias + r], or what `last` makes of it. */
export const writeNormalized = (
  title: string,
  target: Target,
  residual = false,
  last: (b: Builder, z: Vector) => Vector = (_, z) => z,
): Program =>
  vectorProgram(title, target, (b) =>
    overExamples(b, ['x', 'table'], ([piece, table]) => {
      const over = residual
        ? (visit: RowsVisit) => overRows(b, piece, (row) => visit(row, 1))
        : (visit: RowsVisit) => overFewRows(b, piece, visit)
      over((row, count) =>
        overRow(
          b,
          () => [
            ...rowsOf(b, 'table', table, 3, 'tableRow'),
            ...['x', 'y', ...(residual ? ['residual'] : [])].flatMap((name) => rowsOf(b, name, row, count, 'row')),
          ],
          ([means, factors, shifts, ...rows], displacement, tail) => {
            const [mean, a, bias] = [means, factors, shifts].map((pointer) => b.load(pointer, displacement, tail))
            for (let i = 0; i < count; i++) {
              const x = b.load(rows[i], displacement, tail)
              const own = b.horner(b.sub(x, mean, x), a, bias)
              const z = residual ? b.add(own, b.load(rows[2 * count + i], displacement, tail), own) : own
              b.store(rows[count + i], displacement, last(b, z), tail)
            }
          },
        ),
      )
    }),
  )

/** [g], [x], [table of mean, a, shift, slope] → [g·a − shift − (x − mean)·slope]. */
export const writeGradient = (title: string, target: Target): Program =>
  vectorProgram(title, target, (b) =>
    overExamples(b, ['x', 'table'], ([piece, table]) =>
      overRows(b, piece, (row) =>
        overRow(
          b,
          () => [
            ...['g', 'x', 'y'].map((name) => b.offset(b.pointer(name), row)),
            ...rowsOf(b, 'table', table, 4, 'tableRow'),
          ],
          ([given, from, to, ...numbers], displacement, tail) => {
            const [g, x, mean, a, shift, slope] = [given, from, ...numbers].map((at) => b.load(at, displacement, tail))
            const level = b.sub(b.mul(g, a, g), shift, g)
            b.store(to, displacement, b.fnma(level, b.sub(x, mean, x), slope), tail)
          },
        ),
      ),
    ),
  )

/** Where an operand begins in a buffer, and how far it is from piece to piece and from example to example, in elements. */
export interface SweptOperand {
  readonly buffer: number
  readonly start?: number
  readonly piece?: number
  readonly example: number
}

/**
 * Calls of a program over all ranges of all examples, several small examples a call. Operands that share their places (g and y
 * with x) may stand beside the one they are named after.
 */
export const sweepStep = (
  title: string,
  write: (title: string, target: Target) => Program,
  target: Target,
  examples: number,
  ranges: readonly Range[],
  operandsOf: (range: Range) => Readonly<Record<string, SweptOperand>>,
  numbersOf: (range: Range) => Readonly<Record<string, number>>,
): KernelStep =>
  stepOf(
    programFor(`${title} ${target.name}`, () => write(title, target)),
    ranges.flatMap((range) => {
      const operands = Object.entries(operandsOf(range))
      const steps = operands.flatMap(([name, { piece = 0, example }]) => [
        [`${name}Piece`, 4 * piece],
        [`${name}Example`, 4 * (example - range.pieces * piece)],
      ])
      const elements = range.pieces * range.rows * range.columns
      return grainsOf(examples, grainUnits(examples, elements)).map(({ start, count }) => ({
        ...Object.fromEntries(
          operands.map(([name, operand]) => [
            name,
            place(operand.buffer, 4 * ((operand.start ?? 0) + start * operand.example)),
          ]),
        ),
        ...Object.fromEntries(steps),
        ...{ examples: count, pieces: range.pieces, share: 1 / range.rows },
        ...rowArguments(range.rows, 4 * range.columns),
        ...walkArguments(target.lanes, range.columns),
        ...numbersOf(range),
      }))
    }),
  )
