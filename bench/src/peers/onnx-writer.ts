// biome-ignore-all lint/plugin/spread-of-a-list: shapes, attributes and values of one node
// Writes ONNX models of one operator: what it takes to hand a layer to ONNX Runtime.
// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); the wire format is
// protocol buffers (https://protobuf.dev/programming-guides/encoding/).

export interface OnnxTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export interface OnnxValue {
  readonly name: string
  readonly shape: readonly number[]
}

export interface OnnxModel {
  readonly operator: string
  /** Whole numbers, or lists of them. */
  readonly attributes: Readonly<Record<string, number | readonly number[]>>
  readonly inputs: readonly OnnxValue[]
  /** Constants, passed to the operator after the inputs. */
  readonly initializers: readonly OnnxTensor[]
  readonly outputs: readonly OnnxValue[]
}

type Bytes = Uint8Array<ArrayBuffer>

const opset = 17
const irVersion = 8
const float32 = 1
const attributeInt = 2
const attributeInts = 7

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

const integer = (field: number, value: number): Bytes => concatenate([varint(field * 8 + wireVarint), varint(value)])

const bytes = (field: number, content: Bytes): Bytes =>
  concatenate([varint(field * 8 + wireLength), varint(content.length), content])

const text = (field: number, value: string): Bytes => bytes(field, Uint8Array.from(new TextEncoder().encode(value)))

const message = (field: number, ...parts: readonly Bytes[]): Bytes => bytes(field, concatenate(parts))

const attribute = (name: string, value: number | readonly number[]): Bytes =>
  typeof value === 'number'
    ? message(5, text(1, name), integer(3, value), integer(20, attributeInt))
    : message(5, text(1, name), ...value.map((entry) => integer(8, entry)), integer(20, attributeInts))

// TensorProto: raw_data is little-endian, as every platform these engines run on is.
const initializer = ({ name, shape, data }: OnnxTensor): Bytes =>
  message(
    5,
    ...shape.map((size) => integer(1, size)),
    ...[integer(2, float32), text(8, name)],
    bytes(9, Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  )

const valueInfo = (field: number, { name, shape }: OnnxValue): Bytes => {
  const dimensions = shape.map((size) => message(1, integer(1, size)))
  return message(field, text(1, name), message(2, message(1, integer(1, float32), message(2, ...dimensions))))
}

/** The bytes of a `.onnx` file with one node, float32 throughout, static shapes. */
export function writeOnnx({ operator, attributes, inputs, initializers, outputs }: OnnxModel): Bytes {
  const node = message(
    1,
    ...[...inputs, ...initializers].map(({ name }) => text(1, name)),
    ...outputs.map(({ name }) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  )
  const graph = message(
    7,
    ...[node, text(2, operator), ...initializers.map(initializer)],
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
