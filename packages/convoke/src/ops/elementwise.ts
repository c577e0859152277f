// Functions of each element. Those of whole numbers that stay whole keep their dtype; the rest give float32.

import { scope } from '../autodiff/gradients.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import {
  add,
  differentiable,
  divide,
  equal,
  greater,
  less,
  logicalAnd,
  maximum,
  multiply,
  negate,
  notEqual,
  subtract,
  where,
} from './arithmetic.ts'
import { flat, smooth, test, wholeToWhole } from './unary.ts'

/** |x|; the gradient at 0 is 0. */
export const abs = wholeToWhole('abs', (g, x) => multiply(g, sign(x)))
/** −1, 0 or 1. */
export const sign = wholeToWhole('sign', flat)
/** x². */
export const square = wholeToWhole('square', (g, x) => multiply(g, multiply(x, 2)))
/** √x. */
export const sqrt = smooth('sqrt', (g, _, y) => divide(g, multiply(y, 2)))
/** 1 / √x. */
export const rsqrt = smooth('rsqrt', (g, _, y) => multiply(g, multiply(-0.5, multiply(y, multiply(y, y)))))
/** 1 / x. */
export const reciprocal = smooth('reciprocal', (g, _, y) => negate(multiply(g, multiply(y, y))))
/** eˣ. */
export const exp = smooth('exp', (g, _, y) => multiply(g, y))
/** eˣ − 1, exact near 0. */
export const expm1 = smooth('expm1', (g, x) => multiply(g, exp(x)))
/** Natural logarithm. */
export const log = smooth('log', (g, x) => divide(g, x))
/** log(1 + x), exact near 0. */
export const log1p = smooth('log1p', (g, x) => divide(g, add(x, 1)))
/** Sine of an angle in radians. */
export const sin = smooth('sin', (g, x) => multiply(g, cos(x)))
/** Cosine of an angle in radians. */
export const cos = smooth('cos', (g, x) => negate(multiply(g, sin(x))))
/** Tangent of an angle in radians. */
export const tan = smooth('tan', (g, _, y) => multiply(g, add(multiply(y, y), 1)))
/** Inverse sine, radians. */
export const asin = smooth('asin', (g, x) => multiply(g, rsqrt(subtract(1, multiply(x, x)))))
/** Inverse cosine, radians. */
export const acos = smooth('acos', (g, x) => negate(multiply(g, rsqrt(subtract(1, multiply(x, x))))))
/** Inverse tangent, radians. */
export const atan = smooth('atan', (g, x) => divide(g, add(multiply(x, x), 1)))
/** Hyperbolic sine. */
export const sinh = smooth('sinh', (g, x) => multiply(g, cosh(x)))
/** Hyperbolic cosine. */
export const cosh = smooth('cosh', (g, x) => multiply(g, sinh(x)))
/** Hyperbolic tangent. */
export const tanh = smooth('tanh', (g, _, y) => multiply(g, subtract(1, multiply(y, y))))
/** Inverse hyperbolic sine. */
export const asinh = smooth('asinh', (g, x) => multiply(g, rsqrt(add(multiply(x, x), 1))))
/** Inverse hyperbolic cosine. */
export const acosh = smooth('acosh', (g, x) => multiply(g, rsqrt(subtract(multiply(x, x), 1))))
/** Inverse hyperbolic tangent. */
export const atanh = smooth('atanh', (g, x) => divide(g, subtract(1, multiply(x, x))))
/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = smooth('erf', (g, x) => multiply(g, multiply(2 / Math.sqrt(Math.PI), exp(negate(multiply(x, x))))))
/** Largest whole number ≤ x. */
export const floor = wholeToWhole('floor', flat)
/** Smallest whole number ≥ x. */
export const ceil = wholeToWhole('ceil', flat)
/** Nearest whole number, halves to even. */
export const round = wholeToWhole('round', flat)
/** Towards zero. */
export const trunc = wholeToWhole('trunc', flat)
/** x = 0, as bool. */
export const logicalNot = test('logicalNot')
/** Whether x is not a number, as bool. */
export const isNotANumber = test('isNaN')
/** Whether x is neither infinite nor NaN, as bool. */
export const isFiniteNumber = test('isFinite')

/**
 * a to the power b, float32, by IEEE 754: 1 to any power, NaN too, is 1, as is anything to the power 0. The gradient in b is 0
 * where a ≤ 0, in a where b is 0.
 */
export function power(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const [x, y] = [floatTensor('power', 'the base', a), floatTensor('power', 'the exponent', b)]
    return differentiable('power', x, y, (g, base, exponent) => [
      () => where(equal(exponent, 0), 0, multiply(g, multiply(exponent, power(base, subtract(exponent, 1))))),
      () => {
        const positive = greater(base, 0)
        const result = power(base, exponent)
        // ∞ to a power below 0 is a zero that no logarithm changes.
        const growing = logicalAnd(positive, notEqual(result, 0))
        return where(growing, multiply(g, multiply(result, log(where(growing, base, 1)))), 0)
      },
    ])
  })
}

/** The angle of the point (b, a), from −π to π; float32. The gradient at the origin and of points at infinity is 0. */
export function atan2(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const [y, x] = [floatTensor('atan2', 'y', a), floatTensor('atan2', 'x', b)]
    return differentiable('atan2', y, x, (g, p, q) => {
      // (q, −p) / (p² + q²), both divided by the larger first: squares leave the range of floats too early.
      const most = maximum(abs(p), abs(q))
      const usable = logicalAnd(greater(most, 0), less(most, Number.POSITIVE_INFINITY))
      const size = where(usable, most, 1)
      const [u, v] = [divide(where(usable, p, 1), size), divide(where(usable, q, 1), size)]
      const squares = add(multiply(u, u), multiply(v, v))
      const along = (w: Tensor): Tensor => where(usable, divide(multiply(g, divide(w, squares)), size), 0)
      return [() => along(v), () => negate(along(u))]
    })
  })
}
