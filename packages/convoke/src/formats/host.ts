// Tensors outside any backend: what files hold.

import type { DType } from '../backends/backend.ts'
import { tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The numbers of a tensor with their shape: float32 as Float32Array, int32 as Int32Array, uint8 and bool as Uint8Array. */
export interface HostTensor {
  /** What the elements are. */
  readonly dtype: DType
  /** Length of each axis. */
  readonly shape: readonly number[]
  /** The elements in row-major order. */
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** Reads named tensors back from their backends. */
export async function toHost(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HostTensor>> {
  const entries = Object.entries(tensors).map(async ([name, value]) => {
    const read = await value.data()
    // A float64 reference backend reads wider than files hold.
    const data = read instanceof Float64Array ? Float32Array.from(read) : read
    return [name, { dtype: value.dtype, shape: value.shape, data }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Puts named tensors onto the current backend. */
export const fromHost = (tensors: Readonly<Record<string, HostTensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })]),
  )
