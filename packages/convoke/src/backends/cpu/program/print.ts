// A program as text, one line an instruction.

import type {
  Instruction,
  IntegerOperand,
  MemoryOperand,
  Program,
  Register,
  Tail,
  VectorOperand,
} from './instruction.ts'

const prefix = { vector: 'v', mask: 'm', tail: 't', integer: 'i', pointer: 'p' } as const

/** `v12`. */
export const showRegister = (register: Register): string => `${prefix[register.type]}${register.id}`

const integer = (value: IntegerOperand): string => (typeof value === 'number' ? String(value) : showRegister(value))

const memory = ({ pointer, displacement, broadcast }: MemoryOperand): string => {
  const sign = displacement < 0 ? '-' : '+'
  const at = displacement === 0 ? '' : ` ${sign} ${Math.abs(displacement)}`
  return `[${showRegister(pointer)}${at}]${broadcast ? ' each' : ''}`
}

const operand = (value: VectorOperand): string => (value.type === 'memory' ? memory(value) : showRegister(value))

const limited = (tail: Tail | undefined): string =>
  tail === undefined ? '' : ` first ${tail.count ?? showRegister(tail)}`

const floats = new Float32Array(1)
const ints = new Int32Array(floats.buffer)
const constant = (bits: number): string => {
  ints[0] = bits
  return Number.isNaN(floats[0]) ? `bits ${bits}` : String(floats[0])
}

function simple(instruction: Exclude<Instruction, { kind: 'loop' | 'if' }>, program: Program): string {
  const into = 'd' in instruction ? `${showRegister(instruction.d)} = ` : ''
  switch (instruction.kind) {
    case 'argument':
      return `${into}argument ${program.arguments[instruction.index].name}`
    case 'constant':
      return `${into}constant ${instruction.bits.map(constant).join(' ')}`
    case 'splat':
    case 'copy':
    case 'maskNot':
    case 'maskBits':
      return `${into}${instruction.kind} ${showRegister(instruction.a)}`
    case 'load':
      return `${into}load ${memory(instruction.source)}${limited(instruction.tail)}`
    case 'store':
      return `store ${memory(instruction.to)}${limited(instruction.tail)}, ${showRegister(instruction.a)}`
    case 'loadBytes':
      return `${into}loadBytes ${memory(instruction.source)} first ${instruction.count}`
    case 'storeBytes':
      return `storeBytes ${memory(instruction.to)} first ${instruction.count}, ${showRegister(instruction.a)}`
    case 'prefetch':
      return `prefetch ${memory(instruction.source)}`
    case 'loadInteger':
      return `${into}loadInteger ${memory(instruction.source)}`
    case 'storeInteger':
      return `storeInteger ${memory(instruction.to)}, ${showRegister(instruction.a)}`
    case 'unary':
      return `${into}${instruction.op} ${showRegister(instruction.a)}`
    case 'binary':
      return `${into}${instruction.op} ${showRegister(instruction.a)}, ${operand(instruction.b)}`
    case 'shift':
      return `${into}${instruction.op} ${showRegister(instruction.a)}, ${instruction.by}`
    case 'fma':
      return `${into}${instruction.form} ${showRegister(instruction.a)}, ${operand(instruction.b)}`
    case 'compare':
    case 'maskOp':
      return `${into}${instruction.op} ${showRegister(instruction.a)}, ${showRegister(instruction.b)}`
    case 'tailMask':
      return `${into}tailMask ${instruction.tail.count ?? showRegister(instruction.tail)}`
    case 'select':
      return `${into}select ${[instruction.mask, instruction.a, instruction.b].map(showRegister).join(', ')}`
    case 'shuffle':
      return `${into}shuffle ${showRegister(instruction.a)}, ${showRegister(instruction.b)} by ${instruction.pattern.join(' ')}`
    case 'tail':
      return `${into}tail ${integer(instruction.count)}`
    case 'set':
      return `${into}set ${integer(instruction.a)}`
    case 'integer':
      return `${into}${instruction.op} ${showRegister(instruction.a)}, ${integer(instruction.b)}`
    case 'offset':
      return `${into}offset ${showRegister(instruction.a)}, ${integer(instruction.by)}`
    case 'advance':
      return `${into}advance ${integer(instruction.by)}`
  }
}

/** One instruction as one line; of a loop or branch, its head. */
export function printInstruction(instruction: Instruction, program: Program): string {
  if (instruction.kind === 'loop') return `loop ${integer(instruction.trips)} times`
  if (instruction.kind === 'if') {
    const { left, test, right } = instruction.condition
    return `if ${showRegister(left)} ${test} ${integer(right)}`
  }
  return simple(instruction, program)
}

function lines(body: readonly Instruction[], program: Program, indent: string): string[] {
  const inner = `${indent}  `
  return body.flatMap((instruction) => {
    const head = indent + printInstruction(instruction, program)
    if (instruction.kind === 'loop') return [head, ...lines(instruction.body, program, inner)]
    if (instruction.kind !== 'if') return [head]
    const then = [head, ...lines(instruction.body, program, inner)]
    if (instruction.otherwise.length === 0) return then
    return [...then, `${indent}else`, ...lines(instruction.otherwise, program, inner)]
  })
}

/** The whole program: its name and arguments, then one line an instruction, nested blocks indented. */
export function printProgram(program: Program): string {
  const list = program.arguments.map(({ name, kind }) => `${name}: ${kind}`).join(', ')
  return [`${program.name} (${list})`, ...lines(program.body, program, '  ')].join('\n')
}
