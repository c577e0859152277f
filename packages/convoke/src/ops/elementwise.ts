// Functions of each element. Those of whole numbers that stay whole keep their dtype; the rest give float32.

import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import {
  add,
  binary,
  divide,
  equal,
  greater,
  less,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  subtract,
  where,
} from './arithmetic.ts'
import {
  type Algebra,
  type Formula,
  formulaBy,
  lowerFormula,
  type ReducedFormula,
  type ShapedFormula,
  shapeOfFormula,
} from './formula.ts'
import { sumTo } from './stretch.ts'
import { type Derivative, flat, smooth, test, wholeToWhole } from './unary.ts'

/** gradient · f′(x) as a formula of the gradient, x and y = f(x): in one pass where it is not differentiated itself. */
const by =
  (formula: Formula): Derivative =>
  (gradient, x, y) =>
    evaluate(formula, [gradient, x, y])

/** |x|; the gradient at 0 is 0. */
export const abs = /* @__PURE__ */ wholeToWhole(
  'abs',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.sign(x))),
)
/** −1, 0 or 1. */
export const sign = /* @__PURE__ */ wholeToWhole('sign', flat)
/** x². */
export const square = /* @__PURE__ */ wholeToWhole(
  'square',
  // 2x alone leaves the range of floats before it meets a g below 1.
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(o.multiply(g, x), 2)),
)
/** √x. */
export const sqrt = /* @__PURE__ */ smooth(
  'sqrt',
  /* @__PURE__ */ by((o, [g, , y]) => o.divide(g, o.multiply(y, 2))),
)
/** 1 / √x. */
export const rsqrt = /* @__PURE__ */ smooth(
  'rsqrt',
  /* @__PURE__ */ by((o, [g, , y]) => o.multiply(g, o.multiply(-0.5, o.multiply(y, o.multiply(y, y))))),
)
/** 1 / x. */
export const reciprocal = /* @__PURE__ */ smooth(
  'reciprocal',
  /* @__PURE__ */ by((o, [g, , y]) => o.negate(o.multiply(g, o.multiply(y, y)))),
)
/** eˣ. */
export const exp = /* @__PURE__ */ smooth(
  'exp',
  /* @__PURE__ */ by((o, [g, , y]) => o.multiply(g, y)),
)
/** eˣ − 1, exact near 0. */
export const expm1 = /* @__PURE__ */ smooth(
  'expm1',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.exp(x))),
)
/** Natural logarithm. */
export const log = /* @__PURE__ */ smooth(
  'log',
  /* @__PURE__ */ by((o, [g, x]) => o.divide(g, x)),
)
/** log(1 + x), exact near 0. */
export const log1p = /* @__PURE__ */ smooth(
  'log1p',
  /* @__PURE__ */ by((o, [g, x]) => o.divide(g, o.add(x, 1))),
)
/** Sine of an angle in radians. Its kernel looks at many elements at once, so that it has no place in a formula. */
export const sin = /* @__PURE__ */ smooth('sin', (g, x) => multiply(g, cos(x)))
/** Cosine of an angle in radians. */
export const cos = /* @__PURE__ */ smooth('cos', (g, x) => negate(multiply(g, sin(x))))
/** Tangent of an angle in radians. */
export const tan = /* @__PURE__ */ smooth(
  'tan',
  /* @__PURE__ */ by((o, [g, , y]) => o.multiply(g, o.add(o.multiply(y, y), 1))),
)
/** Inverse sine, radians. */
export const asin = /* @__PURE__ */ smooth(
  'asin',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.rsqrt(o.subtract(1, o.multiply(x, x))))),
)
/** Inverse cosine, radians. */
export const acos = /* @__PURE__ */ smooth(
  'acos',
  /* @__PURE__ */ by((o, [g, x]) => o.negate(o.multiply(g, o.rsqrt(o.subtract(1, o.multiply(x, x)))))),
)
/** Inverse tangent, radians. */
export const atan = /* @__PURE__ */ smooth(
  'atan',
  /* @__PURE__ */ by((o, [g, x]) => o.divide(g, o.add(o.multiply(x, x), 1))),
)
/** Hyperbolic sine. */
export const sinh = /* @__PURE__ */ smooth(
  'sinh',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.cosh(x))),
)
/** Hyperbolic cosine. */
export const cosh = /* @__PURE__ */ smooth(
  'cosh',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.sinh(x))),
)
/** Hyperbolic tangent. */
export const tanh = /* @__PURE__ */ smooth(
  'tanh',
  /* @__PURE__ */ by((o, [g, , y]) => o.multiply(g, o.subtract(1, o.multiply(y, y)))),
)
/** Inverse hyperbolic sine. */
export const asinh = /* @__PURE__ */ smooth(
  'asinh',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.rsqrt(o.add(o.multiply(x, x), 1)))),
)
/** Inverse hyperbolic cosine. */
export const acosh = /* @__PURE__ */ smooth(
  'acosh',
  /* @__PURE__ */ by((o, [g, x]) => o.multiply(g, o.rsqrt(o.subtract(o.multiply(x, x), 1)))),
)
/** Inverse hyperbolic tangent. */
export const atanh = /* @__PURE__ */ smooth(
  'atanh',
  /* @__PURE__ */ by((o, [g, x]) => o.divide(g, o.subtract(1, o.multiply(x, x)))),
)
/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = /* @__PURE__ */ smooth(
  'erf',
  /* @__PURE__ */ by((o, [g, x]) =>
    o.multiply(g, o.multiply(2 / Math.sqrt(Math.PI), o.exp(o.negate(o.multiply(x, x))))),
  ),
)
/** Largest whole number ≤ x. */
export const floor = /* @__PURE__ */ wholeToWhole('floor', flat)
/** Smallest whole number ≥ x. */
export const ceil = /* @__PURE__ */ wholeToWhole('ceil', flat)
/** Nearest whole number, halves to even. */
export const round = /* @__PURE__ */ wholeToWhole('round', flat)
/** Towards zero. */
export const trunc = /* @__PURE__ */ wholeToWhole('trunc', flat)
/** x = 0, as bool. */
export const logicalNot = /* @__PURE__ */ test('logicalNot')
/** Whether x is not a number, as bool. */
export const isNotANumber = /* @__PURE__ */ test('isNaN')
/** Whether x is neither infinite nor NaN, as bool. */
export const isFiniteNumber = /* @__PURE__ */ test('isFinite')

/** What formulas are made of, each an op that can be differentiated. */
export const tensors: Algebra<Tensor> = {
  ...{ negate, abs, sign, square, sqrt, rsqrt, exp, sinh, cosh, tanh, erf },
  sigmoid: smooth(
    'sigmoid',
    by((o, [g, , y]) => o.multiply(g, o.multiply(y, o.subtract(1, y)))),
  ),
  softplus: smooth(
    'softplus',
    by((o, [g, x]) => o.multiply(g, o.sigmoid(x))),
  ),
  geluSlope: smooth(
    'geluSlope',
    by((o, [g, x]) => {
      // (2 − x²)·φ(x), which is 0 long before ±20.
      const square = o.square(o.minimum(o.abs(x), 20))
      const density = o.multiply(o.exp(o.multiply(square, -0.5)), 1 / Math.sqrt(2 * Math.PI))
      return o.multiply(g, o.multiply(o.subtract(2, square), density))
    }),
  ),
  ...{ add, subtract, multiply, divide, maximum, minimum, equal, greater, less, where },
  ...{ isFinite: isFiniteNumber, and: logicalAnd, or: logicalOr, not: logicalNot },
}

/** The formula of float32 tensors, which broadcast: in one pass, or step by step where it is differentiated itself. */
export const evaluate = (formula: Formula, inputs: readonly Tensor[], constants: readonly number[] = []): Tensor =>
  apply(evaluation, { formula, constants }, inputs)

const evaluation: Primitive<ShapedFormula> = {
  name: 'formula',
  shape: shapeOfFormula,
  lower: lowerFormula,
  composition: ({ formula, constants }, inputs) => [() => formula(tensors, inputs, constants)],
}

/** What an elementwise function gives, and the gradients of its inputs, formulas of the result's gradient and the inputs. */
export interface Parts {
  readonly formula: Formula
  readonly gradients: readonly Formula[]
}

/** An elementwise function of float32 tensors that broadcast, in one pass forward and one backward for each input. */
export const elementwise: Primitive<ShapedFormula & Parts> = {
  name: 'elementwise',
  shape: shapeOfFormula,
  lower: lowerFormula,
  gradient: (g, saved, { gradients, constants }, shapes) =>
    gradients.map((formula, i) => () => sumTo(evaluate(formula, [g, ...saved], constants), shapes[i])),
}

/** The sum of an elementwise function of tensors of one shape, times `scale`: one pass forward without writing the values out. */
export const elementwiseTotal = /* @__PURE__ */ formulaBy<
  ReducedFormula & ShapedFormula & Parts & { readonly scale: number }
>({
  gradient: (g, saved, { scale, gradients, constants }) => {
    const share = scale === 1 ? g : multiply(g, scale)
    return gradients.map((formula) => () => evaluate(formula, [share, ...saved], constants))
  },
})

/**
 * a to the power b, float32, by IEEE 754: 1 to any power, NaN too, is 1, as is anything to the power 0. The gradient in b is 0
 * where a ≤ 0, in a where b is 0.
 */
export const power = /* @__PURE__ */ binary(
  'power',
  (op, a, b) => [floatTensor(op, 'the base', a), floatTensor(op, 'the exponent', b)],
  (g, base, exponent) => [
    () => where(equal(exponent, 0), 0, multiply(g, multiply(exponent, power(base, subtract(exponent, 1))))),
    () => {
      const positive = greater(base, 0)
      const result = power(base, exponent)
      // ∞ to a power below 0 is a zero that no logarithm changes.
      const growing = logicalAnd(positive, notEqual(result, 0))
      return where(growing, multiply(g, multiply(result, log(where(growing, base, 1)))), 0)
    },
  ],
)

/** The angle of the point (b, a), from −π to π; float32. The gradient at the origin and of points at infinity is 0. */
export const atan2 = /* @__PURE__ */ binary(
  'atan2',
  (op, a, b) => [floatTensor(op, 'y', a), floatTensor(op, 'x', b)],
  (g, y, x) => [() => evaluate(byY, [g, y, x]), () => evaluate(byX, [g, y, x])],
)

/** (x, −y) / (x² + y²), both divided by the larger first: squares leave the range of floats too early. */
const sideOfAngle =
  (which: 'y' | 'x'): Formula =>
  (o, [g, y, x]) => {
    const most = o.maximum(o.abs(y), o.abs(x))
    const usable = o.and(o.greater(most, 0), o.less(most, Number.POSITIVE_INFINITY))
    const size = o.where(usable, most, 1)
    const [u, v] = [y, x].map((part) => o.divide(o.where(usable, part, 1), size))
    const squares = o.add(o.multiply(u, u), o.multiply(v, v))
    const along = o.where(usable, o.divide(o.multiply(g, o.divide(which === 'y' ? v : u, squares)), size), 0)
    return which === 'y' ? along : o.negate(along)
  }
const byY = /* @__PURE__ */ sideOfAngle('y')
const byX = /* @__PURE__ */ sideOfAngle('x')
