/// <reference types="node" />

// Native memory: slabs of shared memory, which every thread's machine code can reach and which keep their addresses.

import type { Region, RegionSource, Span } from '../arena.ts'
import type { Home } from '../buffers.ts'
import type { Ffi } from './ffi.ts'

export interface Slab extends Region {
  readonly memory: SharedArrayBuffer
  /** Bytes between the start of `memory` and `base`. */
  readonly skipped: number
}

const sharedSlab = 2 ** 25
/** Larger pieces have a slab of their own size: sharing would reserve twice what they need. */
const largestShared = 2 ** 23
const slabStep = 2 ** 21
/** The larger pages of x86-64. */
const largePage = 2 ** 21

/** `madvise(2)` with `MADV_HUGEPAGE`, where the system has it: kernels stride over far more small pages than a processor keeps addresses of. */
function adviser(ffi: Ffi): (address: number, byteLength: number) => void {
  if (process.platform !== 'linux') return () => {}
  try {
    const advise = ffi.native(null, 'int madvise(int64_t address, size_t bytes, int advice)')
    return (address, byteLength) => {
      try {
        advise(address, byteLength, 14)
      } catch {
        // It was advice.
      }
    }
  } catch {
    return () => {}
  }
}

/** Addresses that are left to JavaScript, whose collector ends the process where it finds none. */
const keptAddresses = 2 ** 27

/** Slabs of 32 MiB for small pieces and of their own size for large ones, up to `limit` bytes in all, as long as there are addresses. The system backs them with pages as they are first touched. */
export function slabSource(ffi: Ffi, limit: number, addressesLeft: () => number): RegionSource<Slab> {
  let total = 0
  const preferLargePages = adviser(ffi)
  return {
    grow: (byteLength) => {
      const exact = Math.ceil((byteLength + largePage) / slabStep) * slabStep
      const room = Math.min(limit - total, addressesLeft() - keptAddresses)
      const size = byteLength <= largestShared && sharedSlab <= room ? sharedSlab : exact
      if (size > room) return undefined
      try {
        const memory = new SharedArrayBuffer(size)
        const start = ffi.addressOf(new Uint8Array(memory))
        const skipped = (largePage - (start % largePage)) % largePage
        total += size
        preferLargePages(start + skipped, Math.floor((size - skipped) / largePage) * largePage)
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

/** Views keep the slab alive, so a stale one reads old numbers and never faults. */
export const slabHome: Home<Slab> = Object.freeze({
  memoryOf: ({ region }: Span<Slab>) => region.memory,
  offsetOf: ({ region, address }: Span<Slab>) => address - region.base + region.skipped,
})
