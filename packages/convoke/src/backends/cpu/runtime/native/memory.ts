// Native memory: slabs of shared memory, which every thread's machine code can reach and which keep their addresses.

import { alignment, type Region, type RegionSource, type Span } from '../arena.ts'
import type { Buffer } from '../runtime.ts'
import type { Ffi } from './ffi.ts'

export interface Slab extends Region {
  readonly memory: SharedArrayBuffer
  /** Bytes between the start of `memory` and `base`. */
  readonly skipped: number
}

const smallestSlab = 2 ** 25
const slabStep = 2 ** 21

/** Slabs of at least 32 MiB, up to `limit` bytes in all. The system backs them with pages as they are first touched. */
export function slabSource(ffi: Ffi, limit: number): RegionSource<Slab> {
  let total = 0
  return {
    grow: (byteLength) => {
      const size = Math.max(smallestSlab, Math.ceil((byteLength + alignment) / slabStep) * slabStep)
      if (total + size > limit) return undefined
      try {
        const memory = new SharedArrayBuffer(size)
        const start = ffi.addressOf(new Uint8Array(memory))
        const skipped = (alignment - (start % alignment)) % alignment
        total += size
        return { memory, skipped, base: start + skipped, byteLength: size - skipped }
      } catch (error) {
        if (error instanceof RangeError) return undefined
        throw error
      }
    },
    release: ({ memory }) => {
      total -= memory.byteLength
    },
  }
}

/** A span as a buffer of so many bytes. Views keep the slab alive, so a stale one reads old numbers and never faults. */
export function spanBuffer({ region, address }: Span<Slab>, byteLength: number): Buffer {
  const { memory, base, skipped } = region
  const offset = address - base + skipped
  return Object.freeze({
    address,
    byteLength,
    float32: () => new Float32Array(memory, offset, Math.floor(byteLength / 4)),
    int32: () => new Int32Array(memory, offset, Math.floor(byteLength / 4)),
    uint8: () => new Uint8Array(memory, offset, byteLength),
  })
}
