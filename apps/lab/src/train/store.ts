// What the view keeps in the browser: own pictures, runs where they stand, comparisons. Where it keeps nothing, training goes on.

import { signal } from '@preact/signals'
import { createStore, del, get, set, type UseStore } from 'idb-keyval'

export type StoreProblem = 'refused' | 'full'

/** Why the last thing could not be kept; undefined while all is. */
export const storeProblem = signal<StoreProblem | undefined>(undefined)

let opened: UseStore | undefined

async function attempt<T>(action: (store: UseStore) => Promise<T>): Promise<T | undefined> {
  try {
    opened ??= createStore('convoke-lab-train', 'kept')
    const result = await action(opened)
    storeProblem.value = undefined
    return result
  } catch (error) {
    storeProblem.value = error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'refused'
    return undefined
  }
}

export const keep = (name: string, value: unknown): Promise<void> =>
  attempt((store) => set(name, value, store)).then(() => {})

export const recall = <T>(name: string): Promise<T | undefined> => attempt((store) => get<T>(name, store))

export const forget = (name: string): Promise<void> => attempt((store) => del(name, store)).then(() => {})

/** Runs that are kept: the last ones that were trained. */
const mostRuns = 8

/** Keeps a run, and drops the one that was not touched for longest. */
export async function keepRun(key: string, run: unknown): Promise<void> {
  await keep(`run:${key}`, run)
  const before = (await recall<string[]>('runs')) ?? []
  if (before[0] === key) return
  const runs = [key, ...before.filter((one) => one !== key)]
  await keep('runs', runs.slice(0, mostRuns))
  for (const old of runs.slice(mostRuns)) await forget(`run:${old}`)
}
