// What the parts of the lowering share: writing code, and addresses.

import { check, show } from '../../../shapes/error.ts'
import type { IntegerOperand, Mask, MemoryOperand, Program, Register, VectorOperand } from '../program/index.ts'
import { plain, signed, simd, unsigned } from './encode.ts'

export interface Context {
  readonly program: Program
  readonly code: number[]
  readonly local: (register: Register) => number
}

export const put = ({ code }: Context, ...bytes: number[]): void => {
  code.push(...bytes)
}
export const vector = (context: Context, opcode: number, ...immediates: number[]): void =>
  put(context, 0xfd, ...unsigned(opcode), ...immediates)
export const get = (context: Context, register: Register): void =>
  put(context, plain.localGet, ...unsigned(context.local(register)))
export const set = (context: Context, register: Register): void =>
  put(context, plain.localSet, ...unsigned(context.local(register)))

export function integer(context: Context, value: IntegerOperand): void {
  if (typeof value !== 'number') {
    get(context, value)
    return
  }
  check(
    Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32,
    () => `${context.program.name}: ${show(value)} does not fit WebAssembly's 32-bit integers.`,
  )
  put(context, plain.i32Const, ...signed(value | 0))
}

/** Pushes the address; returns the immediates of the access, `further` bytes on. An offset in WebAssembly is unsigned. */
export function address(context: Context, { pointer, displacement }: MemoryOperand, further = 0): number[] {
  get(context, pointer)
  const offset = displacement + further
  if (offset >= 0) return [0, ...unsigned(offset)]
  integer(context, offset)
  put(context, plain.i32Add)
  return [0, 0]
}

export const words = (bits: readonly number[]): number[] =>
  [0, 1, 2, 3].flatMap((lane) => {
    const word = bits[bits.length === 1 ? 0 : lane]
    return [word & 255, (word >> 8) & 255, (word >> 16) & 255, (word >> 24) & 255]
  })

export const constant = (context: Context, bits: readonly number[]): void => vector(context, simd.const, ...words(bits))

export function fetch(context: Context, source: MemoryOperand): void {
  const immediates = address(context, source)
  vector(context, source.broadcast ? simd.load32Splat : simd.load, ...immediates)
}

export const operand = (context: Context, value: VectorOperand | Mask): void =>
  value.type === 'memory' ? fetch(context, value) : get(context, value)
