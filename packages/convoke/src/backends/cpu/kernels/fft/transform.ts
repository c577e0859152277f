// Transforms of any length 2ⁿ in place, as passes of radix 8, 4 and 2 over complex vectors in memory: decimation in
// frequency forward, its mirror image backward. Frequencies stand in an order of their own between the two, which
// pointwise products do not mind. Cooley & Tukey 1965; Gentleman & Sande 1966.

import type { Builder, Pointer, Target } from '../../program/index.ts'
import { type BinaryRadix, type Complex, type Direction, emitDft, emitMultiply } from './radix.ts'

/** A pass over blocks of `span` elements: span / radix transforms each, of elements span / radix apart. */
export interface Pass {
  readonly radix: BinaryRadix
  readonly span: number
  /** Bytes of its twiddle factors into the table: [j][q = 1 … radix − 1][re, im] of e^(−2πi·jq/span). */
  readonly twiddles: number
}

export interface Transform {
  readonly length: number
  /** In the order of the forward transform. */
  readonly passes: readonly Pass[]
  /** The frequency at each position after it. */
  readonly order: readonly number[]
}

/** Radices whose product is 2^exponent: 8 where registers hold eight complex values, the last never the only 2. */
function radices(exponent: number, target: Target): BinaryRadix[] {
  const largest = target.vectorRegisters >= 32 ? 3 : 2
  const list: BinaryRadix[] = []
  for (let left = exponent; left > 0; ) {
    // 2·2² rather than 2³ + 2: passes of radix 4 cost less than one of 8 and one of 2.
    const step = largest === 3 && left === 4 ? 2 : Math.min(largest, left)
    list.push((2 ** step) as BinaryRadix)
    left -= step
  }
  return list
}

/** The radices of a transform's passes, in the order of the forward one: all that its cost depends on. */
export const radicesOf = (length: number, target: Target): readonly BinaryRadix[] => radices(Math.log2(length), target)

/** Twiddle factors of several transforms in one table. */
export interface TwiddleTable {
  readonly values: number[]
}

/** The transform of `length` = 2ⁿ; its factors are added to `table`. */
export function planTransform(length: number, target: Target, table: TwiddleTable): Transform {
  const passes: Pass[] = []
  let order = [0]
  let span = length
  let weight = 1
  for (const radix of radicesOf(length, target)) {
    passes.push({ radix, span, twiddles: table.values.length * 4 })
    for (let j = 0; span > radix && j < span / radix; j++) {
      for (let q = 1; q < radix; q++) {
        const angle = (-2 * Math.PI * j * q) / span
        table.values.push(Math.cos(angle), Math.sin(angle))
      }
    }
    order = order.flatMap((k) => Array.from({ length: radix }, (_, q) => k + q * weight))
    weight *= radix
    span /= radix
  }
  return Object.freeze({ length, passes, order })
}

/** Complex vectors in memory: re, then im, `stride` bytes from one to the next. */
export interface Elements {
  readonly pointer: Pointer
  readonly stride: number
}

export const loadComplex = (b: Builder, pointer: Pointer, displacement: number): Complex => ({
  re: b.load(pointer, displacement),
  im: b.load(pointer, displacement + b.bytes),
})

export function storeComplex(b: Builder, pointer: Pointer, displacement: number, { re, im }: Complex): void {
  b.store(pointer, displacement, re)
  b.store(pointer, displacement + b.bytes, im)
}

/** One pass in place; `elements.pointer` ends where it began. */
function emitPass(
  b: Builder,
  { radix, span, twiddles }: Pass,
  length: number,
  direction: Direction,
  { pointer, stride }: Elements,
): void {
  const apart = (span / radix) * stride
  const each = Array.from({ length: radix }, (_, q) => q)
  const factors = span > radix ? b.offset(b.pointer('twiddles'), twiddles) : undefined
  const turned = (values: readonly Complex[]): Complex[] =>
    values.map((value, q) => {
      if (factors === undefined || q === 0) return value
      const at = (q - 1) * 8
      const w = { re: b.broadcast(factors, at), im: b.broadcast(factors, at + 4) }
      return emitMultiply(b, value, w, direction === 'backward')
    })
  b.loop(span / radix, () => {
    b.loop(length / span, () => {
      const x = each.map((q) => loadComplex(b, pointer, q * apart))
      const y = direction === 'forward' ? turned(emitDft(b, x, direction)) : emitDft(b, turned(x), direction)
      for (const q of each) storeComplex(b, pointer, q * apart, y[q])
      if (length > span) b.advance(pointer, span * stride)
    })
    b.advance(pointer, stride - (length > span ? length * stride : 0))
    if (factors !== undefined) b.advance(factors, (radix - 1) * 8)
  })
  b.advance(pointer, -apart)
}

/** The transform but for its last `skip` passes (forward) or its first `skip` (backward). */
export function emitTransform(
  b: Builder,
  { passes, length }: Transform,
  direction: Direction,
  elements: Elements,
  skip = 0,
): void {
  const list = passes.slice(0, passes.length - skip)
  for (const pass of direction === 'forward' ? list : list.toReversed()) emitPass(b, pass, length, direction, elements)
}
