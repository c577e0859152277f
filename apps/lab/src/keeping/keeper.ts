// What a view keeps in the browser: what somebody made, and runs where they stand. Where it keeps nothing, the view goes on.

import { type Signal, signal } from '@preact/signals'
import { createStore, del, get, set, type UseStore, update } from 'idb-keyval'
import { wholeIn } from '../words/address.ts'
import * as memory from '../words/memory.ts'
import { type Claims, createClaims } from './claims.ts'

export type StoreProblem = 'refused' | 'full'

export interface Keeper extends Pick<Claims, 'elsewhere' | 'claim' | 'takeOver'> {
  /** Why something could not be kept; undefined while all is. */
  readonly problem: Signal<StoreProblem | undefined>
  readonly keep: (name: string, value: unknown) => Promise<void>
  readonly recall: <T>(name: string) => Promise<T | undefined>
  readonly forget: (name: string) => Promise<void>
  /** Calls back when another page of the lab keeps something under that name. */
  readonly follow: (name: string, changed: () => void) => void
  /** Keeps a run that this page has claimed, and drops the one that was not touched for longest. */
  readonly keepRun: (key: string, run: unknown) => Promise<void>
  readonly forgetRun: (key: string) => Promise<void>
  /** Notes, before it returns, which step of a run that this page has claimed was shown: the run itself is kept a while later. */
  readonly reach: (key: string, step: number) => void
  /** The step that was shown last; 0 where none was. */
  readonly reached: (key: string) => number
}

/** A little that is written before anything is made, to see whether there is room at all. */
const trial = 'trial'

/** More steps than anybody waits for. */
const mostSteps = 999_999

/** A data base of that name, in which `mostRuns` runs have room. */
export function createKeeper(name: string, mostRuns: number): Keeper {
  const problem = signal<StoreProblem | undefined>(undefined)
  const claims = createClaims(name)
  const pages = globalThis.BroadcastChannel === undefined ? undefined : new BroadcastChannel(name)
  let opened: UseStore | undefined
  /** Entries whose latest value could not be kept. */
  const lost = new Set<string>()

  async function attempt<T>(action: (store: UseStore) => Promise<T>): Promise<T | undefined> {
    try {
      opened ??= createStore(name, 'kept')
      return await action(opened)
    } catch (error) {
      problem.value = error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'refused'
      // A data base that was closed or could not be opened is opened anew.
      opened = undefined
      return undefined
    }
  }
  const settled = (entries: readonly string[]): void => {
    for (const entry of entries) lost.delete(entry)
    if (lost.size === 0) problem.value = undefined
  }
  /** That a small thing has room does not bring back a large one that had none. */
  const write = async (entry: string, action: (store: UseStore) => Promise<void>): Promise<boolean> => {
    lost.add(entry)
    const done = await attempt(async (store) => {
      await action(store)
      return true
    })
    if (done !== true) return false
    settled([entry, trial])
    return true
  }

  const keep = async (entry: string, value: unknown): Promise<void> => {
    if (await write(entry, (store) => set(entry, value, store))) pages?.postMessage(entry)
  }
  const recall = <T>(entry: string): Promise<T | undefined> => attempt((store) => get<T>(entry, store))
  const forget = async (entry: string): Promise<void> => {
    if ((await attempt((store) => del(entry, store).then(() => true))) !== true) return
    settled([entry])
    pages?.postMessage(entry)
  }

  const stepEntry = (key: string): string => `${name}:step:${key}`

  /** The run comes first on the list of all pages; those for which there is no room go. */
  const listed = async (key: string): Promise<void> => {
    let old: readonly string[] = []
    await write('runs', (store) =>
      update<string[]>(
        'runs',
        (before = []) => {
          const runs = [key, ...before.filter((one) => one !== key)]
          old = runs.slice(mostRuns)
          return runs.slice(0, mostRuns)
        },
        store,
      ),
    )
    for (const one of old) {
      memory.forget(stepEntry(one))
      await attempt((store) => del(`run:${one}`, store))
    }
  }
  /** What this page wrote last, by key. */
  const written = new Map<string, unknown>()
  let first: string | undefined
  return {
    ...{ problem, keep, recall, forget },
    ...{ elsewhere: claims.elsewhere, takeOver: claims.takeOver },
    claim: async (names) => {
      await claims.claim(names)
      // Runs that are left lose nothing more.
      settled([...lost].filter((entry) => entry.startsWith('run:') && !claims.has(entry.slice('run:'.length))))
      if (problem.peek() === undefined) void write(trial, (store) => set(trial, 0, store))
    },
    follow: (entry, changed) =>
      pages?.addEventListener('message', ({ data }) => {
        if (data === entry) changed()
      }),
    keepRun: async (key, run) => {
      if (!claims.has(key) || written.get(key) === run) return
      if (!(await write(`run:${key}`, (store) => set(`run:${key}`, run, store)))) return
      written.set(key, run)
      if (first !== key) await listed(key)
      first = key
    },
    forgetRun: async (key) => {
      if (!claims.has(key)) return
      written.delete(key)
      memory.forget(stepEntry(key))
      await attempt((store) => del(`run:${key}`, store))
    },
    reach: (key, step) => {
      if (claims.has(key)) memory.remember(stepEntry(key), String(step))
    },
    reached: (key) => wholeIn(memory.recall(stepEntry(key)) ?? '', 0, mostSteps) ?? 0,
  }
}
