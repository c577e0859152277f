// Numbers as files have them, the lowest byte first, as arrays.

type ArrayType<T> = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset?: number, length?: number): T
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

const swapped = (bytes: Uint8Array, width: number): Uint8Array =>
  bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)])

/** `bytes`, whose length is a multiple of an element's, as an array: a view of them where they are aligned, a copy otherwise. */
export function arrayOf<T>(array: ArrayType<T>, bytes: Uint8Array): T {
  const width = array.BYTES_PER_ELEMENT
  const own = isLittleEndian || width === 1 ? bytes : swapped(bytes, width)
  // Not `slice`, which of a Buffer of Node makes no copy.
  const whole = own.byteOffset % width === 0 ? own : new Uint8Array(own)
  return new array(whole.buffer, whole.byteOffset, whole.byteLength / width)
}

/** The bytes of an array as files have them: a view where the machine has them so. */
export function bytesOf(data: {
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
  readonly byteLength: number
  readonly BYTES_PER_ELEMENT: number
}): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return isLittleEndian || data.BYTES_PER_ELEMENT === 1 ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT)
}
