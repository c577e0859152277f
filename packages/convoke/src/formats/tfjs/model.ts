// What a model of TensorFlow.js holds, as plain objects. Definitions: tfjs-core/src/io/types.ts (model.json and its weights),
// graph.proto, attr_value.proto and function.proto of TensorFlow in JSON (graph models), the configuration of Keras (layers models).
// Records have no prototype: their keys come from files.

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
/** An object of JSON. */
export type JsonObject = { readonly [key: string]: Json }

/** One of the weights. */
export interface TfjsTensor {
  /** Its name in the model. */
  readonly name: string
  /** The type of its elements. */
  readonly type: 'float32' | 'int32' | 'bool' | 'string' | 'complex64'
  /** Length of each axis. */
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
  /** Name of the node, or of the input of a function. */
  readonly node: string
  /** The name of the operator's output, in functions, where outputs are counted within it; null elsewhere. */
  readonly output: string | null
  /** Which of the outputs, counted from 0. */
  readonly index: number
}

/** A value and what kind it is of. */
export interface TfjsTyped<T extends string, V> {
  /** The kind. */
  readonly type: T
  /** The value. */
  readonly value: V
}

/** An attribute of a node. */
export type TfjsAttribute =
  | TfjsTyped<'string' | 'placeholder', string>
  | TfjsTyped<'int' | 'float', number>
  | TfjsTyped<'bool', boolean>
  | TfjsTyped<'dataType', TfjsType>
  | TfjsTyped<'shape', TfjsShape>
  /** A constant's type and shape: its values are among the weights, by the node's name. */
  | TfjsTyped<'tensor', TfjsTensorType>
  | TfjsTyped<'function', TfjsFunctionCall>
  | TfjsTyped<'strings', readonly string[]>
  | TfjsTyped<'ints' | 'floats', readonly number[]>
  | TfjsTyped<'bools', readonly boolean[]>
  | TfjsTyped<'dataTypes', readonly TfjsType[]>
  | TfjsTyped<'shapes', readonly TfjsShape[]>
  | TfjsTyped<'tensors', readonly TfjsTensorType[]>
  | TfjsTyped<'functions', readonly TfjsFunctionCall[]>
  /** A list whose elements are of no stated type, for it has none, or nothing at all. */
  | TfjsTyped<'empty', readonly []>

/** The type of a tensor. */
export interface TfjsTensorType {
  /** The type of its elements. */
  readonly type: TfjsType
  /** Length of each axis, as far as known. */
  readonly shape: TfjsShape
}

/** A function of the graph that a node calls. */
export interface TfjsFunctionCall {
  /** Name of the function. */
  readonly name: string
  /** Attributes that its nodes refer to, by name. */
  readonly attributes: Readonly<Record<string, TfjsAttribute>>
}

/** One operator of a graph. */
export interface TfjsNode {
  /** Its own name. */
  readonly name: string
  /** Name of the operator: `Conv2D`. */
  readonly operator: string
  /** What it reads, in order. */
  readonly inputs: readonly TfjsOutput[]
  /** Names of nodes that must run before. */
  readonly controls: readonly string[]
  /** Its attributes by name. */
  readonly attributes: Readonly<Record<string, TfjsAttribute>>
}

/** An input or output of a function. */
export interface TfjsArgument {
  /** Its name inside the function. */
  readonly name: string
  /** `invalid` where an attribute of the call says it. */
  readonly type: TfjsType
}

/** A function that nodes call. */
export interface TfjsFunction {
  /** Its name. */
  readonly name: string
  /** What it is given, in order. */
  readonly inputs: readonly TfjsArgument[]
  /** What it gives, and where that comes from. */
  readonly outputs: readonly (TfjsArgument & {
    /** The output of a node inside that it is. */
    readonly value: TfjsOutput
  })[]
  /** What it computes. */
  readonly nodes: readonly TfjsNode[]
}

/** An input or output that the model's signature names; `output` is null for one that no node has. */
export interface TfjsSignatureEntry {
  /** The name by which a caller gives or gets it. */
  readonly key: string
  /** The output of a node that it is. */
  readonly value: TfjsOutput | null
  /** The type of its elements. */
  readonly type: TfjsType
  /** Length of each axis, as far as known. */
  readonly shape: TfjsShape
}

/** What a model is given and gives. */
export interface TfjsSignature {
  /** What it is given. */
  readonly inputs: readonly TfjsSignatureEntry[]
  /** What it gives. */
  readonly outputs: readonly TfjsSignatureEntry[]
}

/** A graph model. */
export interface TfjsGraph {
  /** Its operators. */
  readonly nodes: readonly TfjsNode[]
  /** Functions that the operators call. */
  readonly functions: readonly TfjsFunction[]
  /** What it is given and gives. */
  readonly signature: TfjsSignature
}

/** An output of one call of a layer. */
export interface TfjsLayerOutput {
  /** Name of the layer. */
  readonly layer: string
  /** Which of its calls, counted from 0. */
  readonly call: number
  /** Which output of that call, counted from 0. */
  readonly output: number
}

/** One call of a layer. */
export interface TfjsLayerCall {
  /** The outputs that it is given. */
  readonly inputs: readonly TfjsLayerOutput[]
  /** Arguments by position where they are more than outputs of layers (Keras 3), and by name. */
  readonly arguments: readonly Json[]
  /** Arguments by name. */
  readonly options: JsonObject
}

/** A layer of a layers model. */
export interface TfjsLayer {
  /** Its name in the model. */
  readonly name: string
  /** Keras's class: `Conv2D`, `BatchNormalization`, … */
  readonly kind: string
  /** What it was made with, as Keras writes it. */
  readonly config: JsonObject
  /** Where it stands in the network: once as a rule, several times where it is shared. */
  readonly calls: readonly TfjsLayerCall[]
  /** The model that the layer is; null for an ordinary layer. */
  readonly model: TfjsLayers | null
}

/** A layers model. */
export interface TfjsLayers {
  /** Whether the layers follow each other or are joined in any way. */
  readonly kind: 'sequential' | 'functional'
  /** Its name. */
  readonly name: string
  /** Its layers. */
  readonly layers: readonly TfjsLayer[]
  /** What a functional model is given. */
  readonly inputs: readonly TfjsLayerOutput[]
  /** What the model gives. */
  readonly outputs: readonly TfjsLayerOutput[]
}

/** A model of TensorFlow.js. */
export type TfjsModel = {
  /** The program that trained it. */
  readonly generatedBy: string
  /** The program that wrote these files. */
  readonly convertedBy: string
  /** The weights in the order of the file, one group after the other. */
  readonly weights: readonly TfjsTensor[]
  /** What else the file says of itself, by name. */
  readonly metadata: JsonObject
} & (
  | {
      /** A graph of operators. */
      readonly kind: 'graph'
      /** What it computes. */
      readonly graph: TfjsGraph
      /** What runs once before, to fill tables; null where there is none. */
      readonly initializer: TfjsGraph | null
    }
  | {
      /** A network of Keras layers. */
      readonly kind: 'layers'
      /** The layers. */
      readonly layers: TfjsLayers
      /** The version of Keras that wrote it. */
      readonly kerasVersion: string
    }
)
