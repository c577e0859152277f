// For tests: an allocator that puts every buffer flush against a page that no access survives, before it or behind it.

import type { Buffers } from '../runtime/buffers.ts'
import type { Ffi } from '../runtime/native/ffi.ts'
import type { Pages } from '../runtime/native/pages.ts'
import type { Buffer } from '../runtime/runtime.ts'

export type Guard = 'before' | 'after'

interface Guarded extends Buffer {
  readonly memory: SharedArrayBuffer
  readonly forbidden: readonly number[]
}

/** Floats end at the very end of their buffers; nothing is rounded up. */
export const guardedBuffers =
  (guard: Guard) =>
  (ffi: Ffi, pages: Pages): Buffers => {
    const { pageBytes } = pages
    const live = new Set<Guarded>()
    // Their pages go back to whoever gave them as they were: the allocator keeps notes there.
    const giveBack = ({ forbidden }: Guarded): void => {
      for (const page of forbidden) pages.allow(page, pageBytes)
    }
    process.on('exit', () => live.forEach(giveBack))
    const make = (byteLength: number): Guarded => {
      const inside = Math.max(1, Math.ceil(byteLength / pageBytes)) * pageBytes
      const memory = new SharedArrayBuffer(inside + 3 * pageBytes)
      const start = ffi.addressOf(new Uint8Array(memory))
      // The first whole page of it is the guard before, the one behind the last page of the buffer that after.
      const first = Math.ceil(start / pageBytes) * pageBytes
      const forbidden = [first, first + pageBytes + inside]
      for (const page of forbidden) pages.forbid(page, pageBytes)
      const address = first + pageBytes + (guard === 'after' ? inside - byteLength : 0)
      const offset = address - start
      return {
        ...{ address, byteLength, memory, forbidden },
        // An empty tensor has a byte, which need not be where a number may begin.
        float32: () =>
          byteLength < 4 ? new Float32Array(0) : new Float32Array(memory, offset, Math.floor(byteLength / 4)),
        int32: () => (byteLength < 4 ? new Int32Array(0) : new Int32Array(memory, offset, Math.floor(byteLength / 4))),
        uint8: () => new Uint8Array(memory, offset, byteLength),
      }
    }
    return {
      allocate: (byteLength) => {
        const buffer = make(Math.max(byteLength, 1))
        live.add(buffer)
        return buffer
      },
      free: (buffer) => {
        const given = buffer as Guarded
        if (!live.delete(given)) throw new Error('memory is freed twice, or is from elsewhere')
        giveBack(given)
      },
    }
  }
