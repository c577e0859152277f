// One WebAssembly memory with an arena in it. Such a memory grows and never shrinks: regions given back are kept here.

import { alignment, type Region, type RegionSource } from '../arena.ts'

const pageBytes = 65536
/** The first bytes are left out, so that no buffer has address 0. */
const firstAddress = 1024
const step = 2 ** 24

/** A memory that can grow as far as this engine allows, 4 GiB at most; shared where asked. */
export function growableMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = 65536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared })
    } catch (error) {
      if (!(error instanceof RangeError) || maximum <= 1024) throw error
    }
  }
}

/** Grows the memory up to `limit` bytes. */
export function wasmSource(memory: WebAssembly.Memory, limit = Number.POSITIVE_INFINITY): RegionSource<Region> {
  const spare: Region[] = []
  let end = firstAddress
  const join = (): void => {
    spare.sort((a, b) => a.base - b.base)
    for (let i = spare.length - 1; i > 0; i--) {
      const [left, right] = [spare[i - 1], spare[i]]
      if (left.base + left.byteLength !== right.base) continue
      spare.splice(i - 1, 2, { base: left.base, byteLength: left.byteLength + right.byteLength })
    }
  }
  const reach = (address: number): boolean => {
    const missing = Math.ceil((address - memory.buffer.byteLength) / pageBytes)
    if (missing <= 0) return true
    if (address > limit) return false
    try {
      memory.grow(missing)
      return true
    } catch {
      return false
    }
  }
  return {
    grow: (byteLength) => {
      const known = spare.findIndex((region) => region.byteLength >= byteLength)
      if (known >= 0) return spare.splice(known, 1)[0]
      const last = spare.at(-1)
      const base = last !== undefined && last.base + last.byteLength === end ? last.base : end
      const exact = Math.ceil(byteLength / alignment) * alignment
      const size = [Math.max(step, exact), exact].find((bytes) => reach(base + bytes))
      if (size === undefined) return undefined
      if (base !== end) spare.pop()
      end = base + size
      return { base, byteLength: size }
    },
    release: (region) => {
      spare.push(region)
      join()
    },
  }
}
