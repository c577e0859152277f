// Transforms of any length that the radices make up, in place, as passes over complex vectors in memory: decimation in
// frequency forward, its mirror image backward. Frequencies stand in an order of their own between the two, which
// pointwise products do not mind. Cooley & Tukey 1965; Gentleman & Sande 1966.

import { setRoot } from '../../../../shapes/roots.ts'
import type { Builder, Pointer, Target } from '../../program/index.ts'
import { type Complex, type Direction, emitDft, emitMultiply, type Radix } from './radix.ts'

/** A pass over blocks of `span` elements: span / radix transforms each, of elements span / radix apart. */
export interface Pass {
  readonly radix: Radix
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

/** Odd radices that lengths are made of besides powers of two. */
const oddRadices = [5, 3] as const

/** Radices whose product is 2^exponent: 8 where registers hold eight complex values, the last never the only 2. */
function radices(exponent: number, target: Target): Radix[] {
  const largest = target.vectorRegisters >= 32 ? 3 : 2
  const list: Radix[] = []
  for (let left = exponent; left > 0; ) {
    // 2·2² rather than 2³ + 2: passes of radix 4 cost less than one of 8 and one of 2.
    const step = largest === 3 && left === 4 ? 2 : Math.min(largest, left)
    list.push((2 ** step) as Radix)
    left -= step
  }
  return list
}

/** The radices of a transform's passes, in the order of the forward one: all that its cost depends on. */
export function radicesOf(length: number, target: Target): readonly Radix[] {
  const odd: Radix[] = []
  let rest = length
  for (const radix of oddRadices) {
    for (; rest % radix === 0; rest /= radix) odd.push(radix)
  }
  // Odd ones first: the last pass is the one that is fused with products, for which registers are scarce.
  return [...odd, ...radices(Math.log2(rest), target)]
}

/** Lengths from `from` to `to` that are multiples of `multiple`, a power of two, and have few odd factors; in order. */
export function lengths(from: number, to: number, multiple: number): number[] {
  const list: number[] = []
  for (const odd of [1, 3, 5, 9, 15]) {
    for (let n = odd * multiple; n <= to; n *= 2) if (n >= from) list.push(n)
  }
  return list.sort((a, b) => a - b)
}

/** Twiddle factors of several transforms in one table. */
export interface TwiddleTable {
  readonly values: number[]
}

/** The transform of `length`; its factors are added to `table`. */
export function planTransform(length: number, target: Target, table: TwiddleTable): Transform {
  const passes: Pass[] = []
  let order = [0]
  let span = length
  let weight = 1
  for (const radix of radicesOf(length, target)) {
    passes.push({ radix, span, twiddles: table.values.length * 4 })
    for (let j = 0; span > radix && j < span / radix; j++) {
      for (let q = 1; q < radix; q++) {
        setRoot(j * q, span, table.values, table.values.length, table.values, table.values.length + 1)
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

/** One pass in place over `length` elements; `elements.pointer` ends where it began. */
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

/** Levels at which a transform too large for the first cache is finished part by part; each needs a counter. */
const mostLevels = 3

/** Passes from the first of the forward transform on whose parts are finished one by one. */
function levelsOf({ passes }: Transform, skip: number, b: Builder, { stride }: Elements): number {
  const cache = b.target.caches.first / 2
  const parts = passes.slice(0, Math.max(0, passes.length - skip - 1))
  return Math.min(mostLevels, parts.filter(({ span }) => span * Math.max(stride, 2 * b.bytes) > cache).length)
}

/**
 * The transform but for its last `skip` passes (forward) or its first `skip` (backward): breadth first where it fits into
 * the first cache, else each part of the outermost passes to its end.
 */
export function emitTransform(
  b: Builder,
  transform: Transform,
  direction: Direction,
  elements: Elements,
  skip = 0,
): void {
  const passes = transform.passes.slice(0, transform.passes.length - skip)
  const levels = levelsOf(transform, skip, b, elements)
  const { pointer, stride } = elements
  const from = (level: number, length: number): void => {
    if (level >= levels) {
      const rest = passes.slice(level)
      for (const pass of direction === 'forward' ? rest : rest.toReversed()) {
        emitPass(b, pass, length, direction, elements)
      }
      return
    }
    const pass = passes[level]
    const part = length / pass.radix
    if (direction === 'forward') emitPass(b, pass, length, direction, elements)
    b.loop(pass.radix, () => {
      from(level + 1, part)
      b.advance(pointer, part * stride)
    })
    b.advance(pointer, -length * stride)
    if (direction === 'backward') emitPass(b, pass, length, direction, elements)
  }
  from(0, transform.length)
}

/**
 * Forward, `middle`, and backward again, of each part while it is in the first cache. `middle` is given a stretch of so many
 * elements whose last forward pass and first backward pass are still to be done, and moves `elements.pointer` past them.
 */
export function emitThereAndBack(
  b: Builder,
  transform: Transform,
  elements: Elements,
  middle: (length: number) => void,
): void {
  const passes = transform.passes.slice(0, -1)
  const levels = levelsOf(transform, 1, b, elements)
  const { pointer, stride } = elements
  /** Moves the pointer past its part. */
  const from = (level: number, length: number): void => {
    const deep = level < levels
    const own = deep ? [passes[level]] : passes.slice(level)
    for (const pass of own) emitPass(b, pass, length, 'forward', elements)
    if (deep) b.loop(own[0].radix, () => from(level + 1, length / own[0].radix))
    else middle(length)
    b.advance(pointer, -length * stride)
    for (const pass of own.toReversed()) emitPass(b, pass, length, 'backward', elements)
    b.advance(pointer, length * stride)
  }
  from(0, transform.length)
  b.advance(pointer, -transform.length * stride)
}
