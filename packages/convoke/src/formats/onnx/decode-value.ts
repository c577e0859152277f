// SequenceProto, OptionalProto and MapProto, in which ONNX's tests keep inputs and outputs. Definition: onnx/onnx-data.proto.

import { check } from '../../shapes/error.ts'
import { plainBytes } from './decode.ts'
import { sparseReader, tensorReader } from './decode-tensor.ts'
import type { OnnxTensor, OnnxValue } from './model.ts'
import { each, ints, message, type Read, readAll, text, texts, within } from './wire.ts'

const tensor = tensorReader(undefined)
const sparse = sparseReader(tensor)

const tensorValue = (made: OnnxTensor): OnnxValue => ({ kind: 'tensor', tensor: made })

const sequence: Read<OnnxValue> = message(
  'a sequence',
  {
    name: text(1),
    tensors: each(3, () => tensor),
    sparse: each(4, () => sparse),
    sequences: each(5, () => sequence),
    maps: each(6, () => map),
    optionals: each(7, () => optional),
  },
  ({ name = '', ...found }) => {
    // All are of one type; of an empty sequence it does not matter which.
    const tensors = [...found.tensors, ...found.sparse].map(tensorValue)
    return { kind: 'sequence', name, values: [...tensors, ...found.sequences, ...found.maps, ...found.optionals] }
  },
)

const map: Read<OnnxValue> = message(
  'a map',
  { name: text(1), numbers: ints(3), texts: texts(4), values: within(5, 'the values of a map', () => sequence) },
  ({ name = '', numbers, texts, values }) => {
    const keys = numbers.length > 0 ? Array.from(numbers) : texts
    const found = values?.kind === 'sequence' ? values.values : []
    check(
      keys.length === found.length,
      () => `onnx: a map has ${keys.length} keys and ${found.length} values. The file is damaged.`,
    )
    return { kind: 'map', name, keys, values: found }
  },
)

const optional: Read<OnnxValue> = message(
  'an optional',
  {
    name: text(1),
    tensor: within(3, 'the value of an optional', () => tensor),
    sparse: within(4, 'the value of an optional', () => sparse),
    sequence: within(5, 'the value of an optional', () => sequence),
    map: within(6, 'the value of an optional', () => map),
    optional: within(7, 'the value of an optional', () => optional),
  },
  ({ name = '', tensor, sparse, sequence, map, optional }) => {
    const dense = tensor ?? sparse
    const value = dense === undefined ? (sequence ?? map ?? optional ?? null) : tensorValue(dense)
    return { kind: 'optional', name, value }
  },
)

/** A value that ONNX's tests have in a `.pb` file: a TensorProto, a SequenceProto or an OptionalProto, as the model says. */
export function decodeOnnxValue(bytes: Uint8Array, kind: 'tensor' | 'sequence' | 'optional'): OnnxValue {
  const plain = plainBytes('decodeOnnxValue', bytes)
  if (kind === 'tensor') return tensorValue(readAll(tensor, plain))
  return kind === 'sequence' ? readAll(sequence, plain) : readAll(optional, plain)
}
