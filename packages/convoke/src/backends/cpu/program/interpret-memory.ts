// The interpreter's memory: buffers that refuse every access outside them.

import { ConvokeError, check, show } from '../../../shapes/error.ts'

/** What a pointer argument points at: a whole view, or a place in it. */
export type BufferArgument = ArrayBufferView | { readonly data: ArrayBufferView; readonly offset: number }

/** A buffer under its argument's name. */
export interface CheckedBuffer {
  readonly name: string
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** Where a pointer register points: it keeps to the buffer it came from. */
export interface Place {
  buffer: CheckedBuffer
  offset: number
}

export function placeOf(name: string, argument: BufferArgument | number | undefined): Place {
  check(
    typeof argument === 'object',
    () => `Argument ${name} is a pointer; ${show(argument)} is not a buffer. Give a typed array, or { data, offset }.`,
  )
  const { data, offset } = ArrayBuffer.isView(argument) ? { data: argument, offset: 0 } : argument
  const [start, length] = [data.byteOffset, data.byteLength]
  const bytes = new Uint8Array(data.buffer, start, length)
  return { buffer: { name, bytes, view: new DataView(data.buffer, start, length) }, offset }
}

/** The offset of an access of `count` elements of `size` bytes; throws `ConvokeError` unless all of it is inside. */
export function checkedOffset(
  place: Place,
  displacement: number,
  count: number,
  size: 1 | 4,
  describe: () => string,
): number {
  const { buffer } = place
  const offset = place.offset + displacement
  const end = offset + count * size
  if (count > 0 && (offset < 0 || end > buffer.bytes.length)) {
    throw new ConvokeError(
      `${describe()} touches bytes ${offset} to ${end - 1} of ${buffer.name}, which has ${buffer.bytes.length}. Shorten the loop, or use a tail.`,
    )
  }
  if (offset % size !== 0) {
    throw new ConvokeError(
      `${describe()} touches ${buffer.name} at byte ${offset}, which is not a multiple of ${size}. Advance by whole elements.`,
    )
  }
  return offset
}
