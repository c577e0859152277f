// The reference backend: loops in float64 that define what correct means. Results are rounded to the dtype when stored.

import { withinMemory } from '../../shapes/error.ts'
import type { Backend, Buffer, Kernel, KernelName, KernelSpecs, TypedArray } from '../backend.ts'
import { allocateReference, type FloatStorage, valuesOf } from './storage.ts'

/** The values in `into`, or in an array of their own. */
function copyTo(values: TypedArray, into?: TypedArray): TypedArray {
  if (into === undefined) return values.slice()
  into.set(values)
  return into
}

export interface ReferenceOptions {
  /**
   * 'float32' rounds every stored result, as all other backends do. 'float64' holds float32 tensors in full double
   * precision, for finite-difference checks and for measuring rounding error; `data()` then gives a Float64Array.
   */
  readonly floats?: FloatStorage
}

/** A backend that computes every kernel by plain loops in float64: what correct means. */
export function createReferenceBackend(options: ReferenceOptions = {}): Backend {
  const floats = options.floats ?? 'float32'
  return {
    name: 'reference',
    allocate: (dtype, length) => allocateReference(dtype, length, floats),
    write: (buffer, data) => valuesOf(buffer).set(data),
    read: (buffer) => Promise.resolve(valuesOf(buffer).slice()),
    readSync: (buffer, into) => copyTo(valuesOf(buffer), into),
    release: () => {},
    run: <K extends KernelName>(
      { name, loops }: Kernel<K>,
      spec: KernelSpecs[K],
      inputs: readonly Buffer[],
      outputs: readonly Buffer[],
    ) => {
      const sizes = outputs.map(({ length }) => length).join(' and ')
      withinMemory(
        () => `reference: working memory for ${name} with a result of ${sizes} elements`,
        () => loops(spec, inputs.map(valuesOf), outputs.map(valuesOf)),
      )
    },
  }
}
