// Natural logarithms. x = 2ᵏ·m with √½ ≤ m < √2, log x = k·log 2 + log(1 + f), f = m − 1.

import type { Builder, Vector } from '../../program/index.ts'
import { logRest } from './coefficients.ts'
import { log2High, log2Low } from './exp.ts'
import { polynomial } from './polynomial.ts'

/** The bits of √½: subtracting them from those of x leaves k in the exponent field. */
const sqrtHalfBits = 0x3f3504f3

/** x = 2^exponent·fraction, for x > 0 finite; denormals are brought into range first. */
export function splitExponent(b: Builder, x: Vector): { fraction: Vector; exponent: Vector } {
  const tiny = b.less(x, b.constant(2 ** -126))
  const bits = b.select(tiny, b.mul(x, b.constant(2 ** 23)), x)
  const correction = b.select(tiny, b.constantInt(-23), b.constantInt(0))
  const k = b.sar(b.isub(bits, b.constantInt(sqrtHalfBits)), 23)
  return { fraction: b.isub(bits, b.shl(k, 23)), exponent: b.iadd(k, correction) }
}

/** log x for x > 0 finite, plus `correction`, which is small beside it. */
function logOfFinite(b: Builder, x: Vector, correction?: Vector): Vector {
  const { fraction, exponent } = splitExponent(b, x)
  const f = b.sub(fraction, b.constant(1))
  const k = b.toFloat(exponent)
  const square = b.mul(f, f)
  const rest = b.mul(b.mul(polynomial(b, f, logRest), f), square)
  if (correction !== undefined) b.add(rest, correction, rest)
  b.fma(rest, k, b.constant(log2Low))
  b.fnma(rest, square, b.constant(0.5))
  return b.fma(b.add(f, rest), k, b.constant(log2High))
}

/** `result`, but −∞ where x is 0, NaN below, and x itself where it is ∞ or NaN. */
function atTheEnds(b: Builder, x: Vector, result: Vector, otherwise: Vector): Vector {
  const infinity = b.constant(Number.POSITIVE_INFINITY)
  const zero = b.zero()
  const finite = b.select(b.less(x, infinity), result, otherwise)
  const nonNegative = b.select(b.less(x, zero), b.constant(Number.NaN), finite)
  return b.select(b.equal(x, zero), b.neg(infinity), nonNegative)
}

/** log x, within 1 ulp, denormals included. */
export const log = (b: Builder, x: Vector): Vector => atTheEnds(b, x, logOfFinite(b, x), x)

/** log(1 + x), within 2 ulp: the rounding error of u = 1 + x comes back as error / u. */
export function log1p(b: Builder, x: Vector): Vector {
  const one = b.constant(1)
  const u = b.add(x, one)
  // Exact both where x is the larger (1 − (u − x)) and where 1 is (x − (u − 1)): one of the two differences is.
  const partner = b.sub(u, x)
  const error = b.add(b.sub(one, partner), b.sub(x, b.sub(u, partner)))
  return atTheEnds(b, u, logOfFinite(b, u, b.div(error, u)), u)
}
