// Reads ONNX's operator tests: just enough protobuf for a model of one node and for tensors.
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** A message as its fields: every value of each field number, in order. */
type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>

/** Wire types 0 (varint), 1 (8 bytes), 2 (length and bytes) and 5 (4 bytes). */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (bigint | Uint8Array)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wire = tag & 7
    let value: bigint | Uint8Array
    if (wire === 0) value = varint()
    else {
      const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4
      value = bytes.subarray(at, at + length)
      at += length
    }
    const values = fields.get(tag >> 3)
    if (values === undefined) fields.set(tag >> 3, [value])
    else values.push(value)
  }
  return fields
}

const bytesOf = (fields: Fields, id: number): readonly Uint8Array[] => (fields.get(id) ?? []) as Uint8Array[]
const texts = (fields: Fields, id: number): string[] =>
  bytesOf(fields, id).map((bytes) => new TextDecoder().decode(bytes))

/** Repeated integers, packed or not, as signed numbers. */
function integers(fields: Fields, id: number): number[] {
  return (fields.get(id) ?? []).flatMap((value) => {
    if (typeof value === 'bigint') return [Number(BigInt.asIntN(64, value))]
    const unpacked: number[] = []
    let [part, shift] = [0n, 0n]
    for (const byte of value) {
      part |= BigInt(byte & 127) << shift
      shift += 7n
      if (byte >= 128) continue
      unpacked.push(Number(BigInt.asIntN(64, part)))
      ;[part, shift] = [0n, 0n]
    }
    return unpacked
  })
}

const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

const floats = (fields: Fields, id: number): number[] =>
  bytesOf(fields, id).flatMap((bytes) => Array.from(new Float32Array(aligned(bytes))))

/** Names of TensorProto.DataType. */
const dtypes = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16'],
  ...['float64', 'uint32', 'uint64'],
]

export interface OnnxTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  /** Empty for dtypes that are not among float32, float64, int32, int64, uint8 and bool. */
  readonly values: readonly number[]
}

const fromRaw: Readonly<Record<string, (raw: ArrayBuffer) => number[]>> = {
  float32: (raw) => Array.from(new Float32Array(raw)),
  float64: (raw) => Array.from(new Float64Array(raw)),
  int32: (raw) => Array.from(new Int32Array(raw)),
  int64: (raw) => Array.from(new BigInt64Array(raw), Number),
  uint8: (raw) => Array.from(new Uint8Array(raw)),
  bool: (raw) => Array.from(new Uint8Array(raw)),
}

/** A TensorProto. */
export function readTensor(bytes: Uint8Array): OnnxTensor {
  const fields = fieldsOf(bytes)
  const code = integers(fields, 2)[0] ?? 0
  const dtype = dtypes[code] ?? `type ${code}`
  const [raw] = bytesOf(fields, 9)
  const values = raw !== undefined ? (fromRaw[dtype]?.(aligned(raw)) ?? []) : listed(fields, dtype)
  return { dtype, shape: integers(fields, 1), values }
}

function listed(fields: Fields, dtype: string): number[] {
  if (dtype === 'float32') return floats(fields, 4)
  if (dtype === 'int64') return integers(fields, 7)
  return dtype in fromRaw ? integers(fields, 5) : []
}

export type OnnxAttribute = number | string | readonly number[] | OnnxTensor

export interface OnnxNode {
  readonly operator: string
  /** Names of the inputs; '' for one left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

function readAttribute(bytes: Uint8Array): [string, OnnxAttribute] {
  const fields = fieldsOf(bytes)
  const [name] = texts(fields, 1)
  const type = integers(fields, 20)[0]
  if (type === 1) return [name, floats(fields, 2)[0] ?? 0]
  if (type === 2) return [name, integers(fields, 3)[0] ?? 0]
  if (type === 3) return [name, texts(fields, 4)[0] ?? '']
  if (type === 4) return [name, readTensor(bytesOf(fields, 5)[0])]
  return [name, type === 6 ? floats(fields, 7) : integers(fields, 8)]
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  /** Names of the graph's inputs and outputs, in the order of the test's files. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Version of the default operator set. */
  readonly opset: number
}

/** A ModelProto, without initialisers. */
export function readModel(bytes: Uint8Array): OnnxModel {
  const model = fieldsOf(bytes)
  const graph = fieldsOf(bytesOf(model, 7)[0])
  const names = (id: number): string[] => bytesOf(graph, id).map((info) => texts(fieldsOf(info), 1)[0])
  const nodes = bytesOf(graph, 1).map((part): OnnxNode => {
    const fields = fieldsOf(part)
    const attributes = Object.fromEntries(bytesOf(fields, 5).map(readAttribute))
    return { operator: texts(fields, 4)[0], inputs: texts(fields, 1), outputs: texts(fields, 2), attributes }
  })
  const opset = Math.max(...bytesOf(model, 8).map((set) => integers(fieldsOf(set), 2)[0] ?? 1))
  return { nodes, inputs: names(11), outputs: names(12), opset }
}
