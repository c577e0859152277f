// Discrete Fourier transforms of 2 to 16 complex vectors: in registers, or by way of memory where those are too few.
// Every lane is a transform of its own.

import { rootOfUnity } from '../../../../shapes/roots.ts'
import {
  type Builder,
  type Pointer,
  type Target,
  type Vector,
  type VectorOperand,
  vectorAt,
} from '../../program/index.ts'

export interface Complex {
  readonly re: Vector
  readonly im: Vector
}

/** Forward has the kernel e^(−2πi·jk/n), backward its conjugate; neither scales. */
export type Direction = 'forward' | 'backward'

/** Of transforms of 2ⁿ in registers. */
export type BinaryRadix = 2 | 4 | 8

export type Radix = BinaryRadix | 3 | 5 | 7 | 16

const add = (b: Builder, x: Complex, y: Complex): Complex => ({ re: b.add(x.re, y.re), im: b.add(x.im, y.im) })
const sub = (b: Builder, x: Complex, y: Complex): Complex => ({ re: b.sub(x.re, y.re), im: b.sub(x.im, y.im) })

/** x − i·y forward, x + i·y backward: y turned a quarter the transform's way, then added. */
const addTurned = (b: Builder, x: Complex, y: Complex, direction: Direction): Complex =>
  direction === 'forward'
    ? { re: b.add(x.re, y.im), im: b.sub(x.im, y.re) }
    : { re: b.sub(x.re, y.im), im: b.add(x.im, y.re) }

const opposite = (direction: Direction): Direction => (direction === 'forward' ? 'backward' : 'forward')

function dft4(b: Builder, [p, q, r, s]: readonly Complex[], direction: Direction): Complex[] {
  const [even, other] = [add(b, p, r), sub(b, p, r)]
  const [odd, turned] = [add(b, q, s), sub(b, q, s)]
  return [
    add(b, even, odd),
    addTurned(b, other, turned, direction),
    sub(b, even, odd),
    addTurned(b, other, turned, opposite(direction)),
  ]
}

/** x·e^(∓iπ/4)·√2 */
const eighth = (b: Builder, { re, im }: Complex, direction: Direction): Complex =>
  direction === 'forward' ? { re: b.add(re, im), im: b.sub(im, re) } : { re: b.sub(re, im), im: b.add(re, im) }

function dft8(b: Builder, x: readonly Complex[], direction: Direction): Complex[] {
  const halves = [0, 1, 2, 3].map((k) => [add(b, x[k], x[k + 4]), sub(b, x[k], x[k + 4])])
  const [d0, d1, d2, d3] = halves.map(([, difference]) => difference)
  // d1·w and d3·w³ share the factor √½, taken in the additions that follow.
  const [e1, f3] = [eighth(b, d1, direction), eighth(b, d3, opposite(direction))]
  // w³ = −(e^(±iπ/4)), so d3·w³ enters with its sign turned.
  const [plus, minus] = [sub(b, e1, f3), add(b, e1, f3)]
  const half = b.constant(Math.SQRT1_2)
  const [even, other] = [addTurned(b, d0, d2, direction), addTurned(b, d0, d2, opposite(direction))]
  const scaled = (to: Vector, by: Vector, sign: 1 | -1): Vector =>
    sign === 1 ? b.fma(b.copy(to), half, by) : b.fnma(b.copy(to), half, by)
  const turn = direction === 'forward' ? 1 : -1
  const back = turn === 1 ? -1 : 1
  const odds: Complex[] = [
    { re: scaled(even.re, plus.re, 1), im: scaled(even.im, plus.im, 1) },
    { re: scaled(other.re, minus.im, turn), im: scaled(other.im, minus.re, back) },
    { re: scaled(even.re, plus.re, -1), im: scaled(even.im, plus.im, -1) },
    { re: scaled(other.re, minus.im, back), im: scaled(other.im, minus.re, turn) },
  ]
  const evens = dft4(
    b,
    halves.map(([sum]) => sum),
    direction,
  )
  return evens.flatMap((value, m) => [value, odds[m]])
}

/** One part, real or imaginary, of an odd transform: what its results are made of, in registers or in memory. */
interface OddPart {
  /** x₀ of this part. */
  readonly first: VectorOperand
  /** xⱼ + xₚ₋ⱼ of this part, j = 1 … (p − 1) / 2. */
  readonly sums: readonly VectorOperand[]
  /** xⱼ − xₚ₋ⱼ of the other part. */
  readonly differences: readonly VectorOperand[]
}

const loaded = (b: Builder, x: VectorOperand): Vector =>
  x.type === 'vector' ? b.copy(x) : b.load(x.pointer, x.displacement)

/** c₀ + Σ cⱼ·xⱼ, c₀ being `from` or 0. */
function weighted(
  b: Builder,
  from: VectorOperand | null,
  terms: readonly (readonly [number, VectorOperand])[],
): Vector {
  let sum = from === null ? undefined : loaded(b, from)
  for (const [weight, x] of terms) {
    const constant = b.constant(weight)
    sum = sum === undefined ? b.mul(constant, x, constant) : b.fma(sum, constant, x)
  }
  return sum as Vector
}

/** Result 0 of one part of an odd transform. */
const oddZero = (b: Builder, { first, sums }: OddPart): Vector =>
  sums.reduce<Vector>((sum, x) => b.add(sum, x, sum), loaded(b, first))

/** Results k and p − k of one part: P ± Q with P = x₀ + Σ cos(2πjk/p)·sumⱼ, Q = Σ sin(2πjk/p)·differenceⱼ. */
function oddPair(b: Builder, p: number, k: number, { first, sums, differences }: OddPart, sign: 1 | -1): Vector[] {
  const even = weighted(
    b,
    first,
    sums.map((x, j) => [rootOfUnity((j + 1) * k, p)[0], x] as const),
  )
  const odd = weighted(
    b,
    null,
    differences.map((x, j) => [-rootOfUnity((j + 1) * k, p)[1], x] as const),
  )
  const [plus, minus] = [b.add(even, odd), b.sub(even, odd, odd)]
  return sign === 1 ? [plus, minus] : [minus, plus]
}

/** −i·Q of the forward transform adds the imaginary part of Q to the real one and takes the real from the imaginary. */
const signs = (direction: Direction): readonly [1 | -1, 1 | -1] => (direction === 'forward' ? [1, -1] : [-1, 1])

function dftOdd(b: Builder, x: readonly Complex[], direction: Direction): Complex[] {
  const p = x.length
  const half = Array.from({ length: (p - 1) / 2 }, (_, j) => j + 1)
  const [sums, differences] = [half.map((j) => add(b, x[j], x[p - j])), half.map((j) => sub(b, x[j], x[p - j]))]
  const [first, second] = signs(direction)
  const part = (own: 're' | 'im', other: 're' | 'im', sign: 1 | -1): Vector[] => {
    const parts: OddPart = {
      first: x[0][own],
      sums: sums.map((sum) => sum[own]),
      differences: differences.map((difference) => difference[other]),
    }
    const results = [oddZero(b, parts)]
    for (const k of half) [results[k], results[p - k]] = oddPair(b, p, k, parts, sign)
    return results
  }
  // One part after the other: its inputs make room for its results.
  const re = part('re', 'im', first)
  const im = part('im', 're', second)
  return re.map((value, k) => ({ re: value, im: im[k] }))
}

/** The transform of x, in natural order. Radix 7 needs 32 registers, as does 8 with what it is multiplied by; 16 has none to spare. */
export function emitDft(b: Builder, x: readonly Complex[], direction: Direction): Complex[] {
  if (x.length % 2 === 1) return dftOdd(b, x, direction)
  if (x.length === 8) return dft8(b, x, direction)
  if (x.length === 4) return dft4(b, x, direction)
  return [add(b, x[0], x[1]), sub(b, x[0], x[1])]
}

/** Whether the transform of `radix` values leaves registers for twiddle factors. */
export const fitsRegisters = (radix: Radix, target: Target): boolean =>
  radix <= 5 || (radix <= 8 && target.vectorRegisters >= 32)

/** Where a transform reads, waits and writes. */
export interface Staging {
  /** Value q of the input; asked for once each. */
  readonly load: (q: number) => Complex
  /** Room for `radix` complex vectors, [q][re, im]. */
  readonly room: Pointer
  /** Takes result k, once each, in no particular order. */
  readonly store: (k: number, value: Complex) => void
}

/** x·e^(∓2πi·k/n), as constants. */
function rotated(b: Builder, x: Complex, k: number, n: number, direction: Direction): Complex {
  if (k % n === 0) return x
  const [re, im] = rootOfUnity(k, n)
  return emitMultiply(b, x, { re: b.constant(re), im: b.constant(im) }, direction === 'backward')
}

const loadFrom = (b: Builder, room: Pointer, q: number): Complex => ({
  re: b.load(room, 2 * q * b.bytes),
  im: b.load(room, (2 * q + 1) * b.bytes),
})

function storeTo(b: Builder, room: Pointer, q: number, { re, im }: Complex): void {
  b.store(room, 2 * q * b.bytes, re)
  b.store(room, (2 * q + 1) * b.bytes, im)
}

/** Radix 8 in 16 registers: the transform of the even values waits in memory. */
function staged8(b: Builder, { load, room, store }: Staging, direction: Direction): void {
  const four = (first: number): Complex[] =>
    dft4(
      b,
      [0, 2, 4, 6].map((q) => load(q + first)),
      direction,
    )
  four(0).forEach((value, k) => {
    storeTo(b, room, k, value)
  })
  four(1).forEach((odd, k) => {
    const even = loadFrom(b, room, k)
    if (k % 2 === 0) {
      store(k, k === 0 ? add(b, even, odd) : addTurned(b, even, odd, direction))
      store(k + 4, k === 0 ? sub(b, even, odd) : addTurned(b, even, odd, opposite(direction)))
      return
    }
    // e^(−3πi/4) = −e^(πi/4): the third is turned the other way, and its sign with it.
    const turned = eighth(b, odd, k === 1 ? direction : opposite(direction))
    const half = b.constant(Math.SQRT1_2)
    const plus = { re: b.fma(b.copy(even.re), half, turned.re), im: b.fma(b.copy(even.im), half, turned.im) }
    const minus = { re: b.fnma(even.re, half, turned.re), im: b.fnma(even.im, half, turned.im) }
    store(k, k === 1 ? plus : minus)
    store(k + 4, k === 1 ? minus : plus)
  })
}

/** Radix 16 as 4 × 4. */
function staged16(b: Builder, { load, room, store }: Staging, direction: Direction): void {
  const each = [0, 1, 2, 3]
  for (const first of each) {
    const x = each.map((q) => load(first + 4 * q))
    dft4(b, x, direction).forEach((value, k) => {
      storeTo(b, room, 4 * k + first, rotated(b, value, first * k, 16, direction))
    })
  }
  for (const k of each) {
    const x = each.map((q) => loadFrom(b, room, 4 * k + q))
    dft4(b, x, direction).forEach((value, q) => {
      store(k + 4 * q, value)
    })
  }
}

/** An odd radix with its sums and differences in memory. */
function stagedOdd(b: Builder, p: number, { load, room, store }: Staging, direction: Direction): void {
  const half = Array.from({ length: (p - 1) / 2 }, (_, j) => j + 1)
  storeTo(b, room, 0, load(0))
  for (const j of half) {
    const [x, y] = [load(j), load(p - j)]
    storeTo(b, room, j, add(b, x, y))
    storeTo(b, room, p - j, sub(b, x, y))
  }
  const at = (q: number, part: 0 | 1): VectorOperand => vectorAt(room, (2 * q + part) * b.bytes)
  const part = (own: 0 | 1): OddPart => ({
    first: at(0, own),
    sums: half.map((j) => at(j, own)),
    differences: half.map((j) => at(p - j, own === 0 ? 1 : 0)),
  })
  const [re, im] = [part(0), part(1)]
  const [first, second] = signs(direction)
  store(0, { re: oddZero(b, re), im: oddZero(b, im) })
  for (const k of half) {
    const [reals, imaginaries] = [oddPair(b, p, k, re, first), oddPair(b, p, k, im, second)]
    store(k, { re: reals[0], im: imaginaries[0] })
    store(p - k, { re: reals[1], im: imaginaries[1] })
  }
}

/** The transform of any radix, its values loaded as they are needed: by way of `room` where registers are too few. */
export function emitStagedDft(b: Builder, radix: Radix, staging: Staging, direction: Direction): void {
  if (!fitsRegisters(radix, b.target)) {
    if (radix === 16) staged16(b, staging, direction)
    else if (radix === 8) staged8(b, staging, direction)
    else stagedOdd(b, radix, staging, direction)
    return
  }
  const x = Array.from({ length: radix }, (_, q) => staging.load(q))
  emitDft(b, x, direction).forEach((value, k) => {
    staging.store(k, value)
  })
}

/** x·w, or x·w̄ when `conjugate`. */
export function emitMultiply(b: Builder, x: Complex, w: Complex, conjugate: boolean): Complex {
  const re = b.mul(x.re, w.re)
  const im = b.mul(x.im, w.re)
  return conjugate
    ? { re: b.fma(re, x.im, w.im), im: b.fnma(im, x.re, w.im) }
    : { re: b.fnma(re, x.im, w.im), im: b.fma(im, x.re, w.im) }
}
