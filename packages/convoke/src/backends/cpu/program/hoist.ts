// Constants of innermost loops, brought before the loop as far as there are registers for them: a chain of instructions such as
// that of eˣ reads a dozen in every turn.

import { ConvokeError } from '../../../shapes/error.ts'
import { type Instruction, type InstructionOf, type Program, type Register, touched } from './instruction.ts'

type Constant = InstructionOf<'constant'>
type Loop = InstructionOf<'loop'>

const isLoop = (instruction: Instruction): instruction is Loop => instruction.kind === 'loop'

/** 0 is made by an instruction that costs nothing. */
const isWorthwhile = (instruction: Instruction): instruction is Constant =>
  instruction.kind === 'constant' && instruction.bits.some((word) => word !== 0)

const keyOf = ({ bits }: Constant): string => bits.join()

function hasLoops(body: readonly Instruction[]): boolean {
  return body.some(
    (instruction) =>
      isLoop(instruction) ||
      (instruction.kind === 'if' && (hasLoops(instruction.body) || hasLoops(instruction.otherwise))),
  )
}

/** The instructions with those of nested blocks. */
const flat = (body: readonly Instruction[]): Instruction[] =>
  body.flatMap((instruction) =>
    instruction.kind === 'loop'
      ? [instruction, ...flat(instruction.body)]
      : instruction.kind === 'if'
        ? [instruction, ...flat(instruction.body), ...flat(instruction.otherwise)]
        : [instruction],
  )

/** Registers that are written again after they were made. */
function rewritten(body: readonly Instruction[]): Set<Register> {
  const [made, again] = [new Set<Register>(), new Set<Register>()]
  for (const instruction of body) {
    const { makes, updates } = touched(instruction)
    if (updates !== undefined) again.add(updates)
    if (makes === undefined) continue
    if (made.has(makes)) again.add(makes)
    made.add(makes)
  }
  return again
}

/** A loop behind the first `most` of its constants, the one read most often first. */
function hoistLoop(loop: Loop, most: number): Instruction[] {
  const again = rewritten(flat(loop.body))
  const constants = loop.body.filter(isWorthwhile)
  const counts = new Map<string, number>()
  for (const constant of constants) counts.set(keyOf(constant), (counts.get(keyOf(constant)) ?? 0) + 1)
  const chosen = new Set(
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([key]) => key)
      .slice(0, most),
  )
  const before = new Map<string, Constant>()
  const moved = new Map<Register, Register>()
  const body = loop.body.flatMap((instruction): Instruction[] => {
    if (!isWorthwhile(instruction) || !chosen.has(keyOf(instruction)) || again.has(instruction.d)) {
      return [instruction]
    }
    const first = before.get(keyOf(instruction)) ?? instruction
    before.set(keyOf(instruction), first)
    moved.set(instruction.d, first.d)
    return []
  })
  return before.size === 0 ? [loop] : [...before.values(), { ...loop, body: renamed(body, moved) }]
}

/** The same instructions with other registers in place of some. */
const renamed = (body: readonly Instruction[], names: ReadonlyMap<Register, Register>): Instruction[] =>
  body.map((instruction) => {
    const entries = Object.entries(instruction).map(([name, value]) => {
      if (name === 'body' || name === 'otherwise') return [name, renamed(value as Instruction[], names)]
      return [name, names.get(value as Register) ?? value]
    })
    return Object.fromEntries(entries) as Instruction
  })

const hoistBody = (body: readonly Instruction[], most: number): Instruction[] =>
  body.flatMap((instruction): Instruction[] => {
    if (isLoop(instruction)) {
      return hasLoops(instruction.body)
        ? [{ ...instruction, body: hoistBody(instruction.body, most) }]
        : hoistLoop(instruction, most)
    }
    if (instruction.kind !== 'if') return [instruction]
    return [
      {
        ...instruction,
        body: hoistBody(instruction.body, most),
        otherwise: hoistBody(instruction.otherwise, most),
      },
    ]
  })

/** How many constants a loop of `body` has at most that could stand before it. */
export function mostConstants(body: readonly Instruction[]): number {
  let most = 0
  for (const instruction of body) {
    if (isLoop(instruction)) {
      const own = hasLoops(instruction.body)
        ? mostConstants(instruction.body)
        : new Set(instruction.body.filter(isWorthwhile).map(keyOf)).size
      most = Math.max(most, own)
    } else if (instruction.kind === 'if') {
      most = Math.max(most, mostConstants(instruction.body), mostConstants(instruction.otherwise))
    }
  }
  return most
}

/** The program with up to `most` constants of each innermost loop before it. */
export const hoistConstants = (program: Program, most: number): Program =>
  Object.freeze({ ...program, body: Object.freeze(hoistBody(program.body, most)) })

/** Instructions of a program up to which the search for room pays: longer ones, such as tiles written out, read few constants for their length. */
const mostInstructions = 500

/** How many instructions there are, those of nested blocks included; the count stops beyond `most`. */
function countUpTo(most: number, body: readonly Instruction[]): number {
  let count = 0
  for (const instruction of body) {
    count++
    if (isLoop(instruction)) count += countUpTo(most - count, instruction.body)
    else if (instruction.kind === 'if') {
      count += countUpTo(most - count, instruction.body)
      count += countUpTo(most - count, instruction.otherwise)
    }
    if (count > most) break
  }
  return count
}

/**
 * `program` with as many constants before its innermost loops as `fits` lets pass, and what that returned: it throws where there
 * are not registers enough.
 */
export function withConstantsFirst<T>(
  program: Program,
  fits: (program: Program) => T,
): { readonly program: Program; readonly result: T } {
  const attempt = (most: number): { readonly program: Program; readonly result: T } | undefined => {
    const hoisted = hoistConstants(program, most)
    try {
      return { program: hoisted, result: fits(hoisted) }
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      return undefined
    }
  }
  const isShort = countUpTo(mostInstructions, program.body) <= mostInstructions
  let [low, high] = [0, isShort ? mostConstants(program.body) : 0]
  let best = high === 0 ? undefined : attempt(high)
  if (best !== undefined || high === 0) return best ?? { program, result: fits(program) }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const found = attempt(middle)
    if (found === undefined) high = middle
    else [low, best] = [middle, found]
  }
  return best ?? { program, result: fits(program) }
}
