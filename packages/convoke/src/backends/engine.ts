// What can be asked of the CPU engine: its threads, and how fast a core is.

import { ConvokeError } from '../shapes/error.ts'
import { beyondReach, type Fallback, fallbacks, irregular } from './cpu/kernels/fallbacks.ts'
import { currentBackend } from './current.ts'

export type { Fallback }

const noEngine = (asker: string): ConvokeError =>
  new ConvokeError(
    `${asker}: the ${currentBackend().name} backend does not run on the CPU engine. Use 'native' or 'wasm': await useBackend('wasm').`,
  )

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
export function setThreads(count: number): void {
  const backend = currentBackend()
  if (backend.setThreads === undefined) throw noEngine('setThreads')
  backend.setThreads(count)
}

/**
 * Starts the other threads of the current backend now. Without it they start with the first run that is long enough for them, and
 * that run continues on one thread for the 30 to 80 ms that they take. Does nothing if they have been started, or if there are none.
 *
 * @example
 * startThreads()
 * // … something that takes a while without them, such as reading a model
 */
export const startThreads = (): void => currentBackend().startThreads?.()

/**
 * GFLOP/s of fused multiply-adds on one core with the current backend's instructions: the reference for the speed of
 * kernels. Measured again at every call, which takes about 10 ms. Throws `ConvokeError` where there is no CPU engine.
 */
export function fmaPeak(): number {
  const backend = currentBackend()
  if (backend.fmaPeak === undefined) throw noEngine('fmaPeak')
  return backend.fmaPeak()
}

/**
 * The kernels that the CPU engine has no vector program for, always or (`when`) for the largest tensors: on `native` and
 * `wasm` they run as TypeScript loops. Each with the way it runs and the reason.
 *
 * @example
 * engineFallbacks().filter(({ when }) => when === undefined).map(({ kernel }) => kernel)  // []
 */
export const engineFallbacks = (): readonly Fallback[] => [...fallbacks, ...beyondReach, ...irregular]
