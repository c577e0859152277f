// One pass in a process of its own: the thread counts of WebAssembly engines are fixed once they have started.

import type { Family } from './contender.ts'
import { layers } from './layers.ts'
import { openLineup } from './lineup.ts'
import type { Budget } from './measure.ts'
import { race } from './race.ts'
import type { Row } from './results.ts'
import type { Mode } from './workload.ts'

export interface PassOptions {
  readonly threads: number
  readonly families: readonly Family[]
  /** By name, so that the options can travel between processes. */
  readonly layers: readonly string[]
  readonly mode: Mode
  readonly batch: number
  readonly budget: Budget
  readonly slowPeers: boolean
  readonly binaries?: { readonly onnxWeb: string; readonly tfjs: string } | undefined
}

export interface PassResult {
  readonly rows: readonly Row[]
  readonly absent: readonly string[]
}

/** Opens the contenders and races them. `onProgress` gets one line a layer. */
export async function runPass(options: PassOptions, onProgress: (message: string) => void): Promise<PassResult> {
  const { contenders, absent } = await openLineup(options)
  const chosen = layers.filter(({ name }) => options.layers.includes(name))
  const rows = await race(contenders, { ...options, layers: chosen, onProgress })
  return { rows, absent }
}
