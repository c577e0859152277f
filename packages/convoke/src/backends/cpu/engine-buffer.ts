// A backend buffer in engine memory, with what has been derived from its contents.

import { ConvokeError, check } from '../../shapes/error.ts'
import type { Buffer, BufferShape, DType, TypedArray } from '../backend.ts'
import type { Buffer as Memory } from './runtime/index.ts'

export interface EngineBuffer extends Buffer {
  /** {@link gone} once the buffer is settled. */
  memory: Memory
  /** Packed filters and the like, by key; dropped when the buffer is written to. */
  derived: Map<string, Memory> | undefined
  /** What was found out about its contents, by key; forgotten when the buffer is written to. */
  facts: Map<string, boolean> | undefined
  /** Whether a kernel that also derives from it has read the elements themselves. */
  readItself: boolean
}

/** Whether there are elements to look at: whoever asks for an explanation may give dtype and length alone. */
export const isEngineBuffer = (buffer: BufferShape): buffer is EngineBuffer =>
  (buffer as Partial<EngineBuffer>).memory !== undefined

function refuse(): never {
  throw new ConvokeError(
    'Only the packed form of this buffer is left; it can no longer be read, written or used by another kernel.',
  )
}

/** In place of the memory of a settled buffer. */
export const gone: Memory = Object.freeze({
  get address(): number {
    return refuse()
  },
  byteLength: 0,
  float32: refuse,
  int32: refuse,
  uint8: refuse,
})

export const bytesOf = (dtype: DType, length: number): number =>
  dtype === 'float32' || dtype === 'int32' ? length * 4 : length

/** The elements in place. Take it anew after anything that allocates. */
export function viewOf({ dtype, length, memory }: EngineBuffer): TypedArray {
  const elements = memory.byteLength >> 2
  if (dtype === 'float32') return elements === length ? memory.float32() : memory.float32().subarray(0, length)
  return (dtype === 'int32' ? memory.int32() : memory.uint8()).subarray(0, length)
}

/** The elements in `into`, or in a plain array of their own. */
export function copyOf(buffer: EngineBuffer, into?: TypedArray): TypedArray {
  const view = viewOf(buffer)
  if (into !== undefined) {
    into.set(view)
    return into
  }
  if (view instanceof Float32Array) return new Float32Array(view)
  return view instanceof Int32Array ? new Int32Array(view) : new Uint8Array(view)
}

/** A buffer inside another's memory. */
export function partOf(whole: EngineBuffer, byteOffset: number, dtype: DType, length: number): EngineBuffer {
  const byteLength = bytesOf(dtype, length)
  check(
    byteOffset >= 0 && byteOffset % 64 === 0 && byteOffset + byteLength <= whole.memory.byteLength,
    () =>
      `part: ${byteLength} bytes from byte ${byteOffset} on do not lie within ${whole.memory.byteLength}, or not at a multiple of 64.`,
  )
  const { memory } = whole
  const bytes = (): Uint8Array => memory.uint8().subarray(byteOffset, byteOffset + byteLength)
  const at = <T>(make: (buffer: ArrayBufferLike, byteOffset: number, length: number) => T): T => {
    const found = bytes()
    return make(found.buffer, found.byteOffset, byteLength >> 2)
  }
  return {
    dtype,
    length,
    memory: {
      address: memory.address + byteOffset,
      byteLength,
      uint8: bytes,
      float32: () => at((buffer, start, count) => new Float32Array(buffer, start, count)),
      int32: () => at((buffer, start, count) => new Int32Array(buffer, start, count)),
    },
    derived: undefined,
    facts: undefined,
    readItself: false,
  }
}
