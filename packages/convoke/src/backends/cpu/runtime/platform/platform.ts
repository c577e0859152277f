// What differs between Node and a page, besides machine code.

import type { StartWorker } from '../threads/pool.ts'

/** Where measured choices of plans outlast the process. Both may fail silently: a choice lost is measured again. */
export interface ChoiceStore {
  readonly read: () => string | undefined
  readonly write: (text: string) => void
}

/** How many processors this process may use at once, 1 or more, and in words why that is not known. */
export interface Cores {
  readonly count: number
  readonly unknown?: string | undefined
}

export interface Platform {
  readonly cores: () => Cores
  readonly environment: (name: string) => string | undefined
  /** Why threads cannot share memory here, in words; undefined where they can. */
  readonly withoutThreads: string | undefined
  /** Whether the calling thread may sleep: a page's main thread may not. */
  readonly mayWait: boolean
  /** Starts a worker that runs `workerMain` and does not keep the process open; false where it may not. */
  readonly startWorker: StartWorker
  /** Makes the garbage collector run, as far as one may. */
  readonly collectGarbage: () => void
  /** Lets go of what the running job keeps because it made or read weak references to it, as far as one may. */
  readonly endReferences: (() => void) | undefined
  /** Bytes that this process may take for tensors; Infinity where nothing is known. */
  readonly memoryLimit: () => number
  /** Bytes of addresses that are left to this process now; Infinity without a limit. */
  readonly addressesLeft: () => number
  /** Where measured plans outlast the process; undefined where nothing does. */
  readonly choices: ChoiceStore | undefined
}
