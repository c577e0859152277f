// TensorProto and SparseTensorProto.

import { ConvokeError, check, showShape, withinMemory } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { arrayOf } from '../little-endian.ts'
import { quoted } from '../names.ts'
import { narrowTable } from '../narrow-floats.ts'
import { layouts, typeOfCode } from './data-types.ts'
import { type External, externalBytes } from './external.ts'
import type { OnnxTensor, OnnxType, OnnxValues } from './model.ts'
import { bytes, each, fixed, int, ints, message, type Read, text, texts, varints, within } from './wire.ts'

/** Axes of a tensor, as in PyTorch and NumPy. */
const mostAxes = 64

/** How many elements a shape has; refused where that is no number of elements that any file could have. */
function elementsOf(what: string, dims: Float64Array): { readonly shape: readonly number[]; readonly size: number } {
  check(dims.length <= mostAxes, () => `onnx: ${what} has ${dims.length} axes; there may be ${mostAxes}.`)
  const shape = Array.from(dims)
  for (const length of shape)
    check(
      Number.isSafeInteger(length) && length >= 0,
      () => `onnx: ${what} has shape ${showShape(shape)}; lengths must be 0 or more. The file is damaged.`,
    )
  const size = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1)
  check(
    Number.isSafeInteger(size),
    () => `onnx: ${what} has shape ${showShape(shape)}, which no file can fill. The file is damaged.`,
  )
  return { shape, size }
}

/** What raw bytes hold. Their number has been checked. */
function fromRaw(type: OnnxType, raw: Uint8Array, size: number): OnnxValues {
  const { bits, raw: kind } = layouts[type]
  if (kind === null) throw new ConvokeError('onnx: strings cannot be raw bytes.')
  if (kind === 'bool') return raw.every((byte) => byte <= 1) ? raw : raw.map((byte) => (byte === 0 ? 0 : 1))
  if ('array' in kind) return arrayOf<OnnxValues>(kind.array, raw)
  const patterns = bits === 16 ? arrayOf(Uint16Array, raw) : bits === 8 ? raw : unpacked(raw, bits, size)
  if ('signed' in kind) return kind.signed ? signed(patterns, bits) : (patterns as Uint8Array)
  const table = narrowTable(kind.float)
  const values = new Float32Array(size)
  for (let i = 0; i < size; i++) values[i] = table[patterns[i]]
  return values
}

/** Elements of 4 and 2 bits, the first in the lowest bits of a byte. */
function unpacked(raw: Uint8Array, bits: number, size: number): Uint8Array {
  const [perByte, mask] = [8 / bits, 2 ** bits - 1]
  const values = new Uint8Array(size)
  for (let i = 0; i < size; i++) values[i] = (raw[Math.floor(i / perByte)] >> (bits * (i % perByte))) & mask
  return values
}

const signed = (patterns: ArrayLike<number>, bits: number): Int8Array =>
  Int8Array.from(patterns, (pattern) => (pattern >= 2 ** (bits - 1) ? pattern - 2 ** bits : pattern))

/** The least and the most that an int32 of a file may be for an element of this type. */
function rangeOf(type: OnnxType, bits: number): readonly [number, number] {
  if (type === 'int32') return [-(2 ** 31), 2 ** 31 - 1]
  if (type === 'int8' || type === 'int16') return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  return type === 'bool' ? [0, 1] : [0, 2 ** Math.max(8, bits) - 1]
}

/** What int32_data hold: a number an element, or its pattern, or several patterns in a byte. */
function fromInt32s(what: string, type: OnnxType, numbers: Int32Array, size: number): OnnxValues {
  const { bits, raw: kind } = layouts[type]
  const [least, most] = rangeOf(type, bits)
  const outside = numbers.find((value) => value < least || value > most)
  check(
    outside === undefined,
    () => `onnx: ${what} of type ${type} has ${outside}; ${type} takes ${least} to ${most}. The file is damaged.`,
  )
  if (kind === 'bool') return Uint8Array.from(numbers)
  if (kind !== null && 'array' in kind)
    return kind.array === Int32Array ? numbers : (kind.array as typeof Int8Array).from(numbers)
  if (bits === 16) return fromRaw(type, new Uint8Array(Uint16Array.from(numbers).buffer), size)
  return fromRaw(type, Uint8Array.from(numbers), size)
}

const entry = message('an entry of external_data', { key: text(1), value: text(2) }, ({ key, value }) => [
  key ?? '',
  value ?? '',
]) satisfies Read<readonly string[]>

const fields = {
  dims: ints(1),
  type: int(2),
  segment: bytes(3),
  floats: fixed(4, 4, (part) => arrayOf(Float32Array, part)),
  int32s: varints(5, Int32Array, (reader) => reader.int32()),
  texts: texts(6),
  int64s: varints(7, BigInt64Array, (reader) => BigInt(reader.int64())),
  name: text(8),
  raw: bytes(9),
  doubles: fixed(10, 8, (part) => arrayOf(Float64Array, part)),
  uint64s: varints(11, BigUint64Array, (reader) => BigInt(reader.uint64())),
  external: each(13, () => entry),
  location: int(14),
}

/** A TensorProto; where its values lie outside the file, `external` has them. */
export const tensorReader = (external: External | undefined): Read<OnnxTensor> =>
  message('a tensor', fields, (found) => {
    const name = found.name ?? ''
    const what = name === '' ? 'a tensor' : `the tensor ${quoted(name)}`
    const type = typeOfCode(what, found.type ?? 0)
    const { shape, size } = elementsOf(what, found.dims)
    check(
      found.segment === undefined,
      () => `onnx: ${what} is stored in segments, which no known program writes. Save the model again.`,
    )
    const { bits, field } = layouts[type]
    const needed = Math.ceil((size * bits) / 8)
    const outside = found.location === 1
    if (outside || found.raw !== undefined) {
      check(
        type !== 'string',
        () => `onnx: ${what} has strings as raw bytes, which ONNX does not allow. Save it again.`,
      )
      const raw = outside ? externalBytes(what, found.external, needed, external) : found.raw!
      check(raw.length === needed, () => lengthWords(what, shape, type, `${needed} bytes`, raw.length))
      return lazily(name, type, shape, () =>
        withinMemory(
          () => `onnx: ${what} with ${counted(size, 'value')}`,
          () => fromRaw(type, raw, size),
        ),
      )
    }
    const listed = found[field]
    const perNumber = field === 'int32s' && bits < 8 ? 8 / bits : 1
    const count = Math.ceil((size * (layouts[type].parts ?? 1)) / perNumber)
    check(listed.length === count, () => lengthWords(what, shape, type, counted(count, 'number'), listed.length))
    return { name, type, shape, values: valuesOf(what, type, listed, size) }
  })

function lengthWords(what: string, shape: readonly number[], type: OnnxType, needed: string, found: number): string {
  return `onnx: ${what} of shape ${showShape(shape)} and type ${type} needs ${needed}, the file has ${found}. It was cut short or damaged; save or download it again.`
}

function valuesOf(what: string, type: OnnxType, listed: Listed, size: number): OnnxValues {
  if (listed instanceof Int32Array) return fromInt32s(what, type, listed, size)
  if (!(listed instanceof BigUint64Array && type === 'uint32')) return listed
  const outside = listed.find((value) => value >= 2n ** 32n)
  check(
    outside === undefined,
    () => `onnx: ${what} of type uint32 has ${outside}; uint32 takes 0 to 4294967295. The file is damaged.`,
  )
  return Uint32Array.from(listed, Number)
}

type Listed = Float32Array | Int32Array | readonly string[] | BigInt64Array | Float64Array | BigUint64Array

/** Bytes from which on decoded values are not kept for longer than somebody uses them. */
const largeValues = 2 ** 16

/** A tensor whose values are decoded when they are asked for. Small ones are kept. */
function lazily(name: string, type: OnnxType, shape: readonly number[], decode: () => OnnxValues): OnnxTensor {
  let kept: OnnxValues | WeakRef<OnnxValues & object> | null = null
  return {
    ...{ name, type, shape },
    get values() {
      const known = kept instanceof WeakRef ? kept.deref() : kept
      if (known !== undefined && known !== null) return known
      const values = decode()
      kept = ArrayBuffer.isView(values) && values.byteLength >= largeValues ? new WeakRef(values) : values
      return values
    },
  }
}

/** Elements a sparse tensor may have when it is made dense: a small one any, a large one a thousand for each that is listed. */
const mostDense = (listed: number): number => 2 ** 20 + 1000 * listed

/** A SparseTensorProto, made dense: what is not listed is 0 or ''. */
export function sparseReader(tensor: Read<OnnxTensor>): Read<OnnxTensor> {
  const parts = {
    values: within(1, 'the values of a sparse tensor', () => tensor),
    indices: within(2, 'the indices of a sparse tensor', () => tensor),
    dims: ints(3),
  }
  return message('a sparse tensor', parts, ({ values, indices, dims }) => {
    if (values === undefined || indices === undefined)
      throw new ConvokeError('onnx: a sparse tensor has no values or no indices. The file is damaged.')
    const what = `the sparse tensor ${quoted(values.name)}`
    const { shape, size } = elementsOf(what, dims)
    const count = values.shape.length === 1 ? values.shape[0] : Number.NaN
    const flat = indices.shape.length === 1
    const rank = flat ? 1 : shape.length
    check(
      indices.type === 'int64' &&
        values.type !== 'complex64' &&
        values.type !== 'complex128' &&
        indices.shape[0] === count &&
        (flat || (indices.shape.length === 2 && indices.shape[1] === rank)),
      () =>
        `onnx: ${what} has values of shape ${showShape(values.shape)} and indices of type ${indices.type} and shape ${showShape(indices.shape)}; they must be [n], and int64 of [n] or [n, ${shape.length}]. Save the model again.`,
    )
    check(
      size <= mostDense(count),
      () =>
        `onnx: ${what} would have ${counted(size, 'element')} of which the file lists ${count}. Convoke converts sparse tensors to dense ones, and this one is too large for that.`,
    )
    const places = indices.values as BigInt64Array
    const dense = emptyOf(values.values, size)
    const given = values.values
    let before = -1
    for (let i = 0; i < count; i++) {
      let at = 0
      let inside = true
      for (let axis = 0; axis < rank; axis++) {
        const place = Number(places[i * rank + axis])
        const length = flat ? size : shape[axis]
        inside &&= place >= 0 && place < length
        at = at * length + place
      }
      check(
        inside && at > before,
        () => `onnx: index ${i} of ${what} is outside of its shape, or not after the one before. The file is damaged.`,
      )
      dense[at] = given[i]
      before = at
    }
    return { name: values.name, type: values.type, shape, values: dense as OnnxValues }
  })
}

function emptyOf(like: OnnxValues, size: number): (number | bigint | string)[] {
  if (Array.isArray(like)) return new Array<string>(size).fill('')
  return new (like.constructor as new (length: number) => number[])(size)
}
