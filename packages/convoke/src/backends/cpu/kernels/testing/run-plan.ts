// Runs plans in tests: every task through the interpreter and every assembled form this machine has.

import type { TypedArray } from '../../../backend.ts'
import type { BufferArgument, ProgramArguments } from '../../program/index.ts'
import { checkProgram } from '../../testing/check-program.ts'
import { groupsOf, type KernelPlan, type KernelStep, tasksOf } from '../plan.ts'

function valuesOf({ program, argumentsOf }: KernelStep, task: number, buffers: readonly ArrayBufferView[]) {
  const values = argumentsOf(task)
  return Object.fromEntries(
    program.arguments.map(({ name }, i): [string, BufferArgument | number] => {
      const value = values[i]
      if (value === undefined) throw new Error(`${program.name}: argument ${name} is given no value`)
      return [name, typeof value === 'number' ? value : { data: buffers[value.buffer], offset: value.offset }]
    }),
  ) satisfies ProgramArguments
}

/** Runs `plan` on these arrays, the last task of each step, and the last chain, first: their order must not matter. */
export function checkPlan(
  plan: KernelPlan,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
  run: (program: KernelStep['program'], values: ProgramArguments) => void = checkProgram,
): void {
  const empty = (sizes: readonly number[]) => sizes.map((bytes) => new Float32Array(bytes / 4).fill(-77))
  const derived = empty((plan.derived ?? []).map(({ bytes }) => bytes))
  const own = empty(plan.workerScratch ?? [])
  const buffers = [...inputs, ...outputs, ...empty(plan.scratch), ...plan.tables, ...own, ...derived]
  const runSteps = (steps: readonly KernelStep[]): void => {
    for (const group of groupsOf(steps)) {
      const { chains } = group
      const tasks = tasksOf(group)
      const length = chains === undefined ? 1 : tasks.length / chains
      for (let first = tasks.length - length; first >= 0; first -= length) {
        for (const { step, task } of tasks.slice(first, first + length))
          run(step.program, valuesOf(step, task, buffers))
      }
    }
  }
  plan.derived?.forEach(({ input, compute, steps = [] }, i) => {
    compute?.(inputs[input] as Float32Array, derived[i])
    runSteps(steps)
  })
  runSteps(plan.steps)
}
