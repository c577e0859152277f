// The error function, and gelu by way of the normal distribution function Φ.

import type { Builder, Vector } from '../../program/index.ts'
import { erfRest, logErfc, normalTail } from './coefficients.ts'
import { type Pair, twoProduct, twoSum } from './double.ts'
import { expParts, scale, scaleDown, scaleLittle } from './exp.ts'
import { polynomial, signBit, twoChained, withSign } from './polynomial.ts'

/** erf x, within 2 ulp: a polynomial up to 1, 1 − e^(log erfc) above; from 4.1 on it is 1. */
export function erf(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const inner = b.fma(b.copy(a), a, polynomial(b, b.mul(a, a), erfRest))
  const one = b.constant(1)
  const { fraction, exponent } = expParts(b, polynomial(b, b.min(b.constant(4.1), a), logErfc))
  const outer = b.sub(one, scaleLittle(b, fraction, exponent))
  return withSign(b, b.select(b.lessOrEqual(a, one), inner, outer), signBit(b, x))
}

/**
 * x·S(x) for an S with S(x) + S(−x) = 1, from `tail` = |x|·S(−|x|). Written so, the small results for negative x keep
 * their relative precision.
 */
const weighted = (b: Builder, x: Vector, tail: Vector): Vector => b.sub(b.max(b.zero(), x), tail)

/** e^(−a²/2), a² exact, in its parts, and R(a) = Φ(−a)·e^(a²/2), a polynomial in (a − 2)/(a + 2) over a + 2. */
function normalParts(b: Builder, a: Vector) {
  const two = b.constant(2)
  const inverse = b.div(b.constant(1), b.add(a, two))
  const ratio = b.mul(twoChained(b, b.mul(b.sub(a, two), inverse), normalTail), inverse)
  const square = twoProduct(b, a, b.mul(a, b.constant(-0.5)))
  return { ratio, ...expParts(b, square.hi, square.lo) }
}

/** x·Φ(x), within 5 ulp. Beyond −14.5 it is 0. */
export function gelu(b: Builder, x: Vector): Vector {
  const a = b.min(b.constant(14.5), b.abs(x))
  const { ratio, fraction, exponent } = normalParts(b, a)
  return weighted(b, x, scaleDown(b, b.mul(b.mul(ratio, fraction), a), exponent))
}

/**
 * Its derivative Φ(x) + x·φ(x), within 5 ulp of the larger of the two: one less what it is for −x, for which it is
 * e^(−a²/2)·(R(a) − a/√(2π)), a = |x|. Beyond −15 it is 0.
 */
export function geluSlope(b: Builder, x: Vector): Vector {
  const a = b.min(b.constant(15), b.abs(x))
  const { ratio, fraction, exponent } = normalParts(b, a)
  const level = b.fnma(ratio, a, b.constant(1 / Math.sqrt(2 * Math.PI)))
  const below = scaleDown(b, b.mul(level, fraction), exponent)
  const negative = b.less(x, b.zero())
  return b.add(b.select(negative, b.zero(), b.constant(1)), b.select(negative, below, b.neg(below)))
}

/** |x|·e / (1 + e) for e = e^(−(hi + lo)), scaled last, so that small results are not rounded twice. */
function weightedTail(b: Builder, a: Vector, argument: Pair | { readonly hi: Vector }): Vector {
  const low = 'lo' in argument ? b.neg(argument.lo) : undefined
  const { fraction, exponent } = expParts(b, b.neg(argument.hi), low)
  const denominator = b.add(b.constant(1), scale(b, fraction, exponent))
  return scale(b, b.div(b.mul(a, fraction), denominator), exponent)
}

/** x·sigmoid(x), within 4 ulp. */
export function silu(b: Builder, x: Vector): Vector {
  const a = b.min(b.constant(120), b.abs(x))
  return weighted(b, x, weightedTail(b, a, { hi: a }))
}

const splitConstant = (value: number): readonly [number, number] => [
  Math.fround(value),
  Math.fround(value - Math.fround(value)),
]
const linear = splitConstant(2 * Math.sqrt(2 / Math.PI))
const cubic = splitConstant(2 * Math.sqrt(2 / Math.PI) * 0.044715)

/**
 * ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) = x·sigmoid(v), within 3 ulp. v is held in two parts, since its error is
 * multiplied by v in eᵛ.
 */
export function geluTanh(b: Builder, x: Vector): Vector {
  const a = b.min(b.constant(12), b.abs(x))
  const square = twoProduct(b, a, a)
  const high = b.constant(cubic[0])
  const product = twoProduct(b, square.hi, high)
  b.fma(product.lo, square.lo, high)
  b.fma(product.lo, square.hi, b.constant(cubic[1]))
  const slope = twoSum(b, b.constant(linear[0]), product.hi)
  const slopeLow = b.add(b.add(slope.lo, product.lo), b.constant(linear[1]))
  const argument = twoProduct(b, a, slope.hi)
  b.fma(argument.lo, a, slopeLow)
  return weighted(b, x, weightedTail(b, a, argument))
}
