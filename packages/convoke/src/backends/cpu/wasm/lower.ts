// A vector program as a WebAssembly module. The engine's own compiler gives out machine registers; ours only counts.

import { check } from '../../../shapes/error.ts'
import {
  type AllocationRules,
  allocate,
  type Condition,
  type Instruction,
  type InstructionOf,
  type IntegerOp,
  type Mask,
  type Program,
  type Register,
  type Target,
  type VectorOperand,
} from '../program/index.ts'
import { encodeModule, plain, simd, types, unsigned } from './encode.ts'
import { address, type Context, constant, get, integer, operand, put, set, vector } from './lower-context.ts'
import { lowerLoad, lowerLoadBytes, lowerStore, lowerStoreBytes } from './lower-memory.ts'
import { binaryOpcodes, compareOpcodes, shiftOpcodes, unaryOpcodes } from './opcodes.ts'

const rules = (target: Target): AllocationRules => ({
  pools: {
    vector: Array.from({ length: target.vectorRegisters }, (_, i) => i),
    integer: Array.from({ length: target.integerRegisters }, (_, i) => i),
    mask: [],
  },
  classOf: (register) => {
    if (register.type === 'vector' || register.type === 'mask') return 'vector'
    return register.type === 'tail' && register.count !== undefined ? undefined : 'integer'
  },
  scratchVectors: () => 0,
  writesEarly: () => false,
})

const integerOpcodes: Readonly<Record<Exclude<IntegerOp, 'min' | 'max'>, number>> = {
  ...{ add: plain.i32Add, sub: plain.i32Sub, mul: plain.i32Mul, and: plain.i32And, or: plain.i32Or },
  ...{ xor: plain.i32Xor, shl: plain.i32Shl, shr: plain.i32ShrS },
}

const conditionOpcodes: Readonly<Record<Condition['test'], number>> = {
  ...{ eq: plain.i32Eq, ne: plain.i32Ne, lt: plain.i32LtS, le: plain.i32LeS, gt: plain.i32GtS, ge: plain.i32GeS },
}

function lowerInteger(context: Context, { op, d, a, b }: InstructionOf<'integer'>): void {
  get(context, a)
  integer(context, b)
  if (op === 'min' || op === 'max') {
    get(context, a)
    integer(context, b)
    put(context, op === 'min' ? plain.i32LtS : plain.i32GtS, plain.select)
  } else put(context, integerOpcodes[op])
  set(context, d)
}

function lowerFma(context: Context, { form, d, a, b }: InstructionOf<'fma'>): void {
  const [x, y, z]: [VectorOperand, VectorOperand, VectorOperand] = form === 'horner' ? [d, a, b] : [a, b, d]
  if (context.program.target.fma) {
    operand(context, x)
    operand(context, y)
    operand(context, z)
    vector(context, form === 'subtract' ? simd.relaxedNmadd : simd.relaxedMadd)
  } else {
    if (form === 'subtract') operand(context, z)
    operand(context, x)
    operand(context, y)
    vector(context, simd.f32x4Mul)
    if (form !== 'subtract') operand(context, z)
    vector(context, form === 'subtract' ? simd.f32x4Sub : simd.f32x4Add)
  }
  set(context, d)
}

function lowerLoop(context: Context, { trips, counter, body }: InstructionOf<'loop'>): void {
  integer(context, trips)
  set(context, counter)
  if (typeof trips !== 'number') {
    get(context, counter)
    integer(context, 0)
    put(context, plain.i32GtS, plain.if, types.empty)
  }
  put(context, plain.loop, types.empty)
  lowerBlock(context, body)
  get(context, counter)
  integer(context, 1)
  put(context, plain.i32Sub, plain.localTee, ...unsigned(context.local(counter)), plain.brIf, 0, plain.end)
  if (typeof trips !== 'number') put(context, plain.end)
}

function lowerIf(context: Context, { condition, body, otherwise }: InstructionOf<'if'>): void {
  get(context, condition.left)
  integer(context, condition.right)
  put(context, conditionOpcodes[condition.test], plain.if, types.empty)
  lowerBlock(context, body)
  if (otherwise.length > 0) {
    put(context, plain.else)
    lowerBlock(context, otherwise)
  }
  put(context, plain.end)
}

function lowerTailMask(context: Context, { d, tail }: InstructionOf<'tailMask'>): void {
  if (tail.count === undefined) {
    get(context, tail)
    vector(context, simd.i32x4Splat)
    constant(context, [0, 1, 2, 3])
    vector(context, simd.i32x4GtS)
  } else {
    const { count } = tail
    constant(
      context,
      [0, 1, 2, 3].map((lane) => (lane < count ? -1 : 0)),
    )
  }
  set(context, d)
}

/** Operands in order, one instruction, the result. */
function simple(context: Context, d: Register, operands: readonly (VectorOperand | Mask)[], opcode: number): void {
  for (const value of operands) operand(context, value)
  vector(context, opcode)
  set(context, d)
}

type Lowerings = {
  readonly [K in Instruction['kind']]: (context: Context, instruction: InstructionOf<K>) => void
}

const lowerings: Lowerings = {
  argument: (context, { d, index }) => {
    put(context, plain.localGet, 0)
    if (d.type === 'vector') vector(context, simd.load32Splat, 0, ...unsigned(8 * index))
    else put(context, plain.i32Load, 0, ...unsigned(8 * index))
    set(context, d)
  },
  constant: (context, { d, bits }) => {
    constant(context, bits)
    set(context, d)
  },
  splat: (context, { d, a }) => {
    get(context, a)
    vector(context, simd.i32x4Splat)
    set(context, d)
  },
  load: lowerLoad,
  store: lowerStore,
  loadBytes: lowerLoadBytes,
  storeBytes: lowerStoreBytes,
  prefetch: () => {},
  copy: (context, { d, a }) => {
    get(context, a)
    set(context, d)
  },
  unary: (context, { op, d, a }) => simple(context, d, [a], unaryOpcodes[op]),
  binary: (context, { op, d, a, b }) => {
    check(op !== 'ldexp', () => 'ldexp has no instruction in WebAssembly.')
    const { opcode, swapped } = binaryOpcodes[op]
    simple(context, d, swapped ? [b, a] : [a, b], opcode)
  },
  shift: (context, { op, d, a, by }) => {
    get(context, a)
    integer(context, by)
    vector(context, shiftOpcodes[op])
    set(context, d)
  },
  fma: lowerFma,
  compare: (context, { op, d, a, b }) => simple(context, d, [a, b], compareOpcodes[op]),
  maskOp: (context, { op, d, a, b }) => simple(context, d, [a, b], { and: simd.and, or: simd.or, xor: simd.xor }[op]),
  maskNot: (context, { d, a }) => simple(context, d, [a], simd.not),
  tailMask: lowerTailMask,
  maskBits: (context, { d, a }) => simple(context, d, [a], simd.i32x4Bitmask),
  select: (context, { d, mask, a, b }) => simple(context, d, [a, b, mask], simd.bitselect),
  shuffle: (context, { d, a, b, pattern }) => {
    get(context, a)
    get(context, b)
    vector(context, simd.shuffle, ...pattern.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)))
    set(context, d)
  },
  tail: (context, { d, count }) => {
    if (typeof count === 'number') return
    get(context, count)
    set(context, d)
  },
  set: (context, { d, a }) => {
    integer(context, a)
    set(context, d)
  },
  integer: lowerInteger,
  loadInteger: (context, { d, source }) => {
    const immediates = address(context, source)
    put(context, plain.i32Load, ...immediates)
    set(context, d)
  },
  storeInteger: (context, { to, a }) => {
    const immediates = address(context, to)
    get(context, a)
    put(context, plain.i32Store, ...immediates)
  },
  offset: (context, { d, a, by }) => {
    get(context, a)
    integer(context, by)
    put(context, plain.i32Add)
    set(context, d)
  },
  advance: (context, { d, by }) => {
    get(context, d)
    integer(context, by)
    put(context, plain.i32Add)
    set(context, d)
  },
  loop: lowerLoop,
  if: lowerIf,
}

function lowerInstruction<K extends Instruction['kind']>(context: Context, instruction: InstructionOf<K>): void {
  const lowering = lowerings[instruction.kind] as (context: Context, instruction: InstructionOf<K>) => void
  lowering(context, instruction)
}

function lowerBlock(context: Context, body: readonly Instruction[]): void {
  for (const instruction of body) lowerInstruction(context, instruction)
}

/**
 * A WebAssembly module of `program`: imports the memory `e.m`, exports `f(argumentBlock)`. Throws `ConvokeError` when
 * more vectors are alive at once than an engine keeps in machine registers.
 */
export function assembleWasm(program: Program, sharedMemory: boolean): Uint8Array<ArrayBuffer> {
  const allocation = allocate(program, rules(program.target))
  const count = (used: ReadonlySet<number>) => Math.max(-1, ...used) + 1
  // Local 0 is the parameter, which the first integer register is; vectors follow the integers.
  const integers = count(allocation.used.integer)
  const isVector = ({ type }: Register) => type === 'vector' || type === 'mask'
  const context: Context = {
    program,
    code: [],
    local: (register) => allocation.registerOf(register) + (isVector(register) ? integers : 0),
  }
  lowerBlock(context, program.body)
  const vectors = count(allocation.used.vector)
  return encodeModule({ integers: integers - 1, vectors, code: context.code }, sharedMemory)
}
