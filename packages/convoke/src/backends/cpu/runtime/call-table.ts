// Calls as data in shared memory: a table of (code, argument block) pairs, and the blocks behind it.

import { check } from '../../../shapes/error.ts'
import type { Call } from './runtime.ts'

/** Bytes of a table entry: code and argument block, 8 bytes each. */
export const entryBytes = 16

export interface TableMemory {
  readonly address: number
  readonly view: () => DataView
}

const blockBytes = (call: Call): number => 8 * Math.max(1, call.values.length)

/** How many of `calls`, from `start`, fit `copies` times into `capacity` bytes: one or more. */
export function callsThatFit(calls: readonly Call[], start: number, capacity: number, copies: number): number {
  let [count, bytes] = [0, 0]
  while (start + count < calls.length) {
    bytes += (entryBytes + blockBytes(calls[start + count])) * copies
    if (bytes > capacity) break
    count++
  }
  check(count > 0, () => `A call for ${copies} threads does not fit into the call table of ${capacity} bytes.`)
  return count
}

/** A whole number up to 2⁵³ in size as 64 bits in two's complement. */
export function putInt64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true)
  view.setInt32(at + 4, Math.floor(value / 2 ** 32), true)
}

/** Writes `count` calls from `start` of each list, one list behind the other; `putCode` writes the 8 bytes of the code field. */
export function writeCalls(
  memory: TableMemory,
  lists: readonly (readonly Call[])[],
  start: number,
  count: number,
  putCode: (view: DataView, at: number, call: Call, index: number) => void,
): void {
  const view = memory.view()
  let entry = 0
  let block = lists.length * count * entryBytes
  for (const calls of lists) {
    for (let i = 0; i < count; i++) {
      const call = calls[start + i]
      putCode(view, entry, call, i)
      putInt64(view, entry + 8, memory.address + block)
      const list = call.kernel.program.arguments
      for (let j = 0; j < list.length; j++) {
        if (list[j].kind === 'float') view.setFloat32(block + 8 * j, call.values[j], true)
        else putInt64(view, block + 8 * j, call.values[j])
      }
      entry += entryBytes
      block += blockBytes(call)
    }
  }
}
