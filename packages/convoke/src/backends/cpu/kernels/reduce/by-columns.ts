// Columns: the lanes lie over what is inside the axis, strips of a few vectors side by side.

import { type Pointer, type Program, type Vector, vectorProgram } from '../../program/index.ts'
import { loadPart, type Part, storePart } from '../elementwise/elementwise.ts'
import { bytesOf } from '../nest.ts'
import { type CallArguments, place } from '../step.ts'
import { type ColumnPointer, columnArguments, columnBlocks, emitColumns } from './columns.ts'
import { accumulate, identityLanes } from './reduction.ts'
import { finished, type Operand, type Pieces, type Stage } from './stage.ts'

/** Vectors of a strip, each with a total: enough to hide the latency of an addition. */
export const wideColumns = 4
/** Turns after which the inner totals are added to the outer ones. */
const turns = 32

const named = (k: number): string => `x${k}`
const rowOf = (k: number): string => `${named(k)}Row`

/** A function of several steps needs registers for itself. */
const stripOf = ({ computed }: Stage): number => (computed === undefined ? wideColumns : computed.long ? 1 : 2)

const isStill = ({ length }: Operand): boolean => length === 0
const isFixed = ({ inner }: Operand): boolean => inner === 0

export function writeColumns(stage: Stage, title: string): Program {
  const { op, dtype, target, operands, computed, finish } = stage
  const bytes = bytesOf(dtype)
  return vectorProgram(title, target, (b) => {
    const pointers = operands.map((_, k) => b.pointer(named(k)))
    const y = b.pointer('y')
    const fresh = (count: number): Vector[] => Array.from({ length: count }, () => identityLanes(b, op, dtype))
    const add = (totals: readonly Vector[], values: readonly Vector[]) => {
      totals.forEach((total, i) => {
        accumulate(b, op, dtype, total, values[i])
      })
    }
    const read = (at: Pointer, operand: Operand, part: Part, vectors: number, i: number): Vector => {
      if (isFixed(operand)) return b.broadcast(at)
      if (vectors === 1) return loadPart(b, dtype, at, part)
      return bytes === 1 ? b.loadBytes(at, i * b.lanes) : b.load(at, i * b.bytes)
    }
    const moved: ColumnPointer[] = [
      ...operands.map((operand, k) => ({ pointer: pointers[k], dtype, name: named(k), fixed: isFixed(operand) })),
      { pointer: y, dtype, name: 'y' },
    ]
    emitColumns(b, moved, stripOf(stage), (part, vectors) => {
      const strip = Array.from({ length: vectors }, (_, i) => i)
      const at = operands.map((operand, k) => (isStill(operand) ? pointers[k] : b.offset(pointers[k], 0)))
      const held = operands.map((operand, k) =>
        isStill(operand) ? strip.map((i) => read(at[k], operand, part, vectors, i)) : undefined,
      )
      const row = (totals: readonly Vector[]) => {
        if (computed === undefined) {
          add(
            totals,
            strip.map((i) => read(at[0], operands[0], part, vectors, i)),
          )
        } else {
          const shared = operands.map((operand, k) =>
            held[k] === undefined && isFixed(operand) ? b.broadcast(at[k]) : undefined,
          )
          for (const i of strip) {
            const values = operands.map(
              (operand, k) => held[k]?.[i] ?? shared[k] ?? read(at[k], operand, part, vectors, i),
            )
            accumulate(b, op, dtype, totals[i], computed.emit(b, values))
          }
        }
        operands.forEach((operand, k) => {
          if (!isStill(operand)) b.advance(at[k], b.integer(rowOf(k)))
        })
      }
      const totals = fresh(vectors)
      b.loop(b.integer('blocks'), () => {
        const sums = fresh(vectors)
        b.loop(turns, () => row(sums))
        add(totals, sums)
      })
      b.loop(b.integer('rows'), () => row(totals))
      const to = b.offset(y, 0)
      for (const total of totals) {
        storePart(b, dtype, to, finished(b, finish, total), part)
        b.advance(to, b.lanes * bytes)
      }
    })
  })
}

export function columnCalls(stage: Stage, { start, count, piece, pieces }: Pieces): CallArguments[] {
  const { inner, dtype, operands, to, target } = stage
  const bytes = bytesOf(dtype)
  const wide = stripOf(stage)
  return columnBlocks({ ...stage, length: count }, wide * target.lanes).map((block) => ({
    ...Object.fromEntries(
      operands.flatMap((operand, k) => [
        [
          named(k),
          place(
            operand.buffer,
            (block.outer * operand.outer + start * operand.length + block.column * operand.inner) * bytes,
          ),
        ],
        [rowOf(k), operand.length * bytes],
      ]),
    ),
    y: place(to, ((block.outer * pieces + piece) * inner + block.column) * bytes),
    ...columnArguments(target.lanes, wide, block, [
      ...operands.map((operand, k) => ({
        ...{ name: named(k), dtype, outerStride: operand.outer, fixed: isFixed(operand) },
      })),
      { name: 'y', dtype, outerStride: pieces * inner },
    ]),
    ...{ blocks: Math.floor(count / turns), rows: count % turns },
  }))
}
