// biome-ignore-all lint/plugin/spread-of-a-list: shapes, attributes and values of one node
// Writes ONNX models of one operator: what it takes to hand a layer to ONNX Runtime.
// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); the wire format is
// protocol buffers (https://protobuf.dev/programming-guides/encoding/).

export interface OnnxTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | BigInt64Array
}

export type OnnxType = 'float32' | 'int64' | 'bool'

export interface OnnxValue {
  readonly name: string
  /** null where the operator's own rule says it. */
  readonly shape: readonly number[] | null
  /** float32 when not given. */
  readonly type?: OnnxType
}

export type OnnxAttribute = number | readonly number[] | string | { readonly float: number }

export interface OnnxModel {
  readonly operator: string
  /** Whole numbers, lists of them, texts, and floats. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
  readonly inputs: readonly OnnxValue[]
  /** Constants, passed to the operator after the inputs; null is an input left out. */
  readonly initializers: readonly (OnnxTensor | null)[]
  readonly outputs: readonly OnnxValue[]
}

type Bytes = Uint8Array<ArrayBuffer>

const opset = 21
const irVersion = 10
const elementTypes: Readonly<Record<OnnxType, number>> = { float32: 1, int64: 7, bool: 9 }
const attributeTypes = { float: 1, int: 2, text: 3, ints: 7 } as const

function concatenate(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Base-128, least significant group first; whole numbers from 0. */
function varint(value: number): Bytes {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Uint8Array.from([...bytes, rest])
}

const wireVarint = 0
const wireLength = 2
const wireFloat = 5

const integer = (field: number, value: number): Bytes => concatenate([varint(field * 8 + wireVarint), varint(value)])

const bytes = (field: number, content: Bytes): Bytes =>
  concatenate([varint(field * 8 + wireLength), varint(content.length), content])

const text = (field: number, value: string): Bytes => bytes(field, Uint8Array.from(new TextEncoder().encode(value)))

const message = (field: number, ...parts: readonly Bytes[]): Bytes => bytes(field, concatenate(parts))

const float = (field: number, value: number): Bytes =>
  concatenate([varint(field * 8 + wireFloat), new Uint8Array(Float32Array.of(value).buffer)])

function attribute(name: string, value: OnnxAttribute): Bytes {
  const of = (type: keyof typeof attributeTypes, ...content: readonly Bytes[]): Bytes =>
    message(5, text(1, name), ...content, integer(20, attributeTypes[type]))
  if (typeof value === 'number') return of('int', integer(3, value))
  if (typeof value === 'string') return of('text', text(4, value))
  return 'float' in value ? of('float', float(2, value.float)) : of('ints', ...value.map((entry) => integer(8, entry)))
}

// TensorProto: raw_data is little-endian, as every platform these engines run on is.
const initializer = ({ name, shape, data }: OnnxTensor): Bytes =>
  message(
    5,
    ...shape.map((size) => integer(1, size)),
    ...[integer(2, elementTypes[data instanceof Float32Array ? 'float32' : 'int64']), text(8, name)],
    bytes(9, Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  )

const valueInfo = (field: number, { name, shape, type = 'float32' }: OnnxValue): Bytes => {
  const dimensions = shape === null ? [] : [message(2, ...shape.map((size) => message(1, integer(1, size))))]
  return message(field, text(1, name), message(2, message(1, integer(1, elementTypes[type]), ...dimensions)))
}

/** The bytes of a `.onnx` file with one node, static shapes. */
export function writeOnnx({ operator, attributes, inputs, initializers, outputs }: OnnxModel): Bytes {
  const node = message(
    1,
    ...[...inputs, ...initializers].map((value) => text(1, value?.name ?? '')),
    ...outputs.map(({ name }) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  )
  const graph = message(
    7,
    ...[node, text(2, operator), ...initializers.filter((constant) => constant !== null).map(initializer)],
    ...inputs.map((value) => valueInfo(11, value)),
    ...outputs.map((value) => valueInfo(12, value)),
  )
  return concatenate([
    integer(1, irVersion),
    text(2, 'convoke-bench'),
    graph,
    message(8, text(1, ''), integer(2, opset)),
  ])
}
