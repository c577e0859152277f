// Random words as numbers, by float32 operations that are rounded one by one: see random-stream.ts. Multiply-adds in one step
// would round otherwise on the machines that have them.

import {
  angleUnit,
  cosineSeries,
  logSeries,
  normalUnit,
  sineSeries,
  sqrtHalfBits,
  uniformUnit,
} from '../../../random-stream.ts'
import type { Builder, Vector } from '../../program/index.ts'

/** 0 ≤ u < 1. */
export const uniform = (b: Builder, word: Vector): Vector => b.mul(b.toFloat(b.shr(word, 8)), b.constant(uniformUnit))

/** Horner's rule, the product and the sum rounded apart. */
const series = (b: Builder, coefficients: readonly number[], x: Vector): Vector =>
  coefficients.slice(1).reduce((sum, c) => b.add(b.mul(sum, x), b.constant(c)), b.constant(coefficients[0]))

/** log v for 0 < v ≤ 1. */
function logOf(b: Builder, v: Vector): Vector {
  const k = b.sar(b.isub(v, b.constantInt(sqrtHalfBits)), 23)
  const m = b.isub(v, b.shl(k, 23))
  const one = b.constant(1)
  const s = b.div(b.sub(m, one), b.add(m, one))
  const rest = b.mul(b.add(s, s), series(b, logSeries, b.mul(s, s)))
  return b.add(b.mul(b.toFloat(k), b.constant(Math.LN2)), rest)
}

/** Two standard normal numbers from two words. */
export function normalPair(b: Builder, first: Vector, second: Vector): [Vector, Vector] {
  const v = b.mul(b.add(b.toFloat(b.shr(first, 1)), b.constant(1)), b.constant(normalUnit))
  const radius = b.sqrt(b.mul(logOf(b, v), b.constant(-2)))
  const angle = b.mul(b.toFloat(b.sar(b.shl(second, 2), 8)), b.constant(angleUnit))
  const square = b.mul(angle, angle)
  const sine = b.mul(angle, series(b, sineSeries, square))
  const cosine = series(b, cosineSeries, square)
  const quadrant = b.shr(second, 30)
  const one = b.constantInt(1)
  const turned = b.iequal(b.and(quadrant, one), one)
  const sign = (bits: Vector): Vector => b.shl(b.and(bits, b.constantInt(2)), 30)
  const x = b.xor(b.select(turned, sine, cosine), sign(b.iadd(quadrant, one)))
  const y = b.xor(b.select(turned, cosine, sine), sign(quadrant))
  return [b.mul(radius, x), b.mul(radius, y)]
}
