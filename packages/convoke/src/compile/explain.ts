// What a plan does, step by step, for people: kernels, shares of the work, memory; and how long each takes.

import type { KernelSpecs } from '../backends/backend.ts'
import { macsOf } from '../backends/macs.ts'
import { check, show } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { letGo, type Storage } from '../tensor/storage.ts'
import { bytesOf, livesOf } from './arena.ts'
import type { Plan } from './plan.ts'
import { type Cell, isConstant, type Step } from './program.ts'

/** One step of a plan: a kernel, or code that runs beside kernels. */
export interface StepReport {
  /** The module it belongs to, with its gradients: `features.0`; '' where it is the network itself. */
  readonly path: string
  /** What it computes: `conv 3×3 s2 64→128 + bias + relu`. */
  readonly kernel: string
  /** How: `winograd`, `direct`, …, as `explainPlan` says; 'JavaScript' for what runs outside of kernels. */
  readonly algorithm: string
  /** Multiply-accumulates of convolutions and matrix products. */
  readonly macs: number
  /** Bytes that it reads and writes, each once. */
  readonly bytes: number
  /** Of values that are alive while it runs, weights left out. */
  readonly memory: number
  /** Of the whole time, 0 to 1: expected from `macs` and `bytes`, or measured. */
  readonly share: number
  /** Measured: the median, in milliseconds. */
  readonly ms?: number
}

/** What a compiled network runs. */
export interface Explanation {
  /** The steps in the order in which they run. */
  readonly steps: readonly StepReport[]
  /** Most bytes that values of a run hold at once, weights, inputs and results left out. */
  readonly memory: number
  /** Of constants: weights, and what was computed of them. */
  readonly weights: number
  /** Multiply-accumulates of all steps. */
  readonly macs: number
  /** The table. */
  toString(): string
}

/** What a compiled network runs, with measured times. */
export interface Profile extends Explanation {
  /** Of a whole run: the median, in milliseconds. */
  readonly ms: number
}

/** Multiply-accumulates that take as long as a byte that is fetched, about, on machines of our time. */
const macsOfOneByte = 8

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)

/** What is read and written. */
const trafficOf = ({ inputs, outputs }: Step): number => total([...new Set([...inputs, ...outputs])].map(bytesOf))

const gainOf = (algorithm: string): number => (algorithm.startsWith('winograd') ? 2.25 : 1)

interface Seen {
  readonly step: Step
  readonly report: Omit<StepReport, 'share' | 'ms'>
  readonly cost: number
}

function seen({ program }: Plan): Seen[] {
  const alive = memoryOver(program.steps, livesOf(program))
  return program.steps.map((step, i) => {
    const algorithm = algorithmOf(program.backend, step)
    const macs = step.kernel === null ? 0 : macsOf(step.kernel, step.spec)
    const bytes = trafficOf(step)
    const report = { path: step.path, kernel: describe(step), algorithm, macs, bytes, memory: alive[i] }
    return { step, report, cost: Math.max(macs / gainOf(algorithm), bytes * macsOfOneByte) + 2000 }
  })
}

function memoryOver(steps: readonly Step[], lives: ReturnType<typeof livesOf>): number[] {
  const change = new Array<number>(steps.length + 1).fill(0)
  for (const { cell, first, last } of lives) {
    change[first] += bytesOf(cell)
    change[last + 1] -= bytesOf(cell)
  }
  let now = 0
  return steps.map((_, i) => {
    now += change[i]
    return now
  })
}

function algorithmOf(backend: Plan['program']['backend'], step: Step): string {
  if (step.kernel === null) return 'JavaScript'
  const buffers = (cells: readonly Cell[]) => cells.map((cell) => cell.constant?.storage.buffer ?? cell)
  return backend.explain?.(step.kernel, step.spec, buffers(step.inputs), step.outputs).algorithm ?? 'loops'
}

const times = (sizes: readonly number[]): string => sizes.join('×')

/** What a step computes, in words. */
export function describe(step: Step): string {
  if (step.kernel === null) return 'check of indices'
  const { name } = step.kernel
  switch (name) {
    case 'conv':
    case 'convTranspose': {
      const { conv, epilogue } = step.spec as KernelSpecs['conv']
      const stride = conv.stride.some((size) => size !== 1) ? ` s${times(conv.stride)}` : ''
      const groups = conv.groups === 1 ? '' : ` g${conv.groups}`
      const [from, to] =
        name === 'conv' ? [conv.inputChannels, conv.outputChannels] : [conv.outputChannels, conv.inputChannels]
      const after = [
        ...(epilogue?.bias ? ['bias'] : []),
        ...(epilogue?.residual ? ['sum'] : []),
        ...(epilogue?.activation ? [epilogue.activation.kind] : []),
      ]
      return `${name} ${times(conv.kernel)}${stride} ${from}→${to}${groups}${after.map((part) => ` + ${part}`).join('')}`
    }
    case 'matmul': {
      const { batch, m, n, k } = step.spec as KernelSpecs['matmul']
      return `matmul ${batch === 1 ? '' : `${batch} × `}[${m}, ${k}]·[${k}, ${n}]`
    }
    case 'unary':
    case 'binary':
      return (step.spec as KernelSpecs['unary' | 'binary']).op
    case 'reduce':
      return `reduce ${(step.spec as KernelSpecs['reduce']).op}`
    case 'expression':
      return (step.spec as KernelSpecs['expression']).text
        .split('\n')
        .map((line) => line.split(' ')[0])
        .join(', ')
    default:
      return name
  }
}

const constantBytes = (steps: readonly Step[]): number =>
  total([...new Set(steps.flatMap(({ inputs }) => inputs))].filter(isConstant).map(bytesOf))

function explanationOf(plan: Plan, steps: readonly StepReport[], ms?: number): Explanation & { readonly ms?: number } {
  const found = {
    steps,
    memory: steps.reduce((most, { memory }) => Math.max(most, memory), plan.blockBytes),
    weights: constantBytes(plan.program.steps),
    macs: total(steps.map(({ macs }) => macs)),
    ...(ms !== undefined && { ms }),
  }
  const text = (): string => tableOf(found)
  return { ...found, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text } as Explanation
}

/** What a plan does. */
export function explain(plan: Plan): Explanation {
  const all = seen(plan)
  const sum = total(all.map(({ cost }) => cost))
  return explanationOf(
    plan,
    all.map(({ report, cost }) => ({ ...report, share: cost / sum })),
  )
}

const medianOf = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** The options of `profile`. */
export interface ProfileOptions {
  /** How often the plan runs; 10 when not given. Times are medians. */
  readonly runs?: number | undefined
}

/** Runs a plan and times its steps. `seeds`: of the random numbers that it draws. */
export function profile(
  plan: Plan,
  inputs: readonly Storage[],
  { runs = 10 }: ProfileOptions,
  seeds: readonly number[] = [],
): Profile {
  check(
    Number.isInteger(runs) && runs >= 1,
    () => `profile: runs is ${show(runs)}; it must be a whole number of 1 or more.`,
  )
  const measured = new Map<Step, number[]>(plan.program.steps.map((step) => [step, []]))
  const whole: number[] = []
  for (let i = 0; i <= runs; i++) {
    const begun = performance.now()
    const around = (step: Step, run: () => void): void => {
      const before = performance.now()
      run()
      if (i > 0) measured.get(step)?.push(performance.now() - before)
    }
    const results = plan.run(inputs, { around, seeds })
    // The first run assembles kernels and packs filters.
    if (i > 0) whole.push(performance.now() - begun)
    results.forEach(letGo)
  }
  const ms = medianOf(whole)
  const all = seen(plan).map(({ step, report }) => ({ ...report, ms: medianOf(measured.get(step) as number[]) }))
  const sum = total(all.map((report) => report.ms))
  return explanationOf(
    plan,
    all.map((report) => ({ ...report, share: report.ms / sum })),
    ms,
  ) as Profile
}

const mebibytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
const millions = (macs: number): string => (macs === 0 ? '' : `${(macs / 1e6).toFixed(1)} M`)

function tableOf({
  steps,
  memory,
  weights,
  macs,
  ms,
}: Omit<Explanation, 'toString'> & { readonly ms?: number }): string {
  const timed = ms !== undefined
  const head = ['layer', 'kernel', 'algorithm', 'MACs', 'memory', ...(timed ? ['ms'] : []), 'share']
  const rows = steps.map((step) => [
    ...[step.path || '(network)', step.kernel, step.algorithm, millions(step.macs), mebibytes(step.memory)],
    ...(timed ? [(step.ms ?? 0).toFixed(3)] : []),
    `${(100 * step.share).toFixed(1)}%`,
  ])
  const widths = head.map((title, i) => rows.reduce((most, row) => Math.max(most, row[i].length), title.length))
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (i < 3 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  const end = `${counted(steps.length, 'step')}, ${(macs / 1e6).toFixed(1)} M multiply-accumulates; weights ${mebibytes(weights)}, values ${mebibytes(memory)}${timed ? `; ${ms.toFixed(2)} ms a run` : ''}.`
  return [line(head), ...rows.map(line), end].join('\n')
}
