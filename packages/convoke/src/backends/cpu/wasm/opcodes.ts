// Which SIMD instruction computes which operation of a vector program.

import type { BinaryOp, CompareOp, ShiftOp, UnaryOp } from '../program/index.ts'
import { simd } from './encode.ts'

interface Binary {
  readonly opcode: number
  /** Takes its operands the other way round: pmax(b, a) is b < a ? a : b; andnot(b, a) is b ∧ ¬a. */
  readonly swapped?: boolean
}

const is = (opcode: number): Binary => ({ opcode })
const swapped = (opcode: number): Binary => ({ opcode, swapped: true })

export const binaryOpcodes: Readonly<Record<Exclude<BinaryOp, 'ldexp'>, Binary>> = {
  ...{ add: is(simd.f32x4Add), sub: is(simd.f32x4Sub), mul: is(simd.f32x4Mul), div: is(simd.f32x4Div) },
  ...{ max: swapped(simd.f32x4Pmax), min: swapped(simd.f32x4Pmin) },
  ...{ iadd: is(simd.i32x4Add), isub: is(simd.i32x4Sub), imul: is(simd.i32x4Mul) },
  ...{ imax: is(simd.i32x4MaxS), imin: is(simd.i32x4MinS) },
  ...{ and: is(simd.and), or: is(simd.or), xor: is(simd.xor), andnot: swapped(simd.andnot) },
}

export const unaryOpcodes: Readonly<Record<UnaryOp, number>> = {
  ...{ sqrt: simd.f32x4Sqrt, abs: simd.f32x4Abs, neg: simd.f32x4Neg },
  ...{ floor: simd.f32x4Floor, ceil: simd.f32x4Ceil, round: simd.f32x4Nearest, trunc: simd.f32x4Trunc },
  ...{ toInt: simd.i32x4TruncSatS, toFloat: simd.f32x4ConvertS },
}

export const shiftOpcodes: Readonly<Record<ShiftOp, number>> = {
  ...{ shl: simd.i32x4Shl, shr: simd.i32x4ShrU, sar: simd.i32x4ShrS },
}

export const compareOpcodes: Readonly<Record<CompareOp, number>> = {
  ...{ eq: simd.f32x4Eq, ne: simd.f32x4Ne, lt: simd.f32x4Lt, le: simd.f32x4Le, gt: simd.f32x4Gt, ge: simd.f32x4Ge },
  ...{ ieq: simd.i32x4Eq, ilt: simd.i32x4LtS, igt: simd.i32x4GtS },
}
