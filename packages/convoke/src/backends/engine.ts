// What can be asked of the CPU engine: its threads, and how fast a core is.

import { ConvokeError } from '../shapes/error.ts'
import type { Backend } from './backend.ts'
import { beyondReach, type Fallback, fallbacks, irregular } from './cpu/kernels/fallbacks.ts'
import { currentBackend } from './current.ts'

export type { Fallback }

/** The current backend, which has the member `needed`. */
function engineFor<M extends 'setThreads' | 'peak'>(asker: string, needed: M): Backend & Required<Pick<Backend, M>> {
  const backend = currentBackend()
  if (backend[needed] !== undefined) return backend as Backend & Required<Pick<Backend, M>>
  throw new ConvokeError(
    `${asker}: the ${backend.name} backend does not run on the CPU engine. Use 'native' or 'wasm': await useBackend('wasm').`,
  )
}

/** Threads that kernels of the current backend run on, the calling one included; 1 where there is no engine. */
export function threads(): number {
  return currentBackend().threads?.() ?? 1
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
export const setThreads = (count: number): void => engineFor('setThreads', 'setThreads').setThreads(count)

/**
 * Starts the other threads of the current backend now. Without it they start with the first run that is long enough for them, which
 * then goes on alone for the 30 to 80 ms that they take. Does nothing where they are started, or there are none to start.
 *
 * @example
 * startThreads()
 * // … something that takes a while without them, such as reading a model
 */
export const startThreads = (): void => currentBackend().startThreads?.()

/**
 * GFLOP/s of fused multiply-adds on one core with the current backend's instructions: what a kernel's speed is a share
 * of. Measured anew at every call, in about 10 ms. Throws `ConvokeError` where there is no CPU engine.
 */
export const fmaPeak = (): number => engineFor('fmaPeak', 'peak').peak()

/**
 * The kernels that the CPU engine has no vector program for, always or (`when`) for the largest tensors: on `native` and
 * `wasm` they run as TypeScript loops. Each with the way it runs and the reason.
 *
 * @example
 * engineFallbacks().filter(({ when }) => when === undefined).map(({ kernel }) => kernel)  // []
 */
export const engineFallbacks = (): readonly Fallback[] => [...fallbacks, ...beyondReach, ...irregular]
