// The cross-entropy of labels, row by row with the lanes over classes, and back: nothing of the size of the logits is kept
// but the logits.

import type { KernelSpecs } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { exp } from '../math/exp.ts'
import { log } from '../math/log.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, rowArguments, stepOf } from '../step.ts'

/** `each` over the vectors of a row at `from`, which is left there, then over the rest under a tail. */
function overRow(b: Builder, from: Pointer, each: (at: Pointer, tail?: Tail) => void): void {
  const at = b.offset(from, 0)
  b.loop(b.integer('vectors'), () => {
    each(at)
    b.advance(at, b.bytes)
  })
  const rest = b.integer('rest')
  b.when(rest, 'gt', 0, () => each(at, b.tail(rest)))
}

/** x where the tail covers it, else `beyond`. */
const covered = (b: Builder, x: Vector, tail: Tail | undefined, beyond: () => Vector): Vector =>
  tail === undefined ? x : b.select(b.tailMask(tail), x, beyond())

const one = (b: Builder): Tail => b.tail(1)

const lossProgram = (title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [x, labels, loss, largest, logSum] = ['x', 'labels', 'loss', 'largest', 'logSum'].map((name) =>
      b.pointer(name),
    )
    b.loop(b.integer('rows'), () => {
      const highest = b.constant(Number.NEGATIVE_INFINITY)
      overRow(b, x, (at, tail) => {
        // A NaN is seen again in the sum.
        b.max(
          covered(b, b.load(at, 0, tail), tail, () => b.constant(Number.NEGATIVE_INFINITY)),
          highest,
          highest,
        )
      })
      const most = b.maxLanes(highest)
      const shift = b.select(b.less(b.abs(most), b.constant(Number.POSITIVE_INFINITY)), most, b.zero())
      const sum = b.zero()
      overRow(b, x, (at, tail) => {
        const power = exp(b, b.sub(b.load(at, 0, tail), shift))
        b.add(
          sum,
          covered(b, power, tail, () => b.zero()),
          sum,
        )
      })
      const total = log(b, b.sumLanes(sum))
      b.store(largest, 0, shift, one(b))
      b.store(logSum, 0, total, one(b))
      const chosen = b.offset(x, b.integerShl(b.loadInteger(labels), 2))
      b.store(loss, 0, b.sub(total, b.sub(b.broadcast(chosen), shift)), one(b))
      b.advance(x, b.integer('row'))
      for (const pointer of [labels, loss, largest, logSum]) b.advance(pointer, 4)
    })
  })

const gradientProgram = (title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [g, x, labels, largest, logSum, y] = ['g', 'x', 'labels', 'largest', 'logSum', 'y'].map((name) =>
      b.pointer(name),
    )
    b.loop(b.integer('rows'), () => {
      const [given, shift, total] = [b.broadcast(g), b.broadcast(largest), b.broadcast(logSum)]
      const powerOf = (value: Vector): Vector => exp(b, b.sub(b.sub(value, shift), total))
      const to = b.offset(y, 0)
      overRow(b, x, (at, tail) => {
        b.store(to, 0, b.mul(powerOf(b.load(at, 0, tail)), given), tail)
        b.advance(to, b.bytes)
      })
      // Behind the vectors, which may reach over the element of the label.
      const label = b.integerShl(b.loadInteger(labels), 2)
      const power = powerOf(b.broadcast(b.offset(x, label)))
      b.store(b.offset(y, label), 0, b.mul(b.sub(power, b.constant(1)), given), one(b))
      for (const pointer of [x, y]) b.advance(pointer, b.integer('row'))
      for (const pointer of [g, labels, largest, logSum]) b.advance(pointer, 4)
    })
  })

/** Calls over rows; buffers by the name of their argument, those of whole rows first. */
function planRows(
  title: string,
  write: (title: string, target: Target) => Program,
  classes: number,
  rows: number,
  target: Target,
  wide: Readonly<Record<string, number>>,
  narrow: Readonly<Record<string, number>>,
): KernelPlan {
  const calls = grainsOf(rows, grainUnits(rows, classes + target.lanes)).map(({ start, count }): CallArguments => {
    const at = (buffers: Readonly<Record<string, number>>, bytes: number) =>
      Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, place(buffer, start * bytes)]))
    return {
      ...at(wide, 4 * classes),
      ...at(narrow, 4),
      ...{ rows: count, row: 4 * classes, ...rowArguments(target.lanes, classes) },
    }
  })
  return planOf([
    stepOf(
      programFor(`${title} ${target.name}`, () => write(title, target)),
      calls,
    ),
  ])
}

/** [x, labels] → [loss, m, l] of each of `rows` rows. */
export const planSoftmaxLoss = ({ classes }: KernelSpecs['softmaxLoss'], rows: number, target: Target): KernelPlan =>
  planRows('softmax loss', lossProgram, classes, rows, target, { x: 0 }, { labels: 1, loss: 2, largest: 3, logSum: 4 })

/** [loss gradient, x, labels, m, l] → [x gradient]. */
export const planSoftmaxLossGradient = (
  { classes }: KernelSpecs['softmaxLossGradient'],
  rows: number,
  target: Target,
): KernelPlan =>
  planRows(
    // biome-ignore lint/plugin/spread-of-a-list: a tuple
    ...(['softmax loss gradient', gradientProgram, classes, rows, target] as const),
    { x: 1, y: 5 },
    { g: 0, labels: 2, largest: 3, logSum: 4 },
  )
