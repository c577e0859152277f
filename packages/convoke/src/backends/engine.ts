// What can be asked of the CPU engine: its threads, and how fast a core is.

import { ConvokeError } from '../shapes/error.ts'
import { type CpuBackend, isCpuBackend } from './cpu/backend.ts'
import { beyondReach, type Fallback, fallbacks, irregular } from './cpu/kernels/fallbacks.ts'
import { measurePeak } from './cpu/peak.ts'
import { currentBackend } from './current.ts'

export type { Fallback }

function engineFor(asker: string): CpuBackend {
  const backend = currentBackend()
  if (isCpuBackend(backend)) return backend
  throw new ConvokeError(
    `${asker}: the ${backend.name} backend does not run on the CPU engine. Use 'native' or 'wasm': await useBackend('wasm').`,
  )
}

/** Threads that kernels of the current backend run on, the calling one included; 1 where there is no engine. */
export function threads(): number {
  const backend = currentBackend()
  return isCpuBackend(backend) ? backend.runtime.threads() : 1
}

/**
 * Sets the threads that the current backend's kernels run on, 1 to 64, the calling one included. Results do not depend on it.
 * Throws `ConvokeError` where there is no CPU engine, or a page may not share memory.
 *
 * @example
 * await useBackend('wasm')
 * setThreads(1)
 * threads()  // 1
 */
export const setThreads = (count: number): void => engineFor('setThreads').runtime.setThreads(count)

/**
 * GFLOP/s of fused multiply-adds on one core with the current backend's instructions: what a kernel's speed is a share
 * of. Measured anew at every call, in about 10 ms. Throws `ConvokeError` where there is no CPU engine.
 */
export const fmaPeak = (): number => measurePeak(engineFor('fmaPeak').runtime)

/**
 * The kernels that the CPU engine has no vector program for, always or (`when`) for the largest tensors: on `native` and
 * `wasm` they run as TypeScript loops. Each with the way it runs and the reason.
 *
 * @example
 * engineFallbacks().filter(({ when }) => when === undefined).map(({ kernel }) => kernel)  // []
 */
export const engineFallbacks = (): readonly Fallback[] => [...fallbacks, ...beyondReach, ...irregular]
