// Calling conventions: who keeps which registers. System V AMD64 ABI 1.0, section 3.2; Microsoft x64 calling convention.

import { gpr } from './assembler.ts'

/** A kernel is `void kernel(const void *argumentBlock)`. */
export interface Convention {
  readonly name: 'system-v' | 'windows'
  /** Registers for integers, those free to use first; the first of all brings the argument. rax is the lowering's own. */
  readonly integers: readonly number[]
  readonly savedIntegers: readonly number[]
  /** Vectors, those free to use first; of the saved ones the low 128 bits are. */
  readonly vectors: readonly number[]
  readonly savedVectors: readonly number[]
}

const { rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } = gpr
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

export const systemV: Convention = Object.freeze({
  name: 'system-v',
  integers: [rdi, rsi, rdx, rcx, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15],
  savedIntegers: [rbx, rbp, r12, r13, r14, r15],
  vectors: range(0, 31),
  savedVectors: [],
})

export const windows: Convention = Object.freeze({
  name: 'windows',
  integers: [rcx, rdx, r8, r9, r10, r11, rdi, rsi, rbx, rbp, r12, r13, r14, r15],
  savedIntegers: [rdi, rsi, rbx, rbp, r12, r13, r14, r15],
  vectors: [...range(0, 5), ...range(16, 31), ...range(6, 15)],
  savedVectors: range(6, 15),
})
