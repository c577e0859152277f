// The one place that knows which FFI library is used: koffi, an optional dependency.

/// <reference types="node" />

import { messageOf } from '../platform/asked.ts'

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

/** Whether koffi was found, and this is what it says. */
const isOfKoffi = (error: unknown): boolean =>
  !/^Cannot find module 'koffi'|"filename"|'filename'/.test(messageOf(error))

/**
 * koffi, by Node's own `require`. Bundlers follow each `import` and `createRequire` that they see, and then fail on
 * koffi's binaries: this way they see none. Where a bundle has moved the code away from `node_modules`, the folder that
 * the process runs in may have it.
 */
function requireKoffi(): { readonly koffi: Koffi; readonly path: string } {
  const { createRequire } = process.getBuiltinModule('node:module')
  let refused: unknown
  for (const place of [() => import.meta.url, () => `${process.cwd()}/`]) {
    try {
      const requireFrom = createRequire(place())
      return { koffi: requireFrom('koffi') as Koffi, path: requireFrom.resolve('koffi') }
    } catch (error) {
      // A place that is none, as in a bundle without `import.meta`, tells less than that there is no koffi, and that less than what koffi says.
      if (refused === undefined || !isOfKoffi(refused)) refused = error
    }
  }
  throw refused
}

/** Throws what `require` throws when koffi is not installed or has no binary for this platform. */
export function loadFfi(): Ffi {
  const { koffi, path } = requireKoffi()
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
    path,
  }
}
