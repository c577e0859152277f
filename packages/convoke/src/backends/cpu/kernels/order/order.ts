// Rows in order, or the first of them: which way costs least.

import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf, stepOf } from '../step.ts'
import type { Order } from './keys.ts'
import { lastKeyAt, listArguments, listBytes, listProgram, listVectors, mostListVectors } from './list.ts'
import { digitsFor, radixArguments, radixBytes, radixProgram } from './radix.ts'
import { mostRankVectors, rankArguments, ranksBytes, ranksProgram } from './ranks.ts'
import { selectionArguments, selectionBytes, selectionCost, selectionOf, selectProgram } from './select.ts'

/** Parts of a row that may be looked at beforehand. */
const sampledEvery = [4, 16, 64]

interface Way {
  /** Of a row, in comparisons or moves, roughly a nanosecond each. */
  readonly cost: number
  readonly program: () => Program
  readonly numbers: Readonly<Record<string, number>>
  /** Bytes of working memory by the name of the argument. */
  readonly memory: Readonly<Record<string, number>>
  /** Bytes from the start of the first of them to where the argument `last` points. */
  readonly last?: number
}

interface Rows {
  readonly outer: number
  readonly length: number
  /** How many of each row are wanted. */
  readonly k: number
}

function waysFor({ length, k }: Rows, order: Order, target: Target): Way[] {
  const ways: Way[] = []
  const vectors = Math.ceil(length / target.lanes)
  if (vectors <= mostRankVectors) {
    ways.push({
      cost: 2 * length + vectors * length,
      program: () => ranksProgram(order, target),
      numbers: rankArguments(length, target),
      memory: { work: ranksBytes(target) },
    })
  }
  if (listVectors(k, target) <= mostListVectors) {
    // In a row without order, element i is among the first k with a probability of k / i.
    const insertions = k * (1 + Math.log(length / Math.max(k, 1)))
    ways.push({
      cost: 2 * vectors + insertions * (target.lanes + 3 * listVectors(k, target)),
      program: () => listProgram(order, target),
      numbers: listArguments(order, length, k, target),
      memory: { list: listBytes(target) },
      last: lastKeyAt(k, target),
    })
  }
  if (bytesOf(order.dtype) === 4 && k > 0) {
    for (const every of sampledEvery) {
      const selection = selectionOf(order, length, k, every, target)
      if (selection === null) continue
      const [counts, first, second, chosen] = selectionBytes(selection, length, target)
      ways.push({
        cost: selectionCost(selection, length, target),
        program: () => selectProgram(order, selection, target),
        numbers: selectionArguments(selection, length, target),
        memory: { counts, first, second, chosen },
      })
    }
  }
  const digits = digitsFor(order, length)
  const [counts, first, second] = radixBytes(digits, length)
  ways.push({
    cost: (4 + 5 * digits.length) * length + counts / 4,
    program: () => radixProgram(order, digits, target),
    numbers: radixArguments(length, target),
    memory: { counts, first, second },
  })
  return ways
}

function planOrder(rows: Rows, order: Order, target: Target): KernelPlan {
  const { outer, length, k } = rows
  const ways = waysFor(rows, order, target)
  const way = ways.reduce((best, other) => (other.cost < best.cost ? other : best))
  const bytes = bytesOf(order.dtype)
  const grains = k === 0 ? [] : grainsOf(outer, grainUnits(outer, Math.max(1, way.cost)))
  const memory = Object.entries(way.memory)
  const calls = grains.map(({ start, count }) => ({
    x: place(0, start * length * bytes),
    values: place(1, start * k * bytes),
    indices: place(2, start * k * 4),
    ...Object.fromEntries(memory.map(([name], i) => [name, place(3 + i, 0)])),
    ...(way.last !== undefined && { last: place(3, way.last) }),
    ...{ rows: count, rowBytes: length * bytes, k },
    ...way.numbers,
  }))
  const sizes = memory.map(([, size]) => size)
  const plan = planOf([stepOf(way.program(), calls)])
  // One task needs no memory for every thread.
  return Object.freeze(calls.length === 1 ? { ...plan, scratch: sizes } : { ...plan, workerScratch: sizes })
}

/** [x] → [values, indices] */
export const planSort = (
  { outer, length, descending }: KernelSpecs['sort'],
  dtype: DType,
  target: Target,
): KernelPlan => planOrder({ outer, length, k: length }, { dtype, descending }, target)

/** [x] → [values, indices] */
export const planTopK = (
  { outer, length, k, largest }: KernelSpecs['topK'],
  dtype: DType,
  target: Target,
): KernelPlan => planOrder({ outer, length, k }, { dtype, descending: largest }, target)
