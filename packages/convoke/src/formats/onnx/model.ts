// What an ONNX file holds, as plain objects. Definition: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and docs/IR.md beside it.
// Records have no prototype: their keys come from files, which may name anything `__proto__`.

/** Types of elements, by the names that Convoke uses elsewhere: FLOAT is float32, DOUBLE float64. */
export type OnnxType =
  | ('float32' | 'float64' | 'float16' | 'bfloat16')
  | ('float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'float8e8m0' | 'float4e2m1')
  | ('int2' | 'int4' | 'int8' | 'int16' | 'int32' | 'int64')
  | ('uint2' | 'uint4' | 'uint8' | 'uint16' | 'uint32' | 'uint64')
  | ('bool' | 'string' | 'complex64' | 'complex128')

export type OnnxValues =
  | (Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array)
  | (BigInt64Array | BigUint64Array | readonly string[])

export interface OnnxTensor {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /**
   * Row-major. Floats of 16 bits and fewer are decoded to a `Float32Array`, bool to a `Uint8Array` of 0 and 1, integers of 4 and 2
   * bits to an `Int8Array` or `Uint8Array`; complex numbers are pairs of real and imaginary part, one after the other. Of a tensor that was
   * read, they are decoded when first asked for, and may be a view of the file's bytes.
   */
  readonly values: OnnxValues
}

export type OnnxAttribute =
  /** Integers of 64 bits become the nearest number. */
  | { readonly type: 'float' | 'int'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor' | 'sparseTensor'; readonly value: OnnxTensor }
  | { readonly type: 'graph'; readonly value: OnnxGraph }
  | { readonly type: 'valueType'; readonly value: OnnxValueType | null }
  | { readonly type: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors' | 'sparseTensors'; readonly value: readonly OnnxTensor[] }
  | { readonly type: 'graphs'; readonly value: readonly OnnxGraph[] }
  | { readonly type: 'valueTypes'; readonly value: readonly (OnnxValueType | null)[] }
  /** In functions: what the calling node has under this name. */
  | { readonly type: 'reference'; readonly value: string }

export interface OnnxNode {
  readonly name: string
  readonly operator: string
  /** '' for ONNX's own operators. */
  readonly domain: string
  /** Tells functions of one name apart; only there where it is not ''. */
  readonly overload?: string
  /** Names of values; '' for one left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export type OnnxValueType =
  | {
      readonly kind: 'tensor'
      readonly type: OnnxType
      /** A length, the name of one, or null where it is unknown; null for unknown axes. */
      readonly shape: readonly (number | string | null)[] | null
    }
  | { readonly kind: 'sequence' | 'optional'; readonly of: OnnxValueType | null }
  | { readonly kind: 'map' | 'sparse' | 'opaque' }

export interface OnnxValueInfo {
  readonly name: string
  readonly type: OnnxValueType | null
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
  /** Sparse ones are made dense. */
  readonly initializers: readonly OnnxTensor[]
  /** What the file says of values in between. */
  readonly values: readonly OnnxValueInfo[]
}

export interface OnnxFunction {
  readonly name: string
  readonly domain: string
  readonly overload: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Names of attributes that a calling node must have. */
  readonly attributes: readonly string[]
  readonly defaults: Readonly<Record<string, OnnxAttribute>>
  readonly nodes: readonly OnnxNode[]
  readonly opsets: Readonly<Record<string, number>>
}

export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>
  readonly graph: OnnxGraph
  readonly functions: readonly OnnxFunction[]
  readonly metadata: Readonly<Record<string, string>>
}

/** What ONNX's tests have for inputs and outputs: SequenceProto and OptionalProto of onnx-data.proto. */
export type OnnxValue =
  | { readonly kind: 'tensor'; readonly tensor: OnnxTensor }
  | { readonly kind: 'sequence'; readonly name: string; readonly values: readonly OnnxValue[] }
  | { readonly kind: 'optional'; readonly name: string; readonly value: OnnxValue | null }
  | {
      readonly kind: 'map'
      readonly name: string
      readonly keys: readonly (number | string)[]
      readonly values: readonly OnnxValue[]
    }
