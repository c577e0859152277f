// What the parts of the lowering share, and how registers are given out.

import type {
  Allocation,
  AllocationRules,
  Instruction,
  MemoryOperand,
  Program,
  Register,
  Tail,
} from '../program/index.ts'
import type { Assembler } from './assembler.ts'
import type { Convention } from './convention.ts'
import type { Memory, VectorOperands, VectorWidth } from './encode.ts'
import type { VectorOpcodeName } from './opcodes.ts'
import { needsScratch } from './shuffle-pattern.ts'

/** rax and k7 are never given out: a lowering may use them within one instruction. */
export const scratchInteger = 0
export const scratchMask = 7

export interface LowerContext {
  readonly program: Program
  readonly asm: Assembler
  readonly allocation: Allocation
  /** Masks in k registers, broadcasts folded, 32 vectors. */
  readonly avx512: boolean
  readonly width: VectorWidth
  readonly lanes: number
  readonly reg: (register: Register) => number
  /** An instruction on whole vectors. */
  readonly vector: (
    name: VectorOpcodeName,
    reg: number,
    rm: VectorOperands['rm'],
    rest?: Partial<Omit<VectorOperands, 'reg' | 'rm'>>,
  ) => void
}

export const memoryOf = (context: LowerContext, { pointer, displacement }: MemoryOperand): Memory => ({
  base: context.reg(pointer),
  displacement,
})

export const allLanes = (lanes: number, value: (lane: number) => number): number[] =>
  Array.from({ length: lanes }, (_, lane) => value(lane))

/** Counts of a constant tail that plain moves can do, which later loads can read back before they reach the cache. */
const plainCounts: readonly number[] = [0, 1, 2, 4, 8, 16]

export const isPlainTail = (tail: Tail): boolean => tail.count !== undefined && plainCounts.includes(tail.count)

/** Whether AVX2 needs a mask vector for this load or store. */
export const needsTailVector = (tail: Tail | undefined): boolean => tail?.count !== undefined && !isPlainTail(tail)

function scratchVectorsAvx2(instruction: Instruction): number {
  switch (instruction.kind) {
    case 'binary':
    case 'fma':
      return instruction.b.type === 'memory' && instruction.b.broadcast ? 1 : 0
    case 'load':
    case 'store':
      return needsTailVector(instruction.tail) ? 1 : 0
    case 'storeBytes':
      return 2
    case 'shuffle':
      return needsScratch(instruction) ? 1 : 0
    default:
      return 0
  }
}

/** A destination is written first where an instruction becomes several, or works in place. */
const writesEarly = ({ kind }: Instruction): boolean => kind === 'shuffle' || kind === 'integer' || kind === 'offset'

export const allocationRules = (avx512: boolean, convention: Convention): AllocationRules => ({
  pools: {
    vector: avx512 ? convention.vectors : convention.vectors.filter((register) => register < 16),
    integer: convention.integers,
    mask: avx512 ? [1, 2, 3, 4, 5, 6] : [],
  },
  classOf: (register) => {
    switch (register.type) {
      case 'vector':
        return 'vector'
      case 'mask':
        return avx512 ? 'mask' : 'vector'
      case 'tail':
        if (avx512) return isPlainTail(register) ? undefined : 'mask'
        return register.count === undefined ? 'vector' : undefined
      default:
        return 'integer'
    }
  },
  scratchVectors: avx512 ? () => 0 : scratchVectorsAvx2,
  writesEarly,
})
