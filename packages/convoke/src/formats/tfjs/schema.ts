// What model.json must be before it is believed, in the form that TensorFlow.js writes. What is not read here may be anything.

import * as v from 'valibot'
import { ConvokeError } from '../../shapes/error.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Protocol Buffers in JSON write 64 bits as text, and numbers that JSON has not by name. */
const integer = v.union([
  v.pipe(v.number(), v.integer()),
  v.pipe(v.string(), v.regex(/^[+-]?\d{1,20}$/), v.transform(Number)),
])
const float = v.union([v.number(), v.pipe(v.picklist(['NaN', 'Infinity', '-Infinity']), v.transform(Number))])

/** Base64, or, from an old converter, the codes of its signs. */
const bytes = v.union([v.string(), v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)))])

const optional = <T extends v.GenericSchema>(schema: T) => v.nullish(schema)

const dataType = v.union([v.string(), v.number()])
const shape = v.object({
  dim: optional(v.array(v.object({ size: optional(integer), name: optional(v.string()) }))),
  unknownRank: optional(v.boolean()),
})
const tensor = v.object({ dtype: optional(dataType), tensorShape: optional(shape) })

export type ShapeJson = v.InferOutput<typeof shape>
export type TensorJson = v.InferOutput<typeof tensor>
export type DataTypeJson = v.InferOutput<typeof dataType>
export type BytesJson = v.InferOutput<typeof bytes>

export interface FunctionCallJson {
  readonly name?: string | null | undefined
  readonly attr?: Readonly<Record<string, AttributeJson>> | null | undefined
}

const functionCall: v.GenericSchema<unknown, FunctionCallJson> = v.object({
  name: optional(v.string()),
  attr: optional(
    v.record(
      v.string(),
      v.lazy(() => attribute),
    ),
  ),
})

const list = v.object({
  s: optional(v.array(bytes)),
  i: optional(v.array(integer)),
  f: optional(v.array(float)),
  b: optional(v.array(v.boolean())),
  type: optional(v.array(dataType)),
  shape: optional(v.array(shape)),
  tensor: optional(v.array(tensor)),
  func: optional(v.array(functionCall)),
})

const attributeParts = v.object({
  s: optional(bytes),
  i: optional(integer),
  f: optional(float),
  b: optional(v.boolean()),
  type: optional(dataType),
  shape: optional(shape),
  tensor: optional(tensor),
  placeholder: optional(v.string()),
  func: optional(functionCall),
  list: optional(list),
})

export type ListJson = v.InferOutput<typeof list>
export type AttributeJson = v.InferOutput<typeof attributeParts>
const attribute: v.GenericSchema<unknown, AttributeJson> = attributeParts

const filled = v.pipe(v.string(), v.minLength(1))

const node = v.object({
  name: filled,
  op: filled,
  input: optional(v.array(filled)),
  attr: optional(v.record(v.string(), attribute)),
})
export type NodeJson = v.InferOutput<typeof node>

const argument = v.object({ name: filled, type: optional(dataType) })

const functionDefinition = v.object({
  signature: v.object({
    name: filled,
    inputArg: optional(v.array(argument)),
    outputArg: optional(v.array(argument)),
  }),
  nodeDef: optional(v.array(node)),
  ret: optional(v.record(v.string(), filled)),
})
export type FunctionJson = v.InferOutput<typeof functionDefinition>

const graph = v.object({
  node: optional(v.array(node)),
  library: optional(v.object({ function: optional(v.array(functionDefinition)) })),
})
export type GraphJson = v.InferOutput<typeof graph>

const tensorInfo = v.object({ name: optional(v.string()), dtype: optional(dataType), tensorShape: optional(shape) })
const signature = v.object({
  inputs: optional(v.record(v.string(), tensorInfo)),
  outputs: optional(v.record(v.string(), tensorInfo)),
})
export type SignatureJson = v.InferOutput<typeof signature>

const types = ['float32', 'int32', 'bool', 'string', 'complex64'] as const

const weight = v.object({
  name: filled,
  shape: v.array(count),
  dtype: v.picklist(types),
  group: optional(v.picklist(['model', 'optimizer'])),
  quantization: optional(
    v.variant('dtype', [
      v.object({ dtype: v.picklist(['uint8', 'uint16']), scale: v.number(), min: v.number() }),
      v.object({ dtype: v.literal('float16') }),
    ]),
  ),
})
export type WeightJson = v.InferOutput<typeof weight>

const manifest = v.array(v.object({ paths: v.array(v.string()), weights: v.array(weight) }))
export type ManifestJson = v.InferOutput<typeof manifest>

const anyObject = v.record(v.string(), v.unknown())

const file = v.object({
  format: optional(v.string()),
  generatedBy: optional(v.string()),
  convertedBy: optional(v.string()),
  modelTopology: anyObject,
  weightsManifest: v.nullish(manifest, []),
  signature: optional(signature),
  userDefinedMetadata: optional(anyObject),
  modelInitializer: optional(graph),
  initializerSignature: optional(signature),
})
export type FileJson = v.InferOutput<typeof file>

const layerParts = v.object({
  class_name: filled,
  name: optional(v.string()),
  // A list first: lists are records too.
  config: v.union([v.array(v.unknown()), anyObject]),
  inbound_nodes: optional(v.array(v.unknown())),
})
export type LayerJson = v.InferOutput<typeof layerParts>

const layersConfig = v.object({
  name: optional(v.string()),
  layers: v.array(layerParts),
  input_layers: v.optional(v.unknown()),
  output_layers: v.optional(v.unknown()),
})
export type LayersConfigJson = v.InferOutput<typeof layersConfig>

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

const checkedBy =
  <T>(schema: v.GenericSchema<unknown, T>) =>
  (what: string, value: unknown): T => {
    const result = v.safeParse(schema, value, { abortEarly: true })
    if (result.success) return result.output
    const [issue] = result.issues
    const place = v.getDotPath(issue)
    throw new ConvokeError(
      `tfjs: ${place === null ? what : `${shortened(place)} in ${what}`} is ${shortened(issue.received)}; ${shortened(issue.expected ?? 'something else')} is expected. The file is damaged, or not a model of TensorFlow.js.`,
    )
  }

export const checkFile: (what: string, value: unknown) => FileJson = checkedBy(file)
export const checkGraph: (what: string, value: unknown) => GraphJson = checkedBy(graph)
export const checkSignature: (what: string, value: unknown) => SignatureJson = checkedBy(signature)
export const checkLayer: (what: string, value: unknown) => LayerJson = checkedBy(layerParts)
export const checkLayers: (what: string, value: unknown) => LayersConfigJson = checkedBy(layersConfig)
