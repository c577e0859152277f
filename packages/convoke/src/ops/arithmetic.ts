// Broadcasting arithmetic and comparisons, NumPy's rules. bool and uint8 compute as int32; any float32 makes float32.

import { scope } from '../autodiff/gradients.ts'
import { type GradientRule, record } from '../autodiff/tape.ts'
import type { BinaryOp, DType } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes, sameShape } from '../shapes/broadcast.ts'
import { asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor, promote, widest } from './arguments.ts'
import { cast } from './cast.ts'
import { isStretched, operandOf, sumTo } from './stretch.ts'
import { wholeToWhole } from './unary.ts'

const flatStrides = Object.freeze([Object.freeze([1]), Object.freeze([1])])

function runBinary(op: BinaryOp, a: Tensor, b: Tensor, dtype: DType): Tensor {
  if (sameShape(a.shape, b.shape) && !isStretched(a) && !isStretched(b)) {
    return runOne(kernels.binary, { op, shape: [a.size], strides: flatStrides }, [a, b], a.shape, dtype)
  }
  const shape = broadcastShapes(op, a.shape, b.shape)
  const [left, right] = [operandOf(a, shape), operandOf(b, shape)]
  const strides = [left.strides, right.strides]
  return runOne(kernels.binary, { op, shape, strides }, [left.tensor, right.tensor], shape, dtype)
}

type Parts = (gradient: Tensor, a: Tensor, b: Tensor) => readonly [() => Tensor, () => Tensor]

/** A differentiable binary op. `parts` gives the gradients at the broadcast shape; they are summed to the operands' shapes. */
export function differentiable(op: BinaryOp, a: Tensor, b: Tensor, parts: Parts, saves = true): Tensor {
  const [aShape, bShape] = [a.shape, b.shape]
  const rule: GradientRule = (gradient, saved) => {
    const [left, right] = parts(gradient, saved[0], saved[1])
    return [() => sumTo(left(), aShape), () => sumTo(right(), bShape)]
  }
  return record(op, runBinary(op, a, b, a.dtype), [a, b], saves ? [a, b] : [], rule)
}

/** −x. */
export const negate = wholeToWhole('negate', (g) => negate(g))
/** a + b. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => differentiable('add', ...promote('add', a, b, true), (g) => [() => g, () => g], false))
}

/** a − b. */
export function subtract(a: TensorLike, b: TensorLike): Tensor {
  return scope(() =>
    differentiable('subtract', ...promote('subtract', a, b, true), (g) => [() => g, () => negate(g)], false),
  )
}

/** a · b, element by element; int32 wraps modulo 2³². */
export function multiply(a: TensorLike, b: TensorLike): Tensor {
  return scope(() =>
    differentiable('multiply', ...promote('multiply', a, b, true), (g, x, y) => [
      () => multiply(g, y),
      () => multiply(g, x),
    ]),
  )
}

/** a / b, always float32. */
export function divide(a: TensorLike, b: TensorLike): Tensor {
  return scope(() =>
    differentiable(
      'divide',
      floatTensor('divide', 'the left operand', a),
      floatTensor('divide', 'the right operand', b),
      // x / y / y: y² would leave the range of floats long before the quotient does.
      (g, x, y) => [() => divide(g, y), () => negate(divide(multiply(g, divide(x, y)), y))],
    ),
  )
}

/** ⌊a / b⌋, −1 for −5 / ∞. Division of int32 by zero gives 0. The gradient is zero. */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const [x, y] = promote('floorDivide', a, b, true)
    return differentiable('floorDivide', x, y, (g) => [() => zeros(g.shape), () => zeros(g.shape)], false)
  })
}

/**
 * a − b·⌊a / b⌋, exact for quotients of any size: the remainder has the sign of the divisor, as in NumPy. NaN for a divisor of 0
 * (0 of int32) and an endless a; by ∞ it is a, or ∞ where a is below 0.
 */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const [x, y] = promote('remainder', a, b, true)
    return differentiable('remainder', x, y, (g, p, q) => [() => g, () => negate(multiply(g, floorDivide(p, q)))])
  })
}

/** At ties each operand gets half of the gradient; the one that loses gets 0, whatever comes in. */
const extremeParts =
  (wins: (a: TensorLike, b: TensorLike) => Tensor): Parts =>
  (g, a, b) => {
    const share = (winner: Tensor) => where(winner, g, where(equal(a, b), multiply(g, 0.5), 0))
    return [() => share(wins(a, b)), () => share(wins(b, a))]
  }

/** The larger of a and b; NaN if either is. */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => differentiable('maximum', ...promote('maximum', a, b, false), extremeParts(greater)))
}

/** The smaller of a and b; NaN if either is. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return scope(() => differentiable('minimum', ...promote('minimum', a, b, false), extremeParts(less)))
}

const compare =
  (op: BinaryOp) =>
  (a: TensorLike, b: TensorLike): Tensor =>
    scope(() => {
      const [x, y] = promote(op, a, b, false)
      return runBinary(op, x, y, 'bool')
    })

/** a = b, as bool. */
export const equal = compare('equal')
/** a ≠ b, as bool. */
export const notEqual = compare('notEqual')
/** a > b, as bool. */
export const greater = compare('greater')
/** a ≥ b, as bool. */
export const greaterEqual = compare('greaterEqual')
/** a < b, as bool. */
export const less = compare('less')
/** a ≤ b, as bool. */
export const lessEqual = compare('lessEqual')
/** Both nonzero, as bool. */
export const logicalAnd = compare('logicalAnd')
/** Either nonzero, as bool. */
export const logicalOr = compare('logicalOr')
/** Exactly one nonzero, as bool. */
export const logicalXor = compare('logicalXor')

/** Where `condition` is nonzero `a`, elsewhere `b`; all three broadcast. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return scope(() => {
    const test = asTensor('where', 'the condition', condition)
    const numeric = typeof a === 'number' && typeof b === 'number'
    const [x, y] = numeric ? [asTensor('where', 'a', a), asTensor('where', 'b', b)] : promoteChoice(a, b)
    const shape = broadcastShapes('where', test.shape, broadcastShapes('where', x.shape, y.shape))
    const parts = [test, x, y].map((part) => operandOf(part, shape))
    const strides = parts.map((part) => part.strides)
    const output = runOne(
      kernels.select,
      { shape, strides },
      parts.map(({ tensor }) => tensor),
      shape,
      x.dtype,
    )
    const [xShape, yShape] = [x.shape, y.shape]
    return record('where', output, [x, y], [test], (gradient, [kept]) => [
      () => sumTo(where(kept, gradient, 0), xShape),
      () => sumTo(where(kept, 0, gradient), yShape),
    ])
  })
}

function promoteChoice(a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [x, y] = promote('where', a, b, false)
  const dtype = widest(x.dtype, y.dtype)
  return [cast(x, dtype), cast(y, dtype)]
}
