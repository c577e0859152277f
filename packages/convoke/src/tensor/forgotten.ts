// Handles that nobody disposes: the garbage collector tells when they are gone, in a task of its own; and those that are
// large and outside every scope can be looked for at any moment, so that a loop which never returns to the event loop
// does not run out of memory that is all garbage.

import { afterCollecting } from '../backends/memory-pressure.ts'
import { letGo, type Storage } from './storage.ts'

/** What one handle holds: its share of a storage, until it is disposed or forgotten. */
export interface Hold {
  storage: Storage | null
  handle: WeakRef<object> | undefined
}

/** Elements from which a handle is worth looking for: a reference to it costs about a microsecond. */
const worthwhile = 4096

const watched = new Set<Hold>()

export function release(hold: Hold): void {
  if (hold.handle !== undefined) watched.delete(hold)
  const { storage } = hold
  hold.storage = null
  hold.handle = undefined
  if (storage !== null) letGo(storage)
}

const forgotten = new FinalizationRegistry<Hold>(release)

/** Registers a handle. */
export function holdFor(handle: object, storage: Storage): Hold {
  const hold: Hold = { storage, handle: undefined }
  forgotten.register(handle, hold, hold)
  return hold
}

/** Says that no scope will dispose of the handle. */
export function watch(handle: object, hold: Hold): void {
  if (hold.handle !== undefined || hold.storage === null || hold.storage.buffer.length < worthwhile) return
  hold.handle = new WeakRef(handle)
  watched.add(hold)
}

/** Disposes of what a handle holds. */
export function dispose(hold: Hold): void {
  forgotten.unregister(hold)
  release(hold)
}

afterCollecting(() => {
  for (const hold of watched) {
    if (hold.handle?.deref() === undefined) dispose(hold)
  }
})
