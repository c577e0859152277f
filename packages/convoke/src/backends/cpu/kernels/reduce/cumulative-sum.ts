// Running sums along an axis. With columns the lanes lie over inner and every lane adds in order; along a row each vector
// is summed in log₂(lanes) steps of shifting and adding (Hillis & Steele 1986) on top of what came before.

import type { DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Program, type Tail, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'
import { columnArguments, columnBlocks, emitColumns } from './columns.ts'

type CumulativeSum = KernelSpecs['cumulativeSum']
type SumDType = Extract<DType, 'float32' | 'int32'>

const plus = (b: Builder, dtype: SumDType, x: Vector, y: Vector, into?: Vector): Vector =>
  dtype === 'float32' ? b.add(x, y, into) : b.iadd(x, y, into)

/** Lanes moved by `by` towards the end (or the start, when negative); `filler` comes in. */
const shifted = (b: Builder, x: Vector, by: number, filler: Vector): Vector =>
  b.shuffle(
    x,
    filler,
    Array.from({ length: b.lanes }, (_, lane) => {
      const from = lane - by
      return from >= 0 && from < b.lanes ? from : b.lanes
    }),
  )

function writeRows({ exclusive, reverse }: CumulativeSum, dtype: SumDType, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const direction = reverse ? -1 : 1
    const lastLane = new Array<number>(b.lanes).fill(reverse ? 0 : b.lanes - 1)
    const move = (by: Parameters<Builder['advance']>[1]) => {
      b.advance(x, by)
      b.advance(y, by)
    }
    b.loop(b.integer('rows'), () => {
      // In every lane, the sum of all that came before.
      const before = b.zero()
      const vector = (tail?: Tail) => {
        let sum = b.load(x, 0, tail)
        for (let distance = 1; distance < b.lanes; distance *= 2) {
          sum = plus(b, dtype, sum, shifted(b, sum, direction * distance, b.zero()))
        }
        plus(b, dtype, sum, before, sum)
        b.store(y, 0, exclusive ? shifted(b, sum, direction, before) : sum, tail)
        b.copy(b.shuffle(sum, sum, lastLane), before)
      }
      b.loop(b.integer('vectors'), () => {
        vector()
        move(direction * b.bytes)
      })
      move(b.integer('toRest'))
      const rest = b.integer('rest')
      b.when(rest, 'gt', 0, () => vector(b.tail(rest)))
      move(b.integer('step'))
    })
  })
}

function writeColumns({ exclusive }: CumulativeSum, dtype: SumDType, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const pointers = [
      { pointer: x, dtype, name: 'x' },
      { pointer: y, dtype, name: 'y' },
    ]
    emitColumns(b, pointers, 1, (part) => {
      const tail = part === 'all' ? undefined : part === 'one' ? b.tail(1) : part
      const [from, to] = [b.offset(x, 0), b.offset(y, 0)]
      const sum = b.zero()
      b.loop(b.integer('length'), () => {
        if (exclusive) b.store(to, 0, sum, tail)
        plus(b, dtype, sum, b.load(from, 0, tail), sum)
        if (!exclusive) b.store(to, 0, sum, tail)
        b.advance(from, b.integer('row'))
        b.advance(to, b.integer('row'))
      })
    })
  })
}

function rowCalls({ outer, length, reverse }: CumulativeSum, lanes: number): CallArguments[] {
  const vectors = Math.floor(length / lanes)
  const rest = length % lanes
  // Backwards, the whole vectors are at the end of the row and the rest at its start.
  const first = reverse ? length - lanes : 0
  const afterVectors = first + (reverse ? -1 : 1) * vectors * lanes
  const restAt = reverse ? 0 : vectors * lanes
  return grainsOf(outer, grainUnits(outer, length + lanes)).map(({ start, count }) => ({
    x: place(0, (start * length + first) * 4),
    y: place(1, (start * length + first) * 4),
    ...{ rows: count, vectors, rest, toRest: (restAt - afterVectors) * 4, step: (length + first - restAt) * 4 },
  }))
}

/** [x] → [y], float32 or int32 with wraparound. */
export function planCumulativeSum(spec: CumulativeSum, dtype: SumDType, target: Target): KernelPlan {
  const { length, inner, exclusive, reverse } = spec
  const rows = inner === 1
  const direction = rows && reverse ? ' backwards' : ''
  const title = `${exclusive ? 'exclusive ' : ''}running sum of ${dtype} ${rows ? 'rows' : 'columns'}${direction}`
  const program = programFor(`${title} ${target.name}`, () =>
    (rows ? writeRows : writeColumns)(spec, dtype, title, target),
  )
  if (rows) return planOf([stepOf(program, length === 0 ? [] : rowCalls(spec, target.lanes))])
  const calls = columnBlocks(spec, target.lanes).map((block): CallArguments => {
    const start = ((block.outer * length + (reverse ? Math.max(0, length - 1) : 0)) * inner + block.column) * 4
    const outerStride = length * inner
    return {
      x: place(0, start),
      y: place(1, start),
      ...columnArguments(target.lanes, 1, block, [
        { name: 'x', dtype, outerStride },
        { name: 'y', dtype, outerStride },
      ]),
      ...{ length, row: (reverse ? -1 : 1) * inner * 4 },
    }
  })
  return planOf([stepOf(program, calls)])
}
