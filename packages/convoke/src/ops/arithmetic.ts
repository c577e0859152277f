// Broadcasting arithmetic and comparisons, NumPy's rules. bool and uint8 compute as int32; any float32 makes float32.

import { scope } from '../autodiff/gradients.ts'
import { apply, type Lowering, type Primitive, type Thunk } from '../autodiff/primitive.ts'
import type { BinaryOp } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes, sameShape } from '../shapes/broadcast.ts'
import { asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { runInto } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor, promote } from './arguments.ts'
import { type FormulaOf, lowerFormula, type ShapedFormula, shapeOfFormula } from './formula.ts'
import { isStretched, operandOf, operandsOver, sumTo } from './stretch.ts'
import { wholeToWhole } from './unary.ts'

const flatStrides = Object.freeze([Object.freeze([1]), Object.freeze([1])])

const lowerBinary: Lowering<BinaryOp> = (op, inputs, outputs, shape) => {
  const [a, b] = inputs
  if (sameShape(a.shape, b.shape) && !isStretched(a) && !isStretched(b)) {
    runInto(kernels.binary, { op, shape: [a.size], strides: flatStrides }, inputs, outputs)
    return
  }
  const [left, right] = [operandOf(a, shape), operandOf(b, shape)]
  const strides = [left.strides, right.strides]
  runInto(kernels.binary, { op, shape, strides }, [left.tensor, right.tensor], outputs)
}

type Operands = (op: string, a: TensorLike, b: TensorLike) => [Tensor, Tensor]
/** The gradients of both operands at the broadcast shape. */
type Parts = (gradient: Tensor, a: Tensor, b: Tensor) => readonly [Thunk, Thunk]

/** A differentiable op of two operands: what `operands` makes of them broadcasts, and the result has their dtype. */
export function binary(op: BinaryOp, operands: Operands, parts: Parts, saves = true) {
  const primitive: Primitive<BinaryOp> = {
    name: op,
    shape: (_, [a, b]) => (sameShape(a.shape, b.shape) ? a.shape : broadcastShapes(op, a.shape, b.shape)),
    lower: lowerBinary,
    saves: (inputs) => (saves ? inputs : []),
    gradient: (g, [x, y], _, [left, right]) => {
      const [toLeft, toRight] = parts(g, x, y)
      return [() => sumTo(toLeft(), left), () => sumTo(toRight(), right)]
    },
  }
  return (a: TensorLike, b: TensorLike): Tensor => scope(() => apply(primitive, op, operands(op, a, b)))
}

/** bool and uint8 as int32. */
const widened: Operands = (op, a, b) => promote(op, a, b, true)
const asTheyAre: Operands = (op, a, b) => promote(op, a, b, false)
const floats: Operands = (op, a, b) => [floatTensor(op, 'the left operand', a), floatTensor(op, 'the right operand', b)]

function compare(op: BinaryOp): (a: TensorLike, b: TensorLike) => Tensor {
  const primitive: Primitive<BinaryOp> = {
    name: op,
    shape: (_, [a, b]) => broadcastShapes(op, a.shape, b.shape),
    dtype: 'bool',
    lower: lowerBinary,
  }
  return (a, b) => scope(() => apply(primitive, op, promote(op, a, b, false)))
}

/** a = b, as bool. */
export const equal = /* @__PURE__ */ compare('equal')
/** a ≠ b, as bool. */
export const notEqual = /* @__PURE__ */ compare('notEqual')
/** a > b, as bool. */
export const greater = /* @__PURE__ */ compare('greater')
/** a ≥ b, as bool. */
export const greaterEqual = /* @__PURE__ */ compare('greaterEqual')
/** a < b, as bool. */
export const less = /* @__PURE__ */ compare('less')
/** a ≤ b, as bool. */
export const lessEqual = /* @__PURE__ */ compare('lessEqual')
/** Both nonzero, as bool. */
export const logicalAnd = /* @__PURE__ */ compare('logicalAnd')
/** Either nonzero, as bool. */
export const logicalOr = /* @__PURE__ */ compare('logicalOr')
/** Exactly one nonzero, as bool. */
export const logicalXor = /* @__PURE__ */ compare('logicalXor')

/** −x. */
export const negate = /* @__PURE__ */ wholeToWhole('negate', (g) => negate(g))
/** a + b. */
export const add = /* @__PURE__ */ binary('add', widened, (g) => [() => g, () => g], false)
/** a − b. */
export const subtract = /* @__PURE__ */ binary('subtract', widened, (g) => [() => g, () => negate(g)], false)
/** a · b, element by element; int32 wraps modulo 2³². */
export const multiply = /* @__PURE__ */ binary('multiply', widened, (g, x, y) => [
  () => multiply(g, y),
  () => multiply(g, x),
])
/** a / b, always float32. */
export const divide = /* @__PURE__ */ binary('divide', floats, (g, x, y) => [
  () => divide(g, y),
  () => apply(slopeOfDivisor, { formula: byDivisor, constants: [] }, [g, x, y]),
])

// x / y / y: y² would leave the range of floats long before the quotient does.
const byDivisor: FormulaOf<'negate' | 'multiply' | 'divide'> = (o, [g, x, y]) =>
  o.negate(o.divide(o.multiply(g, o.divide(x, y)), y))

const slopeOfDivisor: Primitive<ShapedFormula> = {
  name: 'formula',
  shape: shapeOfFormula,
  lower: lowerFormula,
  composition: (_, inputs) => [() => byDivisor({ negate, multiply, divide }, inputs, [])],
}
/** ⌊a / b⌋, −1 for −5 / ∞. Division of int32 by zero gives 0. The gradient is zero. */
export const floorDivide = /* @__PURE__ */ binary(
  'floorDivide',
  widened,
  (g) => [() => zeros(g.shape), () => zeros(g.shape)],
  false,
)
/**
 * a − b·⌊a / b⌋, exact for quotients of any size: the remainder has the sign of the divisor, as in NumPy. NaN for a divisor of 0
 * (0 of int32) and an endless a; by ∞ it is a, or ∞ where a is below 0.
 */
export const remainder = /* @__PURE__ */ binary('remainder', widened, (g, p, q) => [
  () => g,
  () => negate(multiply(g, floorDivide(p, q))),
])

/** At ties each operand gets half of the gradient; the one that loses gets 0, whatever comes in. */
const extremeParts =
  (wins: (a: TensorLike, b: TensorLike) => Tensor): Parts =>
  (g, a, b) => {
    const share = (winner: Tensor) => where(winner, g, where(equal(a, b), multiply(g, 0.5), 0))
    return [() => share(wins(a, b)), () => share(wins(b, a))]
  }

/** The larger of a and b; NaN if either is. */
export const maximum = /* @__PURE__ */ binary('maximum', asTheyAre, /* @__PURE__ */ extremeParts(greater))
/** The smaller of a and b; NaN if either is. */
export const minimum = /* @__PURE__ */ binary('minimum', asTheyAre, /* @__PURE__ */ extremeParts(less))

const selection: Primitive<null> = {
  name: 'where',
  outputs: (_, [test, a, b]) => {
    const shape = broadcastShapes('where', test.shape, broadcastShapes('where', a.shape, b.shape))
    return [{ shape, dtype: a.dtype }]
  },
  lower: (_, inputs, outputs, shape) => {
    const { strides, tensors } = operandsOver(shape, inputs)
    runInto(kernels.select, { shape, strides }, tensors, outputs)
  },
  saves: ([test]) => [test],
  gradient: (g, [test], _, [, a, b]) => [null, () => sumTo(where(test, g, 0), a), () => sumTo(where(test, 0, g), b)],
}

/** Where `condition` is nonzero `a`, elsewhere `b`; all three broadcast. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const test = asTensor('where', 'the condition', condition)
    const numeric = typeof a === 'number' && typeof b === 'number'
    const choices = numeric ? [asTensor('where', 'a', a), asTensor('where', 'b', b)] : promote('where', a, b, false)
    return apply(selection, null, [test, ...choices])
  })
}
