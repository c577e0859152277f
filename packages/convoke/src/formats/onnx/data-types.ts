// ONNX's types of elements: TensorProto.DataType, and how each lies in a file.

import { ConvokeError } from '../../shapes/error.ts'
import { type FloatFormat, floatFormats } from '../narrow-floats.ts'
import type { OnnxType } from './model.ts'

/** In the order of their numbers, from 1. */
const names: readonly OnnxType[] = [
  ...(['float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16'] as const),
  ...(['float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'] as const),
  ...(['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1'] as const),
  ...(['float8e8m0', 'uint2', 'int2'] as const),
]

export function typeOfCode(what: string, code: number): OnnxType {
  const type = names[code - 1]
  if (type === undefined)
    throw new ConvokeError(
      `onnx: ${what} is of element type ${code}. Known: 1 to ${names.length} (${names.join(', ')}). The file is damaged, or of a newer ONNX.`,
    )
  return type
}

export const codeOfType = (type: OnnxType): number => names.indexOf(type) + 1

/** The field of a TensorProto that has the values where they are no raw bytes. */
export type DataField = 'floats' | 'int32s' | 'texts' | 'int64s' | 'doubles' | 'uint64s'

type Plain =
  | typeof Float32Array
  | typeof Float64Array
  | typeof Int8Array
  | typeof Uint8Array
  | typeof Int16Array
  | typeof Uint16Array
  | typeof Int32Array
  | typeof Uint32Array
  | typeof BigInt64Array
  | typeof BigUint64Array

interface Layout {
  /** Of one element in raw bytes. */
  readonly bits: number
  readonly field: DataField
  /** What raw bytes are: an array as it is, floats of few bits, integers of less than a byte, or truth values. */
  readonly raw:
    | { readonly array: Plain }
    | { readonly float: FloatFormat }
    | { readonly signed: boolean }
    | 'bool'
    | null
  /** Numbers an element has. */
  readonly parts?: number
}

const float = (float: FloatFormat): Layout => ({ bits: float.bits, field: 'int32s', raw: { float } })
const plain = (array: Plain, field: DataField = 'int32s'): Layout => ({
  bits: 8 * array.BYTES_PER_ELEMENT,
  field,
  raw: { array },
})

export const layouts: Readonly<Record<OnnxType, Layout>> = {
  float32: plain(Float32Array, 'floats'),
  float64: plain(Float64Array, 'doubles'),
  float16: float(floatFormats.float16),
  bfloat16: float(floatFormats.bfloat16),
  float8e4m3fn: float(floatFormats.float8e4m3fn),
  float8e4m3fnuz: float(floatFormats.float8e4m3fnuz),
  float8e5m2: float(floatFormats.float8e5m2),
  float8e5m2fnuz: float(floatFormats.float8e5m2fnuz),
  float8e8m0: float(floatFormats.float8e8m0),
  float4e2m1: float(floatFormats.float4e2m1),
  int2: { bits: 2, field: 'int32s', raw: { signed: true } },
  int4: { bits: 4, field: 'int32s', raw: { signed: true } },
  int8: plain(Int8Array),
  int16: plain(Int16Array),
  int32: plain(Int32Array),
  int64: plain(BigInt64Array, 'int64s'),
  uint2: { bits: 2, field: 'int32s', raw: { signed: false } },
  uint4: { bits: 4, field: 'int32s', raw: { signed: false } },
  uint8: plain(Uint8Array),
  uint16: plain(Uint16Array),
  uint32: plain(Uint32Array, 'uint64s'),
  uint64: plain(BigUint64Array, 'uint64s'),
  bool: { bits: 8, field: 'int32s', raw: 'bool' },
  string: { bits: 0, field: 'texts', raw: null },
  complex64: { ...plain(Float32Array, 'floats'), bits: 64, parts: 2 },
  complex128: { ...plain(Float64Array, 'doubles'), bits: 128, parts: 2 },
}
