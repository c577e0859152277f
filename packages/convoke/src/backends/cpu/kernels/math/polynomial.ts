// Polynomials with constant coefficients, and small constants, in a vector program.

import type { Builder, Vector } from '../../program/index.ts'

/** Σ coefficients[k]·xᵏ by Horner's rule, in a new register. */
export function polynomial(b: Builder, x: Vector, coefficients: readonly number[]): Vector {
  const sum = b.constant(coefficients[coefficients.length - 1])
  for (const c of coefficients.slice(0, -1).toReversed()) b.horner(sum, x, b.constant(c))
  return sum
}

/** The same as two polynomials in x², of the even powers and of the odd: half the chain, for long ones that all else waits for. */
export function twoChained(b: Builder, x: Vector, coefficients: readonly number[]): Vector {
  const square = b.mul(x, x)
  const [even, odd] = [0, 1].map((parity) =>
    polynomial(
      b,
      square,
      coefficients.filter((_, power) => power % 2 === parity),
    ),
  )
  return b.fma(even, odd, x)
}

/** x + x³·P(x²): an odd function from the coefficients of P. `square` is x². */
export function oddPolynomial(b: Builder, x: Vector, square: Vector, coefficients: readonly number[]): Vector {
  const rest = b.mul(polynomial(b, square, coefficients), square)
  return b.fma(b.copy(x), x, rest)
}

/** The sign bit of x, and nothing else. */
export const signBit = (b: Builder, x: Vector): Vector => b.and(x, b.constantInt(-0x80000000))

/** `magnitude` ≥ 0 with the sign of `sign`, which holds a sign bit alone. */
export const withSign = (b: Builder, magnitude: Vector, sign: Vector): Vector => b.xor(magnitude, sign)
