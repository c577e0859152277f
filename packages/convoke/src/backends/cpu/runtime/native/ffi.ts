// The one place that knows which FFI library is used: koffi, an optional dependency.

/// <reference types="node" />

import { createRequire } from 'node:module'

/** Foreign functions of the process. Addresses and integers are JavaScript numbers. */
export interface Ffi {
  /** A function of a library, or of the process itself, by its C prototype. */
  readonly native: (library: string | null, prototype: string) => (...values: unknown[]) => number
  /** `void f(int64_t, int64_t)` at an address. */
  readonly callable: (address: number) => (first: number, second: number) => void
  /** Of a typed array, or of what a library calls by a name. */
  readonly addressOf: (value: unknown) => number
  /** Loads a library by its name or path; `global` lets what it loads itself find its names. Throws where it cannot be had. */
  readonly load: (library: string, options?: { readonly global?: boolean }) => ForeignLibrary
  /** What a worker thread passes to `require` to get the same library. */
  readonly path: string
}

export interface ForeignLibrary {
  /** By its C prototype. Throws where the library has no such function. */
  readonly func: (prototype: string) => (...values: unknown[]) => number
  /** A variable of the library. */
  readonly symbol: (name: string) => unknown
}

interface Koffi {
  readonly load: (library: string | null, options?: { readonly global?: boolean }) => ForeignLibrary
  readonly proto: (prototype: string) => unknown
  readonly decode: (address: bigint, type: unknown) => (first: number, second: number) => void
  readonly address: (value: unknown) => bigint
}

/** Of every function called at an address. */
export const callPrototype = 'void (int64_t first, int64_t second)'

/** Throws what `require` throws when koffi is not installed or has no binary for this platform. */
export function loadFfi(): Ffi {
  const require = createRequire(import.meta.url)
  const koffi = require('koffi') as Koffi
  const libraries = new Map<string | null, ForeignLibrary>()
  const prototype = koffi.proto(callPrototype)
  return {
    native: (library, declaration) => {
      const loaded = libraries.get(library) ?? koffi.load(library)
      libraries.set(library, loaded)
      return loaded.func(declaration)
    },
    callable: (address) => koffi.decode(BigInt(address), prototype),
    addressOf: (value) => Number(koffi.address(value)),
    load: koffi.load,
    path: require.resolve('koffi'),
  }
}
