// Transforms along the last axis, `lanes` rows side by side: for rows whose length is no multiple of the lanes. Squares of the rows are
// transposed into columns, which are transformed as columns are, and back.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  vectorProgram,
} from '../../program/index.ts'
import { programFor } from '../step.ts'
import { columnBytes, coreLength, type DftKind, emitColumn } from './columns.ts'
import { apartPart } from './ends.ts'
import { planPasses } from './passes.ts'
import type { RowSpec } from './rows.ts'

/** Floats of a row of the input and of the output. */
export function rowFloats(kind: DftKind, n: number): { readonly x: number; readonly y: number } {
  const { x, y } = columnBytes({ kind, n, inner: 1 })
  return { x: x.line / 4, y: y.line / 4 }
}

/** Row i of `lanes`, or the last there is. */
function rowAt(b: Builder, first: Pointer, i: number, last: Integer, line: number): Pointer {
  if (i === 0) return first
  const row = b.set(i)
  return b.offset(first, b.integerMul(b.integerMin(row, last), line))
}

/** Squares between rows of so many floats, `line` bytes apart, and columns: vectors of one float of each row. */
function emitSquares(
  b: Builder,
  floats: number,
  line: number,
  rows: Pointer,
  columns: Pointer,
  last: Integer,
  way: 'gather' | 'scatter',
): void {
  const each = Array.from({ length: b.lanes }, (_, i) => i)
  const square = (count: number): void => {
    const tail = count === b.lanes ? undefined : b.tail(count)
    if (way === 'gather') {
      const vectors = b.transpose(each.map((i) => b.load(rowAt(b, rows, i, last, line), 0, tail)))
      for (let j = 0; j < count; j++) b.store(columns, j * b.bytes, vectors[j])
    } else {
      const loaded = each.slice(0, count).map((j) => b.load(columns, j * b.bytes))
      const vectors = b.transpose(each.map((j) => loaded[Math.min(j, count - 1)]))
      for (const i of each) b.store(rowAt(b, rows, i, last, line), 0, vectors[i], tail)
    }
  }
  b.loop(Math.floor(floats / b.lanes), () => {
    square(b.lanes)
    b.advance(rows, b.bytes)
    b.advance(columns, b.lanes * b.bytes)
  })
  if (floats % b.lanes > 0) square(floats % b.lanes)
}

/**
 * `groups` times `lanes` rows, of the last of them `last` + 1 only. Arguments: x, y, gathered, spread (columns of what is read and
 * written), work, natural (where real), stage, twiddles, places, halves (where real of even n), scale, groups, last.
 */
export function gatheredProgram({ kind, n, scaled }: RowSpec, target: Target): Program {
  const name = `dft ${kind} ${n} gathered rows`
  return programFor(`${name} ${scaled} ${target.name} ${target.caches.first}`, () =>
    vectorProgram(name, target, (b) => {
      const passes = planPasses(coreLength(kind, n), target)
      const floats = rowFloats(kind, n)
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const row = (real: boolean): number => (real ? 1 : 2) * b.bytes
      b.loop(b.integer('groups'), () => {
        const from = b.offset(x, 0)
        emitSquares(b, floats.x, floats.x * 4, from, b.pointer('gathered'), b.integer('last'), 'gather')
        const ends = { x: b.pointer('gathered'), y: b.pointer('spread'), part: apartPart }
        const rows = { xRow: row(kind === 'toHalf'), yRow: row(kind === 'toReal') }
        emitColumn(b, { kind, n, scaled }, passes, { ...ends, ...rows, reals: { tail: undefined, ordered: true } })
        const to = b.offset(y, 0)
        emitSquares(b, floats.y, floats.y * 4, to, b.pointer('spread'), b.integer('last'), 'scatter')
        b.advance(x, b.lanes * floats.x * 4)
        b.advance(y, b.lanes * floats.y * 4)
      })
    }),
  )
}
