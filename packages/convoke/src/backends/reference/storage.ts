import { withinMemory } from '../../shapes/error.ts'
import { withArticle } from '../../shapes/words.ts'
import type { Buffer, DType, TypedArray } from '../backend.ts'

export interface ReferenceBuffer extends Buffer {
  readonly values: TypedArray
}

export const valuesOf = (buffer: Buffer): TypedArray => (buffer as ReferenceBuffer).values

/** How float32 values are held between kernels: rounded to float32, or in full to measure what rounding costs. */
export type FloatStorage = 'float32' | 'float64'

export function allocateReference(dtype: DType, length: number, floats: FloatStorage): ReferenceBuffer {
  const bytes = dtype === 'float32' || dtype === 'int32' ? length * 4 : length
  const what = (): string =>
    `reference: ${withArticle(dtype)} tensor of ${length} elements (${(bytes / 2 ** 20).toFixed(1)} MiB)`
  return withinMemory(what, () => ({ dtype, length, values: makeValues(dtype, length, floats) }), length)
}

function makeValues(dtype: DType, length: number, floats: FloatStorage): TypedArray {
  if (dtype === 'float32') return floats === 'float64' ? new Float64Array(length) : new Float32Array(length)
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length)
}
