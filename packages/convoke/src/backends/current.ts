// Which backend new tensors go to.

import { check, checkOptions, show } from '../shapes/error.ts'
import type { Backend, Planning } from './backend.ts'
import { requestedBackend } from './cpu/runtime/index.ts'
import { backendAtOnce, bestBackend, openBackend } from './registry.ts'

let current: Backend | undefined
let planning: Planning = 'model'

/** The backend new tensors go to: what `useBackend` chose, else `CONVOKE_BACKEND`, else the best there is. */
export function currentBackend(): Backend {
  current ??= defaultBackend()
  return current
}

function defaultBackend(): Backend {
  const requested = requestedBackend()
  return requested === undefined ? bestBackend() : backendAtOnce('CONVOKE_BACKEND', requested)
}

/** The options of `useBackend`. */
export interface UseBackendOptions {
  /** How convolutions are planned that do not say so themselves (`conv`'s option of that name). Defaults to 'model'. */
  readonly plan?: Planning | undefined
}

/**
 * Makes `backend` the one that new tensors go to and ops run on: a name from `backends()`, or a backend of your own.
 * Tensors made before stay where they are and are copied over when an op needs them.
 * Throws `ConvokeError` with the reason when the backend is not available.
 *
 * @example
 * await useBackend('reference')
 * await useBackend('wasm', { plan: 'measure' })  // each new shape tries what could run, and keeps to the fastest
 */
export async function useBackend(backend: string | Backend, options: UseBackendOptions = {}): Promise<Backend> {
  checkOptions('useBackend', options, ['plan'])
  const { plan = 'model' } = options
  check(
    plan === 'model' || plan === 'measure',
    () => `useBackend: the plan is ${show(plan)}. Use 'model' or 'measure'.`,
  )
  const opened = typeof backend === 'string' ? openBackend('useBackend', backend) : checkBackend(backend)
  const chosen = opened instanceof Promise ? await opened : opened
  planning = plan
  current = chosen
  return chosen
}

/** How convolutions are planned that do not say so themselves: as the last `useBackend` said. */
export const currentPlanning = (): Planning => planning

function checkBackend(backend: Backend): Backend {
  check(
    typeof backend?.run === 'function' && typeof backend.allocate === 'function',
    () => `useBackend: ${show(backend)} is neither a backend's name nor a backend.`,
  )
  return backend
}

/** Runs `body`, which must be synchronous, with another current backend. */
export function withBackend<T>(backend: Backend, body: () => T): T {
  const before = currentBackend()
  current = backend
  try {
    return body()
  } finally {
    current = before
  }
}
