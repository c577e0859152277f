// The contract between what a user calls and what computes it: flat buffers and specs in, buffers out. A backend knows
// nothing of tensors, tapes or modules. `run` enqueues and returns at once; `read` waits for everything enqueued before.

import type { FusedKernelName } from './fused.ts'
import type { KernelName, KernelSpecs } from './kernel-specs.ts'

export type { Activation, BinaryOp, InvertibleActivation, UnaryOp } from './element-ops.ts'
export * from './kernel-specs.ts'

/** `bool` holds 0 or 1. */
export type DType = 'float32' | 'int32' | 'uint8' | 'bool'

/** The numbers of a buffer. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

/** Memory owned by a backend. Opaque: each backend extends it with what it needs. */
export interface Buffer {
  /** What the elements are. */
  readonly dtype: DType
  /** How many elements. */
  readonly length: number
}

export type BufferShape = Pick<Buffer, 'dtype' | 'length'>

/**
 * A kernel as ops hand it to a backend. It brings the ways to compute it along, so that what nobody calls is in no bundle; a backend
 * with ways of its own goes by the name.
 */
export interface Kernel<K extends KernelName = KernelName> {
  /** Its name. */
  readonly name: K
  /** What it means: plain loops in float64 over the values of the buffers. */
  loops(spec: KernelSpecs[K], inputs: readonly TypedArray[], outputs: readonly TypedArray[]): void
  /** How the CPU engine computes it, in the engine's own terms. */
  readonly engine: unknown
}

/** How a backend goes about a kernel. */
export interface PlanExplanation {
  /** `direct`, `pointwise`, `depthwise`, `winograd`, …; `loops` where plain TypeScript computes it. */
  readonly algorithm: string
  /** The kernel that runs, with its tile and its instruction set: `direct 6x4 avx512`. */
  readonly kernel: string
  /** Why, for a person. */
  readonly reason: string
  /**
   * The other ways to compute it, the fastest first, with the time that the model of the machine expects of each, over that of a direct
   * sum; empty where there are none, or nothing is known of them.
   */
  readonly others: readonly {
    /** The algorithm. */
    readonly algorithm: string
    /** Time expected of it, over that of a direct sum: below 1 is faster. */
    readonly time: number
  }[]
}

/**
 * What computes. All but the optional members every backend has; those that it lacks are answered in its place: one way to compute,
 * one thread. Of kernels it has all but those that it leaves to their compositions, by what it says in `fused`.
 */
export interface Backend {
  /** Its name: 'native', 'wasm', 'reference'. */
  readonly name: string
  /** Follows shapes only: nothing is stored or computed, and reading is refused. */
  readonly dry?: boolean
  /** For a dry backend: called with what is assumed where numbers decide what runs. Without it, such a case is refused. */
  assume?(what: string): void
  /**
   * What every step of a kernel gives is a float32, so that kernels joined in one, as sums in the epilogue of a convolution, give the
   * same numbers to the bit.
   */
  readonly single?: boolean
  /** The fused kernels that it has (`fusedKernels` names them all); all of them where this is left out. */
  readonly fused?: readonly FusedKernelName[]
  /** Contents are undefined until written. Throws `ConvokeError` naming sizes when memory runs out. */
  allocate(dtype: DType, length: number): Buffer
  /** Replaces the contents of a buffer, converted to its dtype. */
  write(buffer: Buffer, data: ArrayLike<number>): void
  /** A copy of the contents, once everything enqueued so far is done. */
  read(buffer: Buffer): Promise<TypedArray>
  /** The same, at once, written to `into` where that is given. Absent where the device cannot (WebGPU). */
  readSync?(buffer: Buffer, into?: TypedArray): TypedArray
  /**
   * A buffer inside another's memory, `byteOffset` (a multiple of 64) bytes from its start, which must not be released. Parts may
   * overlap: whoever makes them knows when which is in use.
   */
  part?(buffer: Buffer, byteOffset: number, dtype: DType, length: number): Buffer
  /** The memory itself, which stays where it is for as long as the buffer lives: what libraries of the system read and write. */
  view?(buffer: Buffer): TypedArray
  /** Gives the memory back; the buffer must not be used afterwards. */
  release(buffer: Buffer): void
  /**
   * Says that a buffer serves from now on only those kernels that have run on it, on as many threads: its memory may be given back
   * where packed forms of it are all that they read. Whoever asks for anything else is refused.
   */
  settle?(buffer: Buffer): void
  /** Enqueues one kernel. Outputs never overlap inputs, but for `update`. */
  run<K extends KernelName>(
    kernel: Kernel<K>,
    spec: KernelSpecs[K],
    inputs: readonly Buffer[],
    outputs: readonly Buffer[],
  ): void
  /**
   * What would run, without running it, where there are several ways. Of inputs, types and lengths are enough; where the way depends on
   * the numbers in a buffer, the buffer itself says more.
   */
  explain?<K extends KernelName>(
    kernel: Kernel<K>,
    spec: KernelSpecs[K],
    inputs: readonly (BufferShape | Buffer)[],
    outputs: readonly BufferShape[],
  ): PlanExplanation
  /** Threads that kernels run on, the calling one included. */
  threads?(): number
  /** Sets them, 1 to 64. Results do not depend on it. Throws `ConvokeError` where that cannot be. */
  setThreads?(count: number): void
  /** Starts those that would start with the first long run. */
  startThreads?(): void
  /** GFLOP/s of fused multiply-adds on one core, measured anew. */
  fmaPeak?(): number
}
