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

const finiteLanes = (b: Builder, x: Vector): Mask => b.less(b.abs(x), b.constant(Number.POSITIVE_INFINITY))

/** ⌊x / y⌋, correctly rounded: a quotient that was rounded up to a whole number shows in the sign of what is left. */
export function floorDivide(b: Builder, x: Vector, y: Vector): Vector {
  const whole = b.floor(b.div(x, y))
  // Of an endless y nothing can be taken off: the quotient is a zero from the side that the signs say.
  const left = b.select(finiteLanes(b, y), rest(b, x, whole, y), x)
  const over = b.maskAnd(opposed(b, left, y), b.less(b.zero(), b.abs(left)))
  return b.select(over, b.sub(whole, b.constant(1)), whole)
}

/**
 * Quotients of floats reach 2²⁷⁷: more than a float32 holds, so first what y·2²⁰⁰ leaves is found, then what y·2¹⁰⁰ leaves.
 * A pass takes 19 bits or more off a quotient.
 */
const stages = [
  { shift: [100, 100], passes: 5 },
  { shift: [100], passes: 6 },
  { shift: [], passes: 6 },
] as const

/**
 * What is left of x when multiples of |y|, which is not 0, are taken off: between −|y| and |y|, exactly. The quotient is taken
 * off in pieces of 20 bits, whose products with y and differences from x are exact.
 */
function leftOver(b: Builder, x: Vector, divisor: Vector): Vector {
  let left = x
  for (const { shift, passes } of stages) {
    const multiple = shift.reduce((value, by) => b.mul(value, b.constant(2 ** by)), divisor)
    const finite = finiteLanes(b, multiple)
    const held = b.select(finite, multiple, b.constant(1))
    for (let pass = 0; pass < passes; pass++) {
      const piece = b.and(b.trunc(b.div(left, held)), b.constantInt(-16))
      left = rest(b, left, b.select(finite, piece, b.zero()), held)
    }
  }
  return left
}

/**
 * x − y·⌊x / y⌋, rounded once, zeros included with the sign of y (NumPy's `remainder`, C's `fmod` put on the side of y). NaN for
 * a y of 0 and an endless x; for an endless y it is x, or y where the signs differ.
 */
export function remainder(b: Builder, x: Vector, y: Vector): Vector {
  const zero = b.zero()
  const defined = b.maskAnd(finiteLanes(b, x), b.less(zero, b.abs(y)))
  const signed = b.xor(leftOver(b, b.abs(x), b.abs(y)), signBit(b, x))
  const whole = b.equal(signed, zero)
  const wrong = b.maskAnd(opposed(b, signed, y), b.maskNot(whole))
  const result = b.select(wrong, b.add(signed, y), b.select(whole, signBit(b, y), signed))
  return b.select(defined, result, b.constant(Number.NaN))
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
