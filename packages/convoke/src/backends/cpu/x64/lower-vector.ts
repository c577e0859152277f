// Arithmetic on vectors and masks.

import type { BinaryOp, CompareOp, FmaForm, InstructionOf, ShiftOp, VectorOperand } from '../program/index.ts'
import type { RegisterOrMemory } from './encode.ts'
import { allLanes, isPlainTail, type LowerContext, memoryOf, scratchInteger } from './lower-context.ts'
import type { VectorOpcodeName } from './opcodes.ts'
import { blockPattern, effectivePattern, isShufps, isUnpack, singleSource, wholeBlocks } from './shuffle-pattern.ts'

const binaryOpcodes: Readonly<Record<BinaryOp, VectorOpcodeName>> = {
  ...{ add: 'vaddps', sub: 'vsubps', mul: 'vmulps', div: 'vdivps', max: 'vmaxps', min: 'vminps' },
  ldexp: 'vscalefps',
  ...{ iadd: 'vpaddd', isub: 'vpsubd', imul: 'vpmulld', imax: 'vpmaxsd', imin: 'vpminsd' },
  ...{ and: 'vandps', or: 'vorps', xor: 'vxorps', andnot: 'vandnps' },
}

const fmaOpcodes: Readonly<Record<FmaForm, VectorOpcodeName>> = {
  accumulate: 'vfmadd231ps',
  subtract: 'vfnmadd231ps',
  horner: 'vfmadd213ps',
}

const shiftDigits: Readonly<Record<ShiftOp, number>> = { shl: 6, shr: 2, sar: 4 }

/** Predicates of `vcmpps` that raise no exception on quiet NaNs. */
const predicates = { eq: 0x00, ne: 0x04, lt: 0x11, le: 0x12, gt: 0x1e, ge: 0x1d } as const

/** Rounding modes of `vroundps`, inexactness not reported. */
const roundings = { round: 8, floor: 9, ceil: 10, trunc: 11 } as const

/** The operand as the last of an instruction; a broadcast is folded, or brought into a scratch register first. */
function lastOperand(
  context: LowerContext,
  operand: VectorOperand,
  instruction: InstructionOf<'binary' | 'fma'>,
): { rm: RegisterOrMemory; broadcast: boolean } {
  if (operand.type === 'vector') return { rm: context.reg(operand), broadcast: false }
  const memory = memoryOf(context, operand)
  if (!operand.broadcast || context.avx512) return { rm: memory, broadcast: operand.broadcast }
  const [scratch] = context.allocation.scratchOf(instruction)
  context.vector('vbroadcastss', scratch, memory)
  return { rm: scratch, broadcast: false }
}

/** A constant for every lane as an operand: AVX2 has no broadcast to fold. */
const everyLane = ({ asm, avx512, lanes }: LowerContext, word: number) =>
  avx512
    ? { rm: asm.constant([word]), broadcast: true }
    : { rm: asm.constant(allLanes(lanes, () => word)), broadcast: false }

export function lowerBinary(context: LowerContext, instruction: InstructionOf<'binary'>): void {
  const { rm, broadcast } = lastOperand(context, instruction.b, instruction)
  context.vector(binaryOpcodes[instruction.op], context.reg(instruction.d), rm, {
    vvvv: context.reg(instruction.a),
    broadcast,
  })
}

export function lowerFma(context: LowerContext, instruction: InstructionOf<'fma'>): void {
  const { rm, broadcast } = lastOperand(context, instruction.b, instruction)
  context.vector(fmaOpcodes[instruction.form], context.reg(instruction.d), rm, {
    vvvv: context.reg(instruction.a),
    broadcast,
  })
}

export function lowerUnary(context: LowerContext, { op, d, a }: InstructionOf<'unary'>): void {
  const { reg, vector } = context
  switch (op) {
    case 'sqrt':
      vector('vsqrtps', reg(d), reg(a))
      return
    case 'toInt':
      vector('vcvttps2dq', reg(d), reg(a))
      return
    case 'toFloat':
      vector('vcvtdq2ps', reg(d), reg(a))
      return
    case 'abs':
    case 'neg': {
      const { rm, broadcast } = everyLane(context, op === 'abs' ? 0x7fffffff : -0x80000000)
      vector(op === 'abs' ? 'vandps' : 'vxorps', reg(d), rm, { vvvv: reg(a), broadcast })
      return
    }
    default:
      vector('vroundps', reg(d), reg(a), { immediate: roundings[op] })
      return
  }
}

export function lowerShift({ reg, vector }: LowerContext, { op, d, a, by }: InstructionOf<'shift'>): void {
  vector('vpshiftd', shiftDigits[op], reg(a), { vvvv: reg(d), immediate: by })
}

const isIntCompare = (op: CompareOp): op is 'ieq' | 'ilt' | 'igt' => op.startsWith('i')

export function lowerCompare({ reg, vector }: LowerContext, { op, d, a, b }: InstructionOf<'compare'>): void {
  if (!isIntCompare(op)) vector('vcmpps', reg(d), reg(b), { vvvv: reg(a), immediate: predicates[op] })
  else if (op === 'ieq') vector('vpcmpeqd', reg(d), reg(b), { vvvv: reg(a) })
  else if (op === 'igt') vector('vpcmpgtd', reg(d), reg(b), { vvvv: reg(a) })
  else vector('vpcmpgtd', reg(d), reg(a), { vvvv: reg(b) })
}

export function lowerMask(context: LowerContext, instruction: InstructionOf<'maskOp' | 'maskNot' | 'tailMask'>): void {
  const { asm, avx512, lanes, reg, vector } = context
  const d = reg(instruction.d)
  if (instruction.kind === 'maskOp') {
    const { op, a, b } = instruction
    if (avx512) {
      const name = ({ and: 'kandw', or: 'korw', xor: 'kxorw' } as const)[op]
      asm.vector(name, { width: 256, reg: d, vvvv: reg(a), rm: reg(b) })
    } else vector(binaryOpcodes[op], d, reg(b), { vvvv: reg(a) })
  } else if (instruction.kind === 'maskNot') {
    if (avx512) asm.vector('knotw', { width: 128, reg: d, rm: reg(instruction.a) })
    else vector('vxorps', d, everyLane(context, -1).rm, { vvvv: reg(instruction.a) })
  } else {
    const { tail } = instruction
    if (avx512 && isPlainTail(tail)) {
      asm.movImmediate(scratchInteger, 2 ** tail.count! - 1)
      asm.vector('kmovwGeneral', { width: 128, reg: d, rm: scratchInteger })
    } else if (avx512) asm.vector('kmovw', { width: 128, reg: d, rm: reg(tail) })
    else if (tail.count === undefined) vector('vmovaps', d, reg(tail))
    else vector('vmovups', d, asm.constant(allLanes(lanes, (lane) => (lane < tail.count! ? -1 : 0))))
  }
}

export function lowerMaskBits({ asm, avx512, reg }: LowerContext, { d, a }: InstructionOf<'maskBits'>): void {
  if (avx512) asm.vector('kmovwToGeneral', { width: 128, reg: reg(d), rm: reg(a) })
  else asm.vector('vmovmskps', { width: 256, reg: reg(d), rm: reg(a) })
}

export function lowerSelect({ avx512, reg, vector }: LowerContext, { d, mask, a, b }: InstructionOf<'select'>): void {
  if (avx512) vector('vblendmps', reg(d), reg(a), { vvvv: reg(b), mask: reg(mask) })
  else vector('vblendvps', reg(d), reg(a), { vvvv: reg(b), immediate: reg(mask) << 4 })
}

export function lowerSplat({ asm, avx512, reg, vector }: LowerContext, { d, a }: InstructionOf<'splat'>): void {
  if (avx512) {
    vector('vpbroadcastdGeneral', reg(d), reg(a))
    return
  }
  asm.vector('vmovd', { width: 128, reg: reg(d), rm: reg(a) })
  vector('vpbroadcastd', reg(d), reg(d))
}

const imm2 = (fields: readonly number[]): number =>
  fields.reduce((bits, field, i) => bits | ((field & 3) << (2 * i)), 0)

function oneInstruction(context: LowerContext, instruction: InstructionOf<'shuffle'>): boolean {
  const { avx512, reg, vector } = context
  const pattern = effectivePattern(instruction)
  const d = reg(instruction.d)
  const sources = [reg(instruction.a), reg(instruction.b)]
  const blocks = blockPattern(pattern)
  if (blocks !== undefined) {
    if (blocks.sources.every((source) => source === blocks.sources[0])) {
      vector('vpermilps', d, sources[blocks.sources[0]], { immediate: imm2(blocks.elements) })
      return true
    }
    if (isUnpack(blocks)) {
      vector(blocks.elements[0] === 0 ? 'vunpcklps' : 'vunpckhps', d, sources[1], { vvvv: sources[0] })
      return true
    }
    if (isShufps(blocks)) {
      const [first, , second] = blocks.sources
      vector('vshufps', d, sources[second], { vvvv: sources[first], immediate: imm2(blocks.elements) })
      return true
    }
  }
  const whole = wholeBlocks(pattern)
  if (whole === undefined) return false
  if (!avx512) {
    vector('vperm2f128', d, sources[1], { vvvv: sources[0], immediate: whole[0] | (whole[1] << 4) })
    return true
  }
  const [low, high] = [whole[0] >> 2, whole[2] >> 2]
  if (whole[1] >> 2 !== low || whole[3] >> 2 !== high) return false
  vector('vshuff32x4', d, sources[high], { vvvv: sources[low], immediate: imm2(whole) })
  return true
}

export function lowerShuffle(context: LowerContext, instruction: InstructionOf<'shuffle'>): void {
  if (oneInstruction(context, instruction)) return
  const { asm, avx512, lanes, reg, vector } = context
  const pattern = effectivePattern(instruction)
  const [d, a, b] = [reg(instruction.d), reg(instruction.a), reg(instruction.b)]
  vector('vmovups', d, asm.constant(pattern.map((lane) => (avx512 ? lane : lane % lanes))))
  if (avx512 && !singleSource(pattern)) {
    vector('vpermi2ps', d, b, { vvvv: a })
    return
  }
  const [first, second] = pattern.every((lane) => lane >= lanes) ? [b, b] : [a, b]
  if (singleSource(pattern) || first === second) {
    vector('vpermps', d, first, { vvvv: d })
    return
  }
  const [scratch] = context.allocation.scratchOf(instruction)
  vector('vpermps', scratch, b, { vvvv: d })
  vector('vpermps', d, a, { vvvv: d })
  const fromSecond = pattern.reduce((bits, lane, i) => bits | (lane >= lanes ? 1 << i : 0), 0)
  vector('vblendps', d, scratch, { vvvv: d, immediate: fromSecond })
}
