// Pages of memory from the operating system. Code is copied while they can be written, and run when they no longer can.

import { ConvokeError } from '../../../../shapes/error.ts'
import type { Ffi } from './ffi.ts'

export interface Pages {
  readonly pageBytes: number
  /** New zeroed pages, readable and writable. Throws `ConvokeError` when the system refuses. */
  readonly map: (byteLength: number) => number
  readonly unmap: (address: number, byteLength: number) => void
  /** Readable and executable from here on, not writable. */
  readonly seal: (address: number, byteLength: number) => void
  /** Any access faults from here on. */
  readonly forbid: (address: number, byteLength: number) => void
  /** Readable and writable again. */
  readonly allow: (address: number, byteLength: number) => void
  readonly copy: (address: number, bytes: Uint8Array) => void
}

const refuse = (what: string, byteLength: number): never => {
  throw new ConvokeError(`The operating system refused to ${what} (${byteLength} bytes). Use the wasm backend.`)
}

/**
 * MAP_PRIVATE | MAP_ANON. Under macOS's hardened runtime written pages become executable in two cases: with MAP_JIT in a program
 * that is entitled to `allow-jit`, without it in one entitled to `allow-unsigned-executable-memory`, where MAP_JIT may be refused.
 */
const flagsOf = (platform: string): readonly number[] =>
  platform === 'darwin' ? [0x0002 | 0x1000 | 0x0800, 0x0002 | 0x1000] : [0x0002 | 0x0020]

function posixPages(ffi: Ffi, platform: string): Pages {
  const mmap = ffi.native(
    null,
    'int64_t mmap(int64_t address, size_t length, int protection, int flags, int file, int64_t offset)',
  )
  const munmap = ffi.native(null, 'int munmap(int64_t address, size_t length)')
  const mprotect = ffi.native(null, 'int mprotect(int64_t address, size_t length, int protection)')
  const memcpy = ffi.native(null, 'int64_t memcpy(int64_t to, const void *from, size_t length)')
  const [none, readWrite, readExecute] = [0, 1 | 2, 1 | 4]
  const flags = flagsOf(platform)
  return {
    pageBytes: platform === 'darwin' ? 16384 : 4096,
    map: (byteLength) => {
      for (const choice of flags) {
        const address = mmap(0, byteLength, readWrite, choice, -1, 0)
        if (address !== -1) return address
      }
      return refuse('map memory', byteLength)
    },
    unmap: (address, byteLength) => void munmap(address, byteLength),
    seal: (address, byteLength) => {
      if (mprotect(address, byteLength, readExecute) !== 0) refuse('make memory executable', byteLength)
    },
    forbid: (address, byteLength) => {
      if (mprotect(address, byteLength, none) !== 0) refuse('protect memory', byteLength)
    },
    allow: (address, byteLength) => {
      if (mprotect(address, byteLength, readWrite) !== 0) refuse('give memory back', byteLength)
    },
    copy: (address, bytes) => void memcpy(address, bytes, bytes.length),
  }
}

function windowsPages(ffi: Ffi): Pages {
  const kernel32 = 'kernel32.dll'
  const allocate = ffi.native(
    kernel32,
    'int64_t VirtualAlloc(int64_t address, size_t length, uint32_t type, uint32_t protection)',
  )
  const release = ffi.native(kernel32, 'int VirtualFree(int64_t address, size_t length, uint32_t type)')
  const protect = ffi.native(
    kernel32,
    'int VirtualProtect(int64_t address, size_t length, uint32_t protection, void *previous)',
  )
  const flush = ffi.native(kernel32, 'int FlushInstructionCache(int64_t process, int64_t address, size_t length)')
  const move = ffi.native(kernel32, 'void RtlMoveMemory(int64_t to, const void *from, size_t length)')
  const [commitAndReserve, releaseAll] = [0x3000, 0x8000]
  const [noAccess, readWrite, readExecute] = [0x01, 0x04, 0x20]
  const ownProcess = -1
  const previous = new Uint32Array(1)
  return {
    pageBytes: 4096,
    map: (byteLength) => allocate(0, byteLength, commitAndReserve, readWrite) || refuse('map memory', byteLength),
    unmap: (address) => void release(address, 0, releaseAll),
    seal: (address, byteLength) => {
      if (protect(address, byteLength, readExecute, previous) === 0) refuse('make memory executable', byteLength)
      // `VirtualProtect` asks it of whoever makes code, though x86-64 processors see to it themselves.
      flush(ownProcess, address, byteLength)
    },
    forbid: (address, byteLength) => {
      if (protect(address, byteLength, noAccess, previous) === 0) refuse('protect memory', byteLength)
    },
    allow: (address, byteLength) => {
      if (protect(address, byteLength, readWrite, previous) === 0) refuse('give memory back', byteLength)
    },
    copy: (address, bytes) => void move(address, bytes, bytes.length),
  }
}

export const createPages = (ffi: Ffi, platform: string): Pages =>
  platform === 'win32' ? windowsPages(ffi) : posixPages(ffi, platform)
