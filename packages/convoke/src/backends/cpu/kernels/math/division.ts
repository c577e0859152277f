// Floored division and its remainder, of floats and of whole numbers.

import type { Builder, Mask, Vector } from '../../program/index.ts'
import { twoProduct } from './double.ts'
import { signBit } from './polynomial.ts'

/** x − q·y to the last bit, for a whole q that brings it near 0. */
function rest(b: Builder, x: Vector, q: Vector, y: Vector): Vector {
  const product = twoProduct(b, q, y)
  return b.sub(b.sub(x, product.hi), product.lo)
}

/** Whether x and y, neither NaN, lie on different sides of 0. */
const opposed = (b: Builder, x: Vector, y: Vector): Mask => b.maskXor(b.less(x, b.zero()), b.less(y, b.zero()))

/** ⌊x / y⌋, correctly rounded: a quotient that was rounded up to a whole number shows in the sign of what is left. */
export function floorDivide(b: Builder, x: Vector, y: Vector): Vector {
  const whole = b.floor(b.div(x, y))
  const left = rest(b, x, whole, y)
  const over = b.maskAnd(opposed(b, left, y), b.less(b.zero(), b.abs(left)))
  return b.select(over, b.sub(whole, b.constant(1)), whole)
}

/** Each pass takes 20 bits off the quotient; quotients beyond 2⁵³ mean nothing in float64 either. */
const passes = 3

/**
 * x − y·⌊x / y⌋ with the sign of y, rounded once while |x / y| < 2⁵³. The quotient is taken off in pieces of 20 bits,
 * whose products with y and differences from x are exact.
 */
export function remainder(b: Builder, x: Vector, y: Vector): Vector {
  const divisor = b.abs(y)
  let left = b.abs(x)
  for (let pass = 0; pass < passes; pass++) {
    const piece = b.and(b.trunc(b.div(left, divisor)), b.constantInt(-16))
    left = rest(b, left, piece, divisor)
  }
  const signed = b.xor(left, signBit(b, x))
  const wrong = b.maskAnd(opposed(b, signed, y), b.less(b.zero(), b.abs(signed)))
  return b.select(wrong, b.add(signed, y), signed)
}

/**
 * ⌊x / y⌋ and x − y·⌊x / y⌋ of int32, both 0 where y is 0. The float quotient is off by 2⁻²³ of itself at most, so what
 * it leaves is a small multiple of y, of which a second quotient is off by 1 at most, and only upwards.
 */
export function floorDivideWhole(b: Builder, x: Vector, y: Vector): { quotient: Vector; remainder: Vector } {
  const divisor = b.toFloat(y)
  const zero = b.zero()
  const first = b.toInt(b.div(b.toFloat(x), divisor))
  const near = b.isub(x, b.imul(first, y))
  const second = b.toInt(b.div(b.toFloat(near), divisor))
  const left = b.isub(near, b.imul(second, y))
  const truncated = b.iadd(first, second)
  const differs = b.maskXor(b.iless(left, zero), b.iless(y, zero))
  const over = b.maskAnd(differs, b.maskNot(b.iequal(left, zero)))
  const floored = b.select(over, b.isub(truncated, b.constantInt(1)), truncated)
  const positive = b.select(over, b.iadd(left, y), left)
  const none = b.iequal(y, zero)
  return { quotient: b.select(none, zero, floored), remainder: b.select(none, zero, positive) }
}
