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

/** How many of `calls`, from `start`, fit into `capacity` bytes; whole grains, where there is more than one. */
export function callsThatFit(calls: readonly Call[], start: number, capacity: number, grain = 1): number {
  let [count, bytes] = [0, 0]
  while (start + count < calls.length) {
    bytes += entryBytes + blockBytes(calls[start + count])
    if (bytes > capacity) {
      check(
        count >= grain,
        () => `A run of ${grain} calls at a time does not fit into the call table of ${capacity} bytes.`,
      )
      return count - (count % grain)
    }
    count++
  }
  return count
}

/** A whole number up to 2⁵³ in size as 64 bits in two's complement. */
export function putInt64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true)
  view.setInt32(at + 4, Math.floor(value / 2 ** 32), true)
}

/** Writes `count` calls from `start`; `putCode` writes the 8 bytes of the code field. */
export function writeCalls(
  memory: TableMemory,
  calls: readonly Call[],
  start: number,
  count: number,
  putCode: (view: DataView, at: number, call: Call, index: number) => void,
): void {
  const view = memory.view()
  let block = count * entryBytes
  for (let i = 0; i < count; i++) {
    const call = calls[start + i]
    putCode(view, i * entryBytes, call, i)
    putInt64(view, i * entryBytes + 8, memory.address + block)
    const list = call.kernel.program.arguments
    for (let j = 0; j < list.length; j++) {
      if (list[j].kind === 'float') view.setFloat32(block + 8 * j, call.values[j], true)
      else putInt64(view, block + 8 * j, call.values[j])
    }
    block += blockBytes(call)
  }
}
