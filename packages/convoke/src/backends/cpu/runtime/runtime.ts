// What the engine needs of the machine it runs on; `native` and `wasm` each provide it.

import type { Program, Target } from '../program/index.ts'
import type { ArenaUse } from './arena.ts'
import type { KeptCalls } from './call-table.ts'
import type { ChoiceStore } from './platform/platform.ts'

/** An assembled program: plain bytes that own no resource. The runtime keeps executable copies in a bounded cache. */
export interface Kernel {
  /** Without its body, which is many times as large as the code. */
  readonly program: Omit<Program, 'body'>
  readonly code: Uint8Array<ArrayBuffer>
}

/** Memory that kernels and all threads see. Uninitialised when allocated. */
export interface Buffer {
  readonly address: number
  /** As asked for; the memory behind it is rounded up to 64 bytes. */
  readonly byteLength: number
  /** Views; take them anew after allocating, since a growing WebAssembly memory may leave old ones empty. */
  readonly float32: () => Float32Array
  readonly int32: () => Int32Array
  readonly uint8: () => Uint8Array
}

/** A kernel with its arguments in the program's order: addresses for pointers, numbers for the rest. */
export interface Call {
  readonly kernel: Kernel
  readonly values: ArrayLike<number>
  /** Where its own begin in `values`, which many calls may share; 0 when not given. */
  readonly at?: number
}

export interface Runtime {
  readonly name: 'native' | 'wasm'
  readonly target: Target
  /** What measured plans depend on: instructions and processor. */
  readonly machine: string
  /** Where they are kept. */
  readonly choices: ChoiceStore | undefined
  /** For people: `AVX-512, 2 threads, AMD EPYC…`. */
  readonly description: () => string
  readonly assemble: (program: Program) => Kernel
  /** Throws `ConvokeError` naming sizes when there is no more memory. `forWhat` is named in it. */
  readonly allocate: (byteLength: number, forWhat?: string) => Buffer
  readonly free: (buffer: Buffer) => void
  readonly memory: () => ArenaUse
  /** Gives unused memory back to the system. */
  readonly trim: () => void
  /**
   * Runs every call, shared among the threads; returns when all are done. Calls must write to separate places and read
   * nothing that another call of the same run writes: then results do not depend on the number of threads.
   * `own` has, for each thread after the first, the same calls with scratch memory of its own in their arguments; or it is
   * empty, and all threads run `calls`. With `kept`, calls and values are those of the last run with it. Calls fall into chains
   * of `chain` each, 1 when not given, which one thread runs in order: there, a call may read what one before it wrote.
   */
  readonly run: (calls: readonly Call[], own?: readonly (readonly Call[])[], kept?: KeptCalls, chain?: number) => void
  readonly threads: () => number
  /** 1 … 64, the calling thread included. */
  readonly setThreads: (count: number) => void
  /** Starts threads that would otherwise start with the first run that is long enough for them. */
  readonly startThreads: () => void
  /** Bytes of executable memory in use, and its bound. */
  readonly code: () => { readonly used: number; readonly budget: number }
}

/** A runtime, or why there is none, in words. */
export type RuntimeOrReason = { readonly runtime: Runtime } | { readonly reason: string }

/** A kernel of this code. */
export const kernelOf = ({ name, target, arguments: list }: Program, code: Uint8Array<ArrayBuffer>): Kernel =>
  Object.freeze({ program: Object.freeze({ name, target, arguments: list }), code })
