// How far elementwise functions may be from the exact result, and what is exact.

import type { UnaryOp } from '../../../../backend.ts'
import { scalarUnary } from '../../../../reference/scalar.ts'

/** The error each function of one float is allowed, in units of the last place of float32. */
export const unaryBounds: Partial<Readonly<Record<UnaryOp, number>>> = {
  ...{ negate: 0, abs: 0, sign: 0, square: 0.5, sqrt: 0.5, reciprocal: 0.5, floor: 0, ceil: 0, round: 0, trunc: 0 },
  ...{ rsqrt: 2, exp: 1.1, expm1: 2, log: 1, log1p: 2, sin: 3, cos: 3, tan: 4, asin: 3, acos: 2, atan: 3, sinh: 2 },
  ...{ cosh: 2, tanh: 3, asinh: 3, acosh: 3, atanh: 3, erf: 2, relu: 0, gelu: 5, geluTanh: 4, silu: 4, mish: 5 },
  ...{ softplus: 2, softsign: 2, hardSwish: 3, sigmoid: 3, selu: 3 },
}

const erfc = (x: number): number => {
  if (x < 2) return 1 - scalarUnary('erf', null)(x)
  let fraction = 0
  for (let n = 120; n >= 1; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction))
}

/** Forms that keep their relative precision for negative x, where the reference's lose it even in float64. */
const precise: Partial<Record<UnaryOp, (x: number) => number>> = {
  gelu: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : 0.5 * x * erfc(-x / Math.SQRT2)),
  geluTanh: (x) =>
    x === Number.NEGATIVE_INFINITY ? 0 : x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  mish: (x) => {
    if (x === Number.NEGATIVE_INFINITY) return 0
    const e = Math.exp(-Math.abs(x))
    return x >= 0 ? (x * (1 + 2 * e)) / (1 + 2 * e + 2 * e * e) : (x * e * (e + 2)) / (e * e + 2 * e + 2)
  },
}

/** The function of a unary op without constants, in float64 and to its relative precision everywhere. */
export const exactUnary = (op: UnaryOp): ((x: number) => number) => precise[op] ?? scalarUnary(op, null)
