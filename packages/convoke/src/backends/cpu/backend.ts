// The CPU engine as a backend: the planner's kernel plans run on a runtime (`native` or `wasm`). What the planner has no
// plan for runs as plain TypeScript loops, the reference's, on the engine's memory.

import { ConvokeError, withinMemory } from '../../shapes/error.ts'
import type { Backend, Buffer, DType, KernelName, KernelSpecs } from '../backend.ts'
import { type ReferenceKernels, referenceKernels } from '../reference/index.ts'
import { bytesOf, copyOf, type EngineBuffer, viewOf } from './engine-buffer.ts'
import { type Planned, planKernel } from './plan/index.ts'
import { type PreparedPlan, preparePlan, releasePlan, runStep } from './prepared-plan.ts'
import type { Program } from './program/index.ts'
import type { Kernel, Buffer as Memory, Runtime } from './runtime/index.ts'

export interface CpuBackend extends Backend {
  readonly runtime: Runtime
}

/** Distinct (kernel, spec, dtypes) whose plans are kept; the least recently used go first. */
const keptPlans = 512
/** Distinct programs kept as assembled bytes. */
const keptPrograms = 1024

export function createCpuBackend(runtime: Runtime): CpuBackend {
  const plans = recentlyUsed<PreparedPlan | null>(keptPlans, (prepared) => {
    if (prepared !== null) releasePlan(runtime, prepared)
  })
  const programs = new Map<string, Kernel>()
  const assemble = (program: Program): Kernel => {
    const key = JSON.stringify([program.name, program.arguments, program.body])
    const known = programs.get(key)
    if (known !== undefined) return known
    const kernel = runtime.assemble(program)
    if (programs.size >= keptPrograms) programs.delete(programs.keys().next().value as string)
    programs.set(key, kernel)
    return kernel
  }
  const prepare = (planned: Planned): PreparedPlan | null =>
    'plan' in planned ? preparePlan(runtime, planned.plan, assemble) : null

  const run = <K extends KernelName>(
    kernel: K,
    spec: KernelSpecs[K],
    inputs: readonly Buffer[],
    outputs: readonly Buffer[],
  ): void => {
    const [ins, outs] = [inputs as readonly EngineBuffer[], outputs as readonly EngineBuffer[]]
    for (const output of outs) dropDerived(runtime, output)
    if (outs.every(({ length }) => length === 0)) return
    const dtypes = [ins, outs].map((list) => list.map(({ dtype }) => dtype))
    const key = `${kernel}|${dtypes.join('>')}|${runtime.threads()}|${JSON.stringify(spec)}`
    let prepared = plans.get(key)
    if (prepared === undefined) {
      prepared = prepare(planKernel({ kernel, spec, inputs: dtypes[0], outputs: dtypes[1], runtime }))
      plans.set(key, prepared)
    }
    if (prepared !== null) runPlan(runtime, prepared, ins, outs)
    else runLoops(runtime, kernel, spec, ins, outs)
  }

  return {
    name: runtime.name,
    runtime,
    allocate: (dtype: DType, length: number): EngineBuffer => ({
      dtype,
      length,
      memory: runtime.allocate(Math.max(bytesOf(dtype, length), 1), `a ${dtype} tensor of ${length} elements`),
      derived: new Map(),
    }),
    write: (buffer, data) => {
      const target = buffer as EngineBuffer
      dropDerived(runtime, target)
      viewOf(target).set(data)
    },
    read: (buffer) => Promise.resolve(copyOf(buffer as EngineBuffer)),
    readSync: (buffer) => copyOf(buffer as EngineBuffer),
    release: (buffer) => {
      dropDerived(runtime, buffer as EngineBuffer)
      runtime.free((buffer as EngineBuffer).memory)
    },
    run,
  }
}

/** The reference's loops on the engine's memory. */
function runLoops<K extends KernelName>(
  runtime: Runtime,
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly EngineBuffer[],
  outputs: readonly EngineBuffer[],
): void {
  const loops = referenceKernels[kernel] as ReferenceKernels[K]
  const sizes = outputs.map(({ length }) => length).join(' and ')
  withinMemory(
    () => `${runtime.name}: working memory for ${kernel} with a result of ${sizes} elements`,
    () => loops(spec, inputs.map(viewOf), outputs.map(viewOf)),
  )
}

function dropDerived(runtime: Runtime, { derived }: EngineBuffer): void {
  for (const memory of derived.values()) runtime.free(memory)
  derived.clear()
}

function runPlan(
  runtime: Runtime,
  prepared: PreparedPlan,
  inputs: readonly EngineBuffer[],
  outputs: readonly EngineBuffer[],
): void {
  const scratch: Memory[] = []
  try {
    for (const bytes of prepared.plan.scratch) scratch.push(runtime.allocate(bytes, `scratch of ${prepared.plan.name}`))
    const kept = prepared.derived.map(({ description }) => derivedMemory(runtime, description, inputs))
    const bases = [
      ...inputs.map(({ memory }) => memory.address),
      ...outputs.map(({ memory }) => memory.address),
      ...scratch.map(({ address }) => address),
      ...prepared.tables.map(({ address }) => address),
      ...kept.map(({ memory }) => memory.address),
    ]
    prepared.derived.forEach(({ description, steps }, index) => {
      if (!kept[index].fresh) return
      const source = inputs[description.input]
      description.compute?.(viewOf(source) as Float32Array, kept[index].memory.float32())
      for (const step of steps) runStep(runtime, step, bases)
    })
    for (const step of prepared.steps) runStep(runtime, step, bases)
  } finally {
    for (const memory of scratch) runtime.free(memory)
  }
}

function derivedMemory(
  runtime: Runtime,
  { input, key, bytes }: { readonly input: number; readonly key: string; readonly bytes: number },
  inputs: readonly EngineBuffer[],
): { readonly memory: Memory; readonly fresh: boolean } {
  const source = inputs[input]
  if (source === undefined) throw new ConvokeError(`A kernel plan derives from input ${input}, which it does not have.`)
  const known = source.derived.get(key)
  if (known !== undefined) return { memory: known, fresh: false }
  const memory = runtime.allocate(bytes, 'a packed filter')
  source.derived.set(key, memory)
  return { memory, fresh: true }
}

interface Recent<V> {
  readonly get: (key: string) => V | undefined
  readonly set: (key: string, value: V) => void
}

/** A map of at most `most` entries; the one longest unused makes room. */
function recentlyUsed<V>(most: number, drop: (value: V) => void): Recent<V> {
  const entries = new Map<string, V>()
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set: (key, value) => {
      for (const [oldest, old] of entries) {
        if (entries.size < most) break
        entries.delete(oldest)
        drop(old)
      }
      entries.set(key, value)
    },
  }
}
