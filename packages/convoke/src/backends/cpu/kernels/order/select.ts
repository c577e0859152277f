// The first of a long row, in their order: a sample tells a key that enough of all keys are not above, those are collected and
// sorted by their digits. Where the sample was wrong and too few are, all are taken.

import { type Builder, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitRow, loadPart } from '../elementwise/elementwise.ts'
import { programFor, rowArguments } from '../step.ts'
import { keyMaker, type Order, orderText } from './keys.ts'
import { clearCounts, counterOf, counters, type Digits, digitsFor, emitPasses, radixBytes } from './radix.ts'
import { emitRows, emitTake } from './take.ts'

export interface Selection {
  /** Every so manyth vector is looked at beforehand. */
  readonly every: number
  /** Vectors of the sample. */
  readonly vectors: number
  /** The first of the sample, whose last is the limit. */
  readonly target: number
  /** Elements that will be collected, roughly. */
  readonly expected: number
  /** High bits of keys that the sample is counted by. */
  readonly bits: number
  readonly digits: Digits
}

/** From here on finer counts cost less than what they spare. */
const fineFrom = 2 ** 15

/** Null where the row is too short for a sample. */
export function selectionOf(
  order: Order,
  length: number,
  k: number,
  every: number,
  { lanes }: Target,
): Selection | null {
  const vectors = Math.floor(Math.floor(length / lanes) / every)
  if (vectors === 0) return null
  // Of the first k there are so many in the sample, give or take a root; four roots less are all but never there.
  const mean = (k * vectors * lanes) / length
  const target = Math.ceil(mean + 4 * Math.sqrt(mean) + 8)
  const expected = Math.min(length, (target * length) / (vectors * lanes))
  const bits = length < fineFrom ? 11 : 16
  return { every, vectors, target, expected, bits, digits: digitsFor(order, expected) }
}

/** Bytes before the places: how many keys are collected, and after it a vector of them. */
const headBytes = (lanes: number): number => 64 + 4 * lanes

/** The counts, the two buffers of the passes, and places. */
export function selectionBytes({ bits, digits }: Selection, length: number, { lanes }: Target): number[] {
  const [counts, first, second] = radixBytes(digits, length)
  // Lanes that are not collected may be written behind the last.
  return [Math.max(counts, 4 * 2 ** bits), first + 64, second + 64, headBytes(lanes) + 64 * Math.ceil(length / 16) + 64]
}

/** In moves, roughly a nanosecond each. */
export const selectionCost = (
  { vectors, bits, expected, digits }: Selection,
  length: number,
  { lanes }: Target,
): number =>
  2 * vectors * lanes + 2 ** bits + (2 * length) / lanes + (12 + 5 * digits.length) * expected + counters(digits)

export const selectionArguments = (
  { every, vectors, target }: Selection,
  length: number,
  { lanes }: Target,
): Record<string, number> => ({
  ...{ sampled: vectors, sampleStep: 4 * lanes * every, target },
  ...rowArguments(lanes, length),
})

export const selectProgram = (order: Order, { bits, digits }: Selection, target: Target): Program => {
  const title = `first of ${orderText(order)}, by ${bits} bits and ${digits.map((digit) => digit.bits).join('+')}`
  return programFor(`${title} ${target.name}`, () => vectorProgram(title, target, (b) => write(b, order, bits, digits)))
}

function write(b: Builder, order: Order, bits: number, digits: Digits): void {
  const key = keyMaker(b, order)
  const head = () => b.pointer('chosen')
  const placesAt = headBytes(b.lanes)
  /** Keys whose order is that of their bits. */
  const unsigned = (keys: ReturnType<typeof key>) => b.xor(keys, b.constantInt(-(2 ** 31)))
  const collected = () => b.loadInteger(head())

  /** How often each digit comes in the sample. */
  const sample = (from: ReturnType<Builder['pointer']>): void => {
    const counts = b.pointer('counts')
    clearCounts(b, counts, 2 ** bits)
    b.loop(b.integer('sampled'), () => {
      b.store(head(), 64, unsigned(key(b.load(from))))
      const lanes = head()
      for (let lane = 0; lane < b.lanes; lane++) {
        const counter = counterOf(b, counts, b.loadInteger(lanes, 64 + 4 * lane), { shift: 32 - bits, bits })
        b.storeInteger(counter, 0, b.integerAdd(b.loadInteger(counter), 1))
      }
      b.advance(from, b.integer('sampleStep'))
    })
  }

  /** The largest key whose digit is that of the sample's last wanted one. */
  const limitOf = () => {
    const [counter, left, digit] = [b.pointer('counts'), b.set(b.integer('target')), b.set(0)]
    b.loop(2 ** bits, () => {
      b.integerSub(left, b.loadInteger(counter), left)
      b.integerAdd(digit, b.integerMin(b.integerMax(left, 0), 1), digit)
      b.advance(counter, 4)
    })
    const next = b.integerAdd(b.integerMin(digit, 2 ** bits - 1), 1)
    return unsigned(b.splat(b.integerSub(b.integerShl(next, 32 - bits), 1)))
  }

  const collect = (from: ReturnType<Builder['pointer']>, limit: ReturnType<typeof key>): void => {
    const place = b.set(0)
    const advance = (elements: number): void => {
      b.advance(from, 4 * elements)
      b.integerAdd(place, elements, place)
    }
    emitRow(b, false, advance, (part) => {
      const keys = key(loadPart(b, order.dtype, from, part))
      const within = b.maskNot(b.igreater(keys, limit))
      const found = b.maskBits(typeof part === 'string' ? within : b.maskAnd(within, b.tailMask(part)))
      b.when(found, 'ne', 0, () => {
        b.store(head(), 64, unsigned(keys))
        const bytes = b.integerShl(collected(), 2)
        for (let lane = 0; lane < b.lanes; lane++) {
          b.storeInteger(b.offset(b.pointer('second'), bytes), 0, b.loadInteger(head(), 64 + 4 * lane))
          b.storeInteger(b.offset(head(), bytes), placesAt, b.integerAdd(place, lane))
          const bit = lane < 2 ? b.integerShl(found, 2 - lane) : b.integerShr(found, lane - 2)
          b.integerAdd(bytes, b.integerAnd(bit, 4), bytes)
        }
        b.storeInteger(head(), 0, b.integerShr(bytes, 2))
      })
    })
  }

  emitRows(b, (x, results) => {
    sample(b.offset(x, 0))
    const limit = limitOf()
    b.storeInteger(head(), 0, b.set(0))
    b.loop(2, () => {
      b.when(collected(), 'lt', b.integer('k'), () => {
        b.storeInteger(head(), 0, b.set(0))
        collect(b.offset(x, 0), limit)
        b.copy(b.constantInt(2 ** 31 - 1), limit)
      })
    })
    const sorted = emitPasses(b, digits, collected, () => b.offset(head(), placesAt))
    emitTake(b, order.dtype, x, sorted, results)
  })
}
