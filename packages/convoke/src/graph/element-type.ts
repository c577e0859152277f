// The element types of ONNX, and which of the engine's four holds each.

import type { DType } from '../backends/backend.ts'
import { add, cast, remainder, subtract } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * What the elements of a value are. float64, float16, bfloat16 and the float8 types are computed in float32; int64, uint64 and uint32
 * in int32: numbers beyond ±2³¹ stop at its ends when they are read.
 */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'float4e2m1'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint2'
  | 'uint4'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'

export const isFloat = (type: ElementType): boolean => type.includes('float')
export const isUnsigned = (type: ElementType): boolean => type.startsWith('uint')

/** Bits of the integer types that are narrower than what holds them. */
const narrow: Readonly<Partial<Record<ElementType, number>>> = {
  ...{ int2: 2, uint2: 2, int4: 4, uint4: 4, int8: 8, uint8: 8, int16: 16, uint16: 16 },
}

export const dtypeOf = (type: ElementType): DType =>
  type === 'bool' ? 'bool' : type === 'uint8' ? 'uint8' : isFloat(type) ? 'float32' : 'int32'

/** The type that a tensor of the engine has where nothing else is said. */
export const typeOf = (x: Tensor): ElementType => x.dtype

/** Smallest and largest value of an integer type, as far as int32 reaches. */
export function rangeOf(type: ElementType): readonly [number, number] {
  const bits = narrow[type]
  if (bits !== undefined) return isUnsigned(type) ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  return isUnsigned(type) ? [0, 2 ** 31 - 1] : [-(2 ** 31), 2 ** 31 - 1]
}

/** The result of arithmetic as its type holds it: narrow integers wrap. */
export function held(x: Tensor, type: ElementType): Tensor {
  const dtype = dtypeOf(type)
  const bits = narrow[type]
  if (bits === undefined || x.dtype === 'uint8' || x.dtype === 'bool') return cast(x, dtype)
  const [low] = rangeOf(type)
  const whole = cast(x, 'int32')
  return cast(add(remainder(subtract(whole, low), 2 ** bits), low), dtype)
}
