// Runs a program slowly and strictly: every access checked against its buffer, every result rounded as the target does.

import { check, show } from '../../../shapes/error.ts'
import type {
  Instruction,
  InstructionOf,
  Integer,
  IntegerOperand,
  Mask,
  MemoryOperand,
  Pointer,
  Program,
  Tail,
  Vector,
  VectorOperand,
} from './instruction.ts'
import {
  binaryLanes,
  compareLane,
  conditions,
  fmaLane,
  integerOps,
  type Lanes,
  newLanes,
  shiftLane,
  unaryLanes,
} from './interpret-lanes.ts'
import { type BufferArgument, checkedOffset, type Place, placeOf } from './interpret-memory.ts'
import { printInstruction } from './print.ts'

export type ProgramArguments = Readonly<Record<string, BufferArgument | number>>

/** What a run did: the counts a kernel's author reasons with. */
export interface RunCounts {
  /** Vector loads, broadcasts, and memory operands of arithmetic. */
  loads: number
  stores: number
  fmas: number
  /** Every instruction, with one for each turn of a loop. */
  instructions: number
}

/** Registers and buffers of one run. */
interface Machine {
  readonly program: Program
  readonly lanes: number
  readonly counts: RunCounts
  readonly vector: (register: Vector) => Lanes
  readonly mask: (register: Mask) => Uint8Array
  readonly integer: (register: Integer) => { value: number }
  readonly pointer: (register: Pointer) => Place
  readonly tail: (register: Tail) => { value: number }
  readonly places: readonly (Place | undefined)[]
  readonly values: readonly number[]
}

/** Looks a register up by its number, making it at first sight. */
function registers<R extends { readonly id: number }, V>(make: () => V): (register: R) => V {
  const made: V[] = []
  return ({ id }) => {
    made[id] ??= make()
    return made[id]
  }
}

function machineFor(program: Program, values: ProgramArguments): Machine {
  const { lanes } = program.target
  for (const name of Object.keys(values)) {
    check(
      program.arguments.some((argument) => argument.name === name),
      () =>
        `${program.name} has no argument ${name}. Its arguments: ${program.arguments.map((a) => a.name).join(', ') || 'none'}.`,
    )
  }
  const places = program.arguments.map(({ name, kind }) =>
    kind === 'pointer' ? placeOf(name, values[name]) : undefined,
  )
  const numbers = program.arguments.map(({ name, kind }) => {
    if (kind === 'pointer') return 0
    const value = values[name]
    check(typeof value === 'number', () => `${program.name}: argument ${name} is a ${kind}, not ${show(value)}.`)
    return value
  })
  return {
    program,
    lanes,
    counts: { loads: 0, stores: 0, fmas: 0, instructions: 0 },
    vector: registers<Vector, Lanes>(() => newLanes(lanes)),
    mask: registers<Mask, Uint8Array>(() => new Uint8Array(lanes)),
    integer: registers<Integer, { value: number }>(() => ({ value: 0 })),
    pointer: registers<Pointer, Place>(() => ({ ...placeOf('nothing', new Uint8Array(0)) })),
    tail: registers<Tail, { value: number }>(() => ({ value: 0 })),
    places,
    values: numbers,
  }
}

type Step = () => void

const numberOf = (machine: Machine, operand: IntegerOperand): (() => number) => {
  if (typeof operand === 'number') return () => operand
  const register = machine.integer(operand)
  return () => register.value
}

function fetch(machine: Machine, source: MemoryOperand, into: Lanes, tail: Tail | undefined, what: Instruction): Step {
  const place = machine.pointer(source.pointer)
  const describe = () => `${machine.program.name}: ${printInstruction(what, machine.program)}`
  const limit = tail === undefined ? { value: machine.lanes } : machine.tail(tail)
  if (source.broadcast) {
    return () => {
      machine.counts.loads++
      const at = checkedOffset(place, source.displacement, 1, 4, describe)
      into.i.fill(place.buffer.view.getInt32(at, true))
    }
  }
  return () => {
    machine.counts.loads++
    const at = checkedOffset(place, source.displacement, limit.value, 4, describe)
    for (let lane = 0; lane < limit.value; lane++) into.i[lane] = place.buffer.view.getInt32(at + 4 * lane, true)
    into.i.fill(0, limit.value)
  }
}

/** The operand's lanes, and the step that brings them there. */
function operandOf(machine: Machine, operand: VectorOperand, what: Instruction): { lanes: Lanes; read: Step } {
  if (operand.type === 'vector') return { lanes: machine.vector(operand), read: () => {} }
  const lanes = newLanes(machine.lanes)
  return { lanes, read: fetch(machine, operand, lanes, undefined, what) }
}

const low32 = (value: number): number => Number(BigInt.asIntN(32, BigInt(value)))

function memoryStep(
  machine: Machine,
  instruction: InstructionOf<'store' | 'loadBytes' | 'storeBytes' | 'loadInteger' | 'storeInteger'>,
): Step {
  const describe = () => `${machine.program.name}: ${printInstruction(instruction, machine.program)}`
  const { counts } = machine
  if (instruction.kind === 'loadInteger') {
    const d = machine.integer(instruction.d)
    const place = machine.pointer(instruction.source.pointer)
    return () => {
      d.value = place.buffer.view.getInt32(checkedOffset(place, instruction.source.displacement, 1, 4, describe), true)
    }
  }
  if (instruction.kind === 'loadBytes') {
    const d = machine.vector(instruction.d)
    const place = machine.pointer(instruction.source.pointer)
    return () => {
      counts.loads++
      const at = checkedOffset(place, instruction.source.displacement, instruction.count, 1, describe)
      d.i.fill(0)
      for (let lane = 0; lane < instruction.count; lane++) d.i[lane] = place.buffer.bytes[at + lane]
    }
  }
  const place = machine.pointer(instruction.to.pointer)
  if (instruction.kind === 'storeInteger') {
    const a = machine.integer(instruction.a)
    return () => {
      const at = checkedOffset(place, instruction.to.displacement, 1, 4, describe)
      place.buffer.view.setInt32(at, low32(a.value), true)
    }
  }
  const a = machine.vector(instruction.a)
  if (instruction.kind === 'storeBytes') {
    return () => {
      counts.stores++
      const at = checkedOffset(place, instruction.to.displacement, instruction.count, 1, describe)
      for (let lane = 0; lane < instruction.count; lane++) place.buffer.bytes[at + lane] = a.i[lane]
    }
  }
  const limit = instruction.tail === undefined ? { value: machine.lanes } : machine.tail(instruction.tail)
  return () => {
    counts.stores++
    const at = checkedOffset(place, instruction.to.displacement, limit.value, 4, describe)
    for (let lane = 0; lane < limit.value; lane++) place.buffer.view.setInt32(at + 4 * lane, a.i[lane], true)
  }
}

function fill(into: Float32Array | Int32Array | Uint8Array, value: (lane: number) => number): void {
  for (let lane = 0; lane < into.length; lane++) into[lane] = value(lane)
}

type LaneKind = 'constant' | 'splat' | 'copy' | 'unary' | 'binary' | 'shift' | 'fma' | 'select' | 'shuffle'

function laneStep(machine: Machine, instruction: InstructionOf<LaneKind>): Step {
  const { lanes, counts } = machine
  const d = machine.vector(instruction.d)
  const each = (step: (lane: number) => void): void => {
    for (let lane = 0; lane < lanes; lane++) step(lane)
  }
  if (instruction.kind === 'constant') {
    const { bits } = instruction
    return () => fill(d.i, (lane) => bits[bits.length === 1 ? 0 : lane])
  }
  if (instruction.kind === 'splat') {
    const value = machine.integer(instruction.a)
    return () => d.i.fill(low32(value.value))
  }
  const a = machine.vector(instruction.a)
  switch (instruction.kind) {
    case 'copy':
      return () => d.i.set(a.i)
    case 'unary': {
      const operation = unaryLanes[instruction.op]
      return () => each((lane) => operation(d, a, lane))
    }
    case 'shift': {
      const operation = shiftLane[instruction.op]
      return () => fill(d.i, (lane) => operation(a.i[lane], instruction.by))
    }
    case 'binary': {
      const b = operandOf(machine, instruction.b, instruction)
      const operation = binaryLanes[instruction.op]
      return () => {
        b.read()
        each((lane) => operation(d, a, b.lanes, lane))
      }
    }
    case 'fma': {
      const b = operandOf(machine, instruction.b, instruction)
      const fused = machine.program.target.fma
      return () => {
        counts.fmas++
        b.read()
        fill(d.f, (lane) => fmaLane(instruction.form, fused, d.f[lane], a.f[lane], b.lanes.f[lane]))
      }
    }
    case 'select': {
      const mask = machine.mask(instruction.mask)
      const b = machine.vector(instruction.b)
      return () => fill(d.i, (lane) => (mask[lane] ? a.i[lane] : b.i[lane]))
    }
    case 'shuffle': {
      const b = machine.vector(instruction.b)
      const both = new Int32Array(2 * lanes)
      return () => {
        both.set(a.i)
        both.set(b.i, lanes)
        fill(d.i, (lane) => both[instruction.pattern[lane]])
      }
    }
  }
}

function maskStep(machine: Machine, instruction: InstructionOf<'compare' | 'maskOp' | 'maskNot' | 'tailMask'>): Step {
  const d = machine.mask(instruction.d)
  switch (instruction.kind) {
    case 'compare': {
      const [a, b] = [machine.vector(instruction.a), machine.vector(instruction.b)]
      const test = compareLane[instruction.op]
      return () => fill(d, (lane) => (test(a, b, lane) ? 1 : 0))
    }
    case 'maskOp': {
      const [a, b] = [machine.mask(instruction.a), machine.mask(instruction.b)]
      const { op } = instruction
      const combine = (x: number, y: number) => (op === 'and' ? x & y : op === 'or' ? x | y : x ^ y)
      return () => fill(d, (lane) => combine(a[lane], b[lane]))
    }
    case 'maskNot': {
      const a = machine.mask(instruction.a)
      return () => fill(d, (lane) => 1 - a[lane])
    }
    case 'tailMask': {
      const tail = machine.tail(instruction.tail)
      return () => fill(d, (lane) => (lane < tail.value ? 1 : 0))
    }
  }
}

type IntegerKind = 'argument' | 'tail' | 'maskBits' | 'set' | 'integer' | 'offset' | 'advance'

function integerStep(machine: Machine, instruction: InstructionOf<IntegerKind>): Step {
  switch (instruction.kind) {
    case 'argument': {
      const { d, index } = instruction
      if (d.type === 'vector') return () => machine.vector(d).f.fill(machine.values[index])
      if (d.type === 'pointer') return () => void Object.assign(machine.pointer(d), machine.places[index])
      return () => {
        machine.integer(d).value = machine.values[index]
      }
    }
    case 'tail': {
      const [d, count] = [machine.tail(instruction.d), numberOf(machine, instruction.count)]
      return () => {
        d.value = count()
        check(
          d.value >= 0 && d.value <= machine.lanes,
          () => `${machine.program.name}: a tail of ${d.value} elements; it must be 0 to the ${machine.lanes} lanes.`,
        )
      }
    }
    case 'maskBits': {
      const [d, a] = [machine.integer(instruction.d), machine.mask(instruction.a)]
      return () => {
        d.value = a.reduce((bits, lane, i) => bits + lane * 2 ** i, 0)
      }
    }
    case 'set': {
      const [d, a] = [machine.integer(instruction.d), numberOf(machine, instruction.a)]
      return () => {
        d.value = a()
      }
    }
    case 'integer': {
      const [d, a] = [machine.integer(instruction.d), machine.integer(instruction.a)]
      const [b, operation] = [numberOf(machine, instruction.b), integerOps[instruction.op]]
      return () => {
        d.value = operation(a.value, b())
      }
    }
    case 'offset': {
      const [d, a] = [machine.pointer(instruction.d), machine.pointer(instruction.a)]
      const by = numberOf(machine, instruction.by)
      return () => void Object.assign(d, { buffer: a.buffer, offset: a.offset + by() })
    }
    case 'advance': {
      const [d, by] = [machine.pointer(instruction.d), numberOf(machine, instruction.by)]
      return () => {
        d.offset += by()
      }
    }
  }
}

function compile(machine: Machine, instruction: Instruction): Step {
  switch (instruction.kind) {
    case 'load':
      return fetch(machine, instruction.source, machine.vector(instruction.d), instruction.tail, instruction)
    case 'store':
    case 'loadBytes':
    case 'storeBytes':
    case 'loadInteger':
    case 'storeInteger':
      return memoryStep(machine, instruction)
    case 'prefetch':
      return () => {}
    case 'compare':
    case 'maskOp':
    case 'maskNot':
    case 'tailMask':
      return maskStep(machine, instruction)
    case 'argument':
    case 'tail':
    case 'maskBits':
    case 'set':
    case 'integer':
    case 'offset':
    case 'advance':
      return integerStep(machine, instruction)
    case 'loop': {
      const trips = numberOf(machine, instruction.trips)
      const body = sequence(machine, instruction.body)
      const counter = machine.integer(instruction.counter)
      return () => {
        for (let left = trips(); left > 0; left--) {
          counter.value = left
          body()
        }
      }
    }
    case 'if': {
      const { left, test, right } = instruction.condition
      const [a, b] = [machine.integer(left), numberOf(machine, right)]
      const [body, otherwise] = [sequence(machine, instruction.body), sequence(machine, instruction.otherwise)]
      return () => (conditions[test](a.value, b()) ? body() : otherwise())
    }
    default:
      return laneStep(machine, instruction)
  }
}

function sequence(machine: Machine, body: readonly Instruction[]): Step {
  const steps = body.map((instruction) => compile(machine, instruction))
  return () => {
    for (const step of steps) {
      machine.counts.instructions++
      step()
    }
  }
}

/**
 * Runs `program` on the given buffers and numbers, by argument name, and returns what it did. Throws `ConvokeError` at
 * the first access that is not wholly inside its buffer, naming the instruction.
 */
export function interpret(program: Program, values: ProgramArguments): Readonly<RunCounts> {
  const machine = machineFor(program, values)
  sequence(machine, program.body)()
  return machine.counts
}
