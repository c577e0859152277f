// Which page keeps a run: of several pages that train the same, one. The browser's locks say which (Web Locks API).

import { type Signal, signal } from '@preact/signals'

export interface Claims {
  /** Whether another page of the lab has one of the names that were claimed last. */
  readonly elsewhere: Signal<boolean>
  /** Claims these names instead of those before. What another page has stays its own. */
  readonly claim: (names: readonly string[]) => Promise<void>
  /** Takes the names that were claimed last from any other page. */
  readonly takeOver: () => Promise<void>
  readonly has: (name: string) => boolean
}

interface Held {
  /** Resolves when others may have it. */
  readonly release: () => Promise<void>
}

/** Milliseconds that a page which is being left may take to give up its locks. */
const patience = 300

/** Locks under `scope`. A browser without them has one page, as far as anybody can tell. */
export function createClaims(scope: string, locks: LockManager | undefined = globalThis.navigator?.locks): Claims {
  const held = new Map<string, Held>()
  const elsewhere = signal(false)
  let wanted: readonly string[] = []

  /** Takes the lock if nobody has it within a moment, or, where it is stolen, at once. */
  function take(manager: LockManager, name: string, steal: boolean): Promise<void> {
    const options = steal ? { steal } : { signal: AbortSignal.timeout(patience) }
    return new Promise((taken) => {
      const over = manager.request(`${scope}:${name}`, options, () => {
        return new Promise<void>((end) => {
          const own: Held = {
            release: () => {
              held.delete(name)
              end()
              return over.then(
                () => {},
                () => {},
              )
            },
          }
          held.set(name, own)
          taken()
        })
      })
      over.catch(() => {
        // Nobody gave it up in time, or it was taken from this page.
        held.delete(name)
        if (wanted.includes(name)) elsewhere.value = true
        taken()
      })
    })
  }

  let last: Promise<void> = Promise.resolve()
  async function settle(names: readonly string[], steal: boolean): Promise<void> {
    if (locks === undefined) return
    wanted = names
    for (const [name, { release }] of [...held]) if (!names.includes(name)) await release()
    await Promise.all(names.filter((name) => !held.has(name)).map((name) => take(locks, name, steal)))
    if (wanted === names) elsewhere.value = names.some((name) => !held.has(name))
  }
  const inTurn = (names: readonly string[], steal: boolean): Promise<void> => {
    last = last.then(() => settle(names, steal))
    return last
  }
  return {
    elsewhere,
    claim: (names) => inTurn(names, false),
    takeOver: () => inTurn(wanted, true),
    has: (name) => locks === undefined || held.has(name),
  }
}
