// sin, cos and tan over all of float32. x = q·π/2 + r with |r| ≤ π/4; the quadrant q picks the polynomial and the sign.

import type { Builder, Mask, Vector } from '../../program/index.ts'
import { cosRest, sinRest, tanRest } from './coefficients.ts'
import { halves, twoSum } from './double.ts'
import { oddPolynomial, polynomial, signBit } from './polynomial.ts'

export type Trigonometric = 'sin' | 'cos' | 'tan'

interface Reduced {
  readonly r: Vector
  /** int32; only its last two bits matter. */
  readonly quadrant: Vector
}

/** Up to here q has 13 bits, so that its products with the 11-bit parts of π/2 are exact. */
export const moderateLimit = 8192

/** π/2 in parts of 11 bits (Cody & Waite 1980) and what remains. */
const halfPiParts = splitNumber(Math.PI / 2, 11, 3)

/** `value` as `count` parts of so many bits each, then the rest as a float32. */
function splitNumber(value: number, bits: number, count: number): number[] {
  let rest = value
  const parts = Array.from({ length: count }, () => {
    const unit = 2 ** (Math.floor(Math.log2(rest)) - bits + 1)
    const part = Math.floor(rest / unit) * unit
    rest -= part
    return part
  })
  return [...parts, rest]
}

/** For 0 ≤ x ≤ `moderateLimit`. */
function reduceModerate(b: Builder, x: Vector): Reduced {
  const whole = b.round(b.mul(x, b.constant(2 / Math.PI)))
  const r = b.copy(x)
  for (const part of halfPiParts) b.fnma(r, whole, b.constant(part))
  return { r, quadrant: b.toInt(whole) }
}

/** 2/π to 240 bits, as 20 digits of base 2¹², the first of weight 2⁻¹² (Payne & Hanek 1983 needs as many as x has). */
const twoOverPi = [
  ...[0xa2f, 0x983, 0x6e4, 0xe44, 0x152, 0x9fc, 0x275, 0x7d1, 0xf53, 0x4dd],
  ...[0xc0d, 0xb62, 0x959, 0x93c, 0x439, 0x041, 0xfe5, 0x163, 0xabd, 0xebb],
]
/** Digits beyond these are worth less than 2⁻⁶⁰ for the largest float32. */
const digitsNeeded = 16

/**
 * For any finite x ≥ 0: x·2/π by exact products of 12-bit halves with 12-bit digits, each taken modulo 4, summed with
 * their rounding errors. Digits and x are scaled against each other so that neither leaves the range of float32.
 */
function reduceLarge(b: Builder, x: Vector): Reduced {
  const parts = halves(b, b.mul(x, b.constant(2 ** -64)))
  const sum = { hi: b.zero(), lo: b.zero() }
  for (const [i, digit] of twoOverPi.slice(0, digitsNeeded).entries()) {
    if (digit === 0) continue
    for (const half of [parts.hi, parts.lo]) {
      const product = b.mul(half, b.constant(digit * 2 ** (64 - 12 * (i + 1))))
      b.fnma(product, b.round(b.mul(product, b.constant(0.25))), b.constant(4))
      const next = twoSum(b, sum.hi, product)
      b.copy(next.hi, sum.hi)
      b.add(sum.lo, next.lo, sum.lo)
    }
  }
  const whole = b.round(sum.hi)
  const fraction = b.add(b.sub(sum.hi, whole), sum.lo)
  return { r: b.mul(fraction, b.constant(Math.PI / 2)), quadrant: b.toInt(whole) }
}

const bitSet = (b: Builder, x: Vector, bit: number): Mask => {
  const one = b.constantInt(bit)
  return b.iequal(b.and(x, one), one)
}

function evaluate(b: Builder, op: Trigonometric, x: Vector, { r, quadrant }: Reduced): Vector {
  const square = b.mul(r, r)
  if (op === 'tan') {
    const tangent = oddPolynomial(b, r, square, tanRest)
    const cotangent = b.div(b.constant(-1), tangent)
    return b.xor(b.select(bitSet(b, quadrant, 1), cotangent, tangent), signBit(b, x))
  }
  const sine = oddPolynomial(b, r, square, sinRest)
  const cosine = b.fnma(b.constant(1), square, b.constant(0.5))
  b.fma(cosine, b.mul(square, square), polynomial(b, square, cosRest))
  const turned = op === 'cos' ? b.iadd(quadrant, b.constantInt(1)) : quadrant
  const value = b.select(bitSet(b, turned, 1), cosine, sine)
  const signed = b.xor(value, b.shl(b.and(turned, b.constantInt(2)), 30))
  return op === 'cos' ? signed : b.xor(signed, signBit(b, x))
}

/** For |x| ≤ `moderateLimit`, within 3 ulp (tan 4). */
export const trigonometricModerate = (b: Builder, op: Trigonometric, x: Vector): Vector =>
  evaluate(b, op, x, reduceModerate(b, b.abs(x)))

/** For any x, the same to the bit as the above within its range; several times slower. NaN for ±∞. */
export function trigonometricAnywhere(b: Builder, op: Trigonometric, x: Vector): Vector {
  const magnitude = b.abs(x)
  const large = reduceLarge(b, magnitude)
  const moderate = reduceModerate(b, magnitude)
  const near = b.lessOrEqual(magnitude, b.constant(moderateLimit))
  return evaluate(b, op, x, {
    r: b.select(near, moderate.r, large.r),
    quadrant: b.select(near, moderate.quadrant, large.quadrant),
  })
}
