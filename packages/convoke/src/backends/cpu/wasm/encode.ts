// Bytes of a WebAssembly module. WebAssembly Core Specification 2.0, section 5; relaxed SIMD: section 5.4.9 of 3.0.

/** Unsigned LEB128 of 0 … 2³² − 1. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 128 : low)
  } while (rest > 0)
  return bytes
}

/** Signed LEB128 of an int32. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 127
    rest >>= 7
    if ((rest === 0 && !(low & 64)) || (rest === -1 && low & 64)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length), ...body]
const text = (value: string): number[] => [value.length, ...value.split('').map((letter) => letter.charCodeAt(0))]

export const types = Object.freeze({ i32: 0x7f, v128: 0x7b, empty: 0x40 })

/** One instruction without immediates. */
export const plain = Object.freeze({
  ...{ loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, brIf: 0x0d, select: 0x1b },
  ...{ i32Load: 0x28, i32Store: 0x36, i32Const: 0x41, localGet: 0x20, localSet: 0x21, localTee: 0x22 },
  ...{ i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32GtS: 0x4a, i32LeS: 0x4c, i32GeS: 0x4e },
  ...{ i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32And: 0x71, i32Or: 0x72, i32Xor: 0x73, i32Shl: 0x74, i32ShrS: 0x75 },
})

/** Instructions behind the SIMD prefix FD. */
export const simd = Object.freeze({
  ...{ load: 0, load32Splat: 9, store: 11, const: 12, shuffle: 13, i32x4Splat: 17 },
  ...{ i32x4Eq: 55, i32x4LtS: 57, i32x4GtS: 59 },
  ...{ f32x4Eq: 65, f32x4Ne: 66, f32x4Lt: 67, f32x4Gt: 68, f32x4Le: 69, f32x4Ge: 70 },
  ...{ not: 77, and: 78, andnot: 79, or: 80, xor: 81, bitselect: 82 },
  ...{
    load8Lane: 84,
    load32Lane: 86,
    store8Lane: 88,
    store32Lane: 90,
    store64Lane: 91,
    load32Zero: 92,
    load64Zero: 93,
  },
  ...{ f32x4Ceil: 103, f32x4Floor: 104, f32x4Trunc: 105, f32x4Nearest: 106 },
  ...{ i16x8ExtendLowU: 137, i32x4ExtendLowU: 169, i32x4Bitmask: 164 },
  ...{ i32x4Shl: 171, i32x4ShrS: 172, i32x4ShrU: 173, i32x4Add: 174, i32x4Sub: 177, i32x4Mul: 181 },
  ...{ i32x4MinS: 182, i32x4MaxS: 184 },
  ...{ f32x4Abs: 224, f32x4Neg: 225, f32x4Sqrt: 227, f32x4Add: 228, f32x4Sub: 229, f32x4Mul: 230, f32x4Div: 231 },
  ...{ f32x4Pmin: 234, f32x4Pmax: 235, i32x4TruncSatS: 248, f32x4ConvertS: 250 },
  ...{ relaxedMadd: 0x105, relaxedNmadd: 0x106 },
})

export interface FunctionBody {
  /** Locals after the one parameter, an i32: first i32, then v128. */
  readonly integers: number
  readonly vectors: number
  readonly code: readonly number[]
}

/** A module that imports `e.m`, a memory, and exports `f(argumentBlock: i32)`. */
export function encodeModule(
  { integers, vectors, code }: FunctionBody,
  sharedMemory: boolean,
): Uint8Array<ArrayBuffer> {
  const body = [2, ...unsigned(integers), types.i32, ...unsigned(vectors), types.v128, ...code, plain.end]
  // A shared memory must be imported with a maximum no smaller than its own.
  const limits = sharedMemory ? [0x03, 0, ...unsigned(65536)] : [0x00, 0]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, types.i32, 0]),
    ...section(2, [1, ...text('e'), ...text('m'), 0x02, ...limits]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('f'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}
