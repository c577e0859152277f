// Loads, stores, constants and tails.

import { ConvokeError } from '../../../shapes/error.ts'
import type { InstructionOf } from '../program/index.ts'
import { gpr } from './assembler.ts'
import type { Memory, VectorWidth } from './encode.ts'
import {
  allLanes,
  isPlainTail,
  type LowerContext,
  memoryOf,
  needsTailVector,
  scratchInteger,
  scratchMask,
} from './lower-context.ts'

const tailWords = (lanes: number, count: number): number[] => allLanes(lanes, (lane) => (lane < count ? -1 : 0))

const zeroVector = ({ asm }: LowerContext, d: number): void =>
  asm.vector('vxorps', { width: 128, reg: d, vvvv: d, rm: d })

export function lowerConstant(context: LowerContext, { d, bits }: InstructionOf<'constant'>): void {
  const { asm, reg, vector } = context
  if (bits.every((word) => word === 0)) zeroVector(context, reg(d))
  else if (bits.length === 1) vector('vbroadcastss', reg(d), asm.constant(bits))
  else vector('vmovups', reg(d), asm.constant(bits))
}

/** Bits of a plain move of 4, 8 or 16 elements. */
const plainWidth = (count: number): VectorWidth => (count === 4 ? 128 : count === 8 ? 256 : 512)

export function lowerLoad(context: LowerContext, instruction: InstructionOf<'load'>): void {
  const { asm, avx512, lanes, reg, vector } = context
  const { source, tail } = instruction
  const [d, from] = [reg(instruction.d), memoryOf(context, source)]
  if (source.broadcast) {
    vector('vbroadcastss', d, from)
    return
  }
  if (tail === undefined) {
    vector('vmovups', d, from)
    return
  }
  if (avx512 && !isPlainTail(tail)) {
    vector('vmovups', d, from, { mask: reg(tail), zeroing: true })
    return
  }
  if (tail.count === undefined) {
    vector('vmaskmovps', d, from, { vvvv: reg(tail) })
    return
  }
  if (needsTailVector(tail)) {
    const [mask] = context.allocation.scratchOf(instruction)
    vector('vmovups', mask, asm.constant(tailWords(lanes, tail.count)))
    vector('vmaskmovps', d, from, { vvvv: mask })
    return
  }
  if (tail.count === 0) zeroVector(context, d)
  else if (tail.count === 1) asm.vector('vmovss', { width: 128, reg: d, rm: from })
  else if (tail.count === 2) asm.vector('vmovsd', { width: 128, reg: d, rm: from })
  else asm.vector('vmovups', { width: plainWidth(tail.count), reg: d, rm: from })
}

export function lowerStore(context: LowerContext, instruction: InstructionOf<'store'>): void {
  const { asm, avx512, lanes, reg, vector } = context
  const { to, tail } = instruction
  const [a, place] = [reg(instruction.a), memoryOf(context, to)]
  if (tail === undefined) {
    vector('vmovupsStore', a, place)
    return
  }
  if (avx512 && !isPlainTail(tail)) {
    vector('vmovupsStore', a, place, { mask: reg(tail) })
    return
  }
  if (tail.count === undefined) {
    vector('vmaskmovpsStore', a, place, { vvvv: reg(tail) })
    return
  }
  if (needsTailVector(tail)) {
    const [mask] = context.allocation.scratchOf(instruction)
    vector('vmovups', mask, asm.constant(tailWords(lanes, tail.count)))
    vector('vmaskmovpsStore', a, place, { vvvv: mask })
    return
  }
  if (tail.count === 1) asm.vector('vmovssStore', { width: 128, reg: a, rm: place })
  else if (tail.count === 2) asm.vector('vmovsdStore', { width: 128, reg: a, rm: place })
  else if (tail.count > 0) asm.vector('vmovupsStore', { width: plainWidth(tail.count), reg: a, rm: place })
}

export function lowerTail(context: LowerContext, { d, count }: InstructionOf<'tail'>): void {
  const { asm, avx512, lanes, reg, vector } = context
  if (isPlainTail(d)) return
  if (avx512) {
    // bzhi(−1, n) keeps the n low bits.
    asm.movImmediate(scratchInteger, typeof count === 'number' ? 2 ** count - 1 : 2 ** lanes - 1)
    if (typeof count !== 'number') {
      asm.vector('bzhi', { width: 128, reg: scratchInteger, vvvv: reg(count), rm: scratchInteger })
    }
    asm.vector('kmovwGeneral', { width: 128, reg: reg(d), rm: scratchInteger })
  } else if (typeof count !== 'number') {
    asm.vector('vmovd', { width: 128, reg: reg(d), rm: reg(count) })
    vector('vpbroadcastd', reg(d), reg(d))
    vector('vpcmpgtd', reg(d), asm.constant(allLanes(lanes, (lane) => lane)), { vvvv: reg(d) })
  }
}

const plus = (memory: Memory, bytes: number): Memory =>
  'label' in memory ? memory : { base: memory.base, displacement: memory.displacement + bytes }

function byteMask({ asm }: LowerContext, count: number): number {
  asm.movImmediate(scratchInteger, 2 ** count - 1)
  asm.vector('kmovwGeneral', { width: 128, reg: scratchMask, rm: scratchInteger })
  return scratchMask
}

export function lowerLoadBytes(context: LowerContext, instruction: InstructionOf<'loadBytes'>): void {
  const { asm, avx512, lanes, vector } = context
  const [d, from, { count }] = [context.reg(instruction.d), memoryOf(context, instruction.source), instruction]
  if (count === lanes) {
    vector('vpmovzxbd', d, from)
    return
  }
  if (count === 0) {
    zeroVector(context, d)
    return
  }
  if (avx512) {
    vector('vpmovzxbd', d, from, { mask: byteMask(context, count), zeroing: true })
    return
  }
  const first = count >= 4 ? 4 : 0
  if (first === 4) asm.vector('vmovd', { width: 128, reg: d, rm: from })
  else zeroVector(context, d)
  for (let i = first; i < count; i++) {
    asm.vector('vpinsrb', { width: 128, reg: d, vvvv: d, rm: plus(from, i), immediate: i })
  }
  vector('vpmovzxbd', d, d)
}

export function lowerStoreBytes(context: LowerContext, instruction: InstructionOf<'storeBytes'>): void {
  const { asm, avx512, lanes, vector } = context
  const [a, to, { count }] = [context.reg(instruction.a), memoryOf(context, instruction.to), instruction]
  if (count === 0) return
  if (avx512) {
    vector('vpmovdbStore', a, to, count === lanes ? {} : { mask: byteMask(context, count) })
    return
  }
  const [bytes, gathered] = context.allocation.scratchOf(instruction)
  // The low byte of each int32 to the front of its half, then the halves side by side.
  const lowBytes = [0x0c080400, -1, -1, -1]
  vector('vpshufb', bytes, asm.constant([...lowBytes, ...lowBytes]), { vvvv: a })
  vector('vmovups', gathered, asm.constant([0, 4, 0, 4, 0, 4, 0, 4]))
  vector('vpermd', gathered, bytes, { vvvv: gathered })
  if (count === lanes) {
    asm.vector('vmovqStore', { width: 128, reg: gathered, rm: to })
    return
  }
  const first = count >= 4 ? 4 : 0
  if (first === 4) asm.vector('vmovdStore', { width: 128, reg: gathered, rm: to })
  for (let i = first; i < count; i++) {
    asm.vector('vpextrb', { width: 128, reg: gathered, rm: plus(to, i), immediate: i })
  }
}

export function lowerArgument(context: LowerContext, { d, index }: InstructionOf<'argument'>): void {
  const from: Memory = { base: context.allocation.argumentBlock, displacement: 8 * index }
  if (d.type === 'vector') context.vector('vbroadcastss', context.reg(d), from)
  else context.asm.load(context.reg(d), from)
}

/** Saves what the convention says belongs to the caller; returns what undoes it. */
export function lowerFrame(
  { asm, allocation }: LowerContext,
  savedIntegers: readonly number[],
  savedVectors: readonly number[],
): () => void {
  const integers = savedIntegers.filter((register) => allocation.used.integer.has(register))
  const vectors = savedVectors.filter((register) => allocation.used.vector.has(register))
  if (allocation.used.integer.has(gpr.rsp)) throw new ConvokeError('The stack pointer was given out as a register.')
  const bytes = 16 * vectors.length
  const place = (i: number): Memory => ({ base: gpr.rsp, displacement: 16 * i })
  for (const register of integers) asm.push(register)
  if (bytes > 0) asm.arithmeticImmediate('sub', gpr.rsp, bytes)
  vectors.forEach((register, i) => {
    asm.vector('vmovupsStore', { width: 128, reg: register, rm: place(i) })
  })
  return () => {
    vectors.forEach((register, i) => {
      asm.vector('vmovups', { width: 128, reg: register, rm: place(i) })
    })
    if (bytes > 0) asm.arithmeticImmediate('add', gpr.rsp, bytes)
    for (const register of integers.toReversed()) asm.pop(register)
  }
}
