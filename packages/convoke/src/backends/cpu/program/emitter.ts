// Where a builder's instructions go: the block being written, the registers that may be named there.

import { check } from '../../../shapes/error.ts'
import { type Instruction, type Register, touched } from './instruction.ts'
import { showRegister } from './print.ts'

export interface Emitter {
  /** A new register of `type`; it exists from the instruction that makes it to the end of that block. */
  readonly fresh: <T extends Register['type']>(type: T) => Extract<Register, { type: T }>
  readonly emit: (instruction: Instruction) => void
  /** The instructions `write` emits, as a nested block, in which `given` have values from the start. */
  readonly block: (write: () => void, given?: readonly Register[]) => readonly Instruction[]
  /** Emits what each of `writes` does, in turn: none may name what another makes. */
  readonly interleave: (writes: readonly (() => void)[]) => void
}

export interface RecordingEmitter extends Emitter {
  readonly finish: () => readonly Instruction[]
}

/** Appends lists to `target`, each evenly over the whole length; a constant comes right before what it is made for. */
function inTurn(target: Instruction[], lists: readonly Instruction[][]): void {
  const next = lists.map(() => 0)
  const left = (): number[] => lists.flatMap((list, i) => (next[i] < list.length ? [i] : []))
  for (let open = left(); open.length > 0; open = left()) {
    const first = open.reduce((a, b) => (next[b] / lists[b].length < next[a] / lists[a].length ? b : a))
    const list = lists[first]
    while (list[next[first]].kind === 'constant' && next[first] < list.length - 1) target.push(list[next[first]++])
    target.push(list[next[first]++])
  }
}

/** Throws `ConvokeError` as soon as an instruction names a register that has no value at that point. */
export function createEmitter(name: string): RecordingEmitter {
  let current: Instruction[] = []
  let visible = new Set<Register>()
  const made = new Set<Register>()
  let count = 0
  const emit = (instruction: Instruction): void => {
    const { reads, makes, updates } = touched(instruction)
    const overwritten = makes !== undefined && made.has(makes) ? [makes] : []
    for (const register of updates === undefined ? [...reads, ...overwritten] : [...reads, updates]) {
      check(
        visible.has(register),
        () =>
          `${name}: ${showRegister(register)} is used where it has no value. Define it in this block or in an enclosing one, in the same program.`,
      )
    }
    if (makes !== undefined && instruction.kind !== 'loop') {
      visible.add(makes)
      made.add(makes)
    }
    current.push(Object.freeze(instruction))
  }
  return {
    fresh: <T extends Register['type']>(type: T) =>
      Object.freeze({ type, id: count++ }) as Extract<Register, { type: T }>,
    emit,
    block: (write, given = []) => {
      const [outer, outside] = [current, visible]
      current = []
      visible = new Set([...outside, ...given])
      write()
      const written = Object.freeze(current)
      current = outer
      visible = outside
      return written
    },
    interleave: (writes) => {
      const [outer, outside] = [current, visible]
      const pieces = writes.map((write) => {
        current = []
        visible = new Set(outside)
        write()
        return { list: current, visible }
      })
      current = outer
      visible = new Set(pieces.flatMap((piece) => [...piece.visible]))
      inTurn(
        current,
        pieces.map(({ list }) => list),
      )
    },
    finish: () => Object.freeze(current),
  }
}
