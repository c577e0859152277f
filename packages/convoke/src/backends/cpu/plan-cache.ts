// Plans made before. A question is a kernel, its spec, the buffers' types and lengths, and the number of threads.

import type { Buffer, KernelName } from '../backend.ts'
import { cannotChange, specText } from '../spec-text.ts'
import { createRecentSpecs } from './recent-specs.ts'

type BufferShape = Pick<Buffer, 'dtype' | 'length'>

/** What a plan depends on beside the kernel and its spec. */
export interface Circumstances {
  readonly inputs: readonly BufferShape[]
  readonly outputs: readonly BufferShape[]
  readonly threads: number
  readonly separable: boolean
}

interface Entry<V> extends Circumstances {
  readonly value: V
  readonly family: Family<V>
  readonly cost: number
  /** Those used last before it and first after it. */
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

/** The plans of one kernel with one spec. */
export interface Family<V> {
  readonly entries: Entry<V>[]
  /** Whether the plan depends on the filter's numbers; the first to ask finds out. */
  asksForFactors: boolean | undefined
}

export interface PlanCache<V> {
  readonly familyOf: (kernel: KernelName, spec: object) => Family<V>
  readonly find: (family: Family<V>, circumstances: Circumstances) => { readonly value: V } | undefined
  /** Drops the plan longest unused when there are too many. */
  readonly add: (family: Family<V>, circumstances: Circumstances, value: V) => void
}

function sameBuffers(a: readonly BufferShape[], b: readonly BufferShape[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i].length !== b[i].length || a[i].dtype !== b[i].dtype) return false
  return true
}

const shapesOf = (buffers: readonly BufferShape[]): BufferShape[] =>
  buffers.map(({ dtype, length }) => ({ dtype, length }))

/** What plans may cost together. */
export interface PlanBudget<V> {
  readonly costOf: (value: V) => number
  readonly most: number
}

const freeOfCharge: PlanBudget<unknown> = { costOf: () => 0, most: 0 }

/** Keeps `most` plans within the budget; `drop` hears of those that make room. */
export function createPlanCache<V>(
  most: number,
  drop: (value: V) => void,
  budget: PlanBudget<V> = freeOfCharge,
): PlanCache<V> {
  let [oldest, newest]: (Entry<V> | undefined)[] = []
  let entries = 0
  // By what the spec says, and quicker by the spec itself where it cannot change. Families without plans are few and small.
  const families = new Map<string, Family<V>>()
  const mostFamilies = 4 * most
  const known = new WeakMap<object, { readonly kernel: KernelName; readonly family: Family<V> }>()
  const recent = createRecentSpecs<Family<V>>()
  let spent = 0

  const append = (entry: Entry<V>): void => {
    entry.older = newest
    entry.newer = undefined
    if (newest === undefined) oldest = entry
    else newest.newer = entry
    newest = entry
  }
  const unlink = (entry: Entry<V>): void => {
    const { older, newer } = entry
    if (older === undefined) oldest = newer
    else older.newer = newer
    if (newer === undefined) newest = older
    else newer.older = older
  }
  const makeRoom = (cost: number): void => {
    while (oldest !== undefined && (entries >= most || spent + cost > budget.most)) {
      const entry = oldest
      unlink(entry)
      entries--
      spent -= entry.cost
      entry.family.entries.splice(entry.family.entries.indexOf(entry), 1)
      drop(entry.value)
    }
  }

  return {
    familyOf: (kernel, spec) => {
      const frozen = Object.isFrozen(spec)
      if (frozen) {
        const same = known.get(spec)
        if (same !== undefined && same.kernel === kernel) return same.family
      }
      const lately = recent.find(kernel, spec)
      if (lately !== undefined) return lately
      const key = `${kernel}|${specText(spec)}`
      let family = families.get(key)
      if (family === undefined) {
        if (families.size >= mostFamilies) families.clear()
        family = { entries: [], asksForFactors: undefined }
        families.set(key, family)
      }
      if (frozen && cannotChange(spec)) known.set(spec, { kernel, family })
      else recent.add(kernel, spec, family)
      return family
    },
    find: (family, { inputs, outputs, threads, separable }) => {
      for (const entry of family.entries) {
        if (entry.threads !== threads || entry.separable !== separable) continue
        if (!sameBuffers(entry.inputs, inputs) || !sameBuffers(entry.outputs, outputs)) continue
        if (entry !== newest) {
          unlink(entry)
          append(entry)
        }
        return entry
      }
      return undefined
    },
    add: (family, { inputs, outputs, threads, separable }, value) => {
      const cost = budget.costOf(value)
      makeRoom(cost)
      spent += cost
      const shapes = { inputs: shapesOf(inputs), outputs: shapesOf(outputs), threads, separable }
      const entry: Entry<V> = { ...shapes, value, family, cost, older: undefined, newer: undefined }
      family.entries.push(entry)
      append(entry)
      entries++
    },
  }
}
