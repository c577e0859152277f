// The median of elements along axes.

import { scope } from '../autodiff/gradients.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { check, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { where } from './arithmetic.ts'
import { isNotANumber } from './elementwise.ts'
import { slice, transpose } from './movement.ts'
import { sort } from './order.ts'
import { mean } from './reductions.ts'
import { planReduction, type ReduceOptions, reshape } from './stretch.ts'

/**
 * The median, float32: the element in the middle, or the mean of the two in the middle of an even number, as in NumPy. NaN where
 * any element is NaN. The gradient goes to the elements in the middle.
 *
 * @example
 * median([3, 1, 10, 2]).item()  // 2.5
 */
export function median(value: TensorLike, options: ReduceOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('median', 'x', value)
    const { axes, shape } = planReduction('median', x, options)
    const others = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
    const count = sizeOf(axes.map((axis) => x.shape[axis]))
    check(
      count > 0,
      () =>
        `median: there is nothing to reduce in a tensor of shape ${showShape(x.shape)}. Every reduced axis must have 1 element or more.`,
    )
    const rows = reshape(transpose(x, [...others, ...axes]), [sizeOf(others.map((axis) => x.shape[axis])), count])
    const ordered = sort(rows)
    const middle = slice(ordered, [{}, { start: (count - 1) >> 1, stop: (count >> 1) + 1 }])
    // NaN comes last.
    const last = slice(ordered, [{}, { start: count - 1 }])
    return where(isNotANumber(reshape(last, shape)), Number.NaN, reshape(mean(middle, { axes: 1 }), shape))
  })
}
