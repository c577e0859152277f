// A kernel plan made ready for one runtime: programs assembled, tables in engine memory, every task's arguments laid
// out. Running it again only fills in the addresses of the buffers.

import { type Derived, groupsOf, type KernelPlan, type KernelStep, type StepGroup, tasksOf } from './kernels/plan.ts'
import type { Program } from './program/index.ts'
import { type Buffer, type Call, createKeptCalls, type KeptCalls, type Kernel, type Runtime } from './runtime/index.ts'

/** The calls of a step for one thread, and their argument lists, whose addresses are filled in. */
interface PreparedCalls {
  readonly calls: readonly Call[]
  /** Of all calls: outside the JavaScript heap, of which a call takes little. */
  readonly values: Float64Array
}

interface PreparedStep {
  /** For each thread where they differ in their scratch memory, else one for all; made when there are so many threads. */
  readonly threads: PreparedCalls[]
  /** Calls of a chain; 1 where they are independent of each other. */
  readonly chain: number
  /** The values that are addresses, of all calls: [position, buffer, offset] flattened. */
  readonly places: Float64Array
  /** The version of the addresses that the values were filled in for, and the lists of calls of the threads after the first. */
  filled: number
  own: readonly (readonly Call[])[]
  /** By the number of threads: the calls as they were written with these addresses. */
  readonly kept: (KeptCalls | undefined)[]
}

/** Where the buffers of a plan lie during a run. */
export interface Addresses {
  /** In the order of {@link KernelPlan}. */
  readonly bases: number[]
  /** Grows with every change. */
  version: number
  /** Buffers from this number to `threadEnd` exist once a thread, `threadStride` bytes apart. */
  threadFirst: number
  threadEnd: number
  readonly threadStride: number
}

/** Says where a buffer lies. */
export function setBase(addresses: Addresses, buffer: number, address: number): void {
  if (addresses.bases[buffer] === address) return
  addresses.bases[buffer] = address
  addresses.version++
}

export interface PreparedDerived {
  /** Without its steps, which hold programs. */
  readonly description: Omit<Derived, 'steps'>
  readonly steps: readonly PreparedStep[]
}

export interface PreparedPlan {
  /** Bytes of scratch buffers. The plan itself is not kept: its programs are many times as large as their code. */
  readonly scratch: readonly number[]
  readonly steps: readonly PreparedStep[]
  /** Buffers that the steps are given, by number. */
  readonly uses: ReadonlySet<number>
  readonly tables: readonly Buffer[]
  readonly derived: readonly PreparedDerived[]
  /** Where each buffer of `workerScratch` begins in a thread's own memory, and the bytes from thread to thread. */
  readonly threadOffsets: readonly number[]
  /** Those of the run before, until the next says others. */
  readonly addresses: Addresses
  /** For errors. */
  readonly scratchName: string
}

const cacheLine = 64
const roundUp = (bytes: number): number => Math.ceil(bytes / cacheLine) * cacheLine

export function preparePlan(runtime: Runtime, plan: KernelPlan, assemble: (program: Program) => Kernel): PreparedPlan {
  const tables = plan.tables.map((table) => {
    const buffer = runtime.allocate(Math.max(table.byteLength, 1), 'a constant table')
    buffer.uint8().set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength))
    return buffer
  })
  const prepare = (steps: readonly KernelStep[]): PreparedStep[] =>
    groupsOf(steps).map((group) => prepareStep(group, assemble))
  let threadStride = 0
  const threadOffsets = (plan.workerScratch ?? []).map((bytes) => {
    const offset = threadStride
    threadStride += roundUp(bytes)
    return offset
  })
  const steps = prepare(plan.steps)
  return {
    ...{ steps, uses: usesOf(steps), scratch: plan.scratch, threadOffsets, scratchName: `scratch of ${plan.name}` },
    addresses: { bases: [], version: 1, threadFirst: 0, threadEnd: 0, threadStride },
    tables,
    derived: (plan.derived ?? []).map(({ steps = [], ...description }) => ({ description, steps: prepare(steps) })),
  }
}

function usesOf(steps: readonly PreparedStep[]): Set<number> {
  const uses = new Set<number>()
  for (const { places } of steps) for (let i = 1; i < places.length; i += 3) uses.add(places[i])
  return uses
}

function prepareStep(group: StepGroup, assemble: (program: Program) => Kernel): PreparedStep {
  const sizeOf = ({ program, tasks }: KernelStep): number => program.arguments.length * tasks
  const values = new Float64Array(group.steps.reduce((sum, part) => sum + sizeOf(part), 0))
  const places = new Float64Array(3 * values.length)
  const kernels = new Map(group.steps.map((step) => [step, assemble(step.program)]))
  const calls: Call[] = []
  let [at, placed] = [0, 0]
  for (const { step, task } of tasksOf(group)) {
    calls.push({ kernel: kernels.get(step) as Kernel, values, at })
    for (const value of step.argumentsOf(task)) {
      if (typeof value === 'number') values[at] = value
      else {
        places[placed++] = at
        places[placed++] = value.buffer
        places[placed++] = value.offset
      }
      at++
    }
  }
  const chain = group.chains === undefined ? 1 : calls.length / group.chains
  return { threads: [{ calls, values }], chain, places: places.slice(0, placed), filled: 0, own: [], kept: [] }
}

/** Runs one step over buffers at these addresses. */
export function runStep(runtime: Runtime, step: PreparedStep, addresses: Addresses): void {
  const wanted = addresses.threadEnd > addresses.threadFirst ? runtime.threads() : 1
  const { threads } = step
  if (step.filled !== addresses.version) {
    threads.forEach((own, thread) => {
      fill(own.values, step.places, addresses, thread)
    })
    step.filled = addresses.version
    step.kept.length = 0
  }
  while (threads.length < wanted) {
    const own = copyOf(threads[0])
    fill(own.values, step.places, addresses, threads.length)
    threads.push(own)
  }
  if (step.own.length !== wanted - 1) step.own = threads.slice(1, wanted).map(({ calls }) => calls)
  // What is asked for once is not worth keeping.
  const kept = step.kept[wanted]
  step.kept[wanted] ??= createKeptCalls()
  runtime.run(threads[0].calls, step.own, kept, step.chain)
}

function copyOf({ calls, values: given }: PreparedCalls): PreparedCalls {
  const values = given.slice()
  return { calls: calls.map(({ kernel, at }) => ({ kernel, values, at: at ?? 0 })), values }
}

function fill(
  values: Float64Array,
  places: Float64Array,
  { bases, threadFirst, threadEnd, threadStride }: Addresses,
  thread: number,
): void {
  for (let i = 0; i < places.length; i += 3) {
    const buffer = places[i + 1]
    const shift = buffer >= threadFirst && buffer < threadEnd ? thread * threadStride : 0
    values[places[i]] = bases[buffer] + places[i + 2] + shift
  }
}

/**
 * Bytes of the JavaScript heap that a plan takes, roughly, and for an eighth those outside it: arguments, and the calls as they
 * were written.
 */
export function heapOf({ steps, derived }: PreparedPlan): number {
  let bytes = 4096
  for (const { threads, places } of [...steps, ...derived.flatMap((entry) => entry.steps)]) {
    for (const { calls, values } of threads) bytes += 50 * calls.length + values.byteLength / 4
    bytes += 256 + places.byteLength / 8
  }
  return bytes
}

export function releasePlan(runtime: Runtime, { tables }: PreparedPlan): void {
  for (const table of tables) runtime.free(table)
}
