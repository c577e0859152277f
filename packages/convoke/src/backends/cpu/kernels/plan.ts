// What a kernel generator hands to the engine: programs, and how their work splits into tasks. Plain data, made once for
// a spec and run many times. A task never shares an output element with another task of its step, and a reduction is
// never split between tasks, so the result is the same to the bit for any number of threads.

import type { TypedArray } from '../../backend.ts'
import type { Program } from '../program/index.ts'

/** A place in one of the plan's buffers. */
export interface Place {
  /** Inputs come first, then outputs, then `scratch`, then `tables`, then `workerScratch`. */
  readonly buffer: number
  /** Bytes from its start. */
  readonly offset: number
}

/** One entry of a program's argument block: an address, or a number for an integer or float argument. */
export type ArgumentValue = Place | number

/** One program, run once for each task. Tasks of a step are independent; a step begins when the one before is done. */
export interface KernelStep {
  readonly program: Program
  readonly tasks: number
  /** The argument values of a task in the order of `program.arguments`. Pure: the engine calls it once and keeps the result. */
  readonly argumentsOf: (task: number) => readonly ArgumentValue[]
}

export interface KernelPlan {
  /** `direct 14x2 avx512`: what `explain` and `bench` print. */
  readonly name: string
  readonly steps: readonly KernelStep[]
  /** Bytes of each scratch buffer, 64-byte aligned, contents undefined. Shared by all tasks of a run. */
  readonly scratch: readonly number[]
  /** Constant tables (indices, coefficients), copied into engine memory once for the life of the plan. */
  readonly tables: readonly TypedArray[]
  /** Bytes of each buffer that every thread has of its own, 64-byte aligned, contents undefined at the start of a task. */
  readonly workerScratch: readonly number[]
}

/** A plan whose only step runs one program. */
export function singleStep(
  program: Program,
  tasks: number,
  argumentsOf: KernelStep['argumentsOf'],
  tables: readonly TypedArray[] = [],
): KernelPlan {
  return Object.freeze({
    name: program.name,
    steps: [{ program, tasks, argumentsOf }],
    scratch: [],
    tables,
    workerScratch: [],
  })
}
