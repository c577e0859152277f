// The CPU engine as a backend: the planner's kernel plans run on a runtime (`native` or `wasm`). What the planner has no
// plan for runs as plain TypeScript loops, the reference's, on the engine's memory.

import type { ConvSpec } from '../../shapes/conv-spec.ts'
import { check, withinMemory } from '../../shapes/error.ts'
import { withArticle } from '../../shapes/words.ts'
import type {
  Kernel as Asked,
  Backend,
  Buffer,
  DType,
  KernelName,
  KernelSpecs,
  PlanExplanation,
  StridedCopy,
} from '../backend.ts'
import { bytesOf, copyOf, type EngineBuffer, gone, isEngineBuffer, partOf, viewOf } from './engine-buffer.ts'
import type { Derived } from './kernels/plan.ts'
import { separates } from './kernels/separable/index.ts'
import { measurePeak } from './peak.ts'
import { type Choices, createChoices, fastestOf } from './plan/choices.ts'
import {
  asksForFactors,
  type Candidate,
  otherWays,
  type Planned,
  type PlanQuestion,
  planCandidates,
  planKernel,
  questionText,
} from './plan/index.ts'
import { createPlanCache } from './plan-cache.ts'
import {
  heapOf,
  type PreparedDerived,
  type PreparedPlan,
  preparePlan,
  releasePlan,
  runStep,
  setBase,
} from './prepared-plan.ts'
import type { Program } from './program/index.ts'
import { type Kernel, type Buffer as Memory, type Runtime, showBytes } from './runtime/index.ts'

export interface CpuBackend extends Backend {
  readonly runtime: Runtime
}

/** Plans that are kept; those longest unused go first. */
const keptPlans = 512
/** Bytes of the JavaScript heap that they may take together; of tables eight times as many. */
const keptHeap = 2 ** 25
const costOf = (prepared: PreparedPlan | null): number =>
  prepared === null ? 0 : heapOf(prepared) + prepared.tables.reduce((sum, { byteLength }) => sum + byteLength, 0) / 8

/** The engine on a runtime; `choices` are what was measured before, `plan` is what plans where nothing is measured. */
export function createCpuBackend(
  runtime: Runtime,
  choices: Choices = createChoices(runtime.choices, runtime.machine),
  plan: (question: PlanQuestion) => Planned = planKernel,
): CpuBackend {
  const plans = createPlanCache<PreparedPlan | null>(
    keptPlans,
    (prepared) => {
      if (prepared !== null) releasePlan(runtime, prepared)
    },
    { costOf, most: keptHeap },
  )
  // Generators that serve many shapes hand out the same program each time.
  const programs = new WeakMap<Program, Kernel>()
  const assemble = (program: Program): Kernel => {
    const known = programs.get(program) ?? runtime.assemble(program)
    programs.set(program, known)
    return known
  }
  const prepare = (planned: Planned): PreparedPlan | null =>
    'plan' in planned ? preparePlan(runtime, planned.plan, assemble) : null

  const chosenBefore = (question: PlanQuestion, candidates: readonly Candidate[]): Candidate | undefined => {
    const name = choices.get(questionText(question))
    return candidates.find(({ plan }) => plan.name === name)
  }

  // What was explained last is likely to be run next.
  let explained: { readonly text: string; readonly planned: Planned } | undefined
  const isExplained = ({ kernel, spec }: PlanQuestion): boolean => kernel.name === 'conv' && !isMeasured(spec)
  const planAnew = (question: PlanQuestion): Planned => {
    if (explained === undefined || !isExplained(question) || questionText(question) !== explained.text)
      return plan(question)
    const { planned } = explained
    explained = undefined
    return planned
  }

  /** What would run: for a measured plan the choice made before, or the model's where there is none. */
  const foresee = (question: PlanQuestion): Planned => {
    if (!isMeasured(question.spec)) {
      const planned = plan(question)
      if (isExplained(question)) explained = { text: questionText(question), planned }
      return planned
    }
    const known = chosenBefore(question, planCandidates(question))
    if (known !== undefined) return { ...known, reason: 'measured: the fastest of what could run' }
    const planned = plan(question)
    return 'plan' in planned ? { ...planned, reason: `${planned.reason}; not measured yet` } : planned
  }

  /** The fastest of the plans there are, by running them on these buffers, or by a measurement made before. */
  const measured = <K extends KernelName>(
    question: PlanQuestion<K>,
    inputs: readonly EngineBuffer[],
    outputs: readonly EngineBuffer[],
  ): PreparedPlan | null => {
    const candidates = planCandidates(question)
    if (candidates.length < 2) return prepare(plan(question))
    const known = chosenBefore(question, candidates)
    if (known !== undefined) return prepare(known)
    const prepared = candidates.map(({ plan }) => preparePlan(runtime, plan, assemble))
    const training = 'training' in question.spec && question.spec.training === true
    const runs = prepared.map((each) => () => {
      // In training the filter is packed anew each time.
      if (training) dropDerived(runtime, inputs[1])
      runPlan(runtime, each, inputs, outputs)
    })
    let best = -1
    try {
      best = fastestOf(runs)
    } finally {
      prepared.forEach((each, i) => {
        if (i !== best) releasePlan(runtime, each)
      })
    }
    choices.set(questionText(question), candidates[best].plan.name)
    return prepared[best]
  }

  const run = <K extends KernelName>(
    kernel: Asked<K>,
    spec: KernelSpecs[K],
    inputs: readonly Buffer[],
    outputs: readonly Buffer[],
  ): void => {
    const [ins, outs] = [inputs as readonly EngineBuffer[], outputs as readonly EngineBuffer[]]
    let elements = 0
    for (let i = 0; i < outs.length; i++) {
      dropDerived(runtime, outs[i])
      elements += outs[i].length
    }
    if (elements === 0) return
    const begins = kernel.name === 'copy' ? beginsOf(spec as KernelSpecs['copy'], ins[0].dtype) : undefined
    const asked = begins === undefined ? spec : (begins.spec as KernelSpecs[K])
    const family = plans.familyOf(kernel.name, asked)
    family.asksForFactors ??= asksForFactors(kernel, asked)
    const separable =
      family.asksForFactors && isSeparable(kernel.name, ins[1], (spec as KernelSpecs['conv' | 'correlate']).conv)
    const circumstances = { inputs: ins, outputs: outs, threads: runtime.threads(), separable }
    const found = plans.find(family, circumstances)
    let prepared = found?.value ?? null
    if (found === undefined) {
      const question = { kernel, spec: asked, inputs: ins, outputs: outs, runtime, separable }
      prepared = isMeasured(spec) ? measured(question, ins, outs) : prepare(planAnew(question))
      plans.add(family, circumstances, prepared)
    }
    if (prepared !== null) runPlan(runtime, prepared, ins, outs, begins?.bytes)
    else runLoops(runtime, kernel, spec, ins, outs)
  }

  return {
    name: runtime.name,
    runtime,
    single: true,
    explain: (kernel, spec, inputs, outputs) => {
      const filter = inputs[1]
      const separable =
        filter !== undefined &&
        isEngineBuffer(filter) &&
        asksForFactors(kernel, spec) &&
        isSeparable(kernel.name, filter, (spec as KernelSpecs['conv' | 'correlate']).conv)
      const question = { kernel, spec, inputs, outputs, runtime, separable }
      const planned = foresee(question)
      let others: PlanExplanation['others'] | undefined
      return {
        ...inWords(planned),
        // Ranking them anew takes as long as the plan, and many ask for nothing but its algorithm.
        get others() {
          others ??= otherWays(question, planned)
          return others
        },
      }
    },
    threads: () => runtime.threads(),
    setThreads: (count) => runtime.setThreads(count),
    startThreads: () => runtime.startThreads(),
    fmaPeak: () => measurePeak(runtime),
    allocate: (dtype: DType, length: number): EngineBuffer => ({
      dtype,
      length,
      memory: runtime.allocate(tensorBytes(dtype, length), `${withArticle(dtype)} tensor of ${length} elements`),
      // Most buffers never have any.
      derived: undefined,
      facts: undefined,
      readItself: false,
    }),
    part: (buffer, byteOffset, dtype, length): EngineBuffer =>
      partOf(buffer as EngineBuffer, byteOffset, dtype, length),
    // The memory of WebAssembly moves when it grows.
    ...(runtime.name === 'native' && { view: (buffer: Buffer) => viewOf(buffer as EngineBuffer) }),
    write: (buffer, data) => {
      const target = buffer as EngineBuffer
      const view = viewOf(target)
      dropDerived(runtime, target)
      view.set(data)
    },
    read: (buffer) => Promise.resolve(copyOf(buffer as EngineBuffer)),
    readSync: (buffer, into) => copyOf(buffer as EngineBuffer, into),
    release: (buffer) => {
      const own = buffer as EngineBuffer
      dropDerived(runtime, own)
      if (own.memory !== gone) runtime.free(own.memory)
      own.memory = gone
    },
    settle: (buffer) => {
      const own = buffer as EngineBuffer
      if (own.memory === gone || own.readItself || own.derived === undefined || own.derived.size === 0) return
      runtime.free(own.memory)
      own.memory = gone
    },
    run,
  }
}

function inWords(planned: Planned): Omit<PlanExplanation, 'others'> {
  if (!('plan' in planned)) return { algorithm: 'loops', kernel: 'TypeScript loops', reason: planned.fallback }
  const { name } = planned.plan
  return { algorithm: planned.algorithm ?? name, kernel: name, reason: planned.reason }
}

/** What kernels can address of one tensor; a tensor may begin some MiB into its slab. */
const largestTensor = 2 ** 32 - 2 ** 23

function tensorBytes(dtype: DType, length: number): number {
  const bytes = bytesOf(dtype, length)
  check(
    bytes <= largestTensor,
    () =>
      `allocate: out of memory: ${withArticle(dtype)} tensor of ${length} elements needs ${showBytes(bytes)}; a tensor can have at most 4 GiB. Split it.`,
  )
  return Math.max(bytes, 1)
}

const isMeasured = (spec: KernelSpecs[KernelName]): boolean => 'plan' in spec && spec.plan === 'measure'

/** The reference's loops on the engine's memory. */
function runLoops<K extends KernelName>(
  runtime: Runtime,
  { name, loops }: Asked<K>,
  spec: KernelSpecs[K],
  inputs: readonly EngineBuffer[],
  outputs: readonly EngineBuffer[],
): void {
  const sizes = outputs.map(({ length }) => length).join(' and ')
  withinMemory(
    () => `${runtime.name}: working memory for ${name} with a result of ${sizes} elements`,
    () => loops(spec, inputs.map(viewOf), outputs.map(viewOf)),
  )
}

function dropDerived(runtime: Runtime, buffer: EngineBuffer): void {
  buffer.facts = undefined
  if (buffer.derived === undefined) return
  for (const memory of buffer.derived.values()) runtime.free(memory)
  buffer.derived = undefined
}

/** Whether the filter in this buffer is a column times a row, looked at once for as long as it stays the same. */
export function isSeparable(kernel: KernelName, buffer: EngineBuffer, conv: ConvSpec): boolean {
  const key = `separable ${kernel} ${conv.kernel} ${conv.outputChannels}`
  const known = buffer.facts?.get(key)
  if (known !== undefined) return known
  if (buffer.memory === gone) return false
  const found = separates(kernel, viewOf(buffer) as Float32Array, conv)
  buffer.facts ??= new Map()
  buffer.facts.set(key, found)
  return found
}

/** Copies that differ in where they begin share a plan: all but what decides whether bytes come in aligned fours is an address. */
function beginsOf(spec: StridedCopy, dtype: DType): { readonly spec: StridedCopy; readonly bytes: readonly number[] } {
  if (spec.inputOffset === 0 && spec.outputOffset === 0) return { spec, bytes: fromTheStart }
  const bytes = bytesOf(dtype, 1)
  const [input, output] = [spec.inputOffset, spec.outputOffset].map((offset) => (bytes === 4 ? 0 : offset % 4))
  return {
    spec: { ...spec, inputOffset: input, outputOffset: output },
    bytes: [(spec.inputOffset - input) * bytes, (spec.outputOffset - output) * bytes],
  }
}

const fromTheStart: readonly number[] = []

function runPlan(
  runtime: Runtime,
  prepared: PreparedPlan,
  inputs: readonly EngineBuffer[],
  outputs: readonly EngineBuffer[],
  begins: readonly number[] = fromTheStart,
): void {
  const { scratch, threadOffsets, addresses, scratchName } = prepared
  const borrowed: Memory[] = []
  const borrow = (bytes: number): number => {
    const memory = runtime.allocate(bytes, scratchName)
    borrowed.push(memory)
    return memory.address
  }
  const fresh: PreparedDerived[] = []
  let derives = false
  try {
    // In the order of the plan's buffers.
    let buffer = 0
    const next = (address: number): void => setBase(addresses, buffer++, address)
    for (let i = 0; i < inputs.length; i++) next(addressOf(prepared, inputs, i) + (i < begins.length ? begins[i] : 0))
    for (let i = 0; i < outputs.length; i++) {
      next(outputs[i].memory.address + (buffer < begins.length ? begins[buffer] : 0))
    }
    for (let i = 0; i < scratch.length; i++) next(borrow(scratch[i]))
    for (let i = 0; i < prepared.tables.length; i++) next(prepared.tables[i].address)
    addresses.threadFirst = buffer
    const { threadStride } = addresses
    const threadBase = threadStride === 0 ? 0 : borrow(threadStride * runtime.threads())
    for (let i = 0; i < threadOffsets.length; i++) next(threadBase + threadOffsets[i])
    addresses.threadEnd = buffer
    for (const entry of prepared.derived) {
      const known = inputs[entry.description.input].derived?.get(entry.description.key)
      if (known === undefined) {
        fresh.push(entry)
        derives = true
      }
      next((known ?? allocateDerived(runtime, entry.description, inputs)).address)
    }
    for (const { description, steps } of fresh) {
      const source = inputs[description.input]
      const target = source.derived?.get(description.key) as Memory
      description.compute?.(viewOf(source) as Float32Array, target.float32())
      for (const step of steps) runStep(runtime, step, addresses)
    }
    fresh.length = 0
    for (const step of prepared.steps) runStep(runtime, step, addresses)
    if (derives) {
      const used = prepared.derived.map(({ description }) => description.key)
      for (const { description } of prepared.derived) boundDerived(runtime, inputs[description.input], used)
    }
  } finally {
    for (const memory of borrowed) runtime.free(memory)
    // Only after a failure: what was not computed to its end must not be taken for done.
    for (const { description } of fresh) dropDerived(runtime, inputs[description.input])
  }
}

/** Where an input lies; 0 for one that is settled, where the plan has all that it needs of it. */
function addressOf({ uses, derived }: PreparedPlan, inputs: readonly EngineBuffer[], i: number): number {
  const buffer = inputs[i]
  const itself = uses.has(i)
  if (itself) buffer.readItself = true
  if (buffer.memory !== gone || itself) return buffer.memory.address
  const known = derived.every(
    ({ description }) => description.input !== i || buffer.derived?.has(description.key) === true,
  )
  return known ? 0 : buffer.memory.address
}

function allocateDerived(
  runtime: Runtime,
  { input, bytes, key }: Omit<Derived, 'steps'>,
  inputs: readonly EngineBuffer[],
): Memory {
  const memory = runtime.allocate(bytes, 'a packed filter')
  const buffer = inputs[input]
  buffer.derived ??= new Map()
  buffer.derived.set(key, memory)
  return memory
}

/** Forms that are kept of one buffer, and bytes that the older of them may leave the newest to take together with them. */
const keptForms = 8
const keptBytes = 2 ** 28

/** Drops the oldest forms of a buffer until they are within the bounds, but none that a plan uses. */
function boundDerived(runtime: Runtime, { derived }: EngineBuffer, used: readonly string[]): void {
  if (derived === undefined) return
  let bytes = 0
  for (const { byteLength } of derived.values()) bytes += byteLength
  for (const [key, memory] of derived) {
    if (derived.size <= keptForms && bytes <= keptBytes) return
    if (used.includes(key)) continue
    derived.delete(key)
    bytes -= memory.byteLength
    runtime.free(memory)
  }
}
