// Slices along an axis as tensors of their own: the way back from `stack`.

import { scope } from '../autodiff/gradients.ts'
import { normalizeAxis } from '../shapes/broadcast.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { type AxisLike, axisFrom } from './arguments.ts'
import { split } from './movement.ts'
import { reshape } from './stretch.ts'

/**
 * The slices of `x` along an axis (the first when not given), each without that axis: `stack(unstack(x, axis), axis)` is x.
 *
 * @example
 * unstack(tensor([[1, 2], [3, 4]])).map((row) => row.toArray())  // [[1, 2], [3, 4]]
 */
export function unstack(x: Tensor, axis: AxisLike = 0): Tensor[] {
  return scope(() => {
    checkTensor('unstack', 'x', x)
    const at = normalizeAxis('unstack', axisFrom('unstack', axis, 0), x.rank)
    const count = x.shape[at]
    const rest = x.shape.toSpliced(at, 1)
    return count === 0 ? [] : split(x, count, at).map((part) => reshape(part, rest))
  })
}
