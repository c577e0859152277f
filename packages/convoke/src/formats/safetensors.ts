// safetensors, the format weights are shared in: 8 bytes of header length, a JSON header, the numbers.
// Definition: https://huggingface.co/docs/safetensors (format version of 2022, unchanged since).

import { sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError, check, show, showShape } from '../shapes/error.ts'
import type { HostTensor } from './host.ts'

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Text under keys of one's own. */
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
    check(name !== '__metadata__', () => 'safetensors: a tensor cannot be named __metadata__.')
    check(
      sizeOf(shape) === data.length,
      () => `safetensors: ${name} has ${data.length} values, its shape ${showShape(shape)} holds ${sizeOf(shape)}.`,
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

const kinds: Readonly<Record<string, Kind>> = {
  F64: { bytes: 8, dtype: 'float32', read: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, dtype: 'float32', read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, dtype: 'float32', read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  BF16: { bytes: 2, dtype: 'float32', read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
  I64: { bytes: 8, dtype: 'int32', read: integer64(true) },
  U64: { bytes: 8, dtype: 'int32', read: integer64(false) },
  I32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getInt32(at, true) },
  U32: { bytes: 4, dtype: 'int32', read: (view, at) => view.getUint32(at, true) },
  I16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getInt16(at, true) },
  U16: { bytes: 2, dtype: 'int32', read: (view, at) => view.getUint16(at, true) },
  I8: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  U8: { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, dtype: 'bool', read: (view, at) => Number(view.getUint8(at) !== 0) },
}

/** The number a half-precision pattern stands for (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A bfloat16 is the upper half of a float32. */
const bfloatToNumber = (bits: number): number => new Float32Array(new Uint32Array([bits << 16]).buffer)[0]

/**
 * The tensors of a file. Wider and narrower floats become float32, other integers int32 (refused where they do not
 * fit). Throws `ConvokeError` for anything that is not a whole safetensors file.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY
  check(
    length <= bytes.length - 8 && length <= 100_000_000,
    () =>
      `safetensors: these ${bytes.length} bytes are not a safetensors file, or only the beginning of one. Save or download it again.`,
  )
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, 8 + length))
  const start = 8 + length
  const tensors = Object.entries(entries as Record<string, Entry>).map(
    ([name, entry]) => [name, decodeTensor(name, entry, view, start)] as const,
  )
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return { ...header }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new ConvokeError('safetensors: the header is not JSON; the file is damaged or of another format.')
}

function decodeTensor(name: string, entry: Entry, view: DataView, start: number): HostTensor {
  const kind = kinds[entry?.dtype]
  check(
    kind !== undefined,
    () => `safetensors: ${name} has dtype ${show(entry?.dtype)}. Known: ${Object.keys(kinds).join(', ')}.`,
  )
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0
  check(
    Array.isArray(entry.shape) &&
      entry.shape.every(isCount) &&
      Array.isArray(entry.data_offsets) &&
      entry.data_offsets.length === 2 &&
      entry.data_offsets.every(isCount),
    () => `safetensors: the header says nothing usable about ${name}; the file is damaged.`,
  )
  const [from, to] = entry.data_offsets
  const size = sizeOf(entry.shape)
  check(
    to - from === size * kind.bytes && start + to <= view.byteLength,
    () =>
      `safetensors: ${name} of shape ${showShape(entry.shape)} needs ${size * kind.bytes} bytes at ${from}; the file holds ${Math.max(0, Math.min(to, view.byteLength - start) - from)} there. It was cut short or damaged.`,
  )
  return { dtype: kind.dtype, shape: entry.shape, data: readValues(name, kind, view, start + from, size) }
}

function readValues(name: string, kind: Kind, view: DataView, at: number, size: number): HostTensor['data'] {
  const data =
    kind.dtype === 'float32'
      ? new Float32Array(size)
      : kind.dtype === 'int32'
        ? new Int32Array(size)
        : new Uint8Array(size)
  // Bytes that already are what the array holds are copied whole.
  if (isLittleEndian && (kind === kinds['F32'] || kind === kinds['I32'] || kind === kinds['U8'])) {
    new Uint8Array(data.buffer).set(new Uint8Array(view.buffer, view.byteOffset + at, data.byteLength))
    return data
  }
  for (let i = 0; i < size; i++) {
    const value = kind.read(view, at + i * kind.bytes)
    data[i] = value
    check(
      kind.dtype !== 'int32' || data[i] === value,
      () => `safetensors: element ${i} of ${name} is ${value}, which int32 cannot hold.`,
    )
  }
  return data
}
