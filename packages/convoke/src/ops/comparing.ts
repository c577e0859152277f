// Whether numbers are equal but for rounding.

import { scope } from '../autodiff/gradients.ts'
import { check, checkFlag, checkOptions, show } from '../shapes/error.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { add, equal, lessEqual, logicalAnd, logicalOr, multiply, subtract } from './arithmetic.ts'
import { abs, isFiniteNumber, isNotANumber } from './elementwise.ts'
import { all } from './reductions.ts'

/** How far apart numbers may be. */
export interface CloseOptions {
  /** Share of the size of the right operand: 1e-5 when not given. */
  readonly relative?: number | undefined
  /** In units of the numbers: 1e-8 when not given. */
  readonly absolute?: number | undefined
  /** Whether NaN is close to NaN; false when not given. */
  readonly equalNaN?: boolean | undefined
}

function checkTolerance(op: string, name: string, value: unknown): void {
  check(
    typeof value === 'number' && value >= 0,
    () => `${op}: ${name} is ${show(value)}; it must be a number of 0 or more.`,
  )
}

function closeness(op: string, a: TensorLike, b: TensorLike, options: CloseOptions): Tensor {
  checkOptions(op, options, ['relative', 'absolute', 'equalNaN'])
  const { relative = 1e-5, absolute = 1e-8, equalNaN } = options
  checkTolerance(op, 'relative', relative)
  checkTolerance(op, 'absolute', absolute)
  checkFlag(op, 'equalNaN', equalNaN)
  const [left, right] = [asTensor(op, 'the left operand', a), asTensor(op, 'the right operand', b)]
  const [x, y] = [floatTensor(op, 'the left operand', left), floatTensor(op, 'the right operand', right)]
  const near = lessEqual(abs(subtract(x, y)), add(multiply(abs(y), relative), absolute))
  const close = logicalOr(equal(left, right), logicalAnd(near, isFiniteNumber(y)))
  return equalNaN === true ? logicalOr(close, logicalAnd(isNotANumber(x), isNotANumber(y))) : close
}

/**
 * Whether |a − b| ≤ absolute + relative · |b|, element by element, as bool (NumPy's and PyTorch's `isclose`). Shapes broadcast. Infinities
 * are close to themselves alone. Has no gradient.
 *
 * @example
 * isClose([1, 2], [1.000001, 2.1]).toArray()  // [1, 0]
 */
export const isClose = (a: TensorLike, b: TensorLike, options: CloseOptions = {}): Tensor =>
  scope(() => closeness('isClose', a, b, options))

/**
 * Whether all elements are close, by the rule of `isClose`, as a boolean of JavaScript. Reads synchronously; on a backend that
 * cannot, use `await all(isClose(a, b)).data()`.
 *
 * @example
 * allClose([0.1, 0.2], [0.1, 0.20000001])  // true
 */
export function allClose(a: TensorLike, b: TensorLike, options: CloseOptions = {}): boolean {
  const whole = scope(() => all(closeness('allClose', a, b, options)))
  try {
    return whole.item() === 1
  } finally {
    whole.dispose()
  }
}
