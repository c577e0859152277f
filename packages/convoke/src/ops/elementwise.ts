// Elementwise functions of one tensor. Those of whole numbers that stay whole keep their dtype; the rest give float32.

import { scope } from '../autodiff/gradients.ts'
import { record } from '../autodiff/tape.ts'
import type { UnaryOp } from '../backends/backend.ts'
import { asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { cast } from './cast.ts'

/** gradient · f′(x), given x and y = f(x). */
type Derivative = (gradient: Tensor, x: Tensor, y: Tensor) => Tensor

/** A float32 elementwise function with its derivative. */
function smooth(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  return (value) =>
    scope(() => {
      const x = floatTensor(op, 'x', value)
      const y = runOne('unary', { op, activation: null }, [x], x.shape)
      return record(op, y, [x], [x, y], (gradient, [kept, result]) => [() => derivative(gradient, kept, result)])
    })
}

/** A function that maps whole numbers to whole numbers. */
function wholeToWhole(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  const onFloats = smooth(op, derivative)
  return (value) =>
    scope(() => {
      const x = asTensor(op, 'x', value)
      if (x.dtype === 'float32') return onFloats(x)
      const whole = cast(x, 'int32')
      return runOne('unary', { op, activation: null }, [whole], whole.shape, 'int32')
    })
}

/** Steps have the gradient zero almost everywhere. */
const flat: Derivative = (g) => zeros(g.shape)

function test(op: UnaryOp): (x: TensorLike) => Tensor {
  return (value) =>
    scope(() => {
      const x = asTensor(op, 'x', value)
      return runOne('unary', { op, activation: null }, [x], x.shape, 'bool')
    })
}

/** −x. */
export const negate = wholeToWhole('negate', (g) => negate(g))
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
