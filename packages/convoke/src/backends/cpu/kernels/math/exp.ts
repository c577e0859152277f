// eˣ and its relatives. x = n·log 2 + r with |r| ≤ ½·log 2 (Cody & Waite 1980), eˣ = 2ⁿ·eʳ.

import type { Builder, Vector } from '../../program/index.ts'
import { expRest } from './coefficients.ts'
import { polynomial } from './polynomial.ts'

/** log 2 in two parts: n·high is exact for |n| < 2¹⁴. */
export const log2High = 0.693359375
export const log2Low = Math.LN2 - log2High

/** eˣ = fraction·2^exponent with fraction in √½ … √2. */
export interface ExpParts {
  readonly fraction: Vector
  /** As `exponentOf` has it; 0 is 0 in both forms. */
  readonly exponent: Vector
}

/** A whole number as `scale` and its like take it: float32 where `ldexp` is an instruction, int32 elsewhere. */
export const exponentOf = (b: Builder, whole: Vector): Vector => (b.target.ldexp ? whole : b.toInt(whole))

/** x = n·log 2 + r (+ `low`, where x is the first part of a pair). NaN stays NaN in r. */
function reduced(b: Builder, x: Vector, low?: Vector): { whole: Vector; r: Vector } {
  const whole = b.round(b.mul(x, b.constant(Math.LOG2E)))
  const r = b.fnma(b.copy(x), whole, b.constant(log2High))
  b.fnma(r, whole, b.constant(log2Low))
  if (low !== undefined) b.add(r, low, r)
  return { whole, r }
}

/** eʳ − 1 for |r| ≤ ½·log 2, in place of r. */
function expMinusOne(b: Builder, r: Vector): Vector {
  const rest = polynomial(b, r, expRest)
  return b.fma(r, b.mul(r, r), rest)
}

/** low ≤ x ≤ high, NaN kept. */
export const within = (b: Builder, x: Vector, low: number, high: number): Vector =>
  b.min(b.constant(high), b.max(b.constant(low), x))

/** The parts of e^(x + low); x within ±700. For callers that multiply by more before they scale. */
export function expParts(b: Builder, x: Vector, low?: Vector): ExpParts {
  const { whole, r } = reduced(b, x, low)
  const fraction = expMinusOne(b, r)
  return { fraction: b.add(fraction, b.constant(1), fraction), exponent: exponentOf(b, whole) }
}

/** x·2ⁿ for n in −252 … 254, rounded once also where the result is denormal: two factors reach past the range of one. */
export function scale(b: Builder, x: Vector, n: Vector): Vector {
  if (b.target.ldexp) return b.ldexp(x, n)
  const half = b.sar(n, 1)
  return b.scaleByPowerOfTwo(b.scaleByPowerOfTwo(x, half), b.isub(n, half))
}

/** x·2ⁿ for n in −126 … 127. */
export const scaleLittle = (b: Builder, x: Vector, n: Vector): Vector =>
  b.target.ldexp ? b.ldexp(x, n) : b.scaleByPowerOfTwo(x, n)

/** x·2ⁿ for n in −188 … 60 and x in 2⁻¹⁰⁰ … 2⁶⁰, rounded once also where the result is denormal. */
export const scaleDown = (b: Builder, x: Vector, n: Vector): Vector =>
  b.target.ldexp ? b.ldexp(x, n) : b.mul(b.mul(x, b.shl(b.iadd(n, b.constantInt(127 + 64)), 23)), b.constant(2 ** -64))

/** Below −104 eˣ rounds to 0, above 89 to ∞. */
export const expDomain = [-104, 89] as const

function expWithin(b: Builder, x: Vector): Vector {
  const { fraction, exponent } = expParts(b, x)
  return scale(b, fraction, exponent)
}

/** eˣ, within 1.1 ulp, denormal results included. */
// biome-ignore lint/plugin/spread-of-a-list: a pair
export const exp = (b: Builder, x: Vector): Vector => expWithin(b, within(b, x, ...expDomain))

/** e^−|x|, within 1.1 ulp. */
export const expOfMinusAbs = (b: Builder, x: Vector): Vector =>
  expWithin(b, b.max(b.constant(expDomain[0]), b.or(x, b.constantInt(-0x80000000))))

/** 2⁻ⁿ, not above 126 without `ldexp`: from there on it is nothing beside 1. */
function inversePower(b: Builder, n: Vector): Vector {
  const one = b.constant(1)
  if (b.target.ldexp) return b.ldexp(one, b.neg(n))
  return b.scaleByPowerOfTwo(one, b.imax(b.isub(b.constantInt(0), n), b.constantInt(-126)))
}

/** eˣ − 1 for x in −20 … 89, within 2 ulp, near 0 too: 2ⁿ·((eʳ − 1) + (1 − 2⁻ⁿ)). */
export function expm1Within(b: Builder, x: Vector): Vector {
  const { whole, r } = reduced(b, x)
  const n = exponentOf(b, whole)
  const rest = b.sub(b.constant(1), inversePower(b, n))
  return scale(b, b.add(expMinusOne(b, r), rest), n)
}

/** eˣ − 1, within 2 ulp, near 0 too. */
export const expm1 = (b: Builder, x: Vector): Vector => expm1Within(b, within(b, x, -20, 89))
