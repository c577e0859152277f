// bfloat16: the upper half of a float32, rounded to the nearest, ties to even. A number that is none stays none.

export function toBfloat16(values: Float32Array, into: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i]
    into[i] = (b & 0x7fffffff) > 0x7f800000 ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16
  }
}

export function fromBfloat16(values: Uint16Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let i = 0; i < bits.length; i++) bits[i] = values[i] << 16
}

/** into += values */
export function addBfloat16(values: Uint16Array, into: Float32Array): void {
  const one = new Float32Array(1)
  const bits = new Uint32Array(one.buffer)
  for (let i = 0; i < into.length; i++) {
    bits[0] = values[i] << 16
    into[i] += one[0]
  }
}
