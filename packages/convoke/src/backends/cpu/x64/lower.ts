// A vector program as x86-64 machine code: `void kernel(const void *argumentBlock)`.

import {
  allocate,
  type Instruction,
  type InstructionOf,
  type IntegerOperand,
  type Program,
  withConstantsFirst,
} from '../program/index.ts'
import { type Assembler, createAssembler } from './assembler.ts'
import { type Convention, systemV } from './convention.ts'
import { fitsInt32, type Label } from './encode.ts'
import { allocationRules, type LowerContext, memoryOf, scratchInteger } from './lower-context.ts'
import {
  lowerArgument,
  lowerConstant,
  lowerFrame,
  lowerLoad,
  lowerLoadBytes,
  lowerStore,
  lowerStoreBytes,
  lowerTail,
} from './lower-memory.ts'
import {
  lowerBinary,
  lowerCompare,
  lowerFma,
  lowerMask,
  lowerMaskBits,
  lowerSelect,
  lowerShift,
  lowerShuffle,
  lowerSplat,
  lowerUnary,
} from './lower-vector.ts'

/** Instruction fetch and the micro-op caches of current cores work on blocks of this size. */
const loopAlignment = 32

const opposite = { eq: 'ne', ne: 'eq', lt: 'ge', ge: 'lt', le: 'gt', gt: 'le' } as const

/** Puts `value` into `to`. */
function move({ asm, reg }: LowerContext, to: number, value: IntegerOperand): void {
  if (typeof value === 'number') asm.movImmediate(to, value)
  else if (reg(value) !== to) asm.mov(to, reg(value))
}

/** `to` op= `by`, through rax when the number does not fit an immediate. */
function inPlace(
  context: LowerContext,
  op: Parameters<Assembler['arithmetic']>[0],
  to: number,
  by: IntegerOperand,
): void {
  const { asm, reg } = context
  if (typeof by !== 'number') asm.arithmetic(op, to, reg(by))
  else if (fitsInt32(by)) asm.arithmeticImmediate(op, to, by)
  else {
    asm.movImmediate(scratchInteger, by)
    asm.arithmetic(op, to, scratchInteger)
  }
}

function lowerInteger(context: LowerContext, { op, d, a, b }: InstructionOf<'integer'>): void {
  const { asm, reg } = context
  const to = reg(d)
  if (op === 'shl' || op === 'shr') {
    if (typeof b === 'number') {
      move(context, to, a)
      if (b !== 0) asm.shiftImmediate(op === 'shl' ? 'shl' : 'sar', to, b)
    } else asm.vector(op === 'shl' ? 'shlx' : 'sarx', { width: 128, reg: to, vvvv: reg(b), rm: reg(a) })
    return
  }
  // In rax first: the destination may be either operand.
  move(context, scratchInteger, op === 'min' || op === 'max' ? b : a)
  if (op === 'min' || op === 'max') {
    asm.arithmetic('cmp', scratchInteger, reg(a))
    asm.cmov(op === 'min' ? 'gt' : 'lt', scratchInteger, reg(a))
  } else if (op === 'mul') {
    if (typeof b !== 'number') asm.imul(scratchInteger, reg(b))
    else if (fitsInt32(b)) asm.imulImmediate(scratchInteger, scratchInteger, b)
    else {
      asm.movImmediate(scratchInteger, b)
      asm.imul(scratchInteger, reg(a))
    }
  } else if (typeof b === 'number' && !fitsInt32(b)) {
    asm.movImmediate(scratchInteger, op === 'sub' ? -b : b)
    asm.arithmetic(op === 'sub' ? 'add' : op, scratchInteger, reg(a))
  } else inPlace(context, op, scratchInteger, b)
  asm.mov(to, scratchInteger)
}

function lowerOffset(context: LowerContext, { d, a, by }: InstructionOf<'offset'>): void {
  const { asm, reg } = context
  if (typeof by === 'number' && fitsInt32(by)) {
    asm.lea(reg(d), { base: reg(a), displacement: by })
    return
  }
  move(context, scratchInteger, by)
  asm.arithmetic('add', scratchInteger, reg(a))
  asm.mov(reg(d), scratchInteger)
}

function lowerLoop(context: LowerContext, { trips, counter, body }: InstructionOf<'loop'>): void {
  const { asm, reg } = context
  const [head, end] = [asm.label(), asm.label()]
  move(context, reg(counter), trips)
  if (typeof trips !== 'number') {
    asm.test(reg(counter), reg(counter))
    asm.jumpIf('le', end)
  }
  asm.align(loopAlignment)
  asm.bind(head)
  lowerBlock(context, body)
  asm.dec(reg(counter))
  asm.jumpIf('ne', head)
  asm.bind(end)
}

function jumpUnless(context: LowerContext, { condition }: InstructionOf<'if'>, label: Label): void {
  const { asm, reg } = context
  const { left, right } = condition
  if (right === 0) asm.test(reg(left), reg(left))
  else inPlace(context, 'cmp', reg(left), right)
  asm.jumpIf(opposite[condition.test], label)
}

function lowerIf(context: LowerContext, instruction: InstructionOf<'if'>): void {
  const { asm } = context
  const [otherwise, end] = [asm.label(), asm.label()]
  jumpUnless(context, instruction, otherwise)
  lowerBlock(context, instruction.body)
  if (instruction.otherwise.length > 0) asm.jump(end)
  asm.bind(otherwise)
  lowerBlock(context, instruction.otherwise)
  asm.bind(end)
}

type Lowerings = {
  readonly [K in Instruction['kind']]: (context: LowerContext, instruction: InstructionOf<K>) => void
}

const lowerings: Lowerings = {
  argument: lowerArgument,
  constant: lowerConstant,
  splat: lowerSplat,
  load: lowerLoad,
  store: lowerStore,
  loadBytes: lowerLoadBytes,
  storeBytes: lowerStoreBytes,
  prefetch: (context, { source }) => context.asm.prefetch(memoryOf(context, source)),
  copy: ({ reg, vector }, { d, a }) => {
    if (reg(d) !== reg(a)) vector('vmovaps', reg(d), reg(a))
  },
  unary: lowerUnary,
  binary: lowerBinary,
  shift: lowerShift,
  fma: lowerFma,
  compare: lowerCompare,
  maskOp: lowerMask,
  maskNot: lowerMask,
  tailMask: lowerMask,
  maskBits: lowerMaskBits,
  select: lowerSelect,
  shuffle: lowerShuffle,
  tail: lowerTail,
  set: (context, { d, a }) => move(context, context.reg(d), a),
  integer: lowerInteger,
  loadInteger: (context, { d, source }) => context.asm.loadInt32(context.reg(d), memoryOf(context, source)),
  storeInteger: (context, { to, a }) => context.asm.store32(memoryOf(context, to), context.reg(a)),
  offset: lowerOffset,
  advance: (context, { d, by }) => inPlace(context, 'add', context.reg(d), by),
  loop: lowerLoop,
  if: lowerIf,
}

function lowerInstruction<K extends Instruction['kind']>(context: LowerContext, instruction: InstructionOf<K>): void {
  const lowering = lowerings[instruction.kind] as (context: LowerContext, instruction: InstructionOf<K>) => void
  lowering(context, instruction)
}

function lowerBlock(context: LowerContext, body: readonly Instruction[]): void {
  for (const instruction of body) lowerInstruction(context, instruction)
}

/**
 * Position-independent machine code of `program`, constants included. Throws `ConvokeError` when more registers are
 * alive at once than the machine has.
 */
export function assembleX64(written: Program, convention: Convention = systemV): Uint8Array<ArrayBuffer> {
  const avx512 = written.target.name === 'avx512'
  const width = avx512 ? 512 : 256
  const asm = createAssembler()
  const rules = allocationRules(avx512, convention)
  const { program, result: allocation } = withConstantsFirst(written, (tried) => allocate(tried, rules))
  const context: LowerContext = {
    ...{ program, asm, allocation, avx512, width, lanes: program.target.lanes },
    reg: allocation.registerOf,
    vector: (name, reg, rm, rest = {}) => asm.vector(name, { width, reg, rm, ...rest }),
  }
  const restore = lowerFrame(context, convention.savedIntegers, convention.savedVectors)
  lowerBlock(context, program.body)
  restore()
  asm.vzeroupper()
  asm.ret()
  return asm.finish()
}
