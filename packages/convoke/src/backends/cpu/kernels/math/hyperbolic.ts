// Hyperbolic functions and their inverses, from eˣ, eˣ − 1 and log(1 + x).

import type { Builder, Vector } from '../../program/index.ts'
import { sinhRest } from './coefficients.ts'
import { expm1Within, expParts, scale } from './exp.ts'
import { log1p } from './log.ts'
import { oddPolynomial, signBit, withSign } from './polynomial.ts'

/** e^a / 2 for a ≥ 0, which overflows only where sinh and cosh do. */
function halfExp(b: Builder, a: Vector): Vector {
  const { fraction, exponent } = expParts(b, b.min(b.constant(90), a))
  return scale(b, b.mul(fraction, b.constant(0.5)), exponent)
}

/** sinh x, within 2 ulp. */
export function sinh(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const power = halfExp(b, a)
  const outer = b.sub(power, b.div(b.constant(0.25), power))
  const inner = oddPolynomial(b, a, b.mul(a, a), sinhRest)
  return withSign(b, b.select(b.lessOrEqual(a, b.constant(1)), inner, outer), signBit(b, x))
}

/** cosh x, within 2 ulp. */
export function cosh(b: Builder, x: Vector): Vector {
  const power = halfExp(b, b.abs(x))
  return b.add(power, b.div(b.constant(0.25), power))
}

/** tanh x = t / (t + 2) with t = e^(2|x|) − 1, within 3 ulp. From 10 on it is 1. */
export function tanh(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const t = expm1Within(b, b.min(b.constant(20), b.add(a, a)))
  return withSign(b, b.div(t, b.add(t, b.constant(2))), signBit(b, x))
}

/** Above this, √(x² ± 1) is x and log(2x) is log(1 + x) + log 2. */
const asymptotic = 2 ** 30

const plusLog2 = (b: Builder, a: Vector, x: Vector): Vector =>
  b.select(b.greater(a, b.constant(asymptotic)), b.add(x, b.constant(Math.LN2)), x)

/** asinh x = log(1 + a + a² / (1 + √(1 + a²))), a = |x|, within 3 ulp. */
export function asinh(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const one = b.constant(1)
  const square = b.mul(a, a)
  const excess = b.add(a, b.div(square, b.add(one, b.sqrt(b.add(square, one)))))
  const argument = b.select(b.greater(a, b.constant(asymptotic)), a, excess)
  return withSign(b, plusLog2(b, a, log1p(b, argument)), signBit(b, x))
}

/** acosh x = log(1 + t + √(2t + t²)), t = x − 1, within 3 ulp; NaN below 1. */
export function acosh(b: Builder, x: Vector): Vector {
  const one = b.constant(1)
  const t = b.sub(x, one)
  const excess = b.add(t, b.sqrt(b.mul(t, b.add(t, b.constant(2)))))
  const argument = b.select(b.greater(x, b.constant(asymptotic)), x, excess)
  const result = plusLog2(b, x, log1p(b, argument))
  return b.select(b.less(x, one), b.constant(Number.NaN), result)
}

/** atanh x = ½·log(1 + 2a / (1 − a)), a = |x|, within 3 ulp; ±∞ at ±1, NaN beyond. */
export function atanh(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const odds = b.div(b.add(a, a), b.sub(b.constant(1), a))
  return withSign(b, b.mul(log1p(b, odds), b.constant(0.5)), signBit(b, x))
}
