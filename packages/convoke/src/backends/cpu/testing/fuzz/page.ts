// The fuzzer in a page: the WebAssembly that its browser has, on one thread and on two.

import { ConvokeError } from '../../../../shapes/error.ts'
import { createCpuBackend } from '../../backend.ts'
import { platform } from '../../runtime/platform/browser.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { wasmRuntime } from '../../runtime/wasm/index.ts'
import { describeFailure, fuzz } from './fuzz.ts'
import type { FuzzTarget } from './targets.ts'

export interface PageReport {
  /** Whether multiply-adds were relaxed. */
  readonly relaxed: boolean
  readonly threads: number
  readonly cases: number
  /** A text for each failing case. */
  readonly failures: readonly string[]
}

function open(threads: number): Runtime {
  const found = wasmRuntime(platform, { threads })
  if ('reason' in found) throw new ConvokeError(`fuzz: there is nothing to test here. ${found.reason}.`)
  return found.runtime
}

/** Between two cases a page may start its workers. */
const breath = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Checks the first `count` cases of a seed. */
export async function fuzzInPage(seed: number, count: number): Promise<PageReport> {
  const [alone, together] = [open(1), open(2)]
  const name = alone.target.fma ? 'wasm-relaxed' : 'wasm'
  const targets: FuzzTarget[] = [{ name, backends: [createCpuBackend(alone), createCpuBackend(together)] }]
  const plan = { seed, count: 1, kernels: () => true, targets, most: count }
  const failures: string[] = []
  for (let index = 0; index < count; index++) {
    const { failed } = fuzz(plan, undefined, [index])
    failures.push(...failed.map((failure) => describeFailure(seed, failure)))
    await breath(index === 0 ? 200 : 0)
  }
  return { relaxed: alone.target.fma, threads: together.threads(), cases: count, failures }
}
