// Runs a plan task by task in the interpreter: every access checked, every scratch buffer of its declared size.

import type { TypedArray } from '../../../backend.ts'
import { type BufferArgument, interpret } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'

/** `inputs` and `outputs` in the order of the plan. Scratch begins as NaN, so that reading before writing shows. */
export function interpretPlan(plan: KernelPlan, inputs: readonly TypedArray[], outputs: readonly TypedArray[]): void {
  const scratch = (sizes: readonly number[]) =>
    sizes.map((bytes) => new Float32Array(Math.ceil(bytes / 4)).fill(Number.NaN))
  const buffers = [...inputs, ...outputs, ...scratch(plan.scratch), ...plan.tables, ...scratch(plan.workerScratch)]
  for (const { program, tasks, argumentsOf } of plan.steps) {
    for (let task = 0; task < tasks; task++) {
      const values = argumentsOf(task)
      const named = program.arguments.map(({ name }, i): [string, BufferArgument | number] => {
        const value = values[i]
        return [name, typeof value === 'number' ? value : { data: buffers[value.buffer], offset: value.offset }]
      })
      interpret(program, Object.fromEntries(named))
    }
  }
}
