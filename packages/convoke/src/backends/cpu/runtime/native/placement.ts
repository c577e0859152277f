/// <reference types="node" />

// Keeps workers off the processor of the thread they work for. A worker that slept is often woken on the caller's own
// processor and left to wait there behind it, while another one idles: where few processors share a cache, Linux looks
// for an idle one only while the group as a whole is not busy (SIS_UTIL in kernel/sched/fair.c), and mends it milliseconds
// later, when a run is long over.

import type { Ffi } from './ffi.ts'

/** `gettid(2)`. */
export const threadId = 'int gettid()'

/** Bytes of a processor mask, `sched_setaffinity(2)`: room for 1024 processors. */
const maskBytes = 128

/**
 * Called with the workers' thread numbers before they are woken: where this thread has come to another processor since,
 * or there are new workers, they are allowed every processor of this thread's but that one. Undefined where the system
 * has no such calls, as outside Linux.
 */
export function createPlacement(ffi: Ffi): ((threadIds: Int32Array) => void) | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const where = ffi.native(null, 'int sched_getcpu()')
    const allowed = ffi.native(null, 'int sched_getaffinity(int thread, size_t bytes, _Out_ uint8_t *mask)')
    const allow = ffi.native(null, 'int sched_setaffinity(int thread, size_t bytes, uint8_t *mask)')
    ffi.native(null, threadId)
    const mask = new Uint8Array(maskBytes)
    const placed = new Map<number, number>()
    const placeAll = (threadIds: Int32Array): void => {
      const own = where()
      for (const id of threadIds) {
        if (id === 0 || placed.get(id) === own) continue
        placed.set(id, own)
        // 0 is this thread. Where it may run on one processor alone, so may its workers.
        if (allowed(0, maskBytes, mask) < 0) return
        mask[own >> 3] &= ~(1 << (own & 7))
        if (mask.some((byte) => byte !== 0)) allow(id, maskBytes, mask)
      }
    }
    let refused = false
    return (threadIds) => {
      if (refused) return
      try {
        placeAll(threadIds)
      } catch {
        refused = true
      }
    }
  } catch {
    return undefined
  }
}
