// The step every op takes: tensors to buffers, one kernel, buffers to tensors.

import type { DType, KernelName, KernelSpecs } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError } from '../shapes/error.ts'
import { allocateStorage, letGo, moveStorage, type Storage } from './storage.ts'
import { Tensor } from './tensor.ts'

export interface OutputDescription {
  readonly shape: Shape
  readonly dtype: DType
}

/** Runs one kernel on the current backend and returns its outputs as new tensors. */
export function runKernel<K extends KernelName>(
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly Tensor[],
  outputs: readonly OutputDescription[],
): Tensor[] {
  const made: Storage[] = []
  try {
    for (const { shape, dtype } of outputs) made.push(allocateStorage(currentBackend(), dtype, sizeOf(shape)))
    runInto(kernel, spec, inputs, made)
  } catch (error) {
    made.forEach(letGo)
    throw error
  }
  return made.map((storage, index) => new Tensor(storage, outputs[index].shape))
}

/** The same for kernels with one output. */
export function runOne<K extends KernelName>(
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly Tensor[],
  shape: Shape,
  dtype: DType = 'float32',
): Tensor {
  return runKernel(kernel, spec, inputs, [{ shape, dtype }])[0]
}

/** Runs a kernel into storages that exist already. */
export function runInto<K extends KernelName>(
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly Tensor[],
  outputs: readonly Storage[],
): void {
  const backend = currentBackend()
  const borrowed: Storage[] = []
  const buffers = inputs.map(({ storage }) => {
    if (storage.backend === backend) return storage.buffer
    if (storage.backend.readSync === undefined) {
      throw new ConvokeError(
        `${kernel}: a tensor lives on the ${storage.backend.name} backend, which cannot be read at once, and the current backend is ${backend.name}. Make the tensor again after useBackend('${backend.name}').`,
      )
    }
    const moved = moveStorage(storage, backend, storage.backend.readSync(storage.buffer))
    borrowed.push(moved)
    return moved.buffer
  })
  try {
    backend.run(
      kernel,
      spec,
      buffers,
      outputs.map(({ buffer }) => buffer),
    )
  } finally {
    borrowed.forEach(letGo)
  }
}

/** Several copies into one new tensor: concat, stack, constant padding. `background` fills what no copy writes. */
export function runCopies(
  copies: readonly { readonly source: Tensor; readonly spec: KernelSpecs['copy'] }[],
  shape: Shape,
  dtype: DType,
  background?: number,
): Tensor {
  const storage = allocateStorage(currentBackend(), dtype, sizeOf(shape))
  try {
    if (background !== undefined) currentBackend().run('fill', { value: background }, [], [storage.buffer])
    for (const { source, spec } of copies) runInto('copy', spec, [source], [storage])
  } catch (error) {
    letGo(storage)
    throw error
  }
  return new Tensor(storage, shape)
}
