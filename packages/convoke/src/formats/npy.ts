// NPY, NumPy's format for one array. Definition: numpy.lib.format, versions 1 to 3.

import { sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { check, show, showShape, withinMemory } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { halfToNumber } from './half.ts'
import type { HostTensor } from './host.ts'
import { arrayOf } from './little-endian.ts'

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

interface Kind {
  readonly dtype: HostTensor['dtype']
  readonly bytes: number
  read(view: DataView, at: number, little: boolean): number
}

const kinds = new Map<string, Kind>(
  Object.entries({
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
  }),
)

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

/** Bytes of a header of one array of plain numbers, and its axes: NumPy's own limits. */
const [longestHeader, mostAxes] = [10_000, 64]

/** One entry of the dictionary that is the header: a Python literal, read as such and never run. */
const entry =
  /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([^'"]*)\3|(True|False)|\(([\dL,\s]*)\))\s*(,|(?=\}))/y

interface Header {
  readonly kind: Kind
  readonly little: boolean
  readonly columnMajor: boolean
  readonly shape: readonly number[]
}

/** Null for what does not describe an array of plain numbers. */
function parseHeader(text: string): Header | null {
  const found = new Map<string, string>()
  if (!text.startsWith('{')) return null
  entry.lastIndex = 1
  let end = 1
  for (let match = entry.exec(text); match !== null; match = entry.exec(text)) {
    const [, , key, , name, flag, tuple] = match
    if (found.has(key) || (key === 'descr') !== (name !== undefined) || (key === 'shape') !== (tuple !== undefined))
      return null
    found.set(key, name ?? flag ?? tuple)
    end = entry.lastIndex
  }
  if (!/^\s*\}\s*$/.test(text.slice(end)) || found.size !== 3) return null
  const descr = /^([<>|=])(\w+)$/.exec(found.get('descr')!)
  const kind = kinds.get(descr?.[2] ?? '')
  const shape = parseTuple(found.get('shape')!)
  if (kind === undefined || shape === null) return null
  return { kind, little: descr![1] !== '>', columnMajor: found.get('fortran_order') === 'True', shape }
}

/** `3, 4`, `3,` or nothing; Python 2 wrote `3L`. */
function parseTuple(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.at(-1) === '') parts.pop()
  const lengths = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN))
  return lengths.length <= mostAxes && lengths.every(Number.isSafeInteger) ? lengths : null
}

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array } as const

/**
 * The array in an NPY file. Other floats become float32, other integers int32 (refused where they do not fit);
 * column-major arrays are turned around. Throws `ConvokeError` if the file is not a complete NPY file.
 */
export function decodeNpy(name: string, bytes: Uint8Array): HostTensor {
  check(
    magic.every((byte, i) => bytes[i] === byte) && bytes.length >= 12,
    () => `${name}: this is not an NPY file: it does not start with \\x93NUMPY.`,
  )
  check(
    bytes[6] >= 1 && bytes[6] <= 3,
    () => `${name}: the file is of NPY version ${bytes[6]}. Known: 1, 2, 3. Save it again with numpy.save.`,
  )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [at, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const start = at + length
  check(
    length <= longestHeader && start <= bytes.length,
    () =>
      `${name}: the header has ${length} bytes; those of arrays of plain numbers have ${longestHeader} at most, and lie in the file. It was cut short or damaged, or holds records: save the columns as arrays of their own.`,
  )
  const text = new TextDecoder('latin1').decode(bytes.subarray(at, start)).trim()
  const header = parseHeader(text)
  check(
    header !== null,
    () =>
      `${name}: the header ${show(text)} does not describe an array of plain numbers. Known types: ${[...kinds.keys()].join(', ')}.`,
  )
  const { kind, shape, little } = header
  const size = sizeOf(shape)
  check(
    bytes.length === start + size * kind.bytes,
    () =>
      `${name}: shape ${showShape(shape)} needs ${size * kind.bytes} bytes, the file has ${bytes.length - start}. It was cut short or damaged.`,
  )
  // Bytes that already are what the array holds are copied whole.
  const plain = header.columnMajor || !little ? undefined : asTheyAre.get(kind)
  if (plain !== undefined)
    return { dtype: kind.dtype, shape, data: arrayOf<HostTensor['data']>(plain, new Uint8Array(bytes.subarray(start))) }
  const place = header.columnMajor ? columnMajor(shape) : (i: number) => i
  const data = withinMemory(
    () => `${name}: an array of ${counted(size, 'value')}`,
    () => new arrays[kind.dtype](size),
  )
  for (let i = 0; i < size; i++) {
    const value = kind.read(view, start + i * kind.bytes, little)
    const to = place(i)
    data[to] = value
    check(
      kind.dtype === 'float32' ? !Number.isFinite(value) || Number.isFinite(data[to]) : data[to] === value,
      () => `${name}: element ${i} is ${value}, which ${kind.dtype} cannot hold.`,
    )
  }
  return { dtype: kind.dtype, shape, data }
}

const asTheyAre = new Map<Kind | undefined, typeof Float32Array | typeof Int32Array | typeof Uint8Array>([
  [kinds.get('f4'), Float32Array],
  [kinds.get('i4'), Int32Array],
  [kinds.get('u1'), Uint8Array],
])

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
