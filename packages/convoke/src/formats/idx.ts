// IDX, the format of the MNIST family: two zero bytes, a type, the rank, each length, then the values, all big-endian.
// Definition: LeCun, Cortes & Burges, "The MNIST database", section "File formats".

import { sizeOf } from '../shapes/broadcast.ts'
import { check, show, showShape, withinMemory } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import type { HostTensor } from './host.ts'

const types: Readonly<Record<number, { readonly bytes: number; readonly dtype: HostTensor['dtype'] } | undefined>> = {
  8: { bytes: 1, dtype: 'uint8' },
  9: { bytes: 1, dtype: 'int32' },
  11: { bytes: 2, dtype: 'int32' },
  12: { bytes: 4, dtype: 'int32' },
  13: { bytes: 4, dtype: 'float32' },
  14: { bytes: 8, dtype: 'float32' },
}

function read(view: DataView, type: number, at: number): number {
  switch (type) {
    case 8:
      return view.getUint8(at)
    case 9:
      return view.getInt8(at)
    case 11:
      return view.getInt16(at)
    case 12:
      return view.getInt32(at)
    case 13:
      return view.getFloat32(at)
    default:
      return view.getFloat64(at)
  }
}

/** The array in an IDX file (unpacked). Signed bytes and shorts become int32, doubles float32. */
export function decodeIdx(name: string, bytes: Uint8Array): HostTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = types[bytes[2]]
  check(
    bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && type !== undefined,
    () =>
      `${name}: this is not an IDX file: it starts with ${show(Array.from(bytes.subarray(0, 4)))}, where [0, 0, type, rank] is expected. Is it the right file?`,
  )
  const rank = bytes[3]
  const start = 4 + 4 * rank
  const shape = Array.from({ length: rank }, (_, axis) => (start <= bytes.length ? view.getUint32(4 + 4 * axis) : 0))
  const size = sizeOf(shape)
  check(
    bytes.length === start + size * type.bytes,
    () =>
      `${name}: the header states ${showShape(shape)}, ${start + size * type.bytes} bytes in all; the file has ${bytes.length}. It was cut short or damaged: download it again.`,
  )
  if (type.dtype === 'uint8') return { dtype: 'uint8', shape, data: bytes.slice(start) }
  const data = withinMemory(
    () => `${name}: an array of ${counted(size, 'value')}`,
    () => (type.dtype === 'int32' ? new Int32Array(size) : new Float32Array(size)),
  )
  for (let i = 0; i < size; i++) {
    const value = read(view, bytes[2], start + i * type.bytes)
    data[i] = value
    check(
      Number.isFinite(data[i]) || !Number.isFinite(value),
      () => `${name}: element ${i} is ${value}, which float32 cannot hold.`,
    )
  }
  return { dtype: type.dtype, shape, data }
}

/** An IDX file of a uint8, int32 or float32 array. */
export function encodeIdx({ dtype, shape, data }: HostTensor): Uint8Array {
  const type = dtype === 'float32' ? 13 : dtype === 'int32' ? 12 : 8
  const start = 4 + 4 * shape.length
  const bytes = new Uint8Array(start + data.length * types[type]!.bytes)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, type, shape.length])
  shape.forEach((length, axis) => {
    view.setUint32(4 + 4 * axis, length)
  })
  if (data instanceof Uint8Array) bytes.set(data, start)
  for (let i = 0; i < data.length; i++) {
    if (type === 13) view.setFloat32(start + 4 * i, data[i])
    else if (type === 12) view.setInt32(start + 4 * i, data[i])
  }
  return bytes
}
