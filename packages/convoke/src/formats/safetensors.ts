// safetensors, the format weights are shared in: 8 bytes of header length, a JSON header, the numbers.
// Definition: https://huggingface.co/docs/safetensors (format version of 2022, unchanged since).

import { sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError, check, show, showShape, withinMemory } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { halfToNumber } from './half.ts'
import type { HostTensor } from './host.ts'
import { repeatedKey } from './json-keys.ts'
import { type FloatFormat, floatFormats, narrowTable } from './narrow-floats.ts'

export { halfToNumber }

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors by name. */
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Text under keys that you choose. */
  readonly metadata: Readonly<Record<string, string>>
}

const names = { float32: 'F32', int32: 'I32', uint8: 'U8', bool: 'BOOL' } as const

/** The bytes of a file with these tensors, in the order of their alignment and then of their names' appearance. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const wide = (tensor: HostTensor): boolean => tensor.dtype === 'float32' || tensor.dtype === 'int32'
  const entries = Object.entries(tensors)
  // Wide elements first, so that each stays aligned.
  const ordered = [...entries.filter(([, tensor]) => wide(tensor)), ...entries.filter(([, tensor]) => !wide(tensor))]
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata }
  let offset = 0
  for (const [name, { dtype, shape, data }] of ordered) {
    checkName(name)
    check(
      sizeOf(shape) === data.length,
      () =>
        `safetensors: ${name} has ${counted(data.length, 'value')}, its shape ${showShape(shape)} holds ${sizeOf(shape)}.`,
    )
    header[name] = { dtype: names[dtype], shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.fill(0x20, 8, 8 + length)
  bytes.set(text, 8)
  let at = 8 + length
  for (const [, { data }] of ordered) {
    bytes.set(littleEndian(data), at)
    at += data.byteLength
  }
  return bytes
}

function checkName(name: string): void {
  check(
    name !== '__metadata__' && name !== '__proto__',
    () => `safetensors: a tensor cannot be named ${name}. Rename it in the program that made the file.`,
  )
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

function littleEndian(data: HostTensor['data']): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return isLittleEndian || data.BYTES_PER_ELEMENT === 1 ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT)
}

const swapped = (bytes: Uint8Array, width: number): Uint8Array =>
  bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)])

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

type Read = (view: DataView, at: number) => number

interface Kind {
  readonly bytes: number
  readonly dtype: HostTensor['dtype']
  readonly read: Read
}

const integer64 =
  (signed: boolean): Read =>
  (view, at) =>
    Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true))

/** Models have millions of them: each is looked up. */
function narrow(format: FloatFormat): Read {
  let table: Float32Array | null = null
  return (view, at) => {
    table ??= narrowTable(format)
    return table[view.getUint16(at, true)]
  }
}

const kinds = new Map<string, Kind>(
  Object.entries({
    F64: { bytes: 8, dtype: 'float32', read: (view, at) => view.getFloat64(at, true) },
    F32: { bytes: 4, dtype: 'float32', read: (view, at) => view.getFloat32(at, true) },
    F16: { bytes: 2, dtype: 'float32', read: narrow(floatFormats.float16) },
    BF16: { bytes: 2, dtype: 'float32', read: narrow(floatFormats.bfloat16) },
    I64: { bytes: 8, dtype: 'int32', read: integer64(true) },
    U64: { bytes: 8, dtype: 'int32', read: integer64(false) },
    I32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getInt32(at, true) },
    U32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getUint32(at, true) },
    I16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getInt16(at, true) },
    U16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getUint16(at, true) },
    I8: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
    U8: { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
    BOOL: { bytes: 1, dtype: 'bool', read: (view, at) => Number(view.getUint8(at) !== 0) },
  }),
)

/** Bytes of a header: the format's own limit. */
const longestHeader = 100_000_000
/** Axes of a tensor, as in PyTorch. */
const mostAxes = 64

/**
 * The tensors of a file. Wider and narrower floats become float32, other integers int32 (refused where they do not
 * fit). Throws `ConvokeError` for anything that is not a whole safetensors file, before memory is taken for it: as the
 * format asks, the tensors lie one after the other and fill the file, without overlap or gap, and no name comes twice.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY
  check(
    length <= bytes.length - 8 && length <= longestHeader,
    () =>
      `safetensors: ${bytes.length === 1 ? 'this 1 byte is' : `these ${bytes.length} bytes are`} not a safetensors file, or only the beginning of one. Save or download it again.`,
  )
  const header = parseHeader(bytes.subarray(8, 8 + length))
  const start = 8 + length
  const listed = Object.keys(header).filter((name) => name !== '__metadata__')
  const found = listed.map((name) => checkEntry(name, header[name], bytes.length - start))
  checkPlaces(found, bytes.length - start)
  const tensors = found.map(
    ({ name, kind, shape, from, size }) =>
      [name, { dtype: kind.dtype, shape, data: readValues(name, kind, view, start + from, size) }] as const,
  )
  return { tensors: Object.fromEntries(tensors), metadata: checkMetadata(header['__metadata__']) }
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch {
    throw new ConvokeError('safetensors: the header is not JSON; the file is damaged or of another format.')
  }
  check(
    typeof header === 'object' && header !== null && !Array.isArray(header),
    () => 'safetensors: the header is not an object of JSON; the file is damaged or of another format.',
  )
  const twice = repeatedKey(text)
  check(twice === null, () => `safetensors: the header names ${show(twice)} twice; the file is damaged. Save it again.`)
  return header as Record<string, unknown>
}

function checkMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined) return {}
  check(
    typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata),
    () => `safetensors: __metadata__ is ${show(metadata)}; it must be an object of texts. Save the file again.`,
  )
  for (const [name, value] of Object.entries(metadata)) {
    check(
      typeof value === 'string',
      () => `safetensors: ${show(name)} in __metadata__ is ${show(value)}; it must be a string. Save the file again.`,
    )
  }
  return { ...(metadata as Record<string, string>) }
}

interface Place {
  readonly name: string
  readonly kind: Kind
  readonly shape: readonly number[]
  readonly size: number
  readonly from: number
  readonly to: number
}

/** What the header says of one tensor, `space` bytes following it. */
function checkEntry(name: string, entry: unknown, space: number): Place {
  checkName(name)
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (typeof entry === 'object' && entry !== null ? entry : {}) as Partial<Entry>
  const kind = kinds.get(dtype as string)
  check(
    kind !== undefined,
    () => `safetensors: ${name} has dtype ${show(dtype)}. Known: ${[...kinds.keys()].join(', ')}.`,
  )
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
  check(
    Array.isArray(shape) &&
      Array.isArray(offsets) &&
      shape.length <= mostAxes &&
      [...shape, ...offsets].every(isCount) &&
      offsets.length === 2,
    () => `safetensors: the header says nothing usable about ${name}; the file is damaged.`,
  )
  const [from, to] = offsets as [number, number]
  const size = sizeOf(shape)
  check(
    to - from === size * kind.bytes && to <= space,
    () =>
      `safetensors: ${name} of shape ${showShape(shape)} needs ${size * kind.bytes} bytes at ${from}; the file holds ${Math.max(0, Math.min(to, space) - from)} there. It was cut short or damaged.`,
  )
  return { name, kind, shape, size, from, to }
}

function checkPlaces(places: readonly Place[], space: number): void {
  let [end, before] = [0, 'the header']
  for (const { name, from, to } of [...places].sort((a, b) => a.from - b.from || a.to - b.to)) {
    check(
      from === end,
      () =>
        `safetensors: ${name} begins at byte ${from}, ${before} ends at ${end}. Tensors may neither overlap nor leave gaps: the file is damaged or malicious. Save it again.`,
    )
    ;[end, before] = [to, name]
  }
  check(
    end === space,
    () =>
      `safetensors: ${space - end} bytes follow the last tensor, where the file should end. It is damaged; save or download it again.`,
  )
}

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array } as const

function readValues(name: string, kind: Kind, view: DataView, at: number, size: number): HostTensor['data'] {
  const what = () => `safetensors: ${name} with ${counted(size, 'value')}`
  const data = withinMemory(what, () => new arrays[kind.dtype](size))
  // Bytes that already are what the array holds are copied whole.
  if (isLittleEndian && (kind === kinds.get('F32') || kind === kinds.get('I32') || kind === kinds.get('U8'))) {
    new Uint8Array(data.buffer).set(new Uint8Array(view.buffer, view.byteOffset + at, data.byteLength))
    return data
  }
  for (let i = 0; i < size; i++) {
    const value = kind.read(view, at + i * kind.bytes)
    data[i] = value
    check(
      kind.dtype === 'float32' ? !Number.isFinite(value) || Number.isFinite(data[i]) : data[i] === value,
      () => `safetensors: element ${i} of ${name} is ${value}, which ${kind.dtype} cannot hold.`,
    )
  }
  return data
}
