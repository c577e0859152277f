// What a run of the benchmark leaves behind, as it is written to JSON.

import type { ConvSpec } from 'convoke/shapes'
import type { Family, Role } from './contender.ts'
import type { LayerSet } from './layers.ts'
import type { Timing } from './measure.ts'
import type { Mode } from './workload.ts'

export interface Result {
  readonly contender: string
  readonly family: Family
  readonly role: Role
  readonly threads: number
  readonly kernel: string
  readonly algorithm: string
  /** ms; null when the contender was not timed. */
  readonly timing: Timing | null
  /** Why it was not timed: what it cannot do, or what was wrong with its result. Empty otherwise. */
  readonly note: string
}

export interface Row {
  readonly layer: string
  readonly set: LayerSet
  readonly op: 'conv' | 'convTranspose'
  readonly mode: Mode
  readonly spec: ConvSpec
  /** Direct-convolution FLOPs of one run. */
  readonly flops: number
  /** FMA peak of one core in GFLOP/s, measured during the row; absent where it cannot be. */
  readonly peak: Readonly<Partial<Record<Family, number>>>
  readonly results: readonly Result[]
}

/** One process, or one page: everything measured with one thread count. */
export interface Pass {
  /** `node 20.20.2`, `chromium 156`. */
  readonly environment: string
  readonly threads: number
  readonly mode: Mode
  readonly rows: readonly Row[]
}

export interface Startup {
  /** Process start to first result, ms, one entry a process. */
  readonly samples: readonly number[]
  readonly median: number
  /** A process of the same Node that does nothing, for comparison: median ms. */
  readonly bare: number
  /** The backend that gave the result. */
  readonly backend: string
}

/** Training steps of one network on one engine. Those on PyTorch are `PyTorch` and, through `torch.compile`, `PyTorch compiled`. */
export interface StepResult {
  readonly engine: string
  readonly threads: number
  /** ms; null when no step was timed. */
  readonly timing: Timing | null
  /** ms that all threads of the process spent on a step, the median over rounds. */
  readonly cpu: number | null
  /** MiB, the most that its process held, the median over rounds; absent where the system does not say. */
  readonly memory?: number
  /** What it ran on: `native`, `PyTorch 2.6.0 (AVX2)`. */
  readonly environment?: string
  /** Why it was not timed. Empty otherwise. */
  readonly note: string
}

export interface StepRow {
  readonly network: string
  readonly results: readonly StepResult[]
}

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly platform: string
  readonly convoke: string
}

export interface Report {
  readonly version: 1
  /** ISO 8601. */
  readonly date: string
  readonly machine: Machine
  readonly passes: readonly Pass[]
  readonly startup: Startup | null
  /** Whole training steps; absent where none were asked for. */
  readonly steps?: readonly StepRow[]
  /** Contenders that could not be opened, and why. */
  readonly absent: readonly string[]
}

export const gflops = (row: Row, timing: Timing): number => row.flops / timing.median / 1e6

/** GFLOP/s over the FMA peak of the cores in use; above 1 for algorithms that need fewer operations. Null without a peak. */
export function shareOfPeak(row: Row, { family, threads, timing }: Result): number | null {
  const peak = row.peak[family]
  return timing === null || peak === undefined ? null : gflops(row, timing) / (peak * threads)
}

/** The timed result of Convoke itself in one family, if there is one. */
export const ours = (row: Row, family: Family): Result | undefined =>
  row.results.find((result) => result.family === family && result.role === 'convoke' && result.timing !== null)

/** The fastest timed peer of one family. */
export const bestPeer = (row: Row, family: Family): Result | undefined =>
  row.results
    .filter((result) => result.family === family && result.role === 'peer' && result.timing !== null)
    .sort((a, b) => time(a) - time(b))[0]

export const time = (result: Result): number => result.timing?.median ?? Number.NaN

/** How many times faster `fast` is than `slow`; undefined when either was not timed. */
export const ratio = (slow: Result | undefined, fast: Result | undefined): number | undefined =>
  slow?.timing && fast?.timing ? time(slow) / time(fast) : undefined
