// Long rows by their digits, the lowest first: each pass puts keys and their places where the counts of the digits say, and leaves those
// of equal digits in their order (least-significant-digit radix sort; Knuth, The Art of Computer Programming, volume 3, 5.2.5).

import { type Builder, type Integer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { bytesOf } from '../nest.ts'
import { programFor, rowArguments } from '../step.ts'
import { emitKeys, keyMaker, type Order, orderText } from './keys.ts'
import { emitRows, emitTake } from './take.ts'

interface Digit {
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

const counters = (digits: Digits): number => digits.reduce((total, { bits }) => total + 2 ** bits, 0)

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
  const counts = b.pointer('counts')
  const key = keyMaker(b, order, true)
  const bases = digits.map((_, pass) => 4 * counters(digits.slice(0, pass)))
  const length = () => b.integer('length')

  /** The counter of a key's digit; that of the pass lies so many bytes further on. */
  const counterOf = (word: Integer, { shift, bits }: Digit) => {
    const mask = 2 ** bits - 1
    const bytes =
      shift === 0 ? b.integerShl(b.integerAnd(word, mask), 2) : b.integerAnd(b.integerShr(word, shift - 2), mask * 4)
    return b.offset(counts, bytes)
  }

  const clear = (): void => {
    const [counter, zero] = [b.offset(counts, 0), b.constantInt(0)]
    b.loop(counters(digits) / b.lanes, () => {
      b.store(counter, 0, zero)
      b.advance(counter, b.bytes)
    })
  }

  const count = (): void => {
    const from = b.pointer('second')
    b.loop(length(), () => {
      const word = b.loadInteger(from)
      digits.forEach((digit, pass) => {
        const counter = counterOf(word, digit)
        b.storeInteger(counter, bases[pass], b.integerAdd(b.loadInteger(counter, bases[pass]), 1))
      })
      b.advance(from, 4)
    })
  }

  /** Each count becomes the place of the first key with its digit. */
  const accumulate = (): void => {
    digits.forEach(({ bits }, pass) => {
      const [counter, total] = [b.offset(counts, bases[pass]), b.set(0)]
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
    const place = isFirst ? b.set(0) : undefined
    b.loop(length(), () => {
      const counter = counterOf(b.loadInteger(from), digits[pass])
      const at = b.loadInteger(counter, bases[pass])
      b.storeInteger(counter, bases[pass], b.integerAdd(at, 1))
      const entry = b.offset(to, b.integerShl(at, isLast ? 2 : 3))
      if (!isLast) b.storeInteger(entry, 0, b.loadInteger(from))
      b.storeInteger(entry, isLast ? 0 : 4, place ?? b.loadInteger(from, 4))
      if (place !== undefined) b.integerAdd(place, 1, place)
      b.advance(from, isFirst ? 4 : 8)
    })
  }

  emitRows(b, (x, results) => {
    clear()
    emitKeys(b, order.dtype, x, b.pointer('second'), key)
    count()
    accumulate()
    for (let pass = 0; pass < digits.length; pass++) move(pass)
    emitTake(b, order.dtype, x, b.pointer(digits.length % 2 === 1 ? 'first' : 'second'), results)
  })
}
