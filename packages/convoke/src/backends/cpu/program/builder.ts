// The language kernels are written in. Every method appends one instruction (or none) and returns the register it made.
//
//     vectorProgram('relu', target, (b) => {
//       const [x, y] = [b.pointer('x'), b.pointer('y')]
//       const zero = b.zero()
//       b.loop(b.integer('vectors'), () => {
//         b.store(y, 0, b.max(zero, b.load(x)))
//         b.advance(x, b.bytes)
//         b.advance(y, b.bytes)
//       })
//     })

import { check } from '../../../shapes/error.ts'
import { arithmetic } from './builder-arithmetic.ts'
import { macros } from './builder-macros.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import type {
  Argument,
  Condition,
  Integer,
  IntegerOp,
  IntegerOperand,
  MemoryOperand,
  Pointer,
  Program,
  Tail,
  Vector,
} from './instruction.ts'
import type { Target } from './target.ts'

/** `target.lanes` elements at `pointer + displacement` bytes, as the last operand of arithmetic. */
export const vectorAt = (pointer: Pointer, displacement = 0): MemoryOperand =>
  Object.freeze({ type: 'memory', pointer, displacement, broadcast: false })

/** The float32 at `pointer + displacement` bytes for every lane, as the last operand of arithmetic. */
export const scalarAt = (pointer: Pointer, displacement = 0): MemoryOperand =>
  Object.freeze({ type: 'memory', pointer, displacement, broadcast: true })

function memory(target: Target, { fresh, emit }: Emitter) {
  return {
    /** `lanes` elements, or with `tail` that many of them and zero in the other lanes, touching no byte beyond. */
    load: (pointer: Pointer, displacement = 0, tail?: Tail): Vector => {
      const d = fresh('vector')
      emit({ kind: 'load', d, source: vectorAt(pointer, displacement), ...(tail && { tail }) })
      return d
    },
    /** Writes every lane, or with `tail` the first so many, touching no byte beyond. */
    store: (pointer: Pointer, displacement: number, a: Vector, tail?: Tail): void =>
      emit({ kind: 'store', to: vectorAt(pointer, displacement), a, ...(tail && { tail }) }),
    /** One float32 (or int32) from memory in every lane. */
    broadcast: (pointer: Pointer, displacement = 0): Vector => {
      const d = fresh('vector')
      emit({ kind: 'load', d, source: scalarAt(pointer, displacement) })
      return d
    },
    /** `count` ≤ lanes unsigned bytes as int32, zero in the other lanes. */
    loadBytes: (pointer: Pointer, displacement = 0, count: number = target.lanes): Vector => {
      const d = fresh('vector')
      emit({ kind: 'loadBytes', d, source: vectorAt(pointer, displacement), count: bounded(count, target.lanes) })
      return d
    },
    /** The low byte of the first `count` int32 lanes. Clamp to 0 … 255 before, where values can lie outside. */
    storeBytes: (pointer: Pointer, displacement: number, a: Vector, count: number = target.lanes): void =>
      emit({ kind: 'storeBytes', to: vectorAt(pointer, displacement), a, count: bounded(count, target.lanes) }),
    /** A hint to bring a cache line nearer; never faults. */
    prefetch: (pointer: Pointer, displacement = 0): void =>
      emit({ kind: 'prefetch', source: vectorAt(pointer, displacement) }),
    /** The first `count` lanes, 0 … lanes, for loads and stores. */
    tail: (count: IntegerOperand): Tail => {
      const { id } = fresh('tail')
      const d: Tail =
        typeof count === 'number'
          ? Object.freeze({ type: 'tail', id, count: bounded(count, target.lanes) })
          : Object.freeze({ type: 'tail', id })
      emit({ kind: 'tail', d, count })
      return d
    },
  }
}

function bounded(count: number, lanes: number): number {
  check(
    Number.isInteger(count) && count >= 0 && count <= lanes,
    () => `A partial vector of ${count} elements: the count must be a whole number from 0 to the ${lanes} lanes.`,
  )
  return count
}

function integers({ fresh, emit }: Emitter) {
  const op = (name: IntegerOp) => (a: Integer, b: IntegerOperand, into?: Integer) => {
    const d = into ?? fresh('integer')
    emit({ kind: 'integer', op: name, d, a, b })
    return d
  }
  return {
    /** A new integer with this value, or `into` set to it. */
    set: (a: IntegerOperand, into?: Integer): Integer => {
      const d = into ?? fresh('integer')
      emit({ kind: 'set', d, a })
      return d
    },
    /** The int32 at `pointer + displacement` bytes. */
    loadInteger: (pointer: Pointer, displacement = 0): Integer => {
      const d = fresh('integer')
      emit({ kind: 'loadInteger', d, source: vectorAt(pointer, displacement) })
      return d
    },
    /** Writes the low 32 bits of an integer register. */
    storeInteger: (pointer: Pointer, displacement: number, a: Integer): void =>
      emit({ kind: 'storeInteger', to: vectorAt(pointer, displacement), a }),
    /** A second pointer into the same buffer, `by` bytes further on; or `into` set to it, whatever it pointed at. */
    offset: (a: Pointer, by: IntegerOperand, into?: Pointer): Pointer => {
      const d = into ?? fresh('pointer')
      emit({ kind: 'offset', d, a, by })
      return d
    },
    /** Moves `pointer` by so many bytes. */
    advance: (pointer: Pointer, by: IntegerOperand): void => {
      if (by !== 0) emit({ kind: 'advance', d: pointer, by })
    },
    integerAdd: op('add'),
    integerSub: op('sub'),
    integerMul: op('mul'),
    integerAnd: op('and'),
    integerOr: op('or'),
    integerXor: op('xor'),
    integerShl: op('shl'),
    integerShr: op('shr'),
    integerMin: op('min'),
    integerMax: op('max'),
  }
}

function control({ fresh, emit, block, interleave }: Emitter) {
  return {
    /**
     * The results of pieces that do not depend on each other, their instructions taken in turn: long chains, such as functions
     * of a number, then wait for themselves at the same time. All that they hold at once must fit the registers.
     */
    together: <T>(pieces: readonly (() => T)[]): T[] => {
      const results: T[] = []
      interleave(pieces.map((piece) => () => void results.push(piece())))
      return results
    },
    /** Runs `body` `trips` times; none when trips ≤ 0. Written out in place when trips is the constant 1. */
    loop: (trips: IntegerOperand, body: () => void): void => {
      if (typeof trips === 'number' && trips <= 0) return
      if (trips === 1) {
        body()
        return
      }
      const counter = fresh('integer')
      emit({ kind: 'loop', trips, counter, body: block(body) })
    },
    /** Runs `body` `trips` times; none when trips ≤ 0. `left` is how many turns there are left, with this one: trips … 1. */
    countdown: (trips: Integer, body: (left: Integer) => void): void => {
      const counter = fresh('integer')
      emit({ kind: 'loop', trips, counter, body: block(() => body(counter), [counter]) })
    },
    /** Runs one of the two blocks. */
    when: (
      left: Integer,
      test: Condition['test'],
      right: IntegerOperand,
      body: () => void,
      otherwise: () => void = () => {},
    ): void =>
      emit({
        kind: 'if',
        condition: Object.freeze({ left, test, right }),
        body: block(body),
        otherwise: block(otherwise),
      }),
  }
}

function argumentsOf(list: Argument[], { fresh, emit }: Emitter) {
  const take =
    <K extends Argument['kind'], T extends 'pointer' | 'integer' | 'vector'>(kind: K, type: T) =>
    (name: string) => {
      const d = fresh(type)
      const known = list.findIndex((argument) => argument.name === name)
      check(
        known < 0 || list[known].kind === kind,
        () => `Argument ${name} is declared both as ${kind} and as ${list[known].kind}. Use different names.`,
      )
      const index = known < 0 ? list.push(Object.freeze({ name, kind })) - 1 : known
      emit({ kind: 'argument', d, index })
      return d
    }
  return {
    /** Reads an argument; asking again for the same name reads it again, which frees the register in between. */
    pointer: take('pointer', 'pointer'),
    integer: take('integer', 'integer'),
    /** A float32 argument in every lane. */
    float: take('float', 'vector'),
  }
}

function builderFor(target: Target, list: Argument[], emitter: Emitter) {
  const vector = arithmetic(target, emitter)
  return Object.freeze({
    target,
    lanes: target.lanes,
    /** Bytes of a vector. */
    bytes: target.lanes * 4,
    ...argumentsOf(list, emitter),
    ...memory(target, emitter),
    ...vector,
    ...macros(target, vector),
    ...integers(emitter),
    ...control(emitter),
  })
}

export type Builder = ReturnType<typeof builderFor>

/** The program that `write` describes. Throws `ConvokeError` when a register is used where it has no value. */
export function vectorProgram(name: string, target: Target, write: (b: Builder) => void): Program {
  const list: Argument[] = []
  const emitter = createEmitter(name)
  write(builderFor(target, list, emitter))
  return Object.freeze({
    name: `${name} ${target.name}`,
    target,
    arguments: Object.freeze(list),
    body: emitter.finish(),
  })
}
