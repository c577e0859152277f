// ModelProto and what it is made of, written. The same model gives the same bytes: fields go by their numbers, lists as they are.

import { check, checkOptions } from '../../shapes/error.ts'
import { innerPath } from '../inner-path.ts'
import { quoted } from '../names.ts'
import { bytes, type Chunks, checkDepth, each, float, floats, int, joined, lengthOf, name, text } from './chunks.ts'
import { codeOfType } from './data-types.ts'
import { inside, type Outside, tensorFields } from './encode-tensor.ts'
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
  OnnxValueType,
} from './model.ts'

/** The options of `encodeOnnx`. */
export interface EncodeOnnxOptions {
  /** Puts the initialisers' values into another file than the model's. */
  readonly external?: ExternalTarget | undefined
}

/** A second file, for the numbers of large tensors. */
export interface ExternalTarget {
  /** The path of that file from the model's folder. */
  readonly location: string
  /** Called with that file's bytes, piece by piece and in order. */
  readonly write: (bytes: Uint8Array) => void
  /** Tensors of this many bytes or more go there: 1024 when not given. */
  readonly least?: number | undefined
}

/** What Protocol Buffers take for one message. */
export const mostBytes = 2 ** 31 - 1

/** Where mapped files may begin: the size of a page. */
const alignment = 4096

function outsideOf({ location, write, least = 1024 }: ExternalTarget): Outside {
  const path = innerPath('encodeOnnx', location)
  let end = 0
  return (_, raw) => {
    if (raw.length < least) return null
    // Small tensors need no page of their own.
    const unit = raw.length >= 2 ** 20 ? alignment : 64
    const offset = Math.ceil(end / unit) * unit
    if (offset > end) write(new Uint8Array(offset - end))
    write(raw)
    end = offset + raw.length
    const entry = (key: string, value: string): Chunks => bytes(13, [text(1, key), text(2, value)].flat())
    return [
      entry('location', path),
      entry('offset', String(offset)),
      entry('length', String(raw.length)),
      int(14, 1),
    ].flat()
  }
}

function typeFields(type: OnnxValueType, depth: number): Chunks {
  checkDepth(depth)
  if (type.kind === 'tensor') {
    const dimension = (length: number | string | null): Chunks =>
      bytes(1, length === null ? [] : typeof length === 'string' ? text(2, length) : int(1, length))
    const shape = type.shape === null ? [] : bytes(2, each(type.shape, dimension))
    return bytes(1, [int(1, codeOfType(type.type)), shape].flat())
  }
  if (type.kind === 'sequence' || type.kind === 'optional')
    return bytes(type.kind === 'sequence' ? 4 : 9, type.of === null ? [] : bytes(1, typeFields(type.of, depth + 2)))
  return bytes({ map: 5, opaque: 7, sparse: 8 }[type.kind], [])
}

const infoFields =
  (id: number) =>
  (info: OnnxValueInfo): Chunks =>
    bytes(id, [name(1, info.name), info.type === null ? [] : bytes(2, typeFields(info.type, 3))].flat())

/** Dense tensors have no other form in a SparseTensorProto than with every element listed. */
function sparseFields(tensor: OnnxTensor): Chunks {
  const size = tensor.values.length
  const values = { ...tensor, shape: [size], values: tensor.values }
  const indices = {
    name: '',
    type: 'int64',
    shape: [size],
    values: BigInt64Array.from({ length: size }, (_, i) => BigInt(i)),
  } as const
  return [
    bytes(1, tensorFields(values, inside)),
    bytes(2, tensorFields(indices, inside)),
    each(tensor.shape, (length) => int(3, length)),
  ].flat()
}

const attributeTypes = {
  ...{ float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8, tensors: 9, graphs: 10 },
  ...{ sparseTensor: 11, sparseTensors: 12, valueType: 13, valueTypes: 14 },
} as const

function valueFields(attribute: Exclude<OnnxAttribute, { type: 'reference' }>, depth: number): Chunks {
  const type = (id: number) => (of: OnnxValueType | null) => bytes(id, of === null ? [] : typeFields(of, depth + 1))
  const graph = (id: number) => (of: OnnxGraph) => bytes(id, graphFields(of, inside, depth + 1))
  const tensor = (id: number) => (of: OnnxTensor) => bytes(id, tensorFields(of, inside))
  const sparse = (id: number) => (of: OnnxTensor) => bytes(id, sparseFields(of))
  switch (attribute.type) {
    case 'float':
      return float(2, attribute.value)
    case 'int':
      return int(3, attribute.value)
    case 'string':
      return text(4, attribute.value)
    case 'tensor':
      return tensor(5)(attribute.value)
    case 'graph':
      return graph(6)(attribute.value)
    case 'floats':
      return floats(7, attribute.value)
    case 'ints':
      return each(attribute.value, (value) => int(8, value))
    case 'strings':
      return each(attribute.value, (value) => text(9, value))
    case 'tensors':
      return each(attribute.value, tensor(10))
    case 'graphs':
      return each(attribute.value, graph(11))
    case 'valueType':
      return type(14)(attribute.value)
    case 'valueTypes':
      return each(attribute.value, type(15))
    case 'sparseTensor':
      return sparse(22)(attribute.value)
    case 'sparseTensors':
      return each(attribute.value, sparse(23))
  }
}

const attributeFields =
  (id: number, depth: number) =>
  ([key, attribute]: readonly [string, OnnxAttribute]): Chunks => {
    if (attribute.type === 'reference') return bytes(id, [name(1, key), text(21, attribute.value)].flat())
    check(
      Object.hasOwn(attributeTypes, attribute.type),
      () => `onnx: the attribute ${quoted(key)} is of type ${quoted(String(attribute.type))}.`,
    )
    return bytes(id, [name(1, key), valueFields(attribute, depth), int(20, attributeTypes[attribute.type])].flat())
  }

const nodeFields =
  (id: number, depth: number) =>
  (node: OnnxNode): Chunks =>
    bytes(
      id,
      [
        each(node.inputs, (input) => text(1, input)),
        each(node.outputs, (output) => text(2, output)),
        name(3, node.name),
        name(4, node.operator),
        each(Object.entries(node.attributes), attributeFields(5, depth + 2)),
        name(7, node.domain),
        name(8, node.overload ?? ''),
      ].flat(),
    )

function graphFields(graph: OnnxGraph, outside: Outside, depth: number): Chunks {
  checkDepth(depth)
  return [
    each(graph.nodes, nodeFields(1, depth)),
    name(2, graph.name),
    each(graph.initializers, (tensor) => bytes(5, tensorFields(tensor, outside))),
    each(graph.inputs, infoFields(11)),
    each(graph.outputs, infoFields(12)),
    each(graph.values, infoFields(13)),
  ].flat()
}

const opsetFields =
  (id: number) =>
  ([domain, version]: readonly [string, number]): Chunks =>
    bytes(id, [name(1, domain), int(2, version)].flat())

const functionFields = (one: OnnxFunction): Chunks =>
  bytes(
    25,
    [
      name(1, one.name),
      each(one.inputs, (input) => text(4, input)),
      each(one.outputs, (output) => text(5, output)),
      each(one.attributes, (attribute) => text(6, attribute)),
      each(one.nodes, nodeFields(7, 1)),
      each(Object.entries(one.opsets), opsetFields(9)),
      name(10, one.domain),
      each(Object.entries(one.defaults), attributeFields(11, 2)),
      name(13, one.overload),
    ].flat(),
  )

/**
 * The bytes of an ONNX file (a ModelProto) with this model, values as raw bytes. The same model gives the same bytes. Throws
 * `ConvokeError` where tensors are not what they state, and where the file would have 2 GiB or more: larger models have their weights in
 * a file of their own, by the option `external`.
 *
 * @example
 * const weight = { name: 'w', type: 'uint8', shape: [2], values: Uint8Array.of(7, 8) }
 * const graph = { name: 'g', nodes: [], inputs: [], outputs: [], values: [], initializers: [weight] }
 * const model = { irVersion: 8, producer: 'me', opsets: { '': 17 }, functions: [], metadata: {}, graph }
 * const again = decodeOnnx(encodeOnnx(model))
 */
export function encodeOnnx(model: OnnxModel, options: EncodeOnnxOptions = {}): Uint8Array {
  checkOptions('encodeOnnx', options, ['external'])
  const outside = options.external === undefined ? inside : outsideOf(options.external)
  const chunks = [
    int(1, model.irVersion),
    name(2, model.producer),
    bytes(7, graphFields(model.graph, outside, 1)),
    each(Object.entries(model.opsets), opsetFields(8)),
    each(Object.entries(model.metadata), ([key, value]) => bytes(14, [name(1, key), name(2, value)].flat())),
    each(model.functions, functionFields),
  ].flat()
  const length = lengthOf(chunks)
  check(
    length <= mostBytes,
    () =>
      `encodeOnnx: the model has ${length} bytes, and an ONNX file ${mostBytes} at most. Give the option external, which puts the weights beside it; writeOnnx of convoke/node does so by itself.`,
  )
  return joined(chunks)
}
