import { describe, expect, test } from 'vitest'
import type { Ffi } from './ffi.ts'
import { createPages } from './pages.ts'

interface Call {
  readonly name: string
  readonly values: readonly unknown[]
}

/** A system that answers as `answer` says, and notes what it was asked. */
function system(answer: (call: Call) => number): { readonly ffi: Ffi; readonly calls: readonly Call[] } {
  const calls: Call[] = []
  const ffi: Ffi = {
    load: () => {
      throw new Error('no other library')
    },
    native: (_, prototype) => {
      const name = /(\w+)\(/.exec(prototype)![1]
      return (...values) => {
        const call = { name, values }
        calls.push(call)
        return answer(call)
      }
    },
    callable: () => () => {},
    addressOf: () => 0,
    path: '',
  }
  return { ffi, calls }
}

describe('pages of memory', () => {
  // <sys/mman.h> of macOS: MAP_PRIVATE 0x0002, MAP_JIT 0x0800, MAP_ANON 0x1000.
  test('are asked of macOS for code made at run time, and plainly where the program is not entitled to that', () => {
    const { ffi, calls } = system(({ values }) => (((values[3] as number) & 0x0800) === 0 ? 0x5000 : -1))
    expect(createPages(ffi, 'darwin').map(100)).toBe(0x5000)
    expect(calls.map(({ name, values }) => [name, values[2], values[3]])).toEqual([
      ['mmap', 3, 0x1802],
      ['mmap', 3, 0x1002],
    ])
  })

  test('that the system refuses are an error that says so', () => {
    for (const platform of ['linux', 'darwin']) {
      const pages = createPages(system(() => -1).ffi, platform)
      expect(() => pages.map(100)).toThrow(
        'The operating system refused to map memory (100 bytes). Use the wasm backend.',
      )
      expect(() => pages.seal(4096, 100)).toThrow('refused to make memory executable (100 bytes)')
    }
    const pages = createPages(system(() => 0).ffi, 'win32')
    expect(() => pages.map(100)).toThrow('refused to map memory (100 bytes)')
    expect(() => pages.seal(4096, 100)).toThrow('refused to make memory executable (100 bytes)')
  })

  // <winnt.h>: PAGE_READWRITE 0x04, PAGE_EXECUTE_READ 0x20, MEM_COMMIT | MEM_RESERVE 0x3000.
  test('are never writable and executable at once', () => {
    for (const platform of ['linux', 'darwin']) {
      const { ffi, calls } = system(() => 0)
      const pages = createPages(ffi, platform)
      pages.seal(pages.map(100), 100)
      expect(calls.map(({ name, values }) => [name, values[2]])).toEqual([
        ['mmap', 1 | 2],
        ['mprotect', 1 | 4],
      ])
    }
    const { ffi, calls } = system(() => 1)
    const pages = createPages(ffi, 'win32')
    pages.seal(pages.map(100), 100)
    expect(calls.map(({ name, values }) => [name, ...values.slice(0, 4)])).toEqual([
      ['VirtualAlloc', 0, 100, 0x3000, 0x04],
      ['VirtualProtect', 1, 100, 0x20, expect.any(Uint32Array)],
      ['FlushInstructionCache', -1, 1, 100],
    ])
  })
})
