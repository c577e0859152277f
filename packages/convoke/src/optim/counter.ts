// A count as part of a state: one int32 tensor, owned by whoever counts, so that asking for it again and again costs nothing.

import { tensor } from '../tensor/create.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'

export interface CountTensor {
  /** The tensor, holding `value`. */
  at(value: number): Tensor
  dispose(): void
}

export function countTensor(): CountTensor {
  let held: Tensor | null = null
  return {
    at(value) {
      const fresh = tensor([value], { dtype: 'int32' })
      if (held === null) held = keep(fresh)
      else {
        held.assign(fresh)
        fresh.dispose()
      }
      return held
    },
    dispose() {
      held?.dispose()
      held = null
    },
  }
}
