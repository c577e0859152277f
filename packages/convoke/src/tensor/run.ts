// Kernels on tensors: tensors to buffers, one kernel, buffers to tensors. Ops go by way of `apply` (autodiff/primitive.ts).

import type { Backend, DType, Kernel, KernelName, KernelSpecs } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError } from '../shapes/error.ts'
import { allocateStorage, letGo, moveStorage, type Storage } from './storage.ts'
import { Tensor } from './tensor.ts'
import { enqueue, noteRead } from './witness.ts'

export interface OutputDescription {
  readonly shape: Shape
  readonly dtype: DType
}

/** Runs one kernel with one output on the current backend: for what is no op, and has no gradient. */
export function runOne<K extends KernelName>(
  kernel: Kernel<K>,
  spec: KernelSpecs[K],
  inputs: readonly Tensor[],
  shape: Shape,
  dtype: DType = 'float32',
): Tensor {
  const storage = allocateStorage(currentBackend(), dtype, sizeOf(shape))
  try {
    runInto(kernel, spec, inputs, [storage])
  } catch (error) {
    letGo(storage)
    throw error
  }
  return new Tensor(storage, shape)
}

/** Runs a kernel into storages that exist already. */
export function runInto<K extends KernelName>(
  kernel: Kernel<K>,
  spec: KernelSpecs[K],
  inputs: readonly Tensor[],
  outputs: readonly Storage[],
): void {
  const backend = currentBackend()
  const storages: Storage[] = []
  let borrowed: Storage[] | undefined
  try {
    for (let i = 0; i < inputs.length; i++) {
      const { storage } = inputs[i]
      if (storage.backend === backend) {
        storages.push(storage)
        continue
      }
      const moved = movedTo(backend, storage, kernel.name)
      borrowed ??= []
      borrowed.push(moved)
      storages.push(moved)
    }
    enqueue(kernel, spec, storages, outputs)
  } finally {
    borrowed?.forEach(letGo)
  }
}

/** The numbers of a storage in one of another backend, which the caller lets go. */
export function movedTo(backend: Backend, storage: Storage, kernel: string): Storage {
  if (storage.backend.readSync === undefined) {
    throw new ConvokeError(
      `${kernel}: a tensor lives on the ${storage.backend.name} backend, which cannot be read at once, and the current backend is ${backend.name}. Make the tensor again after useBackend('${backend.name}').`,
    )
  }
  noteRead(storage)
  return moveStorage(storage, backend, storage.backend.readSync(storage.buffer))
}
