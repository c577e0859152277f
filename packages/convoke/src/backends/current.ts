// Which backends there are, and which one new tensors go to.

import { ConvokeError, check, checkOptions, show } from '../shapes/error.ts'
import type { Backend, Planning } from './backend.ts'
import { createCpuBackend } from './cpu/backend.ts'
import { type RuntimeName, requestedBackend, runtimeOrReason } from './cpu/runtime/index.ts'
import { withoutWeakReferences } from './memory-pressure.ts'
import { createReferenceBackend } from './reference/index.ts'

/** A backend that this library knows, and whether it runs here. */
export interface BackendReport {
  /** Its name, as `useBackend` takes it. */
  readonly name: string
  /** Whether it runs on this machine. */
  readonly available: boolean
  /** What it is, or why it is not available. */
  readonly reason: string
}

interface Candidate {
  readonly name: string
  /** The backend, or why there is none. Called at most once. */
  readonly open: () => Backend | string
  readonly describe: () => string
}

const onEngine = (name: RuntimeName, describe: string): Candidate => ({
  name,
  describe: () => {
    const found = runtimeOrReason(name)
    return 'runtime' in found ? `${describe}: ${found.runtime.description()}` : describe
  },
  open: () => {
    const found = runtimeOrReason(name)
    return 'runtime' in found ? createCpuBackend(found.runtime) : found.reason
  },
})

// Best first: the default is the first that opens.
const candidates: readonly Candidate[] = [
  onEngine('native', 'machine code made at run time'),
  onEngine('wasm', 'WebAssembly made at run time'),
  {
    name: 'reference',
    open: () => createReferenceBackend(),
    describe: () => 'plain TypeScript loops in float64: slow, and the definition of correct',
  },
]

const opened = new Map<string, Backend | string>()
let current: Backend | undefined
let planning: Planning = 'model'

function open(candidate: Candidate): Backend | string {
  let result = opened.get(candidate.name)
  if (result === undefined) {
    result = candidate.open()
    opened.set(candidate.name, result)
  }
  return result
}

/** Every backend Convoke knows, best first: whether it is available here, and why the rest is not. */
export function backends(): BackendReport[] {
  return candidates.map((candidate) => {
    const result = open(candidate)
    if (typeof result === 'string') return { name: candidate.name, available: false, reason: result }
    const described = [candidate.describe(), withoutWeakReferences].filter((part) => part !== undefined)
    return { name: candidate.name, available: true, reason: described.join('; ') }
  })
}

/** The backend new tensors go to: what `useBackend` chose, else `CONVOKE_BACKEND`, else the best there is. */
export function currentBackend(): Backend {
  current ??= defaultBackend()
  return current
}

function defaultBackend(): Backend {
  const requested = requestedBackend()
  if (requested !== undefined) return namedBackend('CONVOKE_BACKEND', requested)
  for (const candidate of candidates) {
    const result = open(candidate)
    if (typeof result !== 'string') return result
  }
  throw new ConvokeError('No backend is available here, not even the reference.')
}

function namedBackend(asker: string, name: string): Backend {
  const candidate = candidates.find((entry) => entry.name === name)
  if (candidate === undefined) {
    const known = candidates.map((entry) => `'${entry.name}'`).join(', ')
    throw new ConvokeError(`${asker}: there is no backend ${show(name)}. Known: ${known}.`)
  }
  const result = open(candidate)
  if (typeof result === 'string') throw new ConvokeError(`${asker}: '${name}' is not available here: ${result}.`)
  return result
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
  const chosen = resolveBackend(backend)
  planning = plan
  current = chosen
  return chosen
}

/** How convolutions are planned that do not say so themselves: as the last `useBackend` said. */
export const currentPlanning = (): Planning => planning

function resolveBackend(backend: string | Backend): Backend {
  if (typeof backend !== 'string') {
    check(
      typeof backend?.run === 'function' && typeof backend.allocate === 'function',
      () => `useBackend: ${show(backend)} is neither a backend's name nor a backend.`,
    )
    return backend
  }
  return namedBackend('useBackend', backend)
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
