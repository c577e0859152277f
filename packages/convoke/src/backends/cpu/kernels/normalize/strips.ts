// Programs over strips of columns: a few vectors side by side, what belongs to the columns held in registers while rows go
// by.

import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import type { KernelStep, Place } from '../plan.ts'
import { columnArguments, emitColumns } from '../reduce/columns.ts'
import { type CallArguments, programFor, stepOf } from '../step.ts'

/** What a strip is written with. */
export interface Strip {
  readonly b: Builder
  /** The pointers of the program, at the first column of the strip. They must be left there. */
  readonly pointers: Readonly<Record<string, Pointer>>
  /** One value a vector of the strip. */
  readonly each: <T>(make: (vector: number) => T) => T[]
  readonly load: (from: Pointer) => Vector[]
  readonly store: (to: Pointer, values: readonly Vector[]) => void
  /** Vectors of so many rows of a table, the rows `${name}Row` bytes apart. */
  readonly loadTable: (name: string, rows: number) => Vector[][]
  readonly storeTable: (name: string, rows: readonly (readonly Vector[])[]) => void
  /** Runs `body` over rows, `count` of them, with pointers that move on by `${name}Row` bytes. */
  readonly overRows: (
    count: string,
    names: readonly string[],
    body: (at: Readonly<Record<string, Pointer>>) => void,
  ) => void
}

/** Rows after which inner totals are added to outer ones, so that rounding errors grow with the root of their number. */
const turns = 32

/** The trip counts of `sumRows`. */
export const rowCounts = (rows: number): { blocks: number; left: number } => ({
  blocks: Math.floor(rows / turns),
  left: rows % turns,
})

/** `count` totals a vector over rows, with pointers that move on by `${name}Row` bytes; `add` adds one row to them. */
export function sumRows(
  { b, pointers, each }: Strip,
  names: readonly string[],
  count: number,
  add: (at: Readonly<Record<string, Pointer>>, totals: readonly (readonly Vector[])[]) => void,
): Vector[][] {
  const zeros = (): Vector[][] => Array.from({ length: count }, () => each(() => b.zero()))
  const totals = zeros()
  const at = Object.fromEntries(names.map((name) => [name, b.offset(pointers[name], 0)]))
  const row = (into: readonly (readonly Vector[])[]): void => {
    add(at, into)
    for (const name of names) b.advance(at[name], b.integer(`${name}Row`))
  }
  b.loop(b.integer('blocks'), () => {
    const inner = zeros()
    b.loop(turns, () => row(inner))
    totals.forEach((list, k) => {
      list.forEach((total, i) => {
        b.add(total, inner[k][i], total)
      })
    })
  })
  b.loop(b.integer('left'), () => row(totals))
  return totals
}

export interface StripProgram {
  readonly title: string
  readonly target: Target
  readonly pointers: readonly string[]
  /** Vectors of a strip, where there are as many columns. */
  readonly wide: number
  readonly write: (strip: Strip) => void
}

function stripOf(
  b: Builder,
  pointers: Readonly<Record<string, Pointer>>,
  tail: Tail | undefined,
  vectors: number,
): Strip {
  const each = <T>(make: (vector: number) => T): T[] => Array.from({ length: vectors }, (_, i) => make(i))
  const load = (from: Pointer): Vector[] => each((i) => b.load(from, i * b.bytes, tail))
  const store = (to: Pointer, values: readonly Vector[]): void =>
    values.forEach((value, i) => {
      b.store(to, i * b.bytes, value, tail)
    })
  const down = <T>(name: string, rows: number, body: (at: Pointer, row: number) => T): T[] => {
    const at = b.offset(pointers[name], 0)
    return Array.from({ length: rows }, (_, row) => {
      if (row > 0) b.advance(at, b.integer(`${name}Row`))
      return body(at, row)
    })
  }
  return {
    ...{ b, pointers, each, load, store },
    loadTable: (name, rows) => down(name, rows, load),
    storeTable: (name, rows) => void down(name, rows.length, (at, row) => store(at, rows[row])),
    overRows: (count, names, body) => {
      const at = Object.fromEntries(names.map((name) => [name, b.offset(pointers[name], 0)]))
      b.loop(b.integer(count), () => {
        body(at)
        for (const name of names) b.advance(at[name], b.integer(`${name}Row`))
      })
    },
  }
}

const writeProgram = ({ title, target, pointers: names, wide, write }: StripProgram): Program =>
  vectorProgram(title, target, (b) => {
    const pointers = Object.fromEntries(names.map((name) => [name, b.pointer(name)]))
    const columns = names.map((name) => ({ name, pointer: pointers[name], dtype: 'float32' as const }))
    emitColumns(b, columns, wide, (part, vectors) => {
      write(stripOf(b, pointers, typeof part === 'string' ? undefined : part, vectors))
    })
  })

/** One run of a strip program. */
export interface StripCall {
  readonly places: Readonly<Record<string, Place>>
  readonly columns: number
  /** How often the columns are gone over, with pointers that move on by so many elements, 0 when not given. */
  readonly times?: number
  readonly strides?: Readonly<Record<string, number>>
  /** Bytes between rows, trip counts, and floats, by argument. */
  readonly numbers: Readonly<Record<string, number>>
}

export function stripStep(program: StripProgram, calls: readonly StripCall[]): KernelStep {
  const { title, target, wide, pointers } = program
  return stepOf(
    programFor(`${title} ${target.name}`, () => writeProgram(program)),
    calls.map(({ places, columns, times = 1, strides = {}, numbers }): CallArguments => {
      const block = { outer: 0, outerCount: times, column: 0, columns }
      const operands = pointers.map((name) => ({ name, dtype: 'float32' as const, outerStride: strides[name] ?? 0 }))
      return { ...places, ...columnArguments(target.lanes, wide, block, operands), ...numbers }
    }),
  )
}

/** Σ of the parts in `sums` and in `products`, `partCount` of each, for one vector of columns. */
export function addParts({ b, load, overRows }: Strip): [sum: Vector, product: Vector] {
  const [sum, product] = [b.zero(), b.zero()]
  overRows('partCount', ['sums', 'products'], (at) => {
    const [[s], [p]] = [load(at.sums), load(at.products)]
    b.add(sum, s, sum)
    b.add(product, p, product)
  })
  return [sum, product]
}
