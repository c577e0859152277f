// Stretching to a shape, and its adjoint: summing back.

import { scope } from '../autodiff/gradients.ts'
import { record } from '../autodiff/tape.ts'
import { broadcastStrides, checkShape, type Shape, sameShape, stridesOf } from '../shapes/broadcast.ts'
import { check, showShape } from '../shapes/error.ts'
import { runOne } from '../tensor/run.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { reshape } from './movement.ts'
import { sum } from './reductions.ts'

/** `x` repeated along its axes of size 1, and along new leading axes, to fill `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkTensor('broadcastTo', 'x', x)
  checkShape('broadcastTo', shape)
  if (sameShape(x.shape, shape)) return x
  const missing = shape.length - x.rank
  check(
    missing >= 0 && x.shape.every((size, axis) => size === 1 || size === shape[axis + missing]),
    () =>
      `broadcastTo: ${showShape(x.shape)} does not stretch to ${showShape(shape)}: aligned at the last axis, each size must be equal or 1.`,
  )
  const copy = {
    shape,
    inputOffset: 0,
    inputStrides: broadcastStrides(x.shape, shape),
    outputOffset: 0,
    outputStrides: stridesOf(shape),
  }
  const from = x.shape
  return record('broadcastTo', runOne('copy', copy, [x], shape, x.dtype), [x], [], (gradient) => [
    () => sumTo(gradient, from),
  ])
}

/** The adjoint of `broadcastTo`: sums over the axes along which `shape` would be stretched. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return scope(() => {
    checkTensor('sumTo', 'x', x)
    checkShape('sumTo', shape)
    if (sameShape(x.shape, shape)) return x
    const missing = x.rank - shape.length
    check(
      missing >= 0 && shape.every((size, axis) => size === 1 || size === x.shape[axis + missing]),
      () =>
        `sumTo: ${showShape(shape)} does not stretch to ${showShape(x.shape)}: aligned at the last axis, each size must be equal or 1.`,
    )
    const axes = x.shape.flatMap((size, axis) =>
      axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : [],
    )
    return reshape(axes.length === 0 ? x : sum(x, { axes }), shape)
  })
}
