// What takes part in a race: something that can set a workload up, run it again and again, and show what it computed.

import type { Mode, Workload } from './workload.ts'

export type Family = 'native' | 'wasm'

/** `convoke` is what is being judged, `variant` another way to run it, `peer` what it is judged against. */
export type Role = 'convoke' | 'variant' | 'peer'

export interface Prepared {
  /** Which kernel runs, as the engine names it; empty where an engine does not say. */
  readonly kernel: string
  /** Which algorithm the planner chose; empty where an engine does not say. */
  readonly algorithm: string
  /** Makes the engine's global settings its own before a turn begins. Not timed. */
  enter?(): Promise<void>
  /** Undoes what the last run must not leave behind (weights packed for a step already taken). Not timed. */
  refresh?(): void
  /** One pass over the workload, complete when it returns or resolves. */
  run(): void | Promise<void>
  /** The results of one pass, channels last, in the order of `expectedOutputs`. */
  outputs(): Promise<readonly Float32Array[]>
  dispose(): void | Promise<void>
}

export interface Contender {
  /** As the table names it. */
  readonly name: string
  readonly family: Family
  readonly role: Role
  /** Cores it may use. */
  readonly threads: number
  /** Whether it takes part in workloads of this kind at all; the rest of them goes unmentioned. */
  enters(workload: Workload): boolean
  /** GFLOP/s of fused multiply-adds on one core, where the engine can measure it. */
  fmaPeak?(): Promise<number | undefined>
  /** Sets the workload up; throws an `Error` that says why when it cannot run it. */
  prepare(workload: Workload): Promise<Prepared>
}

/** How a contender is to be opened. */
export interface Setting {
  readonly threads: number
  readonly families: readonly Family[]
  readonly mode: Mode
}
