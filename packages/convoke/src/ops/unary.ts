// Elementwise functions of one tensor, made from a kernel and a derivative.

import { scope } from '../autodiff/gradients.ts'
import { record } from '../autodiff/tape.ts'
import type { UnaryOp } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { cast } from './cast.ts'

/** gradient · f′(x), given x and y = f(x). */
export type Derivative = (gradient: Tensor, x: Tensor, y: Tensor) => Tensor

/** A float32 elementwise function with its derivative. */
export function smooth(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  return (value) =>
    scope(() => {
      const x = floatTensor(op, 'x', value)
      const y = runOne(kernels.unary, { op, activation: null }, [x], x.shape)
      return record(op, y, [x], [x, y], (gradient, [kept, result]) => [() => derivative(gradient, kept, result)])
    })
}

/** A function that maps whole numbers to whole numbers. */
export function wholeToWhole(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  const onFloats = smooth(op, derivative)
  return (value) =>
    scope(() => {
      const x = asTensor(op, 'x', value)
      if (x.dtype === 'float32') return onFloats(x)
      const whole = cast(x, 'int32')
      return runOne(kernels.unary, { op, activation: null }, [whole], whole.shape, 'int32')
    })
}

/** Steps have the gradient zero almost everywhere. */
export const flat: Derivative = (g) => zeros(g.shape)

export function test(op: UnaryOp): (x: TensorLike) => Tensor {
  return (value) =>
    scope(() => {
      const x = asTensor(op, 'x', value)
      return runOne(kernels.unary, { op, activation: null }, [x], x.shape, 'bool')
    })
}
