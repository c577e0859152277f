// Which backends there are, and how they are opened.

import { ConvokeError, check, show } from '../shapes/error.ts'
import type { Backend } from './backend.ts'
import { createCpuBackend } from './cpu/backend.ts'
import { type RuntimeName, runtimeOrReason } from './cpu/runtime/index.ts'
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

/** The backend, or why there is none. */
type Opened = Backend | string

/** A backend that `useBackend` finds by name. */
export interface BackendEntry {
  /** Its name, as `useBackend` takes it. */
  readonly name: string
  /** What it is, for a person. */
  readonly describe: () => string
  /**
   * The backend, or why there is none here. Called at most once, when somebody first asks. What takes a promise, such as a device, is open
   * once `useBackend` was awaited, and is never the default.
   */
  readonly open: () => Backend | string | Promise<Backend | string>
}

const onEngine = (name: RuntimeName, describe: string): BackendEntry => ({
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

// Best first: the default is the first that opens at once.
const entries: BackendEntry[] = [
  onEngine('native', 'machine code made at run time'),
  onEngine('wasm', 'WebAssembly made at run time'),
  {
    name: 'reference',
    open: () => createReferenceBackend(),
    describe: () => 'plain TypeScript loops in float64: slow, and the definition of correct',
  },
]

const opened = new Map<string, Opened | Promise<Opened>>()

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What opening gave, or will give. */
function open({ name, open: opening }: BackendEntry): Opened | Promise<Opened> {
  const known = opened.get(name)
  if (known !== undefined) return known
  const found = opening()
  const result = found instanceof Promise ? found.catch(messageOf) : found
  opened.set(name, result)
  if (result instanceof Promise) void result.then((settled) => opened.set(name, settled))
  return result
}

/**
 * Makes a backend known by its name: `backends` lists it, and `useBackend` opens it. Throws `ConvokeError` where there is one of
 * that name.
 *
 * @example
 * registerBackend({ name: 'double', describe: () => 'float64 throughout', open: () => createReferenceBackend({ floats: 'float64' }) })
 * backends().at(-1)?.name  // 'double'
 */
export function registerBackend(entry: BackendEntry): void {
  check(
    entries.every(({ name }) => name !== entry.name),
    () => `registerBackend: the backend ${show(entry.name)} already exists. Use another name.`,
  )
  entries.push(entry)
}

const opensLater = (name: string): string => `it opens asynchronously: await useBackend('${name}')`

/** Every backend Convoke knows, best first: whether it is available here, and why the rest is not. */
export function backends(): BackendReport[] {
  return entries.map((entry) => {
    const { name } = entry
    const result = open(entry)
    if (result instanceof Promise) return { name, available: false, reason: opensLater(name) }
    if (typeof result === 'string') return { name, available: false, reason: result }
    const described = [entry.describe(), withoutWeakReferences].filter((part) => part !== undefined)
    return { name, available: true, reason: described.join('; ') }
  })
}

function available(asker: string, name: string, found: Opened): Backend {
  if (typeof found !== 'string') return found
  throw new ConvokeError(`${asker}: '${name}' is not available here: ${found}.`)
}

function entryOf(asker: string, wanted: string): BackendEntry {
  const entry = entries.find(({ name }) => name === wanted)
  if (entry !== undefined) return entry
  const known = entries.map(({ name }) => `'${name}'`).join(', ')
  throw new ConvokeError(`${asker}: there is no backend ${show(wanted)}. Known: ${known}.`)
}

/** The backend of that name: at once where it can be. */
export function openBackend(asker: string, name: string): Backend | Promise<Backend> {
  const found = open(entryOf(asker, name))
  return found instanceof Promise
    ? found.then((settled) => available(asker, name, settled))
    : available(asker, name, found)
}

/** The same, of one that is open or opens at once. */
export function backendAtOnce(asker: string, name: string): Backend {
  const found = open(entryOf(asker, name))
  return available(asker, name, found instanceof Promise ? opensLater(name) : found)
}

/** The best backend that opens at once. */
export function bestBackend(): Backend {
  for (const entry of entries) {
    const found = open(entry)
    if (typeof found !== 'string' && !(found instanceof Promise)) return found
  }
  throw new ConvokeError('No backend is available here, not even the reference.')
}
