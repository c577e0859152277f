// Runs a plan task by task through the check of every program: interpreted with every access checked, then assembled.

import type { TypedArray } from '../../../backend.ts'
import type { BufferArgument } from '../../program/index.ts'
import { checkProgram } from '../../testing/check-program.ts'
import type { KernelPlan } from '../plan.ts'

/**
 * Computes `outputs` from `inputs`, both in the order of the plan. Scratch has its declared size and begins as NaN, so
 * that reading before writing shows. Throws as `checkProgram` does.
 */
export function checkPlan(plan: KernelPlan, inputs: readonly TypedArray[], outputs: readonly TypedArray[]): void {
  const scratch = (sizes: readonly number[]): TypedArray[] =>
    sizes.map((bytes) => new Float32Array(Math.ceil(bytes / 4)).fill(Number.NaN))
  const buffers = [...inputs, ...outputs, ...scratch(plan.scratch), ...plan.tables, ...scratch(plan.workerScratch)]
  for (const { program, tasks, argumentsOf } of plan.steps) {
    for (let task = 0; task < tasks; task++) {
      const values = argumentsOf(task)
      const named = program.arguments.map(({ name }, i): [string, BufferArgument | number] => {
        const value = values[i]
        return [name, typeof value === 'number' ? value : { data: buffers[value.buffer], offset: value.offset }]
      })
      checkProgram(program, Object.fromEntries(named))
    }
  }
}
