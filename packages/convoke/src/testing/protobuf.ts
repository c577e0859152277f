// Bytes of Protocol Buffers for tests, by the definition: a field is its number and wire type, then what it holds.

type Bytes = readonly number[]

/** A number in groups of seven bits, the lowest first; negative ones as 64 bits in two's complement. */
export function varint(value: number | bigint): Bytes {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

export const numberField = (id: number, value: number | bigint): Bytes => [...varint(id * 8), ...varint(value)]
export const bytesField = (id: number, ...parts: readonly Bytes[]): Bytes => {
  const all = parts.flat()
  return [...varint(id * 8 + 2), ...varint(all.length), ...all]
}
export const textField = (id: number, text: string): Bytes => bytesField(id, [...new TextEncoder().encode(text)])

/** TensorProto: dims are field 1, the type 2, raw bytes 9. */
export const rawTensor = (code: number, shape: readonly number[], raw: Bytes, name = 'w'): Bytes => [
  ...shape.flatMap((length) => numberField(1, length)),
  ...numberField(2, code),
  ...textField(8, name),
  ...bytesField(9, raw),
]

/** ModelProto of IR version 8 and operator set 17 with a graph of these fields. */
export const model = (...graph: readonly Bytes[]): Uint8Array =>
  Uint8Array.from([...numberField(1, 8), ...bytesField(7, ...graph), ...bytesField(8, numberField(2, 17))])

/** NodeProto as field 1 of a graph. */
export const node = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...more: readonly Bytes[]
): Bytes =>
  bytesField(
    1,
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, operator),
    ...more,
  )
