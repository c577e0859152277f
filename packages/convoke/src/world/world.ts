// What ranks ask of one another, whoever carries it: MPI (`convoke/mpi`), or nobody, where there is one rank alone.

/** Numbers that ranks put together. */
export type Reducible = Float32Array | Float64Array | Int32Array

/** How numbers of all ranks become one: added up, or the largest or smallest of them. */
export type Reduction = 'sum' | 'max' | 'min'

/** What numbers are while they travel; added up they are float32 all the same. */
export type Wire = 'float32' | 'bfloat16'

/** How arrays are put together. */
export interface ReduceOptions {
  /** What becomes of the numbers of all ranks: their 'sum' when not given. */
  readonly op?: Reduction | undefined
  /** How sums of float32 travel: 'bfloat16' halves the bytes and keeps 8 bits of each number. 'float32' when not given. */
  readonly wire?: Wire | undefined
}

/** Something that all ranks have begun. */
export interface Pending {
  /** Moves it on as far as it goes without waiting; true once it is done. */
  test(): boolean
  /** Resolves once it is done. */
  wait(): Promise<void>
}

/**
 * One of several processes that work on the same thing. All ranks make the same calls in the same order, with arrays of the same
 * types and lengths; every rank ends up with the same numbers, to the bit.
 */
export interface ParallelWorld {
  /** From 0 to size − 1. */
  readonly rank: number
  /** How many processes there are. */
  readonly size: number
  /** Begins to put arrays together, element by element and in place: until it is done they may be neither read nor written. */
  startAllReduce(values: Reducible, options?: ReduceOptions): Pending
  /** The same, until it is done. */
  allReduce(values: Reducible, options?: ReduceOptions): Promise<void>
  /** Sums for synchronous code, such as a layer: waits at once, whatever else is under way. */
  allReduceSync(values: Float64Array): void
  /** Puts the numbers of one rank, 0 when not given, in place of those of all others. */
  broadcast(values: ArrayBufferView, from?: number): Promise<void>
  /** The bytes of each rank, by rank; their lengths may differ. */
  allGather(bytes: Uint8Array): Promise<Uint8Array[]>
  /** Resolves once every rank has come here. */
  barrier(): Promise<void>
  /** Lets signals be heard and timers run, where that is due; at once when not given. */
  breathe?(): Promise<void>
}

/** A batch that ranks share, for layers that look at all of it. */
export interface SharedBatch {
  readonly world: ParallelWorld
  /** Examples of this rank, 0 where it only looks on, and of all. Asked whenever a batch runs. */
  readonly share: () => { readonly own: number; readonly all: number }
}

const done: Pending = Object.freeze({ test: () => true, wait: () => Promise.resolve() })

/** One process, which waits for nobody. */
export const alone: ParallelWorld = Object.freeze({
  rank: 0,
  size: 1,
  startAllReduce: () => done,
  allReduce: () => Promise.resolve(),
  allReduceSync: () => {},
  broadcast: () => Promise.resolve(),
  allGather: (bytes: Uint8Array) => Promise.resolve([bytes]),
  barrier: () => Promise.resolve(),
})

/** Plain data of each rank, by rank. */
export async function gatherJson<T>(world: ParallelWorld, value: T): Promise<T[]> {
  if (world.size === 1) return [value]
  const all = await world.allGather(new TextEncoder().encode(JSON.stringify(value)))
  return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T)
}
