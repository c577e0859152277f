// Plans made before. A question is a kernel, its spec, the buffers' types and lengths, and the number of threads.

import type { Buffer, KernelName } from '../backend.ts'
import { cannotChange, specText } from '../spec-text.ts'

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
  lastUse: number
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
  const all = new Set<Entry<V>>()
  // By what the spec says, and quicker by the spec itself where it cannot change. Families without plans are few and small.
  const families = new Map<string, Family<V>>()
  const mostFamilies = 4 * most
  const known = new WeakMap<object, { readonly kernel: KernelName; readonly family: Family<V> }>()
  let [uses, spent] = [0, 0]

  const makeRoom = (cost: number): void => {
    while (all.size >= most || (all.size > 0 && spent + cost > budget.most)) dropOldest()
  }
  const dropOldest = (): void => {
    let oldest: Entry<V> | undefined
    for (const entry of all) if (oldest === undefined || entry.lastUse < oldest.lastUse) oldest = entry
    if (oldest === undefined) return
    all.delete(oldest)
    spent -= oldest.cost
    oldest.family.entries.splice(oldest.family.entries.indexOf(oldest), 1)
    drop(oldest.value)
  }

  return {
    familyOf: (kernel, spec) => {
      const same = known.get(spec)
      if (same !== undefined && same.kernel === kernel) return same.family
      const key = `${kernel}|${specText(spec)}`
      let family = families.get(key)
      if (family === undefined) {
        if (families.size >= mostFamilies) families.clear()
        family = { entries: [], asksForFactors: undefined }
        families.set(key, family)
      }
      if (cannotChange(spec)) known.set(spec, { kernel, family })
      return family
    },
    find: ({ entries }, { inputs, outputs, threads, separable }) => {
      for (const entry of entries) {
        if (entry.threads !== threads || entry.separable !== separable) continue
        if (!sameBuffers(entry.inputs, inputs) || !sameBuffers(entry.outputs, outputs)) continue
        entry.lastUse = ++uses
        return entry
      }
      return undefined
    },
    add: (family, { inputs, outputs, threads, separable }, value) => {
      const cost = budget.costOf(value)
      makeRoom(cost)
      spent += cost
      const shapes = { inputs: shapesOf(inputs), outputs: shapesOf(outputs), threads, separable }
      const entry: Entry<V> = { ...shapes, value, family, cost, lastUse: ++uses }
      family.entries.push(entry)
      all.add(entry)
    },
  }
}
