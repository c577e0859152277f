// Collects encoded instructions into position-independent code: labels, aligned loop heads, constants behind the code.

import {
  type Encoded,
  encodeGeneral,
  encodeVector,
  fitsInt8,
  fitsInt32,
  immediate32,
  immediateBytes,
  int64,
  type Label,
  type Memory,
  type RegisterOrMemory,
  type VectorOperands,
} from './encode.ts'
import { opcodes, type VectorOpcodeName } from './opcodes.ts'

/** General registers by number. */
export const gpr = Object.freeze({
  ...{ rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7 },
  ...{ r8: 8, r9: 9, r10: 10, r11: 11, r12: 12, r13: 13, r14: 14, r15: 15 },
})

/** Condition codes of jumps and conditional moves (signed comparisons). */
export const conditionCodes = Object.freeze({ eq: 4, ne: 5, lt: 12, ge: 13, le: 14, gt: 15 })
export type ConditionCode = keyof typeof conditionCodes

/** Instructions `op r/m, r` by their opcode, and the same with an immediate by the /digit of 81 and 83. */
const arithmeticOpcodes = Object.freeze({
  add: { opcode: 0x01, digit: 0 },
  or: { opcode: 0x09, digit: 1 },
  and: { opcode: 0x21, digit: 4 },
  sub: { opcode: 0x29, digit: 5 },
  xor: { opcode: 0x31, digit: 6 },
  cmp: { opcode: 0x39, digit: 7 },
})
export type ArithmeticName = keyof typeof arithmeticOpcodes

// The recommended multi-byte NOPs, SDM volume 2, "NOP".
const nops: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
]

interface Constant {
  readonly label: Label
  readonly words: readonly number[]
}

export type Assembler = ReturnType<typeof createAssembler>

/** An assembler of one piece of code. Methods are named as the instructions are. */
export function createAssembler() {
  const code: number[] = []
  const fixups: { at: number; end: number; label: Label }[] = []
  const constants = new Map<string, Constant>()

  const put = ({ bytes, at, label }: Encoded): void => {
    const start = code.length
    code.push(...bytes)
    if (label !== undefined && at !== undefined) fixups.push({ at: start + at, end: code.length, label })
  }
  const raw = (...bytes: number[]): void => {
    code.push(...bytes)
  }
  const general = (
    opcode: readonly number[],
    reg: number,
    rm: RegisterOrMemory,
    immediate?: readonly number[],
    wide?: boolean,
  ): void => put(encodeGeneral(opcode, reg, rm, immediate, wide))

  const jumpTo = (short: number, long: readonly number[], label: Label): void => {
    const distance = label.offset - (code.length + 2)
    if (label.offset >= 0 && fitsInt8(distance)) raw(short, distance & 255)
    else put({ bytes: [...long, 0, 0, 0, 0], at: long.length, label })
  }

  const finish = (): Uint8Array<ArrayBuffer> => {
    const largestFirst = [...constants.values()].sort((a, b) => b.words.length - a.words.length)
    if (largestFirst.length > 0) while (code.length % 64 !== 0) raw(0xcc)
    for (const { label, words } of largestFirst) {
      label.offset = code.length
      for (const word of words) raw(...immediate32(word))
    }
    const bytes = Uint8Array.from(code)
    const view = new DataView(bytes.buffer)
    for (const { at, end, label } of fixups) view.setInt32(at, label.offset - end, true)
    return bytes
  }

  return {
    vector: (name: VectorOpcodeName, operands: VectorOperands): void => put(encodeVector(opcodes[name], operands)),
    label: (): Label => ({ offset: -1 }),
    bind: (label: Label): void => {
      label.offset = code.length
    },
    /** Pads with NOPs to a multiple of `boundary` bytes. */
    align: (boundary: number): void => {
      while (code.length % boundary !== 0) {
        raw(...nops[Math.min(nops.length - 1, boundary - (code.length % boundary))])
      }
    },
    /** Read-only words (a power of two of them, int32) behind the code, each kept once. */
    constant: (words: readonly number[]): Memory => {
      const key = words.join()
      const known = constants.get(key) ?? { label: { offset: -1 }, words }
      constants.set(key, known)
      return { label: known.label }
    },
    jump: (label: Label): void => jumpTo(0xeb, [0xe9], label),
    jumpIf: (condition: ConditionCode, label: Label): void =>
      jumpTo(0x70 | conditionCodes[condition], [0x0f, 0x80 | conditionCodes[condition]], label),

    mov: (to: number, from: number): void => general([0x89], from, to),
    /** Loads 64 bits. */
    load: (to: number, from: Memory): void => general([0x8b], to, from),
    /** Loads 32 bits with their sign. */
    loadInt32: (to: number, from: Memory): void => general([0x63], to, from),
    store: (to: Memory, from: number): void => general([0x89], from, to),
    store32: (to: Memory, from: number): void => general([0x89], from, to, [], false),
    lea: (to: number, from: Memory): void => general([0x8d], to, from),
    movImmediate: (to: number, value: number): void => {
      if (value >= 0 && value < 2 ** 31) {
        if (to > 7) raw(0x41)
        raw(0xb8 | (to & 7), ...immediate32(value))
      } else if (fitsInt32(value)) general([0xc7], 0, to, immediate32(value))
      else raw(to > 7 ? 0x49 : 0x48, 0xb8 | (to & 7), ...int64(BigInt(value)))
    },
    arithmetic: (name: ArithmeticName, to: number, by: number): void =>
      general([arithmeticOpcodes[name].opcode], by, to),
    /** By an immediate that fits 32 bits. */
    arithmeticImmediate: (name: ArithmeticName, to: number, by: number): void => {
      const { digit, opcode } = arithmeticOpcodes[name]
      if (to === gpr.rax && !fitsInt8(by)) raw(0x48, opcode + 4, ...immediate32(by))
      else general([fitsInt8(by) ? 0x83 : 0x81], digit, to, immediateBytes(by))
    },
    imul: (to: number, by: number): void => general([0x0f, 0xaf], to, by),
    imulImmediate: (to: number, from: number, by: number): void =>
      general([fitsInt8(by) ? 0x6b : 0x69], to, from, immediateBytes(by)),
    shiftImmediate: (name: 'shl' | 'sar', to: number, by: number): void => {
      const digit = name === 'shl' ? 4 : 7
      if (by === 1) general([0xd1], digit, to)
      else general([0xc1], digit, to, [by])
    },
    dec: (register: number): void => general([0xff], 1, register),
    test: (a: number, b: number): void => general([0x85], b, a),
    cmov: (condition: ConditionCode, to: number, from: number): void =>
      general([0x0f, 0x40 | conditionCodes[condition]], to, from),
    prefetch: (from: Memory): void => general([0x0f, 0x18], 1, from, [], false),
    push: (register: number): void => raw(...(register > 7 ? [0x41] : []), 0x50 | (register & 7)),
    pop: (register: number): void => raw(...(register > 7 ? [0x41] : []), 0x58 | (register & 7)),
    call: (target: RegisterOrMemory): void => general([0xff], 2, target, [], false),
    cpuid: (): void => raw(0x0f, 0xa2),
    xgetbv: (): void => raw(0x0f, 0x01, 0xd0),
    vzeroupper: (): void => raw(0xc5, 0xf8, 0x77),
    ret: (): void => raw(0xc3),
    finish,
  }
}
