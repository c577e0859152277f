// NPY, NumPy's format for one array. Definition: numpy.lib.format, versions 1 to 3.

import { sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import type { HostTensor } from './host.ts'
import { halfToNumber } from './safetensors.ts'

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

interface Kind {
  readonly dtype: HostTensor['dtype']
  readonly bytes: number
  read(view: DataView, at: number, little: boolean): number
}

const kinds: Readonly<Record<string, Kind>> = {
  f8: { dtype: 'float32', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  f4: { dtype: 'float32', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f2: { dtype: 'float32', bytes: 2, read: (view, at, little) => halfToNumber(view.getUint16(at, little)) },
  i8: { dtype: 'int32', bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  i4: { dtype: 'int32', bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  i2: { dtype: 'int32', bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  i1: { dtype: 'int32', bytes: 1, read: (view, at) => view.getInt8(at) },
  u4: { dtype: 'int32', bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  u2: { dtype: 'int32', bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  u1: { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) },
  b1: { dtype: 'bool', bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
}

const written = { float32: '<f4', int32: '<i4', uint8: '|u1', bool: '|b1' } as const

/** The bytes of an NPY file, version 1, row-major. */
export function encodeNpy({ dtype, shape, data }: HostTensor): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const dictionary = `{'descr': '${written[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10
  const bytes = new Uint8Array(10 + length + data.byteLength)
  const view = new DataView(bytes.buffer)
  bytes.set([...magic, 1, 0, length & 0xff, length >> 8])
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), 10)
  const start = 10 + length
  if (data instanceof Uint8Array) bytes.set(data, start)
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'float32') view.setFloat32(start + 4 * i, data[i], true)
    else if (dtype === 'int32') view.setInt32(start + 4 * i, data[i], true)
  }
  return bytes
}

/** The array in an NPY file. Other floats become float32, other integers int32; column-major arrays are turned around. */
export function decodeNpy(name: string, bytes: Uint8Array): HostTensor {
  check(
    magic.every((byte, i) => bytes[i] === byte) && bytes.length >= 12,
    () => `${name}: this is not an NPY file: it does not start with \\x93NUMPY.`,
  )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [at, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const header = new TextDecoder('latin1').decode(bytes.subarray(at, at + length))
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)
  const tuple = /'shape':\s*\(([\d,\s]*)\)/.exec(header)
  const kind = descr === null ? undefined : kinds[descr[2]]
  check(
    kind !== undefined && order !== null && tuple !== null,
    () =>
      `${name}: the header ${show(header.trim())} describes no array of plain numbers. Known types: ${Object.keys(kinds).join(', ')}.`,
  )
  const shape = tuple[1].split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]))
  const size = sizeOf(shape)
  const start = at + length
  check(
    bytes.length === start + size * kind.bytes,
    () =>
      `${name}: shape ${showShape(shape)} needs ${size * kind.bytes} bytes, the file has ${bytes.length - start}. It was cut short or damaged.`,
  )
  const place = order[1] === 'True' ? columnMajor(shape) : (i: number) => i
  const data =
    kind.dtype === 'float32'
      ? new Float32Array(size)
      : kind.dtype === 'int32'
        ? new Int32Array(size)
        : new Uint8Array(size)
  for (let i = 0; i < size; i++) {
    const value = kind.read(view, start + i * kind.bytes, descr![1] !== '>')
    const to = place(i)
    data[to] = value
    check(
      kind.dtype !== 'int32' || data[to] === value,
      () => `${name}: element ${i} is ${value}, which int32 cannot hold.`,
    )
  }
  return { dtype: kind.dtype, shape, data }
}

/** Where element i of a column-major array stands in row-major order. */
function columnMajor(shape: readonly number[]): (i: number) => number {
  const strides = stridesOf(shape)
  return (i) => {
    let [rest, to] = [i, 0]
    shape.forEach((length, axis) => {
      to += (rest % length) * strides[axis]
      rest = Math.floor(rest / length)
    })
    return to
  }
}
