// A kernel plan made ready for one runtime: programs assembled, tables in engine memory, every task's arguments laid
// out. Running it again only fills in the addresses of the buffers.

import type { ArgumentValue, Derived, KernelPlan, KernelStep } from './kernels/plan.ts'
import type { Program } from './program/index.ts'
import type { Buffer, Call, Kernel, Runtime } from './runtime/index.ts'

interface PreparedStep {
  readonly calls: readonly Call[]
  /** The argument lists of `calls`, whose addresses are filled in. */
  readonly values: readonly number[][]
  /** For every call, the places in its argument list that are addresses: [position, buffer, offset] flattened. */
  readonly places: readonly (readonly number[])[]
  /** What the values were filled in for. */
  filled: Addresses | undefined
}

/** Where the buffers of a plan lie during a run. */
export interface Addresses {
  /** In the order of {@link KernelPlan}. */
  readonly bases: readonly number[]
  /** Buffers from this number to `threadEnd` exist once a thread, `threadStride` bytes apart. */
  readonly threadFirst: number
  readonly threadEnd: number
  readonly threadStride: number
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
  const prepare = (steps: readonly KernelStep[]): PreparedStep[] =>
    together(steps).map((parts) => prepareStep(parts, assemble))
  return {
    plan,
    steps: prepare(plan.steps),
    tables,
    derived: (plan.derived ?? []).map((description) => ({
      description,
      steps: prepare(description.steps ?? []),
    })),
  }
}

/** Steps with those that join them. */
function together(steps: readonly KernelStep[]): KernelStep[][] {
  const groups: KernelStep[][] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (step.joins && last !== undefined) last.push(step)
    else groups.push([step])
  }
  return groups
}

function prepareStep(parts: readonly KernelStep[], assemble: (program: Program) => Kernel): PreparedStep {
  const calls: Call[] = []
  const values: number[][] = []
  const places: number[][] = []
  for (const { program, tasks, argumentsOf } of parts) {
    const kernel = assemble(program)
    for (let task = 0; task < tasks; task++) {
      const list = argumentsOf(task)
      const numbers = list.map((value) => (typeof value === 'number' ? value : 0))
      values.push(numbers)
      places.push(list.flatMap((value, position) => placeOf(value, position)))
      calls.push({ kernel, values: numbers })
    }
  }
  return { calls, values, places, filled: undefined }
}

const placeOf = (value: ArgumentValue, position: number): number[] =>
  typeof value === 'number' ? [] : [position, value.buffer, value.offset]

/** Runs one step over buffers at these addresses. */
export function runStep(runtime: Runtime, step: PreparedStep, addresses: Addresses): void {
  const perThread = addresses.threadEnd > addresses.threadFirst
  // A thread takes one unbroken share of the tasks, so that a share's scratch memory is never used by two at once.
  const grain = perThread ? Math.ceil(step.calls.length / runtime.threads()) : undefined
  if (step.filled === undefined || !sameAddresses(step.filled, addresses)) fill(step, addresses, grain ?? 1)
  runtime.run(step.calls, grain)
}

function fill(step: PreparedStep, addresses: Addresses, grain: number): void {
  const { bases, threadFirst, threadEnd, threadStride } = addresses
  for (let task = 0; task < step.values.length; task++) {
    const list = step.values[task]
    const places = step.places[task]
    const shift = Math.floor(task / grain) * threadStride
    for (let i = 0; i < places.length; i += 3) {
      const buffer = places[i + 1]
      const ownShift = buffer >= threadFirst && buffer < threadEnd ? shift : 0
      list[places[i]] = bases[buffer] + places[i + 2] + ownShift
    }
  }
  step.filled = addresses
}

function sameAddresses(a: Addresses, b: Addresses): boolean {
  if (a.threadStride !== b.threadStride || a.bases.length !== b.bases.length) return false
  for (let i = 0; i < a.bases.length; i++) if (a.bases[i] !== b.bases[i]) return false
  return true
}

export function releasePlan(runtime: Runtime, { tables }: PreparedPlan): void {
  for (const table of tables) runtime.free(table)
}
