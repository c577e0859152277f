// Registers of the machine for the registers of the program: linear scan over live ranges (Poletto & Sarkar 1999).
// A kernel that needs more than the machine has is refused: hot code must never spill.

import { ConvokeError } from '../../../shapes/error.ts'
import { type Instruction, type Program, type Register, touched } from './instruction.ts'
import { showRegister } from './print.ts'

export type RegisterClass = 'vector' | 'integer' | 'mask'

/** How a lowering wants registers given out. */
export interface AllocationRules {
  /** Machine registers of each class, in order of preference. */
  readonly pools: Readonly<Record<RegisterClass, readonly number[]>>
  /** Which class holds a register, or undefined when it needs none. */
  readonly classOf: (register: Register) => RegisterClass | undefined
  /** Vectors that the instruction's lowering needs for itself. */
  readonly scratchVectors: (instruction: Instruction) => number
  /** Whether the lowering writes the result before it has read all operands. */
  readonly writesEarly: (instruction: Instruction) => boolean
}

export interface Allocation {
  readonly registerOf: (register: Register) => number
  readonly scratchOf: (instruction: Instruction) => readonly number[]
  /** The machine registers used at all, by class. */
  readonly used: Readonly<Record<RegisterClass, ReadonlySet<number>>>
  /** The integer register that holds the address of the argument block. */
  readonly argumentBlock: number
}

interface Range {
  readonly register: Register
  readonly class: RegisterClass
  readonly start: number
  end: number
  readonly at: Instruction | undefined
}

interface Loop {
  readonly start: number
  readonly carried: Set<Range>
}

/** A position is two steps: an instruction reads at 2n and writes at 2n + 1. */
function liveRanges(program: Program, rules: AllocationRules, argumentBlock: Register) {
  const ranges = new Map<Register, Range>()
  const order: Range[] = []
  const scratch = new Map<Instruction, Range[]>()
  const loops: Loop[] = []
  let position = 0

  const open = (register: Register, start: number, at: Instruction | undefined): void => {
    const kind = rules.classOf(register)
    if (kind === undefined) return
    const range: Range = { register, class: kind, start, end: start, at }
    ranges.set(register, range)
    order.push(range)
  }
  const use = (register: Register, at: number): void => {
    const range = ranges.get(register)
    if (range === undefined) return
    range.end = Math.max(range.end, at)
    // A value made before a loop and used inside it must last through every turn.
    loops.find((loop) => loop.start > range.start)?.carried.add(range)
  }

  const walk = (body: readonly Instruction[]): void => {
    for (const instruction of body) {
      const [read, write] = [position, position + 1]
      position += 2
      const { reads, makes, updates } = touched(instruction)
      for (const register of reads) use(register, read)
      if (instruction.kind === 'argument') use(argumentBlock, read)
      if (updates !== undefined) use(updates, write)
      const extra = Array.from({ length: rules.scratchVectors(instruction) }, (_, i): Range => {
        const register: Register = { type: 'vector', id: -1 - i }
        return { register, class: 'vector', start: read, end: read, at: instruction }
      })
      if (extra.length > 0) {
        scratch.set(instruction, extra)
        for (const range of extra) order.push(range)
      }
      if (makes !== undefined) {
        if (ranges.has(makes)) use(makes, write)
        else open(makes, rules.writesEarly(instruction) ? read : write, instruction)
      }
      if (instruction.kind === 'loop') {
        const loop: Loop = { start: write, carried: new Set() }
        loops.push(loop)
        walk(instruction.body)
        position += 2
        loops.pop()
        use(instruction.counter, position)
        for (const range of loop.carried) range.end = Math.max(range.end, position)
      } else if (instruction.kind === 'if') {
        walk(instruction.body)
        walk(instruction.otherwise)
      }
    }
  }

  open(argumentBlock, -1, undefined)
  walk(program.body)
  return { order, scratch }
}

/** Without its operands: what prints them would come along into every page. */
const briefly = (instruction: Instruction): string =>
  `${'d' in instruction ? `${showRegister(instruction.d)} = ` : ''}${instruction.kind}`

function tooMany(program: Program, range: Range, alive: readonly Range[], limit: number): ConvokeError {
  const same = alive.filter((other) => other.class === range.class)
  const where = range.at === undefined ? '' : ` at "${briefly(range.at)}"`
  const names = same.map(({ register }) => (register.id < 0 ? 'scratch' : showRegister(register))).join(' ')
  return new ConvokeError(
    `${program.name}: ${same.length + 1} ${range.class} registers are alive${where}, ${program.target.name} has ${limit} (${names}). Use a smaller tile.`,
  )
}

/** Machine registers for `program`. Throws `ConvokeError` when more values are alive at once than the machine holds. */
export function allocate(program: Program, rules: AllocationRules): Allocation {
  const argumentBlock: Register = { type: 'pointer', id: Number.MAX_SAFE_INTEGER }
  const { order, scratch } = liveRanges(program, rules, argumentBlock)
  const given = new Map<Register, number>()
  const used = { vector: new Set<number>(), integer: new Set<number>(), mask: new Set<number>() }
  const busy = { vector: new Set<number>(), integer: new Set<number>(), mask: new Set<number>() }
  let alive: Range[] = []
  for (const range of [...order].sort((a, b) => a.start - b.start)) {
    for (const past of alive) if (past.end < range.start) busy[past.class].delete(given.get(past.register)!)
    alive = alive.filter((other) => other.end >= range.start)
    const pool = rules.pools[range.class]
    const free = pool.find((register) => !busy[range.class].has(register))
    if (free === undefined) throw tooMany(program, range, alive, pool.length)
    given.set(range.register, free)
    busy[range.class].add(free)
    used[range.class].add(free)
    alive.push(range)
  }
  return {
    registerOf: (register) => given.get(register)!,
    scratchOf: (instruction) => (scratch.get(instruction) ?? []).map(({ register }) => given.get(register)!),
    used,
    argumentBlock: given.get(argumentBlock)!,
  }
}
