// What an ONNX file holds, as plain objects. Definition: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and docs/IR.md beside it.
// Records have no prototype: their keys come from files, which may name anything `__proto__`.

/** Types of elements, by the names that Convoke uses elsewhere: FLOAT is float32, DOUBLE float64. */
export type OnnxType =
  | ('float32' | 'float64' | 'float16' | 'bfloat16')
  | ('float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'float8e8m0' | 'float4e2m1')
  | ('int2' | 'int4' | 'int8' | 'int16' | 'int32' | 'int64')
  | ('uint2' | 'uint4' | 'uint8' | 'uint16' | 'uint32' | 'uint64')
  | ('bool' | 'string' | 'complex64' | 'complex128')

/** The numbers or texts of a tensor. */
export type OnnxValues =
  | (Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array)
  | (BigInt64Array | BigUint64Array | readonly string[])

/** A tensor as the file has it. */
export interface OnnxTensor {
  /** Its name in the graph; '' where none is needed. */
  readonly name: string
  /** The type of its elements. */
  readonly type: OnnxType
  /** Length of each axis. */
  readonly shape: readonly number[]
  /**
   * Row-major. Floats of 16 bits and fewer are decoded to a `Float32Array`, bool to a `Uint8Array` of 0 and 1, integers of 4 and 2
   * bits to an `Int8Array` or `Uint8Array`; complex numbers are pairs of real and imaginary part, one after the other. Of a tensor that was
   * read, they are decoded when first asked for, and may be a view of the file's bytes.
   */
  readonly values: OnnxValues
}

/** A value and what kind it is of. */
export interface OnnxTyped<T extends string, V> {
  /** The kind, as ONNX calls it. */
  readonly type: T
  /** The value. */
  readonly value: V
}

/** An attribute of a node. Integers of 64 bits become the nearest number. */
export type OnnxAttribute =
  | OnnxTyped<'float' | 'int', number>
  | OnnxTyped<'string', string>
  | OnnxTyped<'tensor' | 'sparseTensor', OnnxTensor>
  | OnnxTyped<'graph', OnnxGraph>
  | OnnxTyped<'valueType', OnnxValueType | null>
  | OnnxTyped<'floats' | 'ints', readonly number[]>
  | OnnxTyped<'strings', readonly string[]>
  | OnnxTyped<'tensors' | 'sparseTensors', readonly OnnxTensor[]>
  | OnnxTyped<'graphs', readonly OnnxGraph[]>
  | OnnxTyped<'valueTypes', readonly (OnnxValueType | null)[]>
  /** In functions: what the calling node has under this name. */
  | OnnxTyped<'reference', string>

/** One operator of a graph. */
export interface OnnxNode {
  /** Its own name; '' where the file gives none. */
  readonly name: string
  /** Name of the operator: `Conv`. */
  readonly operator: string
  /** '' for ONNX's own operators. */
  readonly domain: string
  /** Tells functions of one name apart; only there where it is not ''. */
  readonly overload?: string
  /** Names of values; '' for one left out. */
  readonly inputs: readonly string[]
  /** Names of the values that it makes; '' for one that nobody reads. */
  readonly outputs: readonly string[]
  /** Its attributes by name, those alone that the file states. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

/** What a value of a graph may be. */
export type OnnxValueType =
  | {
      /** A tensor. */
      readonly kind: 'tensor'
      /** The type of its elements. */
      readonly type: OnnxType
      /** A length, the name of one, or null where it is unknown; null for unknown axes. */
      readonly shape: readonly (number | string | null)[] | null
    }
  | {
      /** A list of values, or one that may be missing. */
      readonly kind: 'sequence' | 'optional'
      /** What each is; null where the file does not say. */
      readonly of: OnnxValueType | null
    }
  | {
      /** What is not taken apart further. */
      readonly kind: 'map' | 'sparse' | 'opaque'
    }

/** What the file says of a value. */
export interface OnnxValueInfo {
  /** Its name in the graph. */
  readonly name: string
  /** What it is; null where the file does not say. */
  readonly type: OnnxValueType | null
}

/** A graph of operators, of a whole model or of a branch or loop inside one. */
export interface OnnxGraph {
  /** Its name. */
  readonly name: string
  /** Its operators, each after those whose results it reads. */
  readonly nodes: readonly OnnxNode[]
  /** What it is given. Old files list initialisers here, too. */
  readonly inputs: readonly OnnxValueInfo[]
  /** What it gives. */
  readonly outputs: readonly OnnxValueInfo[]
  /** Sparse ones are made dense. */
  readonly initializers: readonly OnnxTensor[]
  /** What the file says of values in between. */
  readonly values: readonly OnnxValueInfo[]
}

/** An operator that the model defines by others. */
export interface OnnxFunction {
  /** The operator that nodes call it by. */
  readonly name: string
  /** The domain of that operator. */
  readonly domain: string
  /** Tells functions of one name apart; '' where there is one. */
  readonly overload: string
  /** Names of its inputs inside. */
  readonly inputs: readonly string[]
  /** Names of its results inside. */
  readonly outputs: readonly string[]
  /** Names of attributes that a calling node must have. */
  readonly attributes: readonly string[]
  /** Attributes that a calling node may leave out, with what they are then. */
  readonly defaults: Readonly<Record<string, OnnxAttribute>>
  /** What it computes. */
  readonly nodes: readonly OnnxNode[]
  /** Versions of the operator sets by domain. */
  readonly opsets: Readonly<Record<string, number>>
}

/** A whole ONNX file. */
export interface OnnxModel {
  /** Version of the file format. */
  readonly irVersion: number
  /** The program that wrote it; '' where it does not say. */
  readonly producer: string
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>
  /** What it computes. */
  readonly graph: OnnxGraph
  /** Operators that it defines itself. */
  readonly functions: readonly OnnxFunction[]
  /** Texts that travel with it, by name. */
  readonly metadata: Readonly<Record<string, string>>
}

/** What ONNX's tests have for inputs and outputs: SequenceProto and OptionalProto of onnx-data.proto. */
export type OnnxValue =
  | {
      /** A tensor. */
      readonly kind: 'tensor'
      /** Its numbers, with name, type and shape. */
      readonly tensor: OnnxTensor
    }
  | {
      /** A list of values. */
      readonly kind: 'sequence'
      /** Its name. */
      readonly name: string
      /** The values in order. */
      readonly values: readonly OnnxValue[]
    }
  | {
      /** A value that may be missing. */
      readonly kind: 'optional'
      /** Its name. */
      readonly name: string
      /** The value; null where it is missing. */
      readonly value: OnnxValue | null
    }
  | {
      /** Values under keys. */
      readonly kind: 'map'
      /** Its name. */
      readonly name: string
      /** The keys. */
      readonly keys: readonly (number | string)[]
      /** One value for each key. */
      readonly values: readonly OnnxValue[]
    }
