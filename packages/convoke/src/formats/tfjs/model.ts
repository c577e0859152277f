// What a model of TensorFlow.js holds, as plain objects. Definitions: tfjs-core/src/io/types.ts (model.json and its weights),
// graph.proto, attr_value.proto and function.proto of TensorFlow in JSON (graph models), the configuration of Keras (layers models).
// Records have no prototype: their keys come from files.

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export interface TfjsTensor {
  readonly name: string
  readonly type: 'float32' | 'int32' | 'bool' | 'string' | 'complex64'
  readonly shape: readonly number[]
  /** What belongs to the network, or to the optimiser that trained it. */
  readonly group: 'model' | 'optimizer'
  /**
   * Row-major; bool as 0 and 1, complex numbers as pairs of real and imaginary part. Quantised weights are made floats or integers again.
   * Decoded when first asked for; may be a view of the shard.
   */
  readonly values: Float32Array | Int32Array | Uint8Array | readonly string[]
}

/** Types of TensorFlow; `invalid` is what has no number of one. */
export type TfjsType =
  | ('float32' | 'float64' | 'float16' | 'bfloat16' | 'complex64' | 'complex128')
  | ('int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'bool' | 'string')
  | ('qint8' | 'quint8' | 'qint16' | 'quint16' | 'qint32' | 'resource' | 'variant' | 'invalid')

/** Lengths of axes, null where one is unknown; null for unknown axes. */
export type TfjsShape = readonly (number | null)[] | null

/** An output of a node, or of a function's input. */
export interface TfjsOutput {
  readonly node: string
  /** The name of the operator's output, in functions, where outputs are counted within it; null elsewhere. */
  readonly output: string | null
  readonly index: number
}

export type TfjsAttribute =
  | { readonly type: 'string' | 'placeholder'; readonly value: string }
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'dataType'; readonly value: TfjsType }
  | { readonly type: 'shape'; readonly value: TfjsShape }
  /** A constant's type and shape: its values are among the weights, by the node's name. */
  | { readonly type: 'tensor'; readonly value: TfjsTensorType }
  | { readonly type: 'function'; readonly value: TfjsFunctionCall }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly type: 'bools'; readonly value: readonly boolean[] }
  | { readonly type: 'dataTypes'; readonly value: readonly TfjsType[] }
  | { readonly type: 'shapes'; readonly value: readonly TfjsShape[] }
  | { readonly type: 'tensors'; readonly value: readonly TfjsTensorType[] }
  | { readonly type: 'functions'; readonly value: readonly TfjsFunctionCall[] }
  /** A list whose elements are of no stated type, for it has none, or nothing at all. */
  | { readonly type: 'empty'; readonly value: readonly [] }

export interface TfjsTensorType {
  readonly type: TfjsType
  readonly shape: TfjsShape
}

export interface TfjsFunctionCall {
  readonly name: string
  readonly attributes: Readonly<Record<string, TfjsAttribute>>
}

export interface TfjsNode {
  readonly name: string
  readonly operator: string
  readonly inputs: readonly TfjsOutput[]
  /** Names of nodes that must run before. */
  readonly controls: readonly string[]
  readonly attributes: Readonly<Record<string, TfjsAttribute>>
}

export interface TfjsArgument {
  readonly name: string
  /** `invalid` where an attribute of the call says it. */
  readonly type: TfjsType
}

export interface TfjsFunction {
  readonly name: string
  readonly inputs: readonly TfjsArgument[]
  readonly outputs: readonly (TfjsArgument & { readonly value: TfjsOutput })[]
  readonly nodes: readonly TfjsNode[]
}

/** An input or output that the model's signature names; `output` is null for one that no node has. */
export interface TfjsSignatureEntry {
  readonly key: string
  readonly value: TfjsOutput | null
  readonly type: TfjsType
  readonly shape: TfjsShape
}

export interface TfjsSignature {
  readonly inputs: readonly TfjsSignatureEntry[]
  readonly outputs: readonly TfjsSignatureEntry[]
}

export interface TfjsGraph {
  readonly nodes: readonly TfjsNode[]
  readonly functions: readonly TfjsFunction[]
  readonly signature: TfjsSignature
}

/** An output of one call of a layer. */
export interface TfjsLayerOutput {
  readonly layer: string
  readonly call: number
  readonly output: number
}

export interface TfjsLayerCall {
  readonly inputs: readonly TfjsLayerOutput[]
  /** Arguments by position where they are more than outputs of layers (Keras 3), and by name. */
  readonly arguments: readonly Json[]
  readonly options: JsonObject
}

export interface TfjsLayer {
  readonly name: string
  /** Keras's class: `Conv2D`, `BatchNormalization`, … */
  readonly kind: string
  readonly config: JsonObject
  readonly calls: readonly TfjsLayerCall[]
  /** Of a layer that is a model itself. */
  readonly model: TfjsLayers | null
}

export interface TfjsLayers {
  readonly kind: 'sequential' | 'functional'
  readonly name: string
  readonly layers: readonly TfjsLayer[]
  /** Of a functional model. */
  readonly inputs: readonly TfjsLayerOutput[]
  readonly outputs: readonly TfjsLayerOutput[]
}

export type TfjsModel = {
  readonly generatedBy: string
  readonly convertedBy: string
  /** In the order of the file, groups one after the other. */
  readonly weights: readonly TfjsTensor[]
  readonly metadata: JsonObject
} & (
  | { readonly kind: 'graph'; readonly graph: TfjsGraph; readonly initializer: TfjsGraph | null }
  | { readonly kind: 'layers'; readonly layers: TfjsLayers; readonly kerasVersion: string }
)
