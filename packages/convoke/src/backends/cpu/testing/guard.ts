// For tests: buffers flush against pages that no access survives.

import type { Ffi } from '../runtime/native/ffi.ts'
import type { Pages } from '../runtime/native/pages.ts'

export interface GuardedBuffer {
  readonly address: number
  readonly write: (bytes: Uint8Array) => void
  readonly read: () => Uint8Array<ArrayBuffer>
  readonly free: () => void
}

/** `byteLength` bytes that end (`after`) or begin (`before`) exactly at a page that may not be touched. */
export function guardedBuffer(ffi: Ffi, pages: Pages, byteLength: number, guard: 'before' | 'after'): GuardedBuffer {
  const { pageBytes } = pages
  const inside = Math.max(pageBytes, Math.ceil(byteLength / pageBytes) * pageBytes)
  const start = pages.map(inside + 2 * pageBytes)
  pages.forbid(start, pageBytes)
  pages.forbid(start + pageBytes + inside, pageBytes)
  const address = start + pageBytes + (guard === 'after' ? inside - byteLength : 0)
  const copyOut = ffi.native(
    process.platform === 'win32' ? 'kernel32.dll' : null,
    process.platform === 'win32'
      ? 'void RtlMoveMemory(void *to, int64_t from, size_t length)'
      : 'int64_t memcpy(void *to, int64_t from, size_t length)',
  )
  return {
    address,
    write: (bytes) => pages.copy(address, bytes),
    read: () => {
      const bytes = new Uint8Array(byteLength)
      copyOut(bytes, address, byteLength)
      return bytes
    },
    free: () => pages.unmap(start, inside + 2 * pageBytes),
  }
}
