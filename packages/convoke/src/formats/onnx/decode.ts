// ModelProto and what it is made of. A graph's names are checked here; whether its operators are known, where it is run.

import { ConvokeError, check, checkOptions } from '../../shapes/error.ts'
import { arrayOf } from '../little-endian.ts'
import { quoted, recordOf } from '../names.ts'
import { typeOfCode } from './data-types.ts'
import { sparseReader, tensorReader } from './decode-tensor.ts'
import type { External } from './external.ts'
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
import { each, fixed, float, int, ints, message, type Read, readAll, text, texts, within } from './wire.ts'

/** The options of `decodeOnnx`. */
export interface DecodeOnnxOptions {
  /** The bytes of a whole file beside the model, for values that lie there; `location` is a path from the model's folder that does not leave it. */
  readonly external?: External | undefined
}

const domainOf = (domain: string | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''))

const dimension = message(
  'a dimension',
  { length: int(1), name: text(2) },
  ({ length, name }): number | string | null => {
    if (length !== undefined) return Number.isSafeInteger(length) && length >= 0 ? length : null
    return name === undefined || name === '' ? null : name
  },
)

const shape = message('a shape', { dims: each(1, () => dimension) }, ({ dims }) => dims)

const tensorType = message(
  'a type of tensors',
  { type: int(1), shape: within(2, 'the shape of a type', () => shape) },
  ({ type, shape }): OnnxValueType | null =>
    type === undefined || type === 0
      ? null
      : { kind: 'tensor', type: typeOfCode('a value', type), shape: shape ?? null },
)

const listType = message(
  'a type of lists',
  { of: within(1, 'the type of elements', () => valueType) },
  ({ of }) => of ?? null,
)

const ignored = message('a type', {}, () => true)

const valueType: Read<OnnxValueType | null> = message(
  'a type',
  {
    tensor: within(1, 'a type', () => tensorType),
    sequence: within(4, 'a type', () => listType),
    map: within(5, 'a type', () => ignored),
    opaque: within(7, 'a type', () => ignored),
    sparse: within(8, 'a type', () => ignored),
    optional: within(9, 'a type', () => listType),
  },
  (found): OnnxValueType | null => {
    if (found.tensor !== undefined) return found.tensor
    if (found.sequence !== undefined) return { kind: 'sequence', of: found.sequence }
    if (found.optional !== undefined) return { kind: 'optional', of: found.optional }
    const kind = (['map', 'sparse', 'opaque'] as const).find((one) => found[one])
    return kind === undefined ? null : { kind }
  },
)

const valueInfo: Read<OnnxValueInfo> = message(
  'a description of a value',
  { name: text(1), type: within(2, 'a type', () => valueType) },
  ({ name, type }) => {
    checkName('a value', name)
    return { name, type: type ?? null }
  },
)

function checkName(what: string, name: string | undefined): asserts name is string {
  check(name !== undefined && name !== '', () => `onnx: ${what} has no name. The file is damaged.`)
}

/** Adds names to a set where each may be once. */
function checkNew(what: string, names: Set<string>, name: string): void {
  check(
    !names.has(name),
    () => `onnx: there are two of ${what} ${quoted(name)}; names must be unique. The file is damaged.`,
  )
  names.add(name)
}

const opset = message(
  'an operator set',
  { domain: text(1), version: int(2) },
  ({ domain, version }) => [domainOf(domain), version ?? 0] as const,
)

/** The highest version of each domain: by the specification, that is the one that counts. */
function opsetsOf(sets: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  const highest = new Map<string, number>()
  for (const [domain, version] of sets) highest.set(domain, Math.max(version, highest.get(domain) ?? 0))
  return recordOf(highest)
}

/** Numbers of AttributeProto.AttributeType. */
const kinds = [
  ...([null, 'float', 'int', 'string', 'tensor', 'graph', 'floats', 'ints', 'strings', 'tensors', 'graphs'] as const),
  ...(['sparseTensor', 'sparseTensors', 'valueType', 'valueTypes'] as const),
]

interface Readers {
  readonly graph: Read<OnnxGraph>
  readonly function: Read<OnnxFunction>
}

function readersOf(external: External | undefined): Readers {
  const tensor = tensorReader(external)
  const sparse = sparseReader(tensor)

  const attribute: Read<readonly [string, OnnxAttribute]> = message(
    'an attribute',
    {
      name: text(1),
      float: float(2),
      int: int(3),
      string: text(4),
      tensor: within(5, 'the tensor of an attribute', () => tensor),
      graph: within(6, 'the graph of an attribute', () => graph),
      floats: fixed(7, 4, (part) => arrayOf(Float32Array, part)),
      ints: ints(8),
      strings: texts(9),
      tensors: each(10, () => tensor),
      graphs: each(11, () => graph),
      valueType: within(14, 'the type of an attribute', () => valueType),
      valueTypes: each(15, () => valueType),
      type: int(20),
      reference: text(21),
      sparseTensor: within(22, 'the sparse tensor of an attribute', () => sparse),
      sparseTensors: each(23, () => sparse),
    },
    (found) => {
      checkName('an attribute', found.name)
      if (found.reference !== undefined && found.reference !== '')
        return [found.name, { type: 'reference', value: found.reference }]
      return [found.name, attributeOf(found.name, found.type ?? 0, found)]
    },
  )

  const node: Read<OnnxNode> = message(
    'a node',
    {
      inputs: texts(1),
      outputs: texts(2),
      name: text(3),
      operator: text(4),
      attributes: each(5, () => attribute),
      domain: text(7),
      overload: text(8),
    },
    ({ name = '', operator, domain, overload = '', inputs, outputs, attributes }) => {
      check(
        operator !== undefined && operator !== '',
        () => `onnx: the node ${quoted(name)} has no operator. The file is damaged, or not an ONNX file.`,
      )
      if (attributes.length > 1) {
        const known = new Set<string>()
        for (const [key] of attributes) checkNew(`the node ${quoted(name)}'s attributes`, known, key)
      }
      const made = { name, operator, domain: domainOf(domain), inputs, outputs, attributes: recordOf(attributes) }
      return overload === '' ? made : { ...made, overload }
    },
  )

  const graph: Read<OnnxGraph> = message(
    'a graph',
    {
      nodes: each(1, () => node),
      name: text(2),
      initializers: each(5, () => tensor),
      inputs: each(11, () => valueInfo),
      outputs: each(12, () => valueInfo),
      values: each(13, () => valueInfo),
      sparse: each(15, () => sparse),
    },
    ({ nodes, name = '', initializers, sparse, inputs, outputs, values }) => {
      const all = sparse.length === 0 ? initializers : [...initializers, ...sparse]
      checkNames(nodes, inputs, all)
      return { name, nodes, inputs, outputs, initializers: all, values }
    },
  )

  const functionReader: Read<OnnxFunction> = message(
    'a function',
    {
      name: text(1),
      inputs: texts(4),
      outputs: texts(5),
      attributes: texts(6),
      nodes: each(7, () => node),
      opsets: each(9, () => opset),
      domain: text(10),
      defaults: each(11, () => attribute),
      overload: text(13),
    },
    ({ name, domain, overload = '', inputs, outputs, attributes, defaults, nodes, opsets }) => {
      checkName('a function', name)
      const known = new Set<string>()
      for (const input of inputs) checkNew(`the function ${quoted(name)}'s inputs`, known, input)
      checkOutputs(nodes, known)
      return {
        ...{ name, domain: domainOf(domain), overload, inputs, outputs, attributes, nodes },
        ...{ defaults: recordOf(defaults), opsets: opsetsOf(opsets) },
      }
    },
  )
  return { graph, function: functionReader }
}

/** Each value is made once: as an input, an initialiser, or an output of a node. An initialiser may be an input's usual value. */
function checkNames(
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
  initializers: readonly OnnxTensor[],
): void {
  const given = new Set<string>()
  for (const { name } of inputs) checkNew('the inputs', given, name)
  const stored = new Set<string>()
  for (const { name } of initializers) {
    checkName('an initialiser', name)
    checkNew('the initialisers', stored, name)
    given.add(name)
  }
  checkOutputs(nodes, given)
}

function checkOutputs(nodes: readonly OnnxNode[], known: Set<string>): void {
  for (const { outputs } of nodes) for (const name of outputs) if (name !== '') checkNew('the values', known, name)
}

interface AttributeParts {
  readonly float: number | undefined
  readonly int: number | undefined
  readonly string: string | undefined
  readonly tensor: OnnxTensor | undefined
  readonly graph: OnnxGraph | undefined
  readonly floats: Float32Array
  readonly ints: Float64Array
  readonly strings: readonly string[]
  readonly tensors: readonly OnnxTensor[]
  readonly graphs: readonly OnnxGraph[]
  readonly valueType: OnnxValueType | null | undefined
  readonly valueTypes: readonly (OnnxValueType | null)[]
  readonly sparseTensor: OnnxTensor | undefined
  readonly sparseTensors: readonly OnnxTensor[]
}

/** What an attribute holds, by its type; the first files had none, and what is there decides. */
function attributeOf(name: string, code: number, found: AttributeParts): OnnxAttribute {
  const filled = (kind: keyof AttributeParts): boolean => {
    const value = found[kind]
    return typeof value === 'object' && value !== null && 'length' in value ? value.length > 0 : value !== undefined
  }
  const type = code === 0 ? kinds.find((kind) => kind !== null && filled(kind)) : kinds[code]
  check(
    type !== undefined && type !== null,
    () =>
      `onnx: the attribute ${quoted(name)} is of type ${code}, and does not say what it is. Known: 1 to ${kinds.length - 1}. The file is damaged, or of a newer ONNX.`,
  )
  // What other writers leave out because it is what a missing field means.
  if (type === 'float' || type === 'int') return { type, value: found[type] ?? 0 }
  if (type === 'string') return { type, value: found.string ?? '' }
  if (type === 'floats' || type === 'ints') return { type, value: Array.from(found[type]) }
  if (type === 'valueType') return { type, value: found.valueType ?? null }
  const value = found[type]
  if (value === undefined)
    throw new ConvokeError(
      `onnx: the attribute ${quoted(name)} should be a ${type} but has no value. The file is damaged.`,
    )
  return { type, value } as OnnxAttribute
}

const property = message('an entry of metadata', { key: text(1), value: text(2) }, ({ key, value }) => [
  key ?? '',
  value ?? '',
]) as Read<readonly [string, string]>

const modelReader = ({ graph, function: one }: Readers): Read<OnnxModel> =>
  message(
    'a model',
    {
      irVersion: int(1),
      producer: text(2),
      producerVersion: text(3),
      graph: within(7, 'the graph', () => graph),
      opsets: each(8, () => opset),
      metadata: each(14, () => property),
      functions: each(25, () => one),
    },
    (found) => {
      check(
        found.graph !== undefined,
        () => 'onnx: there is no graph in these bytes. They are cut short, or not an ONNX model.',
      )
      const known = new Set<string>()
      for (const { name, domain, overload } of found.functions)
        checkNew('the functions', known, [domain, name, overload].filter((part) => part !== '').join(':'))
      return {
        irVersion: found.irVersion ?? 0,
        producer: [found.producer, found.producerVersion].filter((part) => part !== undefined && part !== '').join(' '),
        // Before version 3 of the format there was one set.
        opsets: found.opsets.length === 0 ? recordOf([['', 1]]) : opsetsOf(found.opsets),
        graph: found.graph,
        functions: found.functions,
        metadata: recordOf(found.metadata),
      }
    },
  )

/**
 * The model in the bytes of an ONNX file (a ModelProto). Values stay where they are in `bytes` and are decoded on access, so
 * `bytes` must not change while the model is in use. Documentation, training information and annotations of quantisation are left out.
 * Throws `ConvokeError` if it is not a complete ONNX model, before memory is allocated for it.
 */
export function decodeOnnx(bytes: Uint8Array, options: DecodeOnnxOptions = {}): OnnxModel {
  checkOptions('decodeOnnx', options, ['external'])
  return readAll(modelReader(readersOf(options.external)), plainBytes('decodeOnnx', bytes))
}

/** The tensor in the bytes of a TensorProto, as ONNX's tests have them in `.pb` files. */
export const decodeOnnxTensor = (bytes: Uint8Array): OnnxTensor =>
  readAll(tensorReader(undefined), plainBytes('decodeOnnxTensor', bytes))

/** Buffers of Node are arrays of bytes with ways of their own. */
export function plainBytes(op: string, bytes: Uint8Array): Uint8Array {
  check(bytes instanceof Uint8Array, () => `${op}: bytes must be a Uint8Array.`)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
