// What a view keeps in the browser: runs where they stand, and what belongs to them. Where it keeps nothing, training goes on.

import { type Signal, signal } from '@preact/signals'
import { createStore, del, get, set, type UseStore } from 'idb-keyval'

export type StoreProblem = 'refused' | 'full'

export interface Keeper {
  /** Why the last thing could not be kept; undefined while all is. */
  readonly problem: Signal<StoreProblem | undefined>
  readonly keep: (name: string, value: unknown) => Promise<void>
  readonly recall: <T>(name: string) => Promise<T | undefined>
  readonly forget: (name: string) => Promise<void>
  /** Keeps a run, and drops the one that was not touched for longest. */
  readonly keepRun: (key: string, run: unknown) => Promise<void>
}

/** A data base of that name, in which `mostRuns` runs have room. */
export function createKeeper(name: string, mostRuns: number): Keeper {
  const problem = signal<StoreProblem | undefined>(undefined)
  let opened: UseStore | undefined

  async function attempt<T>(action: (store: UseStore) => Promise<T>): Promise<T | undefined> {
    try {
      opened ??= createStore(name, 'kept')
      const result = await action(opened)
      problem.value = undefined
      return result
    } catch (error) {
      problem.value = error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'refused'
      return undefined
    }
  }

  const keep = (entry: string, value: unknown): Promise<void> =>
    attempt((store) => set(entry, value, store)).then(() => {})
  const recall = <T>(entry: string): Promise<T | undefined> => attempt((store) => get<T>(entry, store))
  const forget = (entry: string): Promise<void> => attempt((store) => del(entry, store)).then(() => {})

  /** One after the other: two that are kept at the same time both stay on the list. */
  let last: Promise<void> = Promise.resolve()
  const listed = async (key: string): Promise<void> => {
    const before = (await recall<string[]>('runs')) ?? []
    if (before[0] === key) return
    const runs = [key, ...before.filter((one) => one !== key)]
    await keep('runs', runs.slice(0, mostRuns))
    for (const old of runs.slice(mostRuns)) await forget(`run:${old}`)
  }
  const keepRun = async (key: string, run: unknown): Promise<void> => {
    await keep(`run:${key}`, run)
    last = last.then(() => listed(key))
    await last
  }
  return { problem, keep, recall, forget, keepRun }
}
