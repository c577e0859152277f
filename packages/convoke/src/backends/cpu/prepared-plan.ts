// A kernel plan made ready for one runtime: programs assembled, tables in engine memory, every task's arguments laid
// out. Running it again only fills in the addresses of the buffers.

import type { ArgumentValue, Derived, KernelPlan, KernelStep } from './kernels/plan.ts'
import type { Program } from './program/index.ts'
import type { Buffer, Call, Kernel, Runtime } from './runtime/index.ts'

interface PreparedStep {
  readonly calls: readonly Call[]
  /** The argument lists of `calls`, whose addresses `fill` writes. */
  readonly values: readonly number[][]
  /** For every call, the places in its argument list that are addresses: [position, buffer, offset] flattened. */
  readonly places: readonly (readonly number[])[]
  /** The addresses the values hold now. */
  bases: readonly number[]
}

export interface PreparedDerived {
  readonly description: Derived
  readonly steps: readonly PreparedStep[]
}

export interface PreparedPlan {
  readonly plan: KernelPlan
  readonly steps: readonly PreparedStep[]
  readonly tables: readonly Buffer[]
  readonly derived: readonly PreparedDerived[]
}

export function preparePlan(runtime: Runtime, plan: KernelPlan, assemble: (program: Program) => Kernel): PreparedPlan {
  const tables = plan.tables.map((table) => {
    const buffer = runtime.allocate(Math.max(table.byteLength, 1), 'a constant table')
    buffer.uint8().set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength))
    return buffer
  })
  const prepare = (step: KernelStep): PreparedStep => prepareStep(step, assemble)
  return {
    plan,
    steps: plan.steps.map(prepare),
    tables,
    derived: (plan.derived ?? []).map((description) => ({
      description,
      steps: (description.steps ?? []).map(prepare),
    })),
  }
}

function prepareStep(step: KernelStep, assemble: (program: Program) => Kernel): PreparedStep {
  const kernel = assemble(step.program)
  const values: number[][] = []
  const places: number[][] = []
  for (let task = 0; task < step.tasks; task++) {
    const list = step.argumentsOf(task)
    values.push(list.map((value) => (typeof value === 'number' ? value : 0)))
    places.push(list.flatMap((value, position) => placeOf(value, position)))
  }
  return { calls: values.map((list) => ({ kernel, values: list })), values, places, bases: [] }
}

const placeOf = (value: ArgumentValue, position: number): number[] =>
  typeof value === 'number' ? [] : [position, value.buffer, value.offset]

/** Runs one step over buffers at the addresses `bases`, in the order of {@link KernelPlan}. */
export function runStep(runtime: Runtime, step: PreparedStep, bases: readonly number[]): void {
  if (!sameNumbers(step.bases, bases)) {
    for (let task = 0; task < step.values.length; task++) {
      const list = step.values[task]
      const places = step.places[task]
      for (let i = 0; i < places.length; i += 3) list[places[i]] = bases[places[i + 1]] + places[i + 2]
    }
    step.bases = bases
  }
  runtime.run(step.calls)
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function releasePlan(runtime: Runtime, { tables }: PreparedPlan): void {
  for (const table of tables) runtime.free(table)
}
