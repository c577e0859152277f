// asin, acos, atan and atan2: reductions to the interval of a short polynomial by the half-angle formulas.

import type { Builder, Vector } from '../../program/index.ts'
import { asinRest, atanRest } from './coefficients.ts'
import { oddPolynomial, signBit, withSign } from './polynomial.ts'

/** π/2 and π/4 with what their float32 roundings leave out. */
const [halfPi, quarterPi] = [Math.fround(Math.PI / 2), Math.fround(Math.PI / 4)]
const [halfPiLow, quarterPiLow] = [Math.PI / 2 - halfPi, Math.PI / 4 - quarterPi]

/** π·halves/2 − x, to the last bit of x. */
const fromHalfTurns = (b: Builder, halves: 1 | 2, x: Vector): Vector =>
  b.sub(b.constant(halves * halfPi), b.sub(x, b.constant(halves * halfPiLow)))

/** With a = |x|: asin a where a ≤ ½, else 2·asin √((1 − a)/2) = π/2 − asin a. */
function asinOrComplement(b: Builder, a: Vector) {
  const half = b.constant(0.5)
  const beyond = b.greater(a, half)
  const complement = b.mul(b.sub(b.constant(1), a), half)
  const square = b.select(beyond, complement, b.mul(a, a))
  const sine = b.select(beyond, b.sqrt(complement), a)
  const angle = oddPolynomial(b, sine, square, asinRest)
  return { beyond, angle: b.select(beyond, b.add(angle, angle), angle) }
}

/** asin x, within 3 ulp; NaN beyond ±1. */
export function asin(b: Builder, x: Vector): Vector {
  const { beyond, angle } = asinOrComplement(b, b.abs(x))
  return withSign(b, b.select(beyond, fromHalfTurns(b, 1, angle), angle), signBit(b, x))
}

/** acos x, within 2 ulp; NaN beyond ±1. */
export function acos(b: Builder, x: Vector): Vector {
  const { beyond, angle } = asinOrComplement(b, b.abs(x))
  const outer = b.select(b.less(x, b.zero()), fromHalfTurns(b, 2, angle), angle)
  const inner = fromHalfTurns(b, 1, withSign(b, angle, signBit(b, x)))
  return b.select(beyond, outer, inner)
}

/** base + atan t for |t| ≤ √2 − 1, base and what it rounds off. */
const atanFrom = (b: Builder, t: Vector, base: Vector, low: Vector): Vector =>
  b.add(base, b.add(low, oddPolynomial(b, t, b.mul(t, t), atanRest)))

/** atan x, within 3 ulp: atan a = π/4 + atan((a − 1)/(a + 1)) = π/2 − atan(1/a). */
export function atan(b: Builder, x: Vector): Vector {
  const a = b.abs(x)
  const one = b.constant(1)
  const zero = b.zero()
  const middle = b.greater(a, b.constant(Math.SQRT2 - 1))
  const upper = b.greater(a, b.constant(Math.SQRT2 + 1))
  const numerator = b.select(upper, b.neg(one), b.select(middle, b.sub(a, one), a))
  const denominator = b.select(upper, a, b.select(middle, b.add(a, one), one))
  const base = b.select(upper, b.constant(halfPi), b.select(middle, b.constant(quarterPi), zero))
  const low = b.select(upper, b.constant(halfPiLow), b.select(middle, b.constant(quarterPiLow), zero))
  return withSign(b, atanFrom(b, b.div(numerator, denominator), base, low), signBit(b, x))
}

/** The angle of the point (x, y), within 3 ulp; signed zeros and infinities as in IEEE 754. */
export function atan2(b: Builder, y: Vector, x: Vector): Vector {
  const [rise, run] = [b.abs(y), b.abs(x)]
  const zero = b.zero()
  const one = b.constant(1)
  const infinity = b.constant(Number.POSITIVE_INFINITY)
  const [shorter, longer] = [b.min(rise, run), b.max(rise, run)]
  // ∞ against ∞ counts as 1 : 1, 0 against 0 as 0 : 1; scaled where the sum of both could overflow.
  const endless = b.equal(longer, infinity)
  const scale = b.select(b.greater(longer, b.constant(2 ** 126)), b.constant(0.25), one)
  const near = b.select(endless, b.select(b.equal(shorter, infinity), one, zero), b.mul(shorter, scale))
  const far = b.select(b.maskOr(endless, b.equal(longer, zero)), one, b.mul(longer, scale))
  const steep = b.greater(near, b.mul(far, b.constant(Math.SQRT2 - 1)))
  const t = b.div(b.select(steep, b.sub(near, far), near), b.select(steep, b.add(near, far), far))
  const base = b.select(steep, b.constant(quarterPi), zero)
  const octant = atanFrom(b, t, base, b.select(steep, b.constant(quarterPiLow), zero))
  const quadrant = b.select(b.greater(rise, run), fromHalfTurns(b, 1, octant), octant)
  const half = b.select(b.iless(x, b.constantInt(0)), fromHalfTurns(b, 2, quadrant), quadrant)
  const angle = withSign(b, half, signBit(b, y))
  const undefinedHere = b.maskOr(b.notEqual(x, x), b.notEqual(y, y))
  return b.select(undefinedHere, b.constant(Number.NaN), angle)
}
