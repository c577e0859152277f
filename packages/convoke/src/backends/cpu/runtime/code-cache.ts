// Executable forms of kernels, the least recently used dropped beyond a budget. Kernels are plain bytes, so a dropped
// one is made again when it is next run, and nothing resolved outlives the run it was resolved for.

import type { Kernel } from './runtime.ts'

export interface CodeCache<V> {
  /** Starts a run: what is resolved until the next one stays. */
  readonly begin: () => void
  readonly resolve: (kernel: Kernel) => V
  readonly use: () => { readonly used: number; readonly budget: number }
}

interface Resident<V> {
  readonly value: V
  readonly byteLength: number
  run: number
}

export interface CodeSource<V> {
  /** Bytes that the executable form will take. */
  readonly sizeOf: (kernel: Kernel) => number
  readonly install: (kernel: Kernel) => V
  readonly drop: (value: V, byteLength: number) => void
}

export const defaultCodeBudget = 2 ** 25

export function createCodeCache<V>(source: CodeSource<V>, budget = defaultCodeBudget): CodeCache<V> {
  const residents = new Map<Kernel, Resident<V>>()
  let [used, run] = [0, 0]
  const makeRoom = (byteLength: number, allowed = budget): void => {
    if (used + byteLength <= allowed) return
    const oldestFirst = [...residents].sort(([, a], [, b]) => a.run - b.run)
    for (const [kernel, resident] of oldestFirst) {
      if (used + byteLength <= allowed || resident.run === run) return
      residents.delete(kernel)
      used -= resident.byteLength
      source.drop(resident.value, resident.byteLength)
    }
  }
  /** Where the system has no room left, everything that this run does not need makes some. */
  const installed = (kernel: Kernel): V => {
    try {
      return source.install(kernel)
    } catch (error) {
      if (residents.size === 0) throw error
      makeRoom(0, 0)
      return source.install(kernel)
    }
  }
  const install = (kernel: Kernel): Resident<V> => {
    const byteLength = source.sizeOf(kernel)
    makeRoom(byteLength)
    const value = installed(kernel)
    used += byteLength
    return { value, byteLength, run }
  }
  return {
    begin: () => {
      run++
    },
    resolve: (kernel) => {
      let resident = residents.get(kernel)
      if (resident === undefined) {
        resident = install(kernel)
        residents.set(kernel, resident)
      }
      resident.run = run
      return resident.value
    },
    use: () => ({ used, budget }),
  }
}
