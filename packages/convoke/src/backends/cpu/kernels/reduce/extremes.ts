// The least and the greatest of all elements, in one reading: pieces of a size that depends on the length alone, then the
// pieces' own extremes.

import { type Builder, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'
import { accumulate, acrossLanes, identityLanes, type ReduceOp } from './reduction.ts'

/** Enough at once to hide the latency of a comparison. */
const accumulators = 3

const ops = ['min', 'max'] as const

/** Arguments: where each extreme is read from, `vectors` and `rest` of them, and where they go. */
function writeExtremes(title: string, target: Target): Program {
  return vectorProgram(title, target, (b: Builder) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const totals = ops.map((op) => Array.from({ length: accumulators }, () => identityLanes(b, op, 'float32')))
    const take = (value: Vector, i: number): void => {
      for (const [k, op] of ops.entries()) accumulate(b, op, 'float32', totals[k][i], value)
    }
    b.loop(b.integer('blocks'), () => {
      for (let i = 0; i < accumulators; i++) take(b.load(x, i * b.bytes), i)
      b.advance(x, accumulators * b.bytes)
    })
    // The rest one by one, each in every lane.
    b.loop(b.integer('rest'), () => {
      take(b.broadcast(x), 0)
      b.advance(x, 4)
    })
    const one = b.tail(1)
    ops.forEach((op, k) => {
      const [first, ...others] = totals[k]
      for (const other of others) accumulate(b, op, 'float32', first, other)
      b.store(y, 4 * k, acrossLanes(b, op satisfies ReduceOp, 'float32', first), one)
    })
  })
}

/** [x of `length`] → [the least, the greatest]. */
export function planExtremes(length: number, target: Target): KernelPlan {
  const title = 'extremes'
  const program = programFor(`${title} ${target.name}`, () => writeExtremes(title, target))
  const block = target.lanes * accumulators
  const over = (buffer: number, start: number, count: number): CallArguments => ({
    x: place(buffer, 4 * start),
    blocks: Math.floor(count / block),
    rest: count % block,
  })
  const pieces = grainsOf(length, grainUnits(length, 1))
  // The extremes of the extremes: a least is no more than a greatest, and a NaN stands in both.
  return planOf(
    [
      stepOf(
        program,
        pieces.map(({ start, count }, i) => ({ ...over(0, start, count), y: place(2, 8 * i) })),
      ),
      stepOf(program, [{ ...over(2, 0, 2 * pieces.length), y: place(1, 0) }]),
    ],
    [8 * Math.max(pieces.length, 1)],
  )
}
