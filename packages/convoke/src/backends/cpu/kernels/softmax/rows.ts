// softmax along the last axis, a row at a time while it is in the cache: its largest, its powers and their sum, its shares.

import type { AxisSpec } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { exp } from '../math/exp.ts'
import { log as logarithm } from '../math/log.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { covered, overRow, sumRow, totalRow, walkArguments } from '../rows/walk.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'

/** What is taken from every element, so that no power overflows: the largest, or 0 where that is not finite. */
export const shiftOf = (b: Builder, largest: Vector): Vector =>
  b.select(b.less(b.abs(largest), b.constant(Number.POSITIVE_INFINITY)), largest, b.zero())

/** Of a row, NaN left out: it is seen again in the sum. */
function largestOf(b: Builder, x: () => readonly Pointer[]): Vector {
  const least = () => b.constant(Number.NEGATIVE_INFINITY)
  const join = (into: Vector, value: Vector) => void b.max(value, into, into)
  const [largest] = totalRow(b, x, {
    ...{ count: 1, chains: 4, start: least, join },
    add: ([total], [at], displacement, tail) => {
      const value = b.load(at, displacement, tail)
      join(total, tail === undefined ? value : b.select(b.tailMask(tail), value, least()))
    },
  })
  return b.maxLanes(largest)
}

const writeRows = (log: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const [from, both] = [() => [b.offset(x, 0)], () => [b.offset(x, 0), b.offset(y, 0)]]
    b.loop(b.integer('rows'), () => {
      const shift = shiftOf(b, largestOf(b, from))
      const [sum] = sumRow(b, both, { count: 1, chains: 4 }, ([total], [at, to], displacement, tail) => {
        const power = exp(b, b.sub(b.load(at, displacement, tail), shift))
        if (!log) b.store(to, displacement, power, tail)
        b.add(total, covered(b, power, tail), total)
      })
      const whole = log ? logarithm(b, sum) : b.div(b.constant(1), sum)
      overRow(b, both, ([at, to], displacement, tail) => {
        const value = b.load(log ? at : to, displacement, tail)
        b.store(to, displacement, log ? b.sub(b.sub(value, shift), whole) : b.mul(value, whole), tail)
      })
      for (const pointer of [x, y]) b.advance(pointer, b.integer('row'))
    })
  })

const writeGradient = (log: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [g, y, x] = ['g', 'y', 'x'].map((name) => b.pointer(name))
    const at = (pointers: readonly Pointer[]) => () => pointers.map((pointer) => b.offset(pointer, 0))
    b.loop(b.integer('rows'), () => {
      const [sum] = sumRow(b, at([g, y]), { count: 1, chains: 4 }, ([total], [given, result], displacement, tail) => {
        const value = b.load(given, displacement, tail)
        if (log) b.add(total, value, total)
        else b.fma(total, value, b.load(result, displacement, tail))
      })
      overRow(b, at([g, y, x]), ([given, result, to], displacement, tail) => {
        const [value, share] = [b.load(given, displacement, tail), b.load(result, displacement, tail)]
        b.store(to, displacement, gradientOf(b, log, value, share, sum), tail)
      })
      for (const pointer of [g, y, x]) b.advance(pointer, b.integer('row'))
    })
  })

/** y·(g − Σ g·y), or g − e^y·Σ g. */
export const gradientOf = (b: Builder, log: boolean, g: Vector, y: Vector, sum: Vector): Vector =>
  log ? b.fnma(g, exp(b, y), sum) : b.mul(b.sub(g, sum, g), y, g)

const rowsStep = (
  title: string,
  write: (title: string) => Program,
  { outer, length }: AxisSpec,
  target: Target,
  buffers: Readonly<Record<string, number>>,
): KernelStep =>
  stepOf(
    programFor(`${title} ${target.name}`, () => write(title)),
    grainsOf(outer, grainUnits(outer, length + 2 * target.lanes)).map(
      ({ start, count }): CallArguments => ({
        ...Object.fromEntries(
          Object.entries(buffers).map(([name, buffer]) => [name, place(buffer, 4 * start * length)]),
        ),
        ...{ rows: count, row: 4 * length },
        ...walkArguments(target.lanes, length),
      }),
    ),
  )

export const softmaxRows = (title: string, log: boolean, axis: AxisSpec, target: Target): KernelStep =>
  rowsStep(title, (name) => writeRows(log, name, target), axis, target, { x: 0, y: 1 })

export const softmaxRowsGradient = (title: string, log: boolean, axis: AxisSpec, target: Target): KernelStep =>
  rowsStep(title, (name) => writeGradient(log, name, target), axis, target, { g: 0, y: 1, x: 2 })
