// The specs that kernels were asked for last: found by comparing, in a fraction of the time that their text takes.

import type { KernelName } from '../backend.ts'
import { cannotChange } from '../spec-text.ts'

interface Recent<V> {
  /** A copy, but for parts that stay the same for good: whoever gave the spec may change the others. */
  readonly spec: unknown
  readonly value: V
}

export interface RecentSpecs<V> {
  readonly find: (kernel: KernelName, spec: object) => V | undefined
  readonly add: (kernel: KernelName, spec: object, value: V) => void
}

/** Places of each kernel; of two specs that fall on one, the later is kept. */
const places = 256
/** Longer lists take longer to compare than to look up by their text. */
const longest = 16

/** A number that specs of the same contents share; names of fields do not count. */
function mixed(hash: number, value: unknown): number {
  if (typeof value === 'number') return Math.imul(hash, 31) + (value | 0)
  if (typeof value === 'string') {
    return Math.imul(hash, 31) + value.length + Math.imul(value.charCodeAt(value.length >> 1), 17)
  }
  if (typeof value !== 'object' || value === null) return Math.imul(hash, 31) + (value === true ? 1 : 2)
  let result = Math.imul(hash, 31)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) result = mixed(result, value[i])
  } else if (!ArrayBuffer.isView(value)) {
    for (const name in value) result = mixed(result, (value as Record<string, unknown>)[name])
  }
  return result
}

/** Whether `b` says what `a` says. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number') return Object.is(a, b)
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false
    return true
  }
  return !ArrayBuffer.isView(a) && sameFields(a as Record<string, unknown>, b as Record<string, unknown>)
}

function sameFields(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let names = 0
  for (const name in b) {
    // A field without a value says nothing, but it counts.
    if (b[name] === undefined || !same(a[name], b[name])) return false
    names++
  }
  for (const _ in a) names--
  return names === 0
}

/** Undefined where there are long lists. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || cannotChange(value)) return value
  if (ArrayBuffer.isView(value)) return undefined
  if (Array.isArray(value)) {
    if (value.length > longest) return undefined
    const list = value.map(copyOf)
    return list.includes(undefined) ? undefined : list
  }
  const copy: Record<string, unknown> = {}
  for (const name in value) {
    const field = copyOf((value as Record<string, unknown>)[name])
    if (field === undefined) return undefined
    copy[name] = field
  }
  return copy
}

export function createRecentSpecs<V>(): RecentSpecs<V> {
  const tables = new Map<KernelName, (Recent<V> | undefined)[]>()
  return {
    find: (kernel, spec) => {
      const found = tables.get(kernel)?.[mixed(0, spec) & (places - 1)]
      return found !== undefined && same(found.spec, spec) ? found.value : undefined
    },
    add: (kernel, spec, value) => {
      const copy = copyOf(spec)
      if (copy === undefined) return
      let table = tables.get(kernel)
      if (table === undefined) {
        table = new Array<Recent<V> | undefined>(places).fill(undefined)
        tables.set(kernel, table)
      }
      table[mixed(0, spec) & (places - 1)] = { spec: copy, value }
    },
  }
}
