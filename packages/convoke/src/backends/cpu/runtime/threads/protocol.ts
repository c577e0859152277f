// How the threads share a run: one block of int32 words in shared memory, touched by atomics only.
//
// Each thread starts on a part of its own, of calls that follow each other, and then helps with what is left of the
// others': neighbouring calls write to the same cache lines, which threads in lockstep would pull to and fro.
//
//     caller: writes the job, OPEN = 1, GENERATION + 1, wakes sleepers, takes calls itself, OPEN = 0, waits for ACTIVE = 0
//     worker: sees a new GENERATION, ACTIVE + 1, takes calls while OPEN, ACTIVE − 1; calls that it cannot compile it hands
//             back, RETURNED + 1, and takes no more
//
// The caller closes the job and then reads ACTIVE; a worker raises ACTIVE and then reads OPEN. Atomics are sequentially
// consistent, so a worker that comes late finds the job closed, and no job is rewritten under a worker.

/** Word numbers. */
export const control = Object.freeze({
  generation: 0,
  open: 1,
  /** Workers that have begun to come up, and of these, those that have come up or have failed to. */
  loading: 2,
  /** Chains in all. */
  total: 3,
  /** Chains taken at a time. */
  grain: 4,
  active: 5,
  sleepers: 6,
  /** Workers with a number below this take part. */
  limit: 7,
  failed: 8,
  /** Not 0 once the process ends: who has not begun to come up never does. */
  stop: 9,
  /** Address of the call table in two words. */
  tableLow: 10,
  tableHigh: 11,
  ready: 12,
  /** Bytes from one thread's table of calls to the next one's; 0 where all have the same. */
  ownBytes: 13,
  /** Workers that had to hand back calls, because they could not compile them. */
  returned: 14,
  /** Calls of a chain. */
  chain: 15,
  /** From here on what the system calls each worker's thread, 0 where that is not known. */
  threadIds: 16,
  /** From here on each thread's next chain that nobody has taken, the caller's first. */
  next: 80,
  /** From here on the first of the calls that each worker hands back, and how many there are. */
  returnedFirst: 144,
  returnedCount: 208,
})

export const mostThreads = 64

export const controlWords = control.returnedCount + mostThreads

export type ControlNames = typeof control

/** Looks at the generation so many times before going to sleep: some hundreds of microseconds, longer than what lies between the layers of a network. */
export const spins = 100_000

export interface WorkerData {
  readonly number: number
  readonly words: Int32Array<SharedArrayBuffer>
  readonly names: ControlNames
  readonly spins: number
  readonly executor: ExecutorData
}

/** How a worker runs calls `first` … `first + count − 1` of the table. */
export type ExecutorData =
  | {
      readonly kind: 'native'
      /** Where `require` finds koffi, and the address of the code that runs a table. */
      readonly koffi: string
      readonly prototype: string
      readonly runTable: number
      readonly entryBytes: number
      /** Prototype of the call that tells a thread's number; null where nobody asks. */
      readonly threadId: string | null
    }
  | { readonly kind: 'wasm'; readonly memory: WebAssembly.Memory; readonly entryBytes: number }
