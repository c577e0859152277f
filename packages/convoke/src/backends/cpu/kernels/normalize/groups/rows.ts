// Rows that are normalised by themselves: [x, scale, bias] → [y, mean, r]. A row is read three times while it is in the cache:
// for its mean, for the squares about it and what rounding left of the mean, and for the result.

import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorAt,
  vectorProgram,
} from '../../../program/index.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import type { KernelPlan } from '../../plan.ts'
import { covered, overRow, sumRow, walkArguments } from '../../rows/walk.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../../step.ts'

export interface Statistics {
  readonly mean: Vector
  /** 1 / √(variance + epsilon). */
  readonly inverse: Vector
}

export const inverseOf = (b: Builder, variance: Vector): Vector =>
  b.div(b.constant(1), b.sqrt(b.add(variance, b.float('epsilon'))))

/** Of the row at `x`; `share` is 1 over its length. */
function statisticsOf(b: Builder, x: () => Pointer, centred: boolean): Statistics {
  const row = () => [b.offset(x(), 0)]
  if (!centred) {
    const [squares] = sumRow(b, row, { count: 1, chains: 4 }, ([total], [at], displacement, tail) => {
      const value = b.load(at, displacement, tail)
      b.fma(total, value, value)
    })
    return { mean: b.zero(), inverse: inverseOf(b, b.mul(squares, b.float('share'))) }
  }
  const [sum] = sumRow(b, row, { count: 1, chains: 4 }, ([total], [at], displacement, tail) => {
    b.add(total, b.load(at, displacement, tail), total)
  })
  const mean = b.mul(sum, b.float('share'))
  const [rest, squares] = sumRow(b, row, { count: 2, chains: 4 }, ([left, total], [at], displacement, tail) => {
    const d = covered(b, b.sub(b.load(at, displacement, tail), mean), tail)
    b.add(left, d, left)
    b.fma(total, d, d)
  })
  const correction = b.mul(rest, b.float('share'))
  const variance = b.fnma(b.mul(squares, b.float('share')), correction, correction)
  return { mean: b.add(mean, correction, mean), inverse: inverseOf(b, b.max(b.zero(), variance)) }
}

const writeRows = (centred: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [x, y, means, inverses] = ['x', 'y', 'mean', 'inverse'].map((name) => b.pointer(name))
    const one = () => b.tail(1)
    b.loop(b.integer('rows'), () => {
      const { mean, inverse } = statisticsOf(b, () => x, centred)
      const operands = () => [
        ...[x, y].map((from) => b.offset(from, 0)),
        b.offset(b.pointer('scale'), 0),
        b.offset(b.pointer('bias'), 0),
      ]
      overRow(b, operands, ([from, to, scale, bias], displacement, tail) => {
        const value = b.load(from, displacement, tail)
        if (centred) b.sub(value, mean, value)
        b.mul(value, inverse, value)
        const shift = tail === undefined ? vectorAt(bias, displacement) : b.load(bias, displacement, tail)
        b.store(to, displacement, b.horner(value, b.load(scale, displacement, tail), shift), tail)
      })
      b.store(means, 0, mean, one())
      b.store(inverses, 0, inverse, one())
      for (const pointer of [x, y]) b.advance(pointer, b.integer('row'))
      for (const pointer of [means, inverses]) b.advance(pointer, 4)
    })
  })

/** Each of `outer` rows of `channels`. */
export function planNormalizeRows(
  { outer, channels, epsilon, centred }: NormalizeGroupsSpec,
  target: Target,
): KernelPlan {
  const [x, scale, bias, y, mean, inverse] = [0, 1, 2, 3, 4, 5]
  const title = `normalize rows${centred ? '' : ' about 0'}`
  const program = programFor(`${title} ${target.name}`, () => writeRows(centred, title, target))
  const calls = grainsOf(outer, grainUnits(outer, channels + 4 * target.lanes)).map(
    ({ start, count }): CallArguments => {
      const row = 4 * start * channels
      return {
        ...{ x: place(x, row), y: place(y, row), scale: place(scale, 0), bias: place(bias, 0) },
        ...{ mean: place(mean, 4 * start), inverse: place(inverse, 4 * start) },
        ...{ rows: count, row: 4 * channels, share: 1 / channels, epsilon },
        ...walkArguments(target.lanes, channels),
      }
    },
  )
  return planOf([stepOf(program, calls)])
}
