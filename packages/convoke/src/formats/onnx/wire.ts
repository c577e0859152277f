// Messages of Protocol Buffers, read by tables of their fields. The bytes themselves are read by @bufbuild/protobuf; what this adds is
// what a message is made of. Definition: https://protobuf.dev/programming-guides/encoding

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ConvokeError, check } from '../../shapes/error.ts'

/** Messages in messages, as many as Protocol Buffers' own readers take. */
export const deepest = 100

/** Messages in one list: networks have some thousands of nodes, and each takes more memory than its least bytes. */
const mostListed = 2 ** 18

/** One field: what is read from the wire, how that joins what came before, and what the message gets in the end. */
export interface Field<T> {
  readonly id: number
  /** Of one number; null for text, bytes and messages. */
  readonly wire: WireType | null
  readonly read: (reader: BinaryReader) => unknown
  readonly add: (before: never, part: never, depth: number, reader: BinaryReader) => unknown
  readonly finish: (state: never) => T
}

type Fields = Readonly<Record<string, Field<unknown>>>
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** Reads the message that goes on to `end`. */
export type Read<T> = (reader: BinaryReader, end: number, depth: number) => T

/** The message that `bytes` are. */
export const readAll = <T>(read: Read<T>, bytes: Uint8Array): T => read(new BinaryReader(bytes), bytes.length, 0)

/** How a message is read: its fields by these, and what they say by `make`. */
export function message<F extends Fields, T>(
  what: string,
  fields: F,
  make: (values: Values<F>, depth: number) => T,
): Read<T> {
  const entries = Object.entries(fields)
  const indices = new Map(entries.map(([, { id }], index) => [id, index]))
  return (reader, end, depth) => {
    check(
      depth < deepest,
      () =>
        `onnx: ${what} is nested ${deepest} messages deep, which is the limit; models are far less deep. The file is damaged or malicious.`,
    )
    const states = new Array<unknown>(entries.length)
    while (reader.pos < end) {
      const found = readPart(what, reader, end, indices, entries)
      if (found === null) continue
      const { add } = entries[found.index][1]
      states[found.index] = add(states[found.index] as never, found.part as never, depth, reader)
    }
    const values: Record<string, unknown> = {}
    for (let i = 0; i < entries.length; i++) values[entries[i][0]] = entries[i][1].finish(states[i] as never)
    return make(values as Values<F>, depth)
  }
}

/** Null for a field that is not in the table: one of a newer version, or that nobody here asks for. */
function readPart(
  what: string,
  reader: BinaryReader,
  end: number,
  indices: ReadonlyMap<number, number>,
  entries: readonly (readonly [string, Field<unknown>])[],
): { readonly index: number; readonly part: unknown } | null {
  const at = reader.pos
  try {
    const [id, wire] = reader.tag()
    const index = indices.get(id)
    const part = index === undefined ? reader.skip(wire, id) : partOf(reader, entries[index][1], wire)
    const stop = index !== undefined && entries[index][1].read === endOf ? (part as number) : reader.pos
    if (stop > end) throw new Error('it goes on beyond its end')
    return index === undefined ? null : { index, part }
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw new ConvokeError(
      `onnx: ${what} cannot be read from byte ${at} on: ${(error as Error).message}. The file is damaged or cut short, or not an ONNX file; save or download it again.`,
    )
  }
}

function partOf(reader: BinaryReader, field: Field<unknown>, wire: WireType): unknown {
  // Numbers that repeat may be packed together.
  const packed = wire === WireType.LengthDelimited
  if (wire === field.wire || (packed && field.wire === null)) return field.read(reader)
  if (!packed || !('readPacked' in field)) throw new Error(`field ${field.id} has wire type ${wire}`)
  return (field as PackedField<unknown>).readPacked(reader.bytes())
}

const one = <T>(id: number, wire: WireType | null, read: (reader: BinaryReader) => T): Field<T | undefined> => ({
  ...{ id, wire, read },
  add: (_: never, part: T) => part,
  finish: (state: T | undefined) => state,
})

/** An integer of up to 64 bits, as the nearest number. */
const integer = (reader: BinaryReader): number => Number(reader.int64())

export const int = (id: number): Field<number | undefined> => one(id, WireType.Varint, integer)
export const float = (id: number): Field<number | undefined> => one(id, WireType.Bit32, (reader) => reader.float())
export const text = (id: number): Field<string | undefined> => one(id, null, (reader) => reader.string(true))
export const bytes = (id: number): Field<Uint8Array | undefined> => one(id, null, (reader) => reader.bytes())

/** Shared by all lists that are empty. */
const nothing: readonly never[] = Object.freeze([])

const list = <T>(id: number, wire: WireType | null, read: (reader: BinaryReader) => T): Field<readonly T[]> => ({
  ...{ id, wire, read },
  add(before: T[] | undefined, part: T) {
    if (before === undefined) return [part]
    before.push(part)
    return before
  },
  finish: (state: readonly T[] | undefined) => state ?? nothing,
})

export const texts = (id: number): Field<readonly string[]> => list(id, null, (reader) => reader.string(true))

interface PackedField<T> extends Field<T> {
  readonly readPacked: (bytes: Uint8Array) => unknown
}

/** Arrays that values of one kind are gathered in, as long as need be and longer. */
interface Gathered<A> {
  readonly array: A
  readonly length: number
}

type NumberArray = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array

/** Numbers that repeat: `packed` reads those of some bytes, whatever they lie beside. */
function numbers<A extends NumberArray>(
  id: number,
  wire: WireType,
  width: number | null,
  packed: (bytes: Uint8Array) => A,
): PackedField<A> {
  return {
    ...{ id, wire },
    // The bytes of one number, which are read as if they were packed.
    read: (reader) => readPacked(reader.skip(wire, id)),
    readPacked,
    add(before: Gathered<A> | undefined, part: A): Gathered<A> {
      if (before === undefined) return { array: part, length: part.length }
      const length = before.length + part.length
      let { array } = before
      if (length > array.length) {
        const longer = new (array.constructor as new (length: number) => A)(2 * length)
        longer.set(array.subarray(0, before.length) as never)
        array = longer
      }
      array.set(part as never, before.length)
      return { array, length }
    },
    finish: (state: Gathered<A> | undefined) =>
      state === undefined ? packed(new Uint8Array(0)) : (state.array.subarray(0, state.length) as A),
  }
  function readPacked(part: Uint8Array): A {
    if (width !== null && part.length % width !== 0)
      throw new Error(`${part.length} bytes are not a whole number of values of ${width} bytes`)
    return packed(part)
  }
}

export const fixed = <A extends Float32Array | Float64Array>(
  id: number,
  width: 4 | 8,
  packed: (bytes: Uint8Array) => A,
): Field<A> => numbers(id, width === 4 ? WireType.Bit32 : WireType.Bit64, width, packed)

/** How many numbers of changing length lie in bytes: each ends in one without the highest bit. */
function countOf(part: Uint8Array): number {
  let count = 0
  for (let i = 0; i < part.length; i++) if (part[i] < 0x80) count++
  return count
}

export const varints = <A extends NumberArray>(
  id: number,
  array: new (length: number) => A,
  next: (reader: BinaryReader) => A[number],
): Field<A> =>
  numbers(id, WireType.Varint, null, (part) => {
    const reader = new BinaryReader(part)
    const values = new array(countOf(part))
    for (let i = 0; i < values.length; i++) values[i] = next(reader)
    if (reader.pos !== reader.len) throw new Error('the last number is incomplete')
    return values
  })

/** Integers of 64 bits as the nearest numbers. */
export const ints = (id: number): Field<Float64Array> => varints(id, Float64Array, integer)

/** Where a message within ends: it is read when that has been checked. */
function endOf(reader: BinaryReader): number {
  const length = reader.uint32()
  return reader.pos + length
}

/** A message within, which may come once. */
export const within = <T>(id: number, what: string, read: () => Read<T>): Field<T | undefined> => ({
  ...{ id, wire: null, read: endOf },
  add(before: unknown, end: number, depth: number, reader: BinaryReader) {
    check(before === undefined, () => `onnx: ${what} occurs twice, but only one is allowed. The file is damaged.`)
    return read()(reader, end, depth + 1)
  },
  finish: (state: T | undefined) => state,
})

/** Messages within, one after the other. */
export const each = <T>(id: number, read: () => Read<T>): Field<readonly T[]> => ({
  ...{ id, wire: null, read: endOf },
  add(before: T[] | undefined, end: number, depth: number, reader: BinaryReader) {
    const made = read()(reader, end, depth + 1)
    if (before === undefined) return [made]
    check(
      before.length < mostListed,
      () =>
        `onnx: there are more than ${mostListed} messages in one list, which is more than any network has. The file is damaged or malicious.`,
    )
    before.push(made)
    return before
  },
  finish: (state: readonly T[] | undefined) => state ?? nothing,
})
