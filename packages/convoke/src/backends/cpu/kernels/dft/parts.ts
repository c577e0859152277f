// What the sweeps of a plan share: its buffers, named before their numbers are known, and tasks as stretches of lines.

import type { TypedArray } from '../../../backend.ts'
import type { Program } from '../../program/index.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'

/** A buffer of the plan. */
export interface Part {
  readonly kind: 'given' | 'scratch' | 'table' | 'worker'
  readonly index: number
}

/** A place in a part, in bytes. */
export interface PartPlace {
  readonly part: Part
  readonly offset: number
}

export type PartValues = Readonly<Record<string, PartPlace | number>>

export interface Parts {
  readonly input: Part
  readonly output: Part
  readonly scratch: (bytes: number) => Part
  /** The same for the same name, made once. */
  readonly table: (name: string, make: () => TypedArray) => Part
  /** The same for the same name, large enough for all. */
  readonly worker: (name: string, bytes: number) => Part
  readonly step: (program: Program, tasks: number, valuesOf: (task: number) => PartValues, joins?: boolean) => void
  readonly plan: (name: string) => KernelPlan
}

export const at = (part: Part, offset = 0): PartPlace => ({ part, offset })

/** Buffers of 64 bytes at least, in whole cache lines. */
const rounded = (bytes: number): number => Math.max(64, Math.ceil(bytes / 64) * 64)

export function createParts(): Parts {
  const scratch: number[] = []
  const tables: TypedArray[] = []
  const tableNames = new Map<string, number>()
  const workers = new Map<string, { readonly index: number; bytes: number }>()
  const steps: {
    readonly program: Program
    readonly tasks: number
    readonly valuesOf: (task: number) => PartValues
    readonly joins: boolean
  }[] = []
  const numberOf = ({ kind, index }: Part): number => {
    if (kind === 'given') return index
    if (kind === 'scratch') return 2 + index
    if (kind === 'table') return 2 + scratch.length + index
    return 2 + scratch.length + tables.length + index
  }
  return {
    input: { kind: 'given', index: 0 },
    output: { kind: 'given', index: 1 },
    scratch: (bytes) => ({ kind: 'scratch', index: scratch.push(rounded(bytes)) - 1 }),
    table: (name, make) => {
      const index = tableNames.get(name) ?? tables.push(make()) - 1
      tableNames.set(name, index)
      return { kind: 'table', index }
    },
    worker: (name, bytes) => {
      const known = workers.get(name) ?? { index: workers.size, bytes: 0 }
      known.bytes = Math.max(known.bytes, rounded(bytes))
      workers.set(name, known)
      return { kind: 'worker', index: known.index }
    },
    step: (program, tasks, valuesOf, joins = false) => {
      if (tasks > 0) steps.push({ program, tasks, valuesOf, joins: joins && steps.length > 0 })
    },
    plan: (name) =>
      Object.freeze({
        name,
        steps: steps.map(
          ({ program, tasks, valuesOf, joins }): KernelStep => ({
            program,
            tasks,
            joins,
            argumentsOf: (task) => {
              const values = valuesOf(task)
              return program.arguments.map((argument) => {
                const value = values[argument.name]
                return typeof value === 'number' ? value : { buffer: numberOf(value.part), offset: value.offset }
              })
            },
          }),
        ),
        scratch,
        tables,
        workerScratch: [...workers.values()].map(({ bytes }) => bytes),
      }),
  }
}

/** Complex elements that are worth a task, and tasks that are enough for any number of threads. */
const smallestTask = 16384
const mostTasks = 128

/** A task: `outers` lines of blocks from `outer` on, or a part of the blocks of one. */
export interface Stretch {
  readonly outer: number
  readonly outers: number
  readonly block: number
  readonly blocks: number
}

/** `outer` lines of `blocks` blocks of so many elements each, in stretches that depend on the sizes alone. */
export function stretchesOf(
  outer: number,
  blocks: number,
  elements: number,
): { count: number; of: (task: number) => Stretch } {
  const least = Math.max(smallestTask, Math.ceil((outer * blocks * elements) / mostTasks))
  if (blocks * elements <= least) {
    const outers = Math.max(1, Math.floor(least / Math.max(1, blocks * elements)))
    return {
      count: Math.ceil(outer / outers),
      of: (task) => ({
        outer: task * outers,
        outers: Math.min(outers, outer - task * outers),
        ...{ block: 0, blocks },
      }),
    }
  }
  const per = Math.max(1, Math.floor(least / elements))
  const each = Math.ceil(blocks / per)
  return {
    count: outer * each,
    of: (task) => {
      const block = (task % each) * per
      return { outer: Math.floor(task / each), outers: 1, block, blocks: Math.min(per, blocks - block) }
    },
  }
}
