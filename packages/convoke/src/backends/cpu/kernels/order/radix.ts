// Long rows by their digits, the lowest first: each pass puts keys and their places where the counts of the digits say, and leaves those
// of equal digits in their order (least-significant-digit radix sort; Knuth, The Art of Computer Programming, volume 3, 5.2.5).

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  vectorProgram,
} from '../../program/index.ts'
import { bytesOf } from '../nest.ts'
import { programFor, rowArguments } from '../step.ts'
import { emitKeys, keyMaker, type Order, orderText } from './keys.ts'
import { emitRows, emitTake } from './take.ts'

export interface Digit {
  readonly shift: number
  readonly bits: number
}

const bytesDigits: readonly Digit[] = [{ shift: 0, bits: 8 }]
const shortDigits: readonly Digit[] = [0, 8, 16, 24].map((shift) => ({ shift, bits: 8 }))
const longDigits: readonly Digit[] = [
  { shift: 0, bits: 11 },
  { shift: 11, bits: 11 },
  { shift: 22, bits: 10 },
]

/** From here on a pass over the row costs more than counts for larger digits. */
const longFrom = 8192

export type Digits = readonly Digit[]

export const digitsFor = ({ dtype }: Order, length: number): Digits =>
  bytesOf(dtype) === 1 ? bytesDigits : length < longFrom ? shortDigits : longDigits

export const counters = (digits: Digits): number => digits.reduce((total, { bits }) => total + 2 ** bits, 0)

/** Bytes of the counts and of the two buffers that passes go back and forth between. */
export const radixBytes = (digits: Digits, length: number): number[] => {
  const pairs = 64 * Math.ceil(((digits.length === 1 ? 4 : 8) * length) / 64)
  return [4 * counters(digits), pairs, pairs]
}

export const radixArguments = (length: number, target: Target): Record<string, number> => ({
  length,
  ...rowArguments(target.lanes, length),
})

export const radixProgram = (order: Order, digits: Digits, target: Target): Program => {
  const title = `radix ${digits.map(({ bits }) => bits).join('+')} of ${orderText(order)}`
  return programFor(`${title} ${target.name}`, () => vectorProgram(title, target, (b) => write(b, order, digits)))
}

function write(b: Builder, order: Order, digits: Digits): void {
  const key = keyMaker(b, order, true)
  emitRows(b, (x, results) => {
    emitKeys(b, order.dtype, x, b.pointer('second'), key)
    const sorted = emitPasses(b, digits, () => b.integer('length'))
    emitTake(b, order.dtype, x, sorted, results)
  })
}

/** The counter of a key's digit; that of a pass lies so many bytes further on. */
export function counterOf(b: Builder, counts: Pointer, word: Integer, { shift, bits }: Digit): Pointer {
  const mask = 2 ** bits - 1
  const bytes =
    shift === 0 ? b.integerShl(b.integerAnd(word, mask), 2) : b.integerAnd(b.integerShr(word, shift - 2), mask * 4)
  return b.offset(counts, bytes)
}

export function clearCounts(b: Builder, counts: Pointer, number: number): void {
  const [counter, zero] = [b.offset(counts, 0), b.constantInt(0)]
  b.loop(number / b.lanes, () => {
    b.store(counter, 0, zero)
    b.advance(counter, b.bytes)
  })
}

/**
 * Sorts as many keys as `length` says, which lie at the argument `second`, by passes through `first` and `second`; the places of
 * the elements in their order lie at the result. Their places before are their numbers, or what `placesOf` points at.
 */
export function emitPasses(
  b: Builder,
  digits: Digits,
  length: () => Integer,
  placesOf: (() => Pointer) | undefined = undefined,
): Pointer {
  const counts = () => b.pointer('counts')
  const bases = digits.map((_, pass) => 4 * counters(digits.slice(0, pass)))

  const count = (): void => {
    const [from, all] = [b.pointer('second'), counts()]
    b.loop(length(), () => {
      const word = b.loadInteger(from)
      digits.forEach((digit, pass) => {
        const counter = counterOf(b, all, word, digit)
        b.storeInteger(counter, bases[pass], b.integerAdd(b.loadInteger(counter, bases[pass]), 1))
      })
      b.advance(from, 4)
    })
  }

  /** Each count becomes the place of the first key with its digit. */
  const accumulate = (): void => {
    digits.forEach(({ bits }, pass) => {
      const [counter, total] = [b.offset(counts(), bases[pass]), b.set(0)]
      b.loop(2 ** bits, () => {
        const own = b.loadInteger(counter)
        b.storeInteger(counter, 0, total)
        b.integerAdd(total, own, total)
        b.advance(counter, 4)
      })
    })
  }

  /** The first pass reads keys alone, the last writes places alone, the others pairs of both. */
  const move = (pass: number): void => {
    const [isFirst, isLast] = [pass === 0, pass === digits.length - 1]
    const [from, to] = [b.pointer(pass % 2 === 0 ? 'second' : 'first'), b.pointer(pass % 2 === 0 ? 'first' : 'second')]
    const all = counts()
    const places = isFirst ? placesOf?.() : undefined
    const place = isFirst && places === undefined ? b.set(0) : undefined
    b.loop(length(), () => {
      const counter = counterOf(b, all, b.loadInteger(from), digits[pass])
      const at = b.loadInteger(counter, bases[pass])
      b.storeInteger(counter, bases[pass], b.integerAdd(at, 1))
      const entry = b.offset(to, b.integerShl(at, isLast ? 2 : 3))
      if (!isLast) b.storeInteger(entry, 0, b.loadInteger(from))
      b.storeInteger(
        entry,
        isLast ? 0 : 4,
        place ?? (places === undefined ? b.loadInteger(from, 4) : b.loadInteger(places)),
      )
      if (place !== undefined) b.integerAdd(place, 1, place)
      if (places !== undefined) b.advance(places, 4)
      b.advance(from, isFirst ? 4 : 8)
    })
  }

  clearCounts(b, counts(), counters(digits))
  count()
  accumulate()
  for (let pass = 0; pass < digits.length; pass++) move(pass)
  return b.pointer(digits.length % 2 === 1 ? 'first' : 'second')
}
