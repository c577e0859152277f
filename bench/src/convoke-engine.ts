// What the benchmark asks of Convoke beyond its ops, and what it makes do with where a backend does not answer.

import * as convoke from 'convoke'
import { ConvokeError, type Tensor } from 'convoke'
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
  readonly explainPlan?: (input: readonly number[], filter: Tensor, options: PlanOptions) => Plan
  readonly fmaPeak?: () => number | Promise<number>
  readonly backends: () => readonly { readonly name: string; readonly available: boolean; readonly reason: string }[]
}

export const engine: Engine = convoke

/** Throws with the reason when the backend is not available here. */
export function checkBackend(wanted: 'native' | 'wasm'): void {
  const report = engine.backends().find(({ name }) => name === wanted)
  if (report?.available !== true) throw new ConvokeError(`not available here: ${report?.reason}`)
}
