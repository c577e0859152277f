// Elementwise functions of one tensor, made from a kernel and a derivative.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive } from '../autodiff/primitive.ts'
import type { KernelSpecs, UnaryOp } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { asTensor, type TensorLike, zeros } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { cast } from './cast.ts'
import { ofRepeated } from './stretch.ts'

/** gradient · f′(x), given x and y = f(x). */
export type Derivative = (gradient: Tensor, x: Tensor, y: Tensor) => Tensor

type Unary = KernelSpecs['unary']

const specOf = (op: UnaryOp): Unary => Object.freeze({ op, activation: null })

function unary(op: UnaryOp, derivative: Derivative): KernelPrimitive<'unary'> {
  const primitive: KernelPrimitive<'unary'> = {
    name: op,
    made: (spec, [x]) => ofRepeated(x, (few) => apply(primitive, spec, [few])),
    kernel: kernels.unary,
    saves: ([x], [y]) => [x, y],
    gradient: (g, [x, y]) => [() => derivative(g, x, y)],
  }
  return primitive
}

/** A float32 elementwise function with its derivative. */
export function smooth(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  const [primitive, spec] = [unary(op, derivative), specOf(op)]
  return (value) => scope(() => apply(primitive, spec, [floatTensor(op, 'x', value)]))
}

/** A function that maps whole numbers to whole numbers. */
export function wholeToWhole(op: UnaryOp, derivative: Derivative): (x: TensorLike) => Tensor {
  const [primitive, spec] = [unary(op, derivative), specOf(op)]
  return (value) =>
    scope(() => {
      const x = asTensor(op, 'x', value)
      return apply(primitive, spec, [x.dtype === 'float32' ? x : cast(x, 'int32')])
    })
}

/** Steps have the gradient zero almost everywhere. */
export const flat: Derivative = (g) => zeros(g.shape)

export function test(op: UnaryOp): (x: TensorLike) => Tensor {
  const primitive: KernelPrimitive<'unary'> = {
    name: op,
    shape: (_, [{ shape }]) => shape,
    dtype: 'bool',
    kernel: kernels.unary,
  }
  const spec = specOf(op)
  return (value) => scope(() => apply(primitive, spec, [asTensor(op, 'x', value)]))
}
