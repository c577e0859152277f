// Floored division and its remainder, of floats and of whole numbers.

import type { Builder, Mask, Vector } from '../../program/index.ts'
import { fusesSurely, twoProduct } from './double.ts'
import { signBit } from './polynomial.ts'

/** x − q·y rounded once: to the last bit, for a whole q that brings it near 0. */
function rest(b: Builder, x: Vector, q: Vector, y: Vector): Vector {
  if (fusesSurely(b)) return b.fnma(b.copy(x), q, y)
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

/** The first 20 bits of a whole number: their product with a float, and what it leaves of the dividend, are exact. */
const first20Bits = (b: Builder, whole: Vector): Vector => b.and(whole, b.constantInt(-16))

/** 20 bits of the quotient of x by y, both positive. Where products round apart, y times them must stay a float. */
function pieceOf(b: Builder, x: Vector, y: Vector): Vector {
  const piece = first20Bits(b, b.trunc(b.div(x, y)))
  if (fusesSurely(b)) return piece
  const before = b.trunc(first20Bits(b, b.mul(piece, b.constant(1 - 2 ** -21))))
  return b.select(finiteLanes(b, b.mul(piece, y)), piece, before)
}

/** What is left of x when multiples of `divisor`, which is above 0, are taken off: between −divisor and divisor, exactly. */
function leftOver(b: Builder, x: Vector, divisor: Vector): Vector {
  let left = x
  for (const { shift, passes } of stages) {
    const multiple = shift.reduce((value, by) => b.mul(value, b.constant(2 ** by)), divisor)
    const finite = finiteLanes(b, multiple)
    const held = b.select(finite, multiple, b.constant(1))
    for (let pass = 0; pass < passes; pass++) {
      const piece = pieceOf(b, left, held)
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
  const [zero, dividend, divisor] = [b.zero(), b.abs(x), b.abs(y)]
  const defined = b.maskAnd(finiteLanes(b, x), b.less(zero, divisor))
  // A multiple of y that leaves less than y is the right one, and leaves a float exactly. One step finds it where the
  // quotient is below 2²⁴; the long way is only gone where a lane has a larger one, or an endless y.
  const left = rest(b, dividend, b.trunc(b.div(dividend, divisor)), divisor)
  const open = b.maskAnd(defined, b.maskNot(b.less(b.abs(left), divisor)))
  b.when(b.maskBits(open), 'ne', 0, () => b.copy(leftOver(b, dividend, divisor), left))
  const signed = b.xor(left, signBit(b, x))
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
