// Tensors of another's shape.

import type { DType } from '../backends/backend.ts'
import { checkDType, full } from '../tensor/create.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'

function filledLike(op: string, x: Tensor, value: number, dtype: DType | undefined): Tensor {
  checkTensor(op, 'x', x)
  if (dtype !== undefined) checkDType(op, dtype)
  return full(x.shape, value, dtype ?? x.dtype)
}

/** Ones of the shape of `x`, and of its dtype when none is given. Not followed by gradients. */
export const onesLike = (x: Tensor, dtype?: DType): Tensor => filledLike('onesLike', x, 1, dtype)

/** Zeros of the shape of `x`, and of its dtype when none is given. Not followed by gradients. */
export const zerosLike = (x: Tensor, dtype?: DType): Tensor => filledLike('zerosLike', x, 0, dtype)
