// Graph models: GraphDef of TensorFlow in JSON.

import { check } from '../../shapes/error.ts'
import { quoted, recordOf } from '../names.ts'
import type {
  TfjsArgument,
  TfjsAttribute,
  TfjsFunction,
  TfjsFunctionCall,
  TfjsGraph,
  TfjsNode,
  TfjsOutput,
  TfjsShape,
  TfjsSignature,
  TfjsSignatureEntry,
  TfjsTensorType,
  TfjsType,
} from './model.ts'
import type {
  AttributeJson,
  BytesJson,
  DataTypeJson,
  FunctionCallJson,
  FunctionJson,
  GraphJson,
  ListJson,
  NodeJson,
  ShapeJson,
  SignatureJson,
  TensorJson,
} from './schema.ts'

/** In the order of their numbers in types.proto; those of references are 100 higher. */
const types: readonly (readonly [string, TfjsType])[] = [
  ...([['INVALID', 'invalid'] as const, ['FLOAT', 'float32'] as const, ['DOUBLE', 'float64'] as const] as const),
  ...([['INT32', 'int32'] as const, ['UINT8', 'uint8'] as const, ['INT16', 'int16'] as const] as const),
  ...([['INT8', 'int8'] as const, ['STRING', 'string'] as const, ['COMPLEX64', 'complex64'] as const] as const),
  ...([['INT64', 'int64'] as const, ['BOOL', 'bool'] as const, ['QINT8', 'qint8'] as const] as const),
  ...([['QUINT8', 'quint8'] as const, ['QINT32', 'qint32'] as const, ['BFLOAT16', 'bfloat16'] as const] as const),
  ...([['QINT16', 'qint16'] as const, ['QUINT16', 'quint16'] as const, ['UINT16', 'uint16'] as const] as const),
  ...([['COMPLEX128', 'complex128'] as const, ['HALF', 'float16'] as const] as const),
  ...([['RESOURCE', 'resource'] as const, ['VARIANT', 'variant'] as const] as const),
  ...([['UINT32', 'uint32'] as const, ['UINT64', 'uint64'] as const] as const),
]
const byName = new Map(types)

const typeOf = (type: DataTypeJson | null | undefined): TfjsType =>
  (typeof type === 'number'
    ? types[type % 100]?.[1]
    : byName.get((type ?? '').replace(/^DT_/, '').replace(/_REF$/, ''))) ?? 'invalid'

function shapeOf(shape: ShapeJson | null | undefined): TfjsShape {
  if (shape?.unknownRank === true) return null
  return (shape?.dim ?? []).map(({ size }) =>
    typeof size === 'number' && size >= 0 ? size : size === undefined ? 0 : null,
  )
}

const tensorOf = ({ dtype, tensorShape }: TensorJson): TfjsTensorType => ({
  type: typeOf(dtype),
  shape: shapeOf(tensorShape),
})

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Base64 of text; what is no text is given by its bytes, a sign each. */
function textOf(bytes: BytesJson): string {
  let latin: string
  if (typeof bytes === 'string') {
    try {
      latin = atob(bytes)
    } catch {
      // Not written by a converter.
      return bytes
    }
  } else latin = Array.from(bytes, (code) => String.fromCharCode(code)).join('')
  try {
    return utf8.decode(Uint8Array.from(latin, (sign) => sign.charCodeAt(0)))
  } catch {
    return latin
  }
}

const callOf = ({ name, attr }: FunctionCallJson): TfjsFunctionCall => ({
  name: name ?? '',
  attributes: attributesOf(attr),
})

function listOf({ s, i, f, b, type, shape, tensor, func }: ListJson): TfjsAttribute {
  if (s?.length) return { type: 'strings', value: s.map(textOf) }
  if (i?.length) return { type: 'ints', value: i }
  if (f?.length) return { type: 'floats', value: f }
  if (b?.length) return { type: 'bools', value: b }
  if (type?.length) return { type: 'dataTypes', value: type.map(typeOf) }
  if (shape?.length) return { type: 'shapes', value: shape.map(shapeOf) }
  if (tensor?.length) return { type: 'tensors', value: tensor.map(tensorOf) }
  if (func?.length) return { type: 'functions', value: func.map(callOf) }
  return { type: 'empty', value: [] }
}

const has = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined

function attributeOf({ s, i, f, b, type, shape, tensor, placeholder, func, list }: AttributeJson): TfjsAttribute {
  if (has(s)) return { type: 'string', value: textOf(s) }
  if (has(i)) return { type: 'int', value: i }
  if (has(f)) return { type: 'float', value: f }
  if (has(b)) return { type: 'bool', value: b }
  if (has(type)) return { type: 'dataType', value: typeOf(type) }
  if (has(shape)) return { type: 'shape', value: shapeOf(shape) }
  if (has(tensor)) return { type: 'tensor', value: tensorOf(tensor) }
  if (has(placeholder)) return { type: 'placeholder', value: placeholder }
  if (has(func)) return { type: 'function', value: callOf(func) }
  return has(list) ? listOf(list) : { type: 'empty', value: [] }
}

const attributesOf = (
  attributes: Readonly<Record<string, AttributeJson>> | null | undefined,
): Readonly<Record<string, TfjsAttribute>> =>
  recordOf(Object.entries(attributes ?? {}).map(([key, value]) => [key, attributeOf(value)] as const))

/** `node`, `node:1`, or, in functions, `node:output:1`. */
export function outputOf(text: string): TfjsOutput {
  const [, node, output, index] = /^([^:]*)(?::([^:]*[^:\d][^:]*))?(?::(\d{1,9}))?$/.exec(text) ?? []
  return node === undefined
    ? { node: text, output: null, index: 0 }
    : { node, output: output ?? null, index: index === undefined ? 0 : Number(index) }
}

const isControl = (input: string): boolean => input.startsWith('^')

const nodeOf = ({ name, op, input, attr }: NodeJson): TfjsNode => ({
  ...{ name, operator: op },
  inputs: (input ?? []).filter((one) => !isControl(one)).map(outputOf),
  controls: (input ?? []).filter(isControl).map((one) => one.slice(1)),
  attributes: attributesOf(attr),
})

function checkNew(what: string, names: readonly string[]): void {
  const known = new Set<string>()
  for (const name of names) {
    check(
      !known.has(name),
      () => `tfjs: there are two of ${what} ${quoted(name)}; names must be unique. The file is damaged.`,
    )
    known.add(name)
  }
}

function nodesOf(
  where: string,
  nodes: readonly NodeJson[] | null | undefined,
  given: readonly string[] = [],
): TfjsNode[] {
  const all = (nodes ?? []).map(nodeOf)
  checkNew(`the nodes of ${where}`, [...given, ...all.map(({ name }) => name)])
  const known = new Set([...given, ...all.map(({ name }) => name)])
  for (const { name, inputs, controls } of all)
    for (const input of [...inputs.map(({ node }) => node), ...controls])
      check(
        known.has(input),
        () =>
          `tfjs: the node ${quoted(name)} of ${where} takes ${quoted(input)}, which does not exist. The file is damaged.`,
      )
  return all
}

function functionOf({ signature, nodeDef, ret }: FunctionJson): TfjsFunction {
  const where = `the function ${quoted(signature.name)}`
  const argument = ({
    name,
    type,
  }: {
    readonly name: string
    readonly type?: DataTypeJson | null | undefined
  }): TfjsArgument => ({
    name,
    type: typeOf(type),
  })
  const inputs = (signature.inputArg ?? []).map(argument)
  const returned = new Map(Object.entries(ret ?? {}))
  const outputs = (signature.outputArg ?? []).map((one) => {
    const value = returned.get(one.name)
    check(
      value !== undefined,
      () => `tfjs: ${where} does not say what its output ${quoted(one.name)} is. The file is damaged.`,
    )
    return { ...argument(one), value: outputOf(value) }
  })
  const nodes = nodesOf(
    where,
    nodeDef,
    inputs.map(({ name }) => name),
  )
  return { name: signature.name, inputs, outputs, nodes }
}

const entriesOf = (entries: SignatureJson['inputs']): TfjsSignatureEntry[] =>
  Object.entries(entries ?? {}).map(([key, { name, dtype, tensorShape }]) => ({
    ...{ key, value: has(name) && name !== '' ? outputOf(name) : null, type: typeOf(dtype) },
    shape: has(tensorShape) ? shapeOf(tensorShape) : null,
  }))

export const signatureOf = (signature: SignatureJson | null | undefined): TfjsSignature => ({
  inputs: entriesOf(signature?.inputs),
  outputs: entriesOf(signature?.outputs),
})

export function graphOf({ node, library }: GraphJson, signature: TfjsSignature): TfjsGraph {
  const functions = (library?.function ?? []).map(functionOf)
  checkNew(
    'the functions',
    functions.map(({ name }) => name),
  )
  return { nodes: nodesOf('the graph', node), functions, signature }
}
