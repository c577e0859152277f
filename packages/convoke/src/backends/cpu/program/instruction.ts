// The vector program as data: registers, operands, instructions. Instructions are frozen and hold no functions, so a
// program can be printed, interpreted, checked and lowered by walking it.

import type { Target } from './target.ts'

/** `target.lanes` elements of 32 bits, float or integer as the instruction reads them. */
export interface Vector {
  readonly type: 'vector'
  readonly id: number
}

/** One truth value a lane, made by a comparison, consumed by `select`. */
export interface Mask {
  readonly type: 'mask'
  readonly id: number
}

/** How many of the first lanes a load or store touches. `count` is set where it is known when the program is made. */
export interface Tail {
  readonly type: 'tail'
  readonly id: number
  readonly count?: number
}

/** A signed integer of address size. */
export interface Integer {
  readonly type: 'integer'
  readonly id: number
}

/** An address inside one buffer, which it never leaves for another. It may point outside; it may not be used there. */
export interface Pointer {
  readonly type: 'pointer'
  readonly id: number
}

export type Register = Vector | Mask | Tail | Integer | Pointer

/** A vector, or one float32 for every lane, read from memory as part of the instruction that uses it. */
export interface MemoryOperand {
  readonly type: 'memory'
  readonly pointer: Pointer
  /** Bytes. */
  readonly displacement: number
  readonly broadcast: boolean
}

export type VectorOperand = Vector | MemoryOperand

/**
 * float32, one rounding each (IEEE 754, ties to even). `max` is a > b ? a : b and `min` is a < b ? a : b, so the
 * *second* operand is the result when either is NaN or both are zero. `ldexp` is a·2ⁿ for a whole number n = b, finite or NaN;
 * where a target has it.
 */
export type FloatOp = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'ldexp'
/** int32 with wraparound; `imax` and `imin` are signed. */
export type IntOp = 'iadd' | 'isub' | 'imul' | 'imax' | 'imin'
/** On all 32 bits. `andnot` is ¬a ∧ b. */
export type BitOp = 'and' | 'or' | 'xor' | 'andnot'
export type BinaryOp = FloatOp | IntOp | BitOp

/**
 * `round` is to nearest, ties to even. `toInt` truncates float32 to int32 (unspecified outside −2³¹ … 2³¹ − 1 and for
 * NaN); `toFloat` rounds int32 to float32.
 */
export type UnaryOp = 'sqrt' | 'abs' | 'neg' | 'floor' | 'ceil' | 'round' | 'trunc' | 'toInt' | 'toFloat'

/** By a constant 0…31. `shr` fills with zeros, `sar` with the sign. */
export type ShiftOp = 'shl' | 'shr' | 'sar'

/** Ordered float32 comparisons (false with NaN, but `ne`, which is true), and signed int32 ones. */
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'ieq' | 'ilt' | 'igt'

/** `accumulate`: d = a·b + d. `subtract`: d = d − a·b. `horner`: d = d·a + b. */
export type FmaForm = 'accumulate' | 'subtract' | 'horner'

/** Shifts by 0…31; `shr` here is arithmetic. */
export type IntegerOp = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'min' | 'max'
export type IntegerOperand = Integer | number

export interface Condition {
  readonly left: Integer
  readonly test: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
  readonly right: IntegerOperand
}

export type Instruction =
  | { readonly kind: 'argument'; readonly d: Vector | Integer | Pointer; readonly index: number }
  | { readonly kind: 'constant'; readonly d: Vector; readonly bits: readonly number[] }
  | { readonly kind: 'splat'; readonly d: Vector; readonly a: Integer }
  | { readonly kind: 'load'; readonly d: Vector; readonly source: MemoryOperand; readonly tail?: Tail }
  | { readonly kind: 'store'; readonly to: MemoryOperand; readonly a: Vector; readonly tail?: Tail }
  | { readonly kind: 'loadBytes'; readonly d: Vector; readonly source: MemoryOperand; readonly count: number }
  | { readonly kind: 'storeBytes'; readonly to: MemoryOperand; readonly a: Vector; readonly count: number }
  | { readonly kind: 'prefetch'; readonly source: MemoryOperand }
  | { readonly kind: 'copy'; readonly d: Vector; readonly a: Vector }
  | { readonly kind: 'unary'; readonly op: UnaryOp; readonly d: Vector; readonly a: Vector }
  | {
      readonly kind: 'binary'
      readonly op: BinaryOp
      readonly d: Vector
      readonly a: Vector
      readonly b: VectorOperand
    }
  | { readonly kind: 'shift'; readonly op: ShiftOp; readonly d: Vector; readonly a: Vector; readonly by: number }
  | { readonly kind: 'fma'; readonly form: FmaForm; readonly d: Vector; readonly a: Vector; readonly b: VectorOperand }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly d: Mask; readonly a: Vector; readonly b: Vector }
  | { readonly kind: 'maskOp'; readonly op: 'and' | 'or' | 'xor'; readonly d: Mask; readonly a: Mask; readonly b: Mask }
  | { readonly kind: 'maskNot'; readonly d: Mask; readonly a: Mask }
  | { readonly kind: 'tailMask'; readonly d: Mask; readonly tail: Tail }
  /** Bit i is lane i, so that a branch can ask about lanes. */
  | { readonly kind: 'maskBits'; readonly d: Integer; readonly a: Mask }
  | { readonly kind: 'select'; readonly d: Vector; readonly mask: Mask; readonly a: Vector; readonly b: Vector }
  | {
      readonly kind: 'shuffle'
      readonly d: Vector
      readonly a: Vector
      readonly b: Vector
      /** Lane i of the result is lane `pattern[i]` of a followed by b. */
      readonly pattern: readonly number[]
    }
  | { readonly kind: 'tail'; readonly d: Tail; readonly count: IntegerOperand }
  | { readonly kind: 'set'; readonly d: Integer; readonly a: IntegerOperand }
  | {
      readonly kind: 'integer'
      readonly op: IntegerOp
      readonly d: Integer
      readonly a: Integer
      readonly b: IntegerOperand
    }
  | { readonly kind: 'loadInteger'; readonly d: Integer; readonly source: MemoryOperand }
  | { readonly kind: 'storeInteger'; readonly to: MemoryOperand; readonly a: Integer }
  | { readonly kind: 'offset'; readonly d: Pointer; readonly a: Pointer; readonly by: IntegerOperand }
  | { readonly kind: 'advance'; readonly d: Pointer; readonly by: IntegerOperand }
  | {
      readonly kind: 'loop'
      readonly trips: IntegerOperand
      readonly counter: Integer
      readonly body: readonly Instruction[]
    }
  | {
      readonly kind: 'if'
      readonly condition: Condition
      readonly body: readonly Instruction[]
      readonly otherwise: readonly Instruction[]
    }

export type InstructionOf<K extends Instruction['kind']> = Extract<Instruction, { readonly kind: K }>

/** An entry of the argument block: 8 bytes each, in order; a float is a float32 in the first four. */
export interface Argument {
  readonly name: string
  readonly kind: 'pointer' | 'integer' | 'float'
}

export interface Program {
  /** Describes the kernel to a person: `direct 14x2 avx512`. */
  readonly name: string
  readonly target: Target
  readonly arguments: readonly Argument[]
  readonly body: readonly Instruction[]
}

/** The registers an instruction touches itself; the bodies of loops and branches are not looked into. */
export interface Touched {
  readonly reads: readonly Register[]
  /** Made by this instruction. */
  readonly makes?: Register
  /** Read and written in place. */
  readonly updates?: Register
}

const integers = (...operands: IntegerOperand[]): Integer[] => operands.filter((operand) => typeof operand === 'object')
const tails = (tail: Tail | undefined): Tail[] => (tail === undefined ? [] : [tail])
const operand = (value: VectorOperand): Register => (value.type === 'memory' ? value.pointer : value)

/**
 * What `instruction` reads, makes and updates. An instruction with a destination `d` either makes it or, when `d`
 * stands already (`into` of the builder), overwrites it; the caller knows which by having seen it before.
 */
export function touched(instruction: Instruction): Touched {
  switch (instruction.kind) {
    case 'argument':
    case 'constant':
      return { reads: [], makes: instruction.d }
    case 'splat':
    case 'copy':
    case 'unary':
    case 'shift':
    case 'maskNot':
    case 'maskBits':
      return { reads: [instruction.a], makes: instruction.d }
    case 'load':
      return { reads: [instruction.source.pointer, ...tails(instruction.tail)], makes: instruction.d }
    case 'loadBytes':
    case 'loadInteger':
      return { reads: [instruction.source.pointer], makes: instruction.d }
    case 'store':
      return { reads: [instruction.to.pointer, instruction.a, ...tails(instruction.tail)] }
    case 'storeBytes':
    case 'storeInteger':
      return { reads: [instruction.to.pointer, instruction.a] }
    case 'prefetch':
      return { reads: [instruction.source.pointer] }
    case 'binary':
      return { reads: [instruction.a, operand(instruction.b)], makes: instruction.d }
    case 'fma':
      return { reads: [instruction.a, operand(instruction.b)], updates: instruction.d }
    case 'compare':
    case 'maskOp':
    case 'shuffle':
      return { reads: [instruction.a, instruction.b], makes: instruction.d }
    case 'tailMask':
      return { reads: [instruction.tail], makes: instruction.d }
    case 'select':
      return { reads: [instruction.mask, instruction.a, instruction.b], makes: instruction.d }
    case 'tail':
      return { reads: integers(instruction.count), makes: instruction.d }
    case 'set':
      return { reads: integers(instruction.a), makes: instruction.d }
    case 'integer':
      return { reads: [instruction.a, ...integers(instruction.b)], makes: instruction.d }
    case 'offset':
      return { reads: [instruction.a, ...integers(instruction.by)], makes: instruction.d }
    case 'advance':
      return { reads: integers(instruction.by), updates: instruction.d }
    case 'loop':
      return { reads: integers(instruction.trips), makes: instruction.counter }
    case 'if':
      return { reads: integers(instruction.condition.left, instruction.condition.right) }
  }
}
