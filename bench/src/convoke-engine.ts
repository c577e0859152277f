// What the benchmark asks of Convoke beyond its ops, and what it makes do with where a backend does not answer.

import * as convoke from 'convoke'
import type { ConvGeometry } from 'convoke/shapes'

export interface Plan {
  readonly algorithm: string
  readonly kernel: string
  readonly reason: string
}

export interface PlanOptions extends ConvGeometry {
  readonly precision?: 'fast' | 'exact'
}

/** The names of the CPU engine, each absent from a build of Convoke without it. */
export interface Engine {
  readonly setThreads?: (threads: number) => void | Promise<void>
  readonly explainPlan?: (input: readonly number[], filter: readonly number[], options: PlanOptions) => Plan
  readonly fmaPeak?: () => number | Promise<number>
  readonly backends: () => readonly { readonly name: string; readonly available: boolean; readonly reason: string }[]
}

export const engine: Engine = convoke

/**
 * The backend to run for `wanted`, or why there is none. A build that does not know `wanted` at all runs the reference
 * backend in its place, so that the benchmark itself can be tried; the table then says `reference`.
 */
export function backendFor(wanted: 'native' | 'wasm'): { readonly backend: string } | { readonly reason: string } {
  const report = engine.backends().find(({ name }) => name === wanted)
  if (report === undefined) return { backend: 'reference' }
  return report.available ? { backend: wanted } : { reason: report.reason }
}
