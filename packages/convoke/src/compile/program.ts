// A network written down as the kernels it runs: steps in order, and the values that they read and write.

import type { Backend, DType, Kernel, KernelName, KernelSpecs } from '../backends/backend.ts'
import type { Held } from '../tensor/held.ts'
import { keep, runScope } from '../tensor/scope.ts'
import type { Storage } from '../tensor/storage.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { IndexRange } from '../tensor/witness.ts'

/** One value: a flat buffer whose contents a run puts there, or that is always the same. */
export interface Cell {
  readonly dtype: DType
  readonly length: number
  /** The numbers, where every run has the same. */
  constant?: Tensor | undefined
  /** The same of a program that was read from a file. */
  readonly held?: Held | undefined
  /** The same of a constant that nobody has read yet: computes it, inside a scope. Its memory is taken when it is wanted. */
  make?: (() => Tensor) | undefined
  /** Whether the constant is this program's alone. */
  readonly own?: boolean | undefined
}

/** Whether every run has the same numbers. */
export const isConstant = ({ constant, make, held }: Cell): boolean => (constant ?? make ?? held) !== undefined

/** The numbers of a constant, computed now where they were not yet; undefined of a value that changes from run to run. */
export function constantOf(cell: Cell): Tensor | undefined {
  const { make } = cell
  if (make !== undefined) {
    cell.make = undefined
    cell.constant = keep(runScope(make, (made) => [made]))
  }
  return cell.constant
}

/** The memory of a constant, computed now where it was not yet. */
export const memoryOf = (cell: Cell): Storage | undefined => (cell.held ?? constantOf(cell))?.storage

export interface KernelStep<K extends KernelName = KernelName> {
  readonly kernel: Kernel<K>
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly Cell[]
  readonly outputs: readonly Cell[]
  /** The module that ran it: `features.0`. */
  readonly path: string
  /** Which of a run's seeds takes the place of the key in the spec; undefined where the spec stays as it is. */
  readonly draw?: number | undefined
}

/** Indices that JavaScript checks, and counts from the start, before a kernel follows them. */
export interface HostStep {
  readonly kernel: null
  readonly range: IndexRange
  readonly inputs: readonly Cell[]
  readonly outputs: readonly Cell[]
  readonly path: string
}

export type Step = KernelStep | HostStep

export interface Program {
  readonly backend: Backend
  readonly inputs: readonly Cell[]
  readonly outputs: readonly Cell[]
  readonly steps: readonly Step[]
}

/** Whether a step is one of a kernel. */
export const isKernel = <K extends KernelName>(step: Step | undefined, name: K): step is KernelStep<K> =>
  step?.kernel?.name === name

/** Who writes each value and who reads it. */
export interface Uses {
  readonly writers: ReadonlyMap<Cell, readonly Step[]>
  readonly readers: ReadonlyMap<Cell, readonly Step[]>
  readonly outputs: ReadonlySet<Cell>
}

export function usesOf({ steps, outputs }: Program): Uses {
  const [writers, readers] = [new Map<Cell, Step[]>(), new Map<Cell, Step[]>()]
  const note = (map: Map<Cell, Step[]>, cell: Cell, step: Step): void => {
    const known = map.get(cell)
    if (known === undefined) map.set(cell, [step])
    else if (!known.includes(step)) known.push(step)
  }
  for (const step of steps) {
    for (const cell of step.inputs) note(readers, cell, step)
    for (const cell of step.outputs) note(writers, cell, step)
  }
  return { writers, readers, outputs: new Set(outputs) }
}

/** The program without what nobody reads. */
export function alive(program: Program): Program {
  const wanted = new Set(program.outputs)
  const kept: Step[] = []
  for (let i = program.steps.length - 1; i >= 0; i--) {
    const step = program.steps[i]
    // Where JavaScript looks at numbers it may refuse them.
    if (step.kernel !== null && !step.outputs.some((cell) => wanted.has(cell))) continue
    for (const cell of step.inputs) wanted.add(cell)
    kept.push(step)
  }
  return { ...program, steps: kept.reverse() }
}
