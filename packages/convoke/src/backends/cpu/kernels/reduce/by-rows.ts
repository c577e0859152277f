// Rows: the lanes lie along the axis; totals grow side by side, and are added across the lanes at the end.

import { type Program, type Vector, vectorProgram } from '../../program/index.ts'
import { loadPart, storePart } from '../elementwise/elementwise.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import { totalRow, walkArguments } from '../rows/walk.ts'
import { type CallArguments, place } from '../step.ts'
import { accumulate, acrossLanes, identityLanes } from './reduction.ts'
import { finished, type Pieces, type Stage } from './stage.ts'

/** Totals that grow at the same time: enough to hide the latency of an addition. */
const chains = 4

export const writeRows = (stage: Stage, title: string): Program =>
  bytesOf(stage.dtype) === 1 ? writeByteRows(stage, title) : writeWordRows(stage, title)

const named = (k: number): string => `x${k}`

function writeWordRows({ op, dtype, target, operands, computed, finish }: Stage, title: string): Program {
  return vectorProgram(title, target, (b) => {
    const pointers = operands.map((_, k) => b.pointer(named(k)))
    const y = b.pointer('y')
    b.loop(b.integer('rows'), () => {
      const held = operands.map(({ length }, k) => (length === 0 ? b.broadcast(pointers[k]) : undefined))
      const moving = operands.flatMap(({ length }, k) => (length === 0 ? [] : [k]))
      const [total] = totalRow(b, () => moving.map((k) => b.offset(pointers[k], 0)), {
        count: 1,
        chains: computed?.long ? 1 : chains,
        start: () => identityLanes(b, op, dtype),
        join: (into, part) => accumulate(b, op, dtype, into, part),
        add: ([sum], at, displacement, tail) => {
          const values = operands.map((_, k) => held[k] ?? b.load(at[moving.indexOf(k)], displacement, tail))
          const value = computed === undefined ? values[0] : computed.emit(b, values)
          const counted = tail === undefined ? value : b.select(b.tailMask(tail), value, identityLanes(b, op, dtype))
          accumulate(b, op, dtype, sum, counted)
        },
      })
      storePart(b, dtype, y, finished(b, finish, acrossLanes(b, op, dtype, total)), 'one')
      operands.forEach((_, k) => {
        b.advance(pointers[k], b.integer(`${named(k)}Step`))
      })
      b.advance(y, b.integer('yStep'))
    })
  })
}

/** Bytes are read a vector of them at a time, as int32. */
function writeByteRows({ op, dtype, target }: Stage, title: string): Program {
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer(named(0)), b.pointer('y')]
    const identity = (): Vector => identityLanes(b, op, dtype)
    const add = (total: Vector, value: Vector) => accumulate(b, op, dtype, total, value)
    b.loop(b.integer('rows'), () => {
      const total = identity()
      b.loop(b.integer('blocks'), () => {
        const sums = Array.from({ length: chains }, identity)
        b.loop(byteTurns, () => {
          sums.forEach((sum, i) => {
            add(sum, b.loadBytes(x, i * b.lanes))
          })
          b.advance(x, chains * b.lanes)
        })
        for (const sum of sums) add(total, sum)
      })
      b.loop(b.integer('vectors'), () => {
        add(total, b.loadBytes(x, 0))
        b.advance(x, b.lanes)
      })
      b.loop(b.integer('rest'), () => {
        add(total, b.select(b.tailMask(b.tail(1)), loadPart(b, dtype, x, 'one'), identity()))
        b.advance(x, 1)
      })
      storePart(b, dtype, y, acrossLanes(b, op, dtype, total), 'one')
      b.advance(x, b.integer(`${named(0)}Step`))
      b.advance(y, b.integer('yStep'))
    })
  })
}

const byteTurns = 32

export function rowCalls(stage: Stage, { start, count, piece, pieces }: Pieces): CallArguments[] {
  const { outer, dtype, operands, to, target } = stage
  const bytes = bytesOf(dtype)
  const perBlock = target.lanes * chains * byteTurns
  const walk =
    bytes === 4
      ? walkArguments(target.lanes, count)
      : {
          blocks: Math.floor(count / perBlock),
          vectors: Math.floor((count % perBlock) / target.lanes),
          rest: count % target.lanes,
        }
  // Rows of words are walked at pointers of their own.
  const consumed = bytes === 1 ? count : 0
  return grainsOf(outer, grainUnits(outer, count + target.lanes)).map((grain) => ({
    ...Object.fromEntries(
      operands.flatMap((operand, k) => [
        [named(k), place(operand.buffer, (grain.start * operand.outer + start * operand.length) * bytes)],
        [`${named(k)}Step`, (operand.outer - consumed) * bytes],
      ]),
    ),
    y: place(to, (grain.start * pieces + piece) * bytes),
    ...{ rows: grain.count, ...walk, yStep: pieces * bytes },
  }))
}
