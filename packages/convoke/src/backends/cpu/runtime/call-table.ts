// Calls as data in shared memory: a table of (code, argument block) pairs, and the blocks behind it.

import { check } from '../../../shapes/error.ts'
import type { Call, Kernel } from './runtime.ts'

/** Bytes of a table entry: code and argument block, 8 bytes each. */
export const entryBytes = 16

export interface TableMemory {
  readonly address: number
  /** The same bytes twice. */
  readonly words: Uint32Array
  readonly floats: Float32Array
}

const blockBytes = (call: Call): number => 8 * Math.max(1, call.kernel.program.arguments.length)

/** How many of `calls`, from `start`, fit `copies` times into `capacity` bytes: one chain of so many calls or more. */
export function callsThatFit(
  calls: readonly Call[],
  start: number,
  capacity: number,
  copies: number,
  chain: number,
): number {
  let [count, bytes] = [0, 0]
  while (start + count < calls.length) {
    bytes += (entryBytes + blockBytes(calls[start + count])) * copies
    if (bytes > capacity) break
    count++
  }
  count -= count % chain
  check(count > 0, () => `A call for ${copies} threads does not fit into the call table of ${capacity} bytes.`)
  return count
}

/** The lists of calls of all threads; of the first alone where a chain of all would not fit into `capacity` bytes. */
export function listsThatFit(
  calls: readonly Call[],
  own: readonly (readonly Call[])[],
  capacity: number,
  chain: number,
): readonly (readonly Call[])[] {
  const lists = [calls, ...own]
  if (chain === 1 || own.length === 0) return lists
  const bytes = calls.slice(0, chain).reduce((sum, call) => sum + entryBytes + blockBytes(call), 0)
  return bytes * lists.length <= capacity ? lists : [calls]
}

/** A whole number up to 2⁵³ in size as 64 bits in two's complement, in words `at` and `at` + 1. */
export function putInt64(words: Uint32Array, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32)
  words[at] = value - high * 2 ** 32
  words[at + 1] = high
}

/**
 * Writes `count` calls from `start` of each list, one list behind the other; `putCode` writes the two words of the code field. The
 * number of words in all.
 */
export function writeCalls(
  { address, words, floats }: TableMemory,
  lists: readonly (readonly Call[])[],
  start: number,
  count: number,
  putCode: (words: Uint32Array, at: number, call: Call, index: number) => void,
): number {
  let entry = 0
  let block = (lists.length * count * entryBytes) / 4
  for (const calls of lists) {
    for (let i = 0; i < count; i++) {
      const call = calls[start + i]
      putCode(words, entry, call, i)
      putInt64(words, entry + 2, address + 4 * block)
      const list = call.kernel.program.arguments
      const { values, at = 0 } = call
      for (let j = 0; j < list.length; j++) {
        if (list[j].kind === 'float') floats[block + 2 * j] = values[at + j]
        else putInt64(words, block + 2 * j, values[at + j])
      }
      entry += entryBytes / 4
      block += blockBytes(call) / 4
    }
  }
  return block
}

/** Calls as they were written for a run, for one that has the same with the same values: copying them costs a tenth of writing. */
export interface KeptCalls {
  written: { readonly words: Uint32Array; readonly code: ReadonlyMap<Kernel, unknown> } | undefined
}

export const createKeptCalls = (): KeptCalls => ({ written: undefined })

/** Keeps `count` words that were written for all of `calls`; `resolve` tells what stands for a kernel. */
export function keepCalls(
  kept: KeptCalls,
  { words }: TableMemory,
  count: number,
  calls: readonly Call[],
  resolve: (kernel: Kernel) => unknown,
): void {
  const code = new Map<Kernel, unknown>()
  for (const { kernel } of calls) if (!code.has(kernel)) code.set(kernel, resolve(kernel))
  kept.written = { words: words.slice(0, count), code }
}

/** Writes what was kept, unless another code stands for one of its kernels by now. Whether it did. */
export function restoreCalls(
  { written }: KeptCalls,
  { words }: TableMemory,
  resolve: (kernel: Kernel) => unknown,
): boolean {
  if (written === undefined) return false
  for (const [kernel, code] of written.code) if (resolve(kernel) !== code) return false
  words.set(written.words)
  return true
}
