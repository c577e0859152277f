// xʸ = 2^(y·log₂ x), the logarithm and the product held in two parts each so that large exponents keep their precision.

import type { Builder, Vector } from '../../program/index.ts'
import { atanhRest, expRest } from './coefficients.ts'
import { fastTwoSum, type Pair, twoProduct } from './double.ts'
import { exponentOf, scale, within } from './exp.ts'
import { splitExponent } from './log.ts'
import { polynomial, signBit } from './polynomial.ts'

const [twoLog2e, twoLog2eLow] = [Math.fround(2 * Math.LOG2E), 2 * Math.LOG2E - Math.fround(2 * Math.LOG2E)]

/** log₂ x for x > 0 finite, to some 2⁻³¹: log m = 2·atanh s, s = (m − 1)/(m + 1) in two parts. */
function log2(b: Builder, x: Vector): Pair {
  const { fraction, exponent } = splitExponent(b, x)
  const one = b.constant(1)
  const numerator = b.sub(fraction, one)
  const denominator = b.add(fraction, one)
  const denominatorLow = b.sub(fraction, b.sub(denominator, one))
  const s = b.div(numerator, denominator)
  const back = twoProduct(b, s, denominator)
  const remainder = b.sub(b.sub(numerator, back.hi), back.lo)
  b.fnma(remainder, s, denominatorLow)
  const square = b.mul(s, s)
  const cubic = b.mul(b.mul(s, square), polynomial(b, square, atanhRest))
  const leading = b.constant(twoLog2e)
  const scaled = twoProduct(b, s, leading)
  b.fma(scaled.lo, s, b.constant(twoLog2eLow))
  b.fma(scaled.lo, b.div(remainder, denominator), leading)
  b.fma(scaled.lo, cubic, b.constant(Math.LOG2E))
  const sum = fastTwoSum(b, b.toFloat(exponent), scaled.hi)
  return { hi: sum.hi, lo: b.add(sum.lo, scaled.lo) }
}

/** 2^(hi + lo), 0 or ∞ far outside the range of float32. */
function exp2(b: Builder, { hi, lo }: Pair): Vector {
  const bounded = within(b, hi, -200, 200)
  const whole = b.round(bounded)
  const rest = b.select(b.equal(bounded, hi), lo, b.zero())
  const r = b.mul(b.add(b.sub(bounded, whole), rest), b.constant(Math.LN2))
  const fraction = b.fma(b.copy(r), b.mul(r, r), polynomial(b, r, expRest))
  return scale(b, b.add(fraction, b.constant(1)), exponentOf(b, whole))
}

/**
 * x to the power y, within 2 ulp, by the rules of IEEE 754's `pow` (section 9.2.1), which are those of NumPy and PyTorch: NaN for
 * a negative base with a fractional exponent; 1 for any base, NaN too, to the power 0, for 1 to any power, NaN too, and for
 * −1 to the power ±∞.
 */
export function power(b: Builder, x: Vector, y: Vector): Vector {
  const a = b.abs(x)
  const logarithm = log2(b, a)
  const product = twoProduct(b, y, logarithm.hi)
  b.fma(product.lo, y, logarithm.lo)
  const finite = exp2(b, product)

  const zero = b.zero()
  const one = b.constant(1)
  const infinity = b.constant(Number.POSITIVE_INFINITY)
  const endlessExponent = b.equal(b.abs(y), infinity)
  const atTheEnd = b.maskOr(b.maskOr(b.equal(a, zero), b.equal(a, infinity)), endlessExponent)
  const grows = b.maskXor(b.greater(a, one), b.less(y, zero))
  const magnitude = b.select(atTheEnd, b.select(grows, infinity, zero), finite)

  const isWhole = b.equal(b.trunc(y), y)
  const halfExponent = b.mul(y, b.constant(0.5))
  const odd = b.maskAnd(isWhole, b.notEqual(b.trunc(halfExponent), halfExponent))
  const signed = b.xor(magnitude, b.select(odd, signBit(b, x), zero))

  const negative = b.maskAnd(b.less(x, zero), b.less(a, infinity))
  const fractional = b.maskAnd(negative, b.maskNot(isWhole))
  const nan = b.maskOr(b.maskOr(b.notEqual(x, x), b.notEqual(y, y)), fractional)
  const stays = b.maskOr(b.equal(x, one), b.maskAnd(b.equal(a, one), endlessExponent))
  return b.select(b.maskOr(b.equal(y, zero), stays), one, b.select(nan, b.constant(Number.NaN), signed))
}
