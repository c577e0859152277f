// Arithmetic on lanes as the hardware does it: every float result rounded once to float32, int32 with wraparound.

import type { BinaryOp, CompareOp, Condition, FmaForm, IntegerOp, ShiftOp, UnaryOp } from './instruction.ts'

/** A vector's 32-bit lanes, seen both ways. */
export interface Lanes {
  readonly f: Float32Array
  readonly i: Int32Array
}

export function newLanes(count: number): Lanes {
  const f = new Float32Array(count)
  return { f, i: new Int32Array(f.buffer) }
}

const scratch = new Float64Array(1)
const words = new BigInt64Array(scratch.buffer)

/**
 * a·b + c rounded once to float32, for float32 arguments. The product is exact in float64; the sum is first rounded to
 * odd there, which keeps the second rounding from going wrong (Boldo & Melquiond 2008, "Emulation of FMA and correctly
 * rounded sums: proved algorithms using rounding to odd").
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  const high = sum - product
  const error = product - (sum - high) + (c - high)
  if (error === 0 || !Number.isFinite(sum)) return Math.fround(sum)
  scratch[0] = sum
  if ((words[0] & 1n) === 0n) {
    if (error > 0 === sum > 0) words[0] += 1n
    else words[0] -= 1n
  }
  return Math.fround(scratch[0])
}

const roundHalfEven = (x: number): number => {
  if (!(Math.abs(x) < 2 ** 23)) return x
  const shift = x < 0 || Object.is(x, -0) ? -(2 ** 23) : 2 ** 23
  const rounded = Math.fround(x + shift) - shift
  return rounded === 0 && shift < 0 ? -0 : rounded
}

const toInt = (x: number): number => (x > -2147483649 && x < 2147483648 ? Math.trunc(x) | 0 : -2147483648)

type PerLane = (d: Lanes, a: Lanes, b: Lanes, lane: number) => void

const float =
  (operation: (a: number, b: number) => number): PerLane =>
  (d, a, b, lane) => {
    d.f[lane] = operation(a.f[lane], b.f[lane])
  }
const int =
  (operation: (a: number, b: number) => number): PerLane =>
  (d, a, b, lane) => {
    d.i[lane] = operation(a.i[lane], b.i[lane])
  }

export const binaryLanes: Readonly<Record<BinaryOp, PerLane>> = {
  add: float((a, b) => a + b),
  sub: float((a, b) => a - b),
  mul: float((a, b) => a * b),
  div: float((a, b) => a / b),
  max: float((a, b) => (a > b ? a : b)),
  min: float((a, b) => (a < b ? a : b)),
  // Exact in float64, and beyond ±600 the same as there.
  ldexp: float((a, n) => a * 2 ** Math.max(-600, Math.min(600, n))),
  iadd: int((a, b) => a + b),
  isub: int((a, b) => a - b),
  imul: int(Math.imul),
  imax: int(Math.max),
  imin: int(Math.min),
  and: int((a, b) => a & b),
  or: int((a, b) => a | b),
  xor: int((a, b) => a ^ b),
  andnot: int((a, b) => ~a & b),
}

type PerLaneUnary = (d: Lanes, a: Lanes, lane: number) => void

const floatUnary =
  (operation: (a: number) => number): PerLaneUnary =>
  (d, a, lane) => {
    d.f[lane] = operation(a.f[lane])
  }

// abs and neg work on the sign bit, so that a NaN keeps its bits.
export const unaryLanes: Readonly<Record<UnaryOp, PerLaneUnary>> = {
  sqrt: floatUnary(Math.sqrt),
  abs: (d, a, lane) => {
    d.i[lane] = a.i[lane] & 0x7fffffff
  },
  neg: (d, a, lane) => {
    d.i[lane] = a.i[lane] ^ -0x80000000
  },
  floor: floatUnary(Math.floor),
  ceil: floatUnary(Math.ceil),
  round: floatUnary(roundHalfEven),
  trunc: floatUnary(Math.trunc),
  toInt: (d, a, lane) => {
    d.i[lane] = toInt(a.f[lane])
  },
  toFloat: (d, a, lane) => {
    d.f[lane] = a.i[lane]
  },
}

export const shiftLane: Readonly<Record<ShiftOp, (a: number, by: number) => number>> = {
  shl: (a, by) => a << by,
  shr: (a, by) => a >>> by,
  sar: (a, by) => a >> by,
}

export const compareLane: Readonly<Record<CompareOp, (a: Lanes, b: Lanes, lane: number) => boolean>> = {
  eq: (a, b, lane) => a.f[lane] === b.f[lane],
  ne: (a, b, lane) => a.f[lane] !== b.f[lane],
  lt: (a, b, lane) => a.f[lane] < b.f[lane],
  le: (a, b, lane) => a.f[lane] <= b.f[lane],
  gt: (a, b, lane) => a.f[lane] > b.f[lane],
  ge: (a, b, lane) => a.f[lane] >= b.f[lane],
  ieq: (a, b, lane) => a.i[lane] === b.i[lane],
  ilt: (a, b, lane) => a.i[lane] < b.i[lane],
  igt: (a, b, lane) => a.i[lane] > b.i[lane],
}

/** One lane of a multiply-add, rounded once where `fused`, else after the product and after the sum. */
export function fmaLane(form: FmaForm, fused: boolean, d: number, a: number, b: number): number {
  const multiplicand = form === 'subtract' ? -a : a
  const [x, y, z] = form === 'horner' ? [d, a, b] : [multiplicand, b, d]
  return fused ? fusedMultiplyAdd(x, y, z) : Math.fround(Math.fround(x * y) + z)
}

export const integerOps: Readonly<Record<IntegerOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => Number(BigInt(a) & BigInt(b)),
  or: (a, b) => Number(BigInt(a) | BigInt(b)),
  xor: (a, b) => Number(BigInt(a) ^ BigInt(b)),
  shl: (a, b) => a * 2 ** b,
  shr: (a, b) => Math.floor(a / 2 ** b),
  min: Math.min,
  max: Math.max,
}

export const conditions: Readonly<Record<Condition['test'], (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
}
