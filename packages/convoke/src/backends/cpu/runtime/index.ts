// Which runtime the engine uses, and why not a better one.

import { nativeRuntime, platform } from '#platform'
import { ConvokeError, show } from '../../../shapes/error.ts'
import type { Runtime, RuntimeOrReason } from './runtime.ts'
import { wasmRuntime } from './wasm/index.ts'

export type { ArenaUse } from './arena.ts'
export { showBytes } from './arena.ts'
export { createKeptCalls, type KeptCalls } from './call-table.ts'
export type { Buffer, Call, Kernel, Runtime, RuntimeOrReason } from './runtime.ts'

export type RuntimeName = Runtime['name']

const makers: Readonly<Record<RuntimeName, () => RuntimeOrReason>> = {
  native: nativeRuntime,
  wasm: () => wasmRuntime(platform),
}

const made = new Map<RuntimeName, RuntimeOrReason>()

/** The one runtime of that name in this process, made at first asking, or the reason in words why there is none. */
export function runtimeOrReason(name: RuntimeName): RuntimeOrReason {
  const known = made.get(name) ?? makers[name]()
  made.set(name, known)
  return known
}

/** The runtime of that name. Throws `ConvokeError` with the reason when there is none. */
export function requireRuntime(name: RuntimeName): Runtime {
  const found = runtimeOrReason(name)
  if ('runtime' in found) return found.runtime
  throw new ConvokeError(`The ${name} backend is not available: ${found.reason}. Use another; backends() lists them.`)
}

/** The backend that `CONVOKE_BACKEND` asks for, whatever its name. */
export const requestedBackend = (): string | undefined => platform.environment('CONVOKE_BACKEND') || undefined

/**
 * The runtime that `CONVOKE_BACKEND` names, else `native`, else `wasm`; `reasons` says why those before it were passed
 * over. Throws `ConvokeError` when the one asked for is not available, or none is.
 */
export function bestRuntime(): {
  readonly runtime: Runtime
  readonly reasons: Readonly<Partial<Record<RuntimeName, string>>>
} {
  const requested = requestedBackend()
  if (requested === 'native' || requested === 'wasm') return { runtime: requireRuntime(requested), reasons: {} }
  const native = runtimeOrReason('native')
  if ('runtime' in native) return { runtime: native.runtime, reasons: {} }
  const wasm = runtimeOrReason('wasm')
  if ('runtime' in wasm) return { runtime: wasm.runtime, reasons: { native: native.reason } }
  throw new ConvokeError(
    `The CPU engine cannot run here: native: ${native.reason}; wasm: ${wasm.reason}. Use the ${show('reference')} backend.`,
  )
}
