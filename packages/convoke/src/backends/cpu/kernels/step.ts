// Steps of a plan from named arguments, with programs shared between plans.

import type { TypedArray } from '../../backend.ts'
import type { Program } from '../program/index.ts'
import type { ArgumentValue, KernelPlan, KernelStep, Place } from './plan.ts'

/** One run of a program: every argument by its name. */
export type CallArguments = Readonly<Record<string, ArgumentValue>>

export const place = (buffer: number, offset: number): Place => ({ buffer, offset })

const programs = new Map<string, Program>()

/**
 * The program that `make` writes, made once. `key` holds everything the program depends on, its target included; sizes
 * that change only the number of turns of a loop are arguments, so a few programs serve all shapes and the engine, which
 * knows a program by its identity, assembles each once.
 */
export function programFor(key: string, make: () => Program): Program {
  const known = programs.get(key)
  if (known !== undefined) {
    inspect?.(key, known, make)
    return known
  }
  const program = make()
  programs.set(key, program)
  return program
}

/** Looks at a program that was made before for `key`, and at how it would be made now. */
export type InspectProgram = (key: string, known: Program, make: () => Program) => void

let inspect: InspectProgram | undefined

/** For tests, which look whether keys hold all that their programs depend on. */
export function inspectPrograms(by: InspectProgram | undefined): void {
  inspect = by
}

/** A step of one task a call. */
export const stepOf = (program: Program, calls: readonly CallArguments[]): KernelStep => ({
  program,
  tasks: calls.length,
  argumentsOf: (task) => program.arguments.map(({ name }) => calls[task][name]),
})

/** The same with the arguments of a call worked out when they are laid out: for steps of very many calls. */
export const stepOfEach = (program: Program, tasks: number, callOf: (task: number) => CallArguments): KernelStep => ({
  program,
  tasks,
  argumentsOf: (task) => {
    const call = callOf(task)
    return program.arguments.map(({ name }) => call[name])
  },
})

/** A plan named after the program that does most of its work: that of its first step, unless told otherwise. */
export const planOf = (
  steps: readonly KernelStep[],
  scratch: readonly number[] = [],
  tables: readonly TypedArray[] = [],
  name: string = steps[0].program.name,
): KernelPlan => Object.freeze({ name, steps, scratch, tables, workerScratch: [] })

/** Whole vectors and what is left over of so many elements, as `emitRow` takes them. */
export const rowArguments = (lanes: number, elements: number): { vectors: number; rest: number } => ({
  vectors: Math.floor(elements / lanes),
  rest: elements % lanes,
})
