import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { DType } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { checkDType } from '../tensor/create.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'

/**
 * The same values as another dtype: towards zero for whole numbers, saturating at the ends of their range, NaN to 0;
 * bool is x ≠ 0. Returns `x` itself when it has the dtype already. Differentiable between float32 tensors only.
 *
 * @example
 * cast(tensor([1.7, -2.5]), 'int32').toArray()  // [1, -2]
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkTensor('cast', 'x', x)
  checkDType('cast', dtype)
  if (x.dtype === dtype) return x
  return apply(casting, dtype, [x])
}

const casting: Primitive<DType, 'cast'> = {
  kernel: kernels.cast,
  kernelSpec: (to) => ({ to }),
  outputs: (dtype, [{ shape }]) => [{ shape, dtype }],
}
