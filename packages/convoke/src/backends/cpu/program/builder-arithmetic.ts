// The builder's arithmetic on vectors and masks. `into` overwrites a register that stands already.

import { check } from '../../../shapes/error.ts'
import type { Emitter } from './emitter.ts'
import type {
  BinaryOp,
  CompareOp,
  FmaForm,
  Integer,
  Mask,
  ShiftOp,
  Tail,
  UnaryOp,
  Vector,
  VectorOperand,
} from './instruction.ts'
import type { Target } from './target.ts'

const bitsOf = (value: number): number => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getInt32(0)
}

export function arithmetic(target: Target, { fresh, emit }: Emitter) {
  const constantBits = (bits: readonly number[]): Vector => {
    check(
      bits.length === 1 || bits.length === target.lanes,
      () => `A vector constant of ${bits.length} elements: give one for every lane (${target.lanes}), or just one.`,
    )
    const d = fresh('vector')
    emit({ kind: 'constant', d, bits: Object.freeze([...bits]) })
    return d
  }
  const unary = (op: UnaryOp) => (a: Vector, into?: Vector) => {
    const d = into ?? fresh('vector')
    emit({ kind: 'unary', op, d, a })
    return d
  }
  const binary = (op: BinaryOp) => (a: Vector, b: VectorOperand, into?: Vector) => {
    const d = into ?? fresh('vector')
    emit({ kind: 'binary', op, d, a, b })
    return d
  }
  const shift = (op: ShiftOp) => (a: Vector, by: number, into?: Vector) => {
    check(Number.isInteger(by) && by >= 0 && by < 32, () => `A shift by ${by}: it must be a whole number from 0 to 31.`)
    const d = into ?? fresh('vector')
    emit({ kind: 'shift', op, d, a, by })
    return d
  }
  const fma = (form: FmaForm) => (d: Vector, a: Vector, b: VectorOperand) => {
    emit({ kind: 'fma', form, d, a, b })
    return d
  }
  const compare = (op: CompareOp) => (a: Vector, b: Vector) => {
    const d = fresh('mask')
    emit({ kind: 'compare', op, d, a, b })
    return d
  }
  const maskOp = (op: 'and' | 'or' | 'xor') => (a: Mask, b: Mask) => {
    const d = fresh('mask')
    emit({ kind: 'maskOp', op, d, a, b })
    return d
  }
  return {
    zero: (): Vector => constantBits([0]),
    /** The same float32 in every lane, or one a lane. */
    constant: (...values: readonly number[]): Vector => constantBits(values.map(bitsOf)),
    /** The same int32 in every lane, or one a lane. */
    constantInt: (...values: readonly number[]): Vector => constantBits(values.map((value) => value | 0)),
    /** The low 32 bits of an integer register in every lane, as int32. */
    splat: (a: Integer): Vector => {
      const d = fresh('vector')
      emit({ kind: 'splat', d, a })
      return d
    },
    copy: (a: Vector, into?: Vector): Vector => {
      const d = into ?? fresh('vector')
      emit({ kind: 'copy', d, a })
      return d
    },

    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    /** a > b ? a : b, so b when either is NaN: `max(zero, x)` keeps a NaN in x. */
    max: binary('max'),
    /** a < b ? a : b, so b when either is NaN. */
    min: binary('min'),
    /** a·2ⁿ, rounded once, for whole numbers n = b as float32. Only for a target that has it; `scale` of the kernels is for all. */
    ldexp: (a: Vector, b: Vector, into?: Vector): Vector => {
      check(target.ldexp, () => `ldexp on ${target.name}, which has no such instruction.`)
      return binary('ldexp')(a, b, into)
    },
    sqrt: unary('sqrt'),
    abs: unary('abs'),
    neg: unary('neg'),
    floor: unary('floor'),
    ceil: unary('ceil'),
    round: unary('round'),
    trunc: unary('trunc'),
    toInt: unary('toInt'),
    toFloat: unary('toFloat'),

    /** d = a·b + d, in place. Put the memory operand second. */
    fma: fma('accumulate'),
    /** d = d − a·b, in place. */
    fnma: fma('subtract'),
    /** d = d·a + b, in place: a step of Horner's rule. */
    horner: fma('horner'),

    iadd: binary('iadd'),
    isub: binary('isub'),
    imul: binary('imul'),
    imax: binary('imax'),
    imin: binary('imin'),
    and: binary('and'),
    or: binary('or'),
    xor: binary('xor'),
    andnot: binary('andnot'),
    shl: shift('shl'),
    shr: shift('shr'),
    sar: shift('sar'),

    equal: compare('eq'),
    notEqual: compare('ne'),
    less: compare('lt'),
    lessOrEqual: compare('le'),
    greater: compare('gt'),
    greaterOrEqual: compare('ge'),
    iequal: compare('ieq'),
    iless: compare('ilt'),
    igreater: compare('igt'),
    maskAnd: maskOp('and'),
    maskOr: maskOp('or'),
    maskXor: maskOp('xor'),
    maskNot: (a: Mask): Mask => {
      const d = fresh('mask')
      emit({ kind: 'maskNot', d, a })
      return d
    },
    /** True in the lanes that a tail covers. */
    tailMask: (tail: Tail): Mask => {
      const d = fresh('mask')
      emit({ kind: 'tailMask', d, tail })
      return d
    },
    /** The lanes of a mask as the low bits of an integer, the first lane lowest: 0 when it is true nowhere. */
    maskBits: (a: Mask): Integer => {
      const d = fresh('integer')
      emit({ kind: 'maskBits', d, a })
      return d
    },
    /** a where the mask is true, else b. */
    select: (mask: Mask, a: Vector, b: Vector, into?: Vector): Vector => {
      const d = into ?? fresh('vector')
      emit({ kind: 'select', d, mask, a, b })
      return d
    },
    /** Lane i of the result is lane `pattern[i]` of a followed by b (a: 0 … lanes − 1, b: lanes … 2·lanes − 1). */
    shuffle: (a: Vector, b: Vector, pattern: readonly number[]): Vector => {
      const legal = pattern.every((lane) => Number.isInteger(lane) && lane >= 0 && lane < 2 * target.lanes)
      check(
        legal && pattern.length === target.lanes,
        () => `A shuffle by [${pattern.join(', ')}]: give ${target.lanes} lanes, each 0 to ${2 * target.lanes - 1}.`,
      )
      const d = fresh('vector')
      emit({ kind: 'shuffle', d, a, b, pattern: Object.freeze([...pattern]) })
      return d
    },
  }
}

export type Arithmetic = ReturnType<typeof arithmetic>
