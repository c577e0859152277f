// What a kernel generator hands to the engine: programs, and how their work splits into tasks. Plain data, made once for
// a spec and run many times. A task never shares an output element with another task of its step, and a reduction is
// never split between tasks, so the result is the same to the bit for any number of threads.

import { check } from '../../../shapes/error.ts'
import type { TypedArray } from '../../backend.ts'
import type { Program } from '../program/index.ts'

/** A place in one of the plan's buffers. */
export interface Place {
  /** Inputs come first, then outputs, then `scratch`, `tables`, `workerScratch` and `derived`: `nameBuffers` counts them. */
  readonly buffer: number
  /** Bytes from its start. */
  readonly offset: number
}

/** One entry of a program's argument block: an address, or a number for an integer or float argument. */
export type ArgumentValue = Place | number

/** One program, run once for each task. Tasks of a step are independent; a step begins when the one before is
 * done, unless it joins it. */
export interface KernelStep {
  readonly program: Program
  readonly tasks: number
  /** The argument values of a task in the order of `program.arguments`. Pure: the engine calls it once and keeps the result. */
  readonly argumentsOf: (task: number) => readonly ArgumentValue[]
  /** Its tasks are independent of those of the step before, too: both run as one. */
  readonly joins?: boolean
  /**
   * Its tasks fall into so many equal runs, in order, and so do those of the step before; a run needs only what the same run of that
   * step wrote, which may lie in memory of the thread's own. One thread takes such a chain through all its steps.
   */
  readonly chains?: number
}

/** Steps that are run as one. */
export interface StepGroup {
  readonly steps: readonly KernelStep[]
  /** How many chains its tasks fall into; undefined where they are independent of each other. */
  readonly chains: number | undefined
}

/** Steps with those that join them or go on with their chains. */
export function groupsOf(steps: readonly KernelStep[]): StepGroup[] {
  const groups: { steps: KernelStep[]; chains: number | undefined }[] = []
  for (const step of steps) {
    const last = groups.at(-1)
    const { chains } = step
    if (chains !== undefined && last !== undefined) {
      last.steps.push(step)
      last.chains = chains
      check(
        last.steps.every(({ tasks }) => tasks % chains === 0),
        () => `${step.program.name}: ${last.steps.map(({ tasks }) => tasks)} tasks do not fall into ${chains} chains.`,
      )
    } else if (step.joins && last !== undefined && last.chains === undefined) last.steps.push(step)
    else groups.push({ steps: [step], chains: undefined })
  }
  return groups
}

/** The tasks of a group in an order that one thread may run them in: chain by chain. */
export function tasksOf({ steps, chains = 1 }: StepGroup): { readonly step: KernelStep; readonly task: number }[] {
  return Array.from({ length: chains }, (_, chain) =>
    steps.flatMap((step) => {
      const own = step.tasks / chains
      return Array.from({ length: own }, (_, i) => ({ step, task: chain * own + i }))
    }),
  ).flat()
}

/**
 * A buffer computed from one input alone, such as a packed filter. The engine keeps it with the input's memory for as
 * long as the input is not written to, so that a filter used again is not packed again.
 */
export interface Derived {
  /** Which input it is computed from. */
  readonly input: number
  readonly bytes: number
  /** Tells apart what different plans derive from one buffer. */
  readonly key: string
  /** Writes `target`; the input is given as its elements. Either this or `steps`. */
  readonly compute?: (source: Float32Array, target: Float32Array) => void
  /** Programs that write it, seeing the same buffers as the plan's own steps. */
  readonly steps?: readonly KernelStep[]
}

export interface KernelPlan {
  /** `direct 14x2 avx512`: what `explainPlan` and `bench` print. */
  readonly name: string
  readonly steps: readonly KernelStep[]
  /** Bytes of each scratch buffer, 64-byte aligned, contents undefined. Shared by all tasks of a run. */
  readonly scratch: readonly number[]
  /** Constant tables (indices, coefficients), copied into engine memory once for the life of the plan. */
  readonly tables: readonly TypedArray[]
  /** Bytes of each buffer that every thread has of its own, 64-byte aligned, contents undefined at the start of a task. */
  readonly workerScratch?: readonly number[]
  readonly derived?: readonly Derived[]
}

/** A plan whose only step runs one program. */
export function singleStep(
  program: Program,
  tasks: number,
  argumentsOf: KernelStep['argumentsOf'],
  tables: readonly TypedArray[] = [],
): KernelPlan {
  return Object.freeze({ name: program.name, steps: [{ program, tasks, argumentsOf }], scratch: [], tables })
}
