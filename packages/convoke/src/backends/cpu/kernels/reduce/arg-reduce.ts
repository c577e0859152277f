// Where the first extreme along an axis is. Elements become int32 keys that order as the elements do, NaN above all and
// both zeros equal, negated for the minimum: so one comparison decides.

import type { DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Mask, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { loadPart, type Part } from '../elementwise/elementwise.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'
import { columnArguments, columnBlocks, emitColumns } from './columns.ts'

type ArgReduce = KernelSpecs['argReduce']

const least = -(2 ** 31)
const greatest = 2 ** 31 - 1

/** int32 lanes that order as the elements do; `argMin` turns the order around. */
function keysOf(b: Builder, op: ArgReduce['op'], dtype: DType, x: Vector): Vector {
  if (dtype !== 'float32') return op === 'argMax' ? x : b.xor(x, b.constantInt(-1))
  // −0 + 0 is +0. The bits of negative floats order backwards: all but the sign are inverted.
  const signed = b.add(op === 'argMax' ? x : b.neg(x), b.zero())
  const keys = b.xor(signed, b.shr(b.sar(signed, 31), 1))
  return b.select(b.equal(x, x), keys, b.constantInt(greatest))
}

/** The best key and its index so far, and the index of the elements read next, lane by lane. */
interface Best {
  readonly key: Vector
  readonly index: Vector
  readonly current: Vector
}

function take(b: Builder, { key, index, current }: Best, keys: Vector, step: number): void {
  const better = b.igreater(keys, key)
  b.select(better, keys, key, key)
  b.select(better, current, index, index)
  b.iadd(current, b.constantInt(step), current)
}

/** The lane with the largest key, of equals the one with the smallest index; in every lane. */
function bestAcrossLanes(b: Builder, best: Best): Vector {
  let [key, index] = [best.key, best.index]
  for (let distance = b.lanes / 2; distance >= 1; distance /= 2) {
    const pattern = Array.from({ length: b.lanes }, (_, lane) => lane ^ distance)
    const [otherKey, otherIndex] = [b.shuffle(key, key, pattern), b.shuffle(index, index, pattern)]
    const earlier: Mask = b.maskAnd(b.iequal(otherKey, key), b.iless(otherIndex, index))
    const better = b.maskOr(b.igreater(otherKey, key), earlier)
    key = b.select(better, otherKey, key)
    index = b.select(better, otherIndex, index)
  }
  return index
}

function writeRows(op: ArgReduce['op'], dtype: DType, title: string, target: Target): Program {
  const bytes = bytesOf(dtype)
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const lanes = Array.from({ length: b.lanes }, (_, lane) => lane)
    b.loop(b.integer('rows'), () => {
      // biome-ignore lint/plugin/spread-of-a-list: one a lane
      const current = b.constantInt(...lanes)
      const best: Best = { key: b.constantInt(least), index: b.copy(current), current }
      b.loop(b.integer('vectors'), () => {
        take(b, best, keysOf(b, op, dtype, loadPart(b, dtype, x, 'all')), b.lanes)
        b.advance(x, b.lanes * bytes)
      })
      const partial = (part: Part) => {
        const keys = keysOf(b, op, dtype, loadPart(b, dtype, x, part))
        const covered = b.tailMask(part === 'one' || part === 'all' ? b.tail(1) : part)
        take(b, best, b.select(covered, keys, b.constantInt(least)), 1)
      }
      const rest = b.integer('rest')
      if (bytes === 1) {
        b.loop(rest, () => {
          partial('one')
          b.advance(x, 1)
        })
      } else b.when(rest, 'gt', 0, () => partial(b.tail(rest)))
      b.store(y, 0, bestAcrossLanes(b, best), b.tail(1))
      b.advance(x, b.integer('xStep'))
      b.advance(y, 4)
    })
  })
}

/** Vectors of columns side by side. */
const wide = 2

function writeColumns(op: ArgReduce['op'], dtype: DType, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const pointers = [
      { pointer: x, dtype, name: 'x' },
      { pointer: y, dtype: 'int32', name: 'y' },
    ] as const
    emitColumns(b, pointers, wide, (part, vectors) => {
      const bests = Array.from(
        { length: vectors },
        (): Best => ({ key: b.constantInt(least), index: b.zero(), current: b.zero() }),
      )
      const at = b.offset(x, 0)
      b.loop(b.integer('length'), () => {
        bests.forEach((best, i) => {
          const from = i === 0 ? at : b.offset(at, i * b.lanes * bytesOf(dtype))
          take(b, best, keysOf(b, op, dtype, loadPart(b, dtype, from, part)), 1)
        })
        b.advance(at, b.integer('xRow'))
      })
      const tail = part === 'all' ? undefined : part === 'one' ? b.tail(1) : part
      bests.forEach(({ index }, i) => {
        b.store(y, i * b.bytes, index, tail)
      })
    })
  })
}

/** [x of outer·length·inner] → [int32 of outer·inner]. */
export function planArgReduce(spec: ArgReduce, dtype: DType, target: Target): KernelPlan {
  const { op, outer, length, inner } = spec
  const { lanes } = target
  const bytes = bytesOf(dtype)
  const rows = inner === 1
  const title = `${op} of ${dtype} ${rows ? 'rows' : 'columns'}`
  const program = programFor(`${title} ${target.name}`, () =>
    (rows ? writeRows : writeColumns)(op, dtype, title, target),
  )
  if (rows) {
    const consumed = bytes === 1 ? length : length - (length % lanes)
    const calls = grainsOf(outer, grainUnits(outer, length + lanes)).map(({ start, count }) => ({
      x: place(0, start * length * bytes),
      y: place(1, start * 4),
      ...{ rows: count, vectors: Math.floor(length / lanes), rest: length % lanes, xStep: (length - consumed) * bytes },
    }))
    return planOf([stepOf(program, calls)])
  }
  const calls = columnBlocks(spec, wide * lanes).map(
    (block): CallArguments => ({
      x: place(0, (block.outer * length * inner + block.column) * bytes),
      y: place(1, (block.outer * inner + block.column) * 4),
      ...columnArguments(lanes, wide, block, [
        { name: 'x', dtype, outerStride: length * inner },
        { name: 'y', dtype: 'int32', outerStride: inner },
      ]),
      ...{ length, xRow: inner * bytes },
    }),
  )
  return planOf([stepOf(program, calls)])
}
