// Messages of Protocol Buffers, written as lists of pieces, so that weights are copied once: into the whole file.

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { check, show } from '../../shapes/error.ts'
import { deepest } from './wire.ts'

export type Chunks = readonly Uint8Array[]

/** Kept, because a new writer takes memory; what is written is taken out of it at once. */
const writer = new BinaryWriter()

export const lengthOf = (chunks: Chunks): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0)

/** What a reader takes for a missing field is left out, except where that is told apart from none. */
export const int = (id: number, value: number): Chunks => {
  check(Number.isInteger(value), () => `onnx: ${show(value)} was found where an integer is expected.`)
  // Numbers beyond 2⁶³ are the ends of int64 as the nearest number.
  const whole = BigInt.asIntN(64, value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.max(value, -(2 ** 63))))
  return [writer.tag(id, WireType.Varint).int64(whole).finish()]
}

export const float = (id: number, value: number): Chunks => [
  writer.tag(id, WireType.Bit32).float(Math.fround(value)).finish(),
]

/** Text that is there, be it empty. */
export const text = (id: number, value: string): Chunks => [
  writer.tag(id, WireType.LengthDelimited).string(value).finish(),
]

/** Text, where '' is the same as none. */
export const name = (id: number, value: string): Chunks => (value === '' ? [] : text(id, value))

export const bytes = (id: number, value: Chunks): Chunks => {
  const length = lengthOf(value)
  // Most messages are short, and one piece is quicker than three.
  if (length <= 256) {
    writer.tag(id, WireType.LengthDelimited).uint32(length)
    for (const chunk of value) writer.raw(chunk)
    return [writer.finish()]
  }
  return [writer.tag(id, WireType.LengthDelimited).uint32(length).finish(), ...value]
}

export const floats = (id: number, values: readonly number[]): Chunks => {
  for (const value of values) writer.tag(id, WireType.Bit32).float(Math.fround(value))
  return values.length === 0 ? [] : [writer.finish()]
}

/** Fields of what is in a list, one after the other. */
export const each = <T>(values: readonly T[], write: (value: T) => Chunks): Chunks => values.flatMap(write)

/** Objects may hold themselves; files may not. */
export function checkDepth(depth: number): void {
  check(
    depth < deepest,
    () =>
      `onnx: messages would be nested ${deepest} deep, which no reader accepts. Graphs in attributes of graphs, or types in types, are nested too deep, or contain themselves.`,
  )
}

/** One array of all pieces. */
export function joined(chunks: Chunks): Uint8Array {
  const whole = new Uint8Array(lengthOf(chunks))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
