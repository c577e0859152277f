// Discrete Fourier transforms of 2, 4 and 8 complex vectors in registers. Every lane is a transform of its own.

import type { Builder, Vector } from '../../program/index.ts'

export interface Complex {
  readonly re: Vector
  readonly im: Vector
}

/** Forward has the kernel e^(−2πi·jk/n), backward its conjugate; neither scales. */
export type Direction = 'forward' | 'backward'

export type Radix = 2 | 4 | 8

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

/** The transform of x, in natural order. */
export function emitDft(b: Builder, x: readonly Complex[], direction: Direction): Complex[] {
  if (x.length === 8) return dft8(b, x, direction)
  if (x.length === 4) return dft4(b, x, direction)
  return [add(b, x[0], x[1]), sub(b, x[0], x[1])]
}

/** x·w, or x·w̄ when `conjugate`. */
export function emitMultiply(b: Builder, x: Complex, w: Complex, conjugate: boolean): Complex {
  const re = b.mul(x.re, w.re)
  const im = b.mul(x.im, w.re)
  return conjugate
    ? { re: b.fma(re, x.im, w.im), im: b.fnma(im, x.re, w.im) }
    : { re: b.fnma(re, x.im, w.im), im: b.fma(im, x.re, w.im) }
}
