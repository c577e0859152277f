// TensorProto, written with raw bytes.

import { sizeOf } from '../../shapes/broadcast.ts'
import { check, showShape } from '../../shapes/error.ts'
import { bytesOf } from '../little-endian.ts'
import { quoted } from '../names.ts'
import { numberToNarrow } from '../narrow-floats.ts'
import { bytes, type Chunks, each, int, joined, name, text } from './chunks.ts'
import { codeOfType, layouts } from './data-types.ts'
import type { OnnxGraph, OnnxTensor, OnnxValues } from './model.ts'

/** Takes the bytes of a tensor that are to lie beside the model; null where they stay in it. */
export type Outside = (tensor: OnnxTensor, raw: Uint8Array) => Chunks | null

export const inside: Outside = () => null

/** Numbers, as floats of few bits or integers of less than a byte. */
function narrowed(type: OnnxTensor['type'], values: ArrayLike<number>): Uint8Array {
  const { bits, raw } = layouts[type]
  const patternOf =
    raw !== null && raw !== 'bool' && 'float' in raw
      ? (value: number) => numberToNarrow(value, raw.float)
      : (value: number) => value & (2 ** bits - 1)
  if (bits === 16) {
    const patterns = new Uint16Array(values.length)
    for (let i = 0; i < values.length; i++) patterns[i] = patternOf(values[i])
    return bytesOf(patterns)
  }
  const perByte = 8 / bits
  const packed = new Uint8Array(Math.ceil(values.length / perByte))
  for (let i = 0; i < values.length; i++)
    packed[Math.floor(i / perByte)] |= patternOf(values[i]) << (bits * (i % perByte))
  return packed
}

const constructors = {
  bool: Uint8Array,
  int2: Int8Array,
  int4: Int8Array,
  uint2: Uint8Array,
  uint4: Uint8Array,
} as const

/** The array that values of a type must be in. */
function arrayOfType(type: OnnxTensor['type']): (new (length: number) => OnnxValues) | typeof Array {
  const { raw } = layouts[type]
  if (type in constructors) return constructors[type as keyof typeof constructors]
  if (raw === null || raw === 'bool') return Array
  return 'array' in raw ? raw.array : Float32Array
}

/** The raw bytes of a tensor that has been checked. */
function rawOf({ type, values }: OnnxTensor): Uint8Array {
  const { raw } = layouts[type]
  if (raw === 'bool' || (raw !== null && 'array' in raw)) return bytesOf(values as Uint8Array)
  return narrowed(type, values as Float32Array)
}

/** The fields of a TensorProto. */
export function tensorFields(tensor: OnnxTensor, outside: Outside): Chunks {
  const { type, shape, values } = tensor
  const what = `the tensor ${quoted(tensor.name)}`
  check(
    Object.hasOwn(layouts, type),
    () => `onnx: ${what} is of type ${quoted(String(type))}. Known: ${Object.keys(layouts).join(', ')}.`,
  )
  const array = arrayOfType(type)
  check(
    values instanceof array,
    () =>
      `onnx: the values of ${what} of type ${type} must be in ${array === Array ? 'a list of strings' : `a ${array.name}`}.`,
  )
  const size = sizeOf(shape) * (layouts[type].parts ?? 1)
  check(
    values.length === size && shape.every((length) => Number.isSafeInteger(length) && length >= 0),
    () => `onnx: ${what} of shape ${showShape(shape)} and type ${type} needs ${size} values and has ${values.length}.`,
  )
  const head = [each(shape, (length) => int(1, length)), int(2, codeOfType(type)), name(8, tensor.name)].flat()
  if (type === 'string') return [head, each(values as readonly string[], (value) => text(6, value))].flat()
  const raw = rawOf(tensor)
  return [head, outside(tensor, raw) ?? bytes(9, [raw])].flat()
}

/**
 * The bytes of a TensorProto, with its values as raw bytes. Floats of 16 bits and fewer are rounded to nearest, ties to even.
 * Throws `ConvokeError` where values are not of the type and number that the tensor states.
 */
export const encodeOnnxTensor = (tensor: OnnxTensor): Uint8Array => joined(tensorFields(tensor, inside))

/** Bytes that the values of a graph's initialisers take in a file; texts are counted as nothing. */
export const storedBytes = ({ initializers }: OnnxGraph): number =>
  initializers.reduce((sum, { shape, type }) => sum + Math.ceil((sizeOf(shape) * layouts[type].bits) / 8), 0)
