// Handles that nobody disposes: the garbage collector tells when they are gone, in a task of its own; and those
// outside every scope, where the platform helps small ones too, can be looked for at any moment, so that a loop which never returns to the event loop
// does not run out of memory that is all garbage.

import { afterCollecting, endReferences, isWorthwhile, withoutWeakReferences } from '../backends/memory-pressure.ts'
import { letGo, type Storage } from './storage.ts'

/** What a tensor repeats that is not written out yet: fewer elements, read with these strides, 0 along repeated axes. */
export interface Stretched {
  /** Elements to go on by along each axis: 0 where the axis repeats. */
  readonly strides: readonly number[]
  /** Its shape before. */
  readonly shape: readonly number[]
  /** All elements, in a storage of their own. */
  readonly writeOut: (source: Storage) => Storage
}

/** What one handle holds: its share of a storage, until it is disposed or forgotten. */
export interface Hold {
  /** The memory; null once disposed. */
  storage: Storage | null
  /** Set where the elements are not written out yet. */
  stretched: Stretched | undefined
  /** Whether the collector tells when the handle is gone. */
  registered: boolean
  /** The handle, where it is looked for. */
  handle: WeakRef<object> | undefined
  /** Its place among those that are looked for, where it has a `handle`. */
  place: number
  /** Its place among what open scopes dispose of; −1 outside of them. */
  scopePlace: number
  /** Its place among the young; −1 elsewhere. */
  youngPlace: number
}

/** References made after which the engine's list of those of the running job is emptied: a long list makes each ten times as dear. */
const fewReferences = 1024
let references = 0

/** In no order: the last takes the place of one that goes. */
const watched: Hold[] = []

function unwatch({ place }: Hold): void {
  const last = watched.pop() as Hold
  if (place === watched.length) return
  watched[place] = last
  last.place = place
}

export function release(hold: Hold): void {
  if (hold.handle !== undefined) unwatch(hold)
  const { storage } = hold
  hold.storage = null
  hold.handle = undefined
  if (storage !== null) letGo(storage)
}

/** Undefined in an engine without weak references: there tensors go with `dispose` and scopes alone. */
const forgotten = withoutWeakReferences === undefined ? new FinalizationRegistry<Hold>(release) : undefined

/** For a handle that a scope disposes of, until `watch` says that none will. */
export const holdOf = (storage: Storage): Hold => ({
  storage,
  stretched: undefined,
  registered: false,
  handle: undefined,
  place: 0,
  scopePlace: -1,
  youngPlace: -1,
})

/** Elements up to which a handle may be young: 4 MiB in all that the collector is not told of yet. */
const small = 16384
const mostYoung = 64
/** Handles of small tensors made lately, and what they hold. Telling the collector costs as much as a small op, and most are disposed of before. */
const young: ({ readonly handle: object; readonly hold: Hold } | undefined)[] = new Array(mostYoung).fill(undefined)
let nextYoung = 0
let growingUp = false

/** Those made in this job are told of at its end. */
function growUp(): void {
  growingUp = false
  for (let place = 0; place < mostYoung; place++) {
    const entry = young[place]
    if (entry === undefined) continue
    leaveYoung(entry.hold)
    register(entry.handle, entry.hold)
  }
}

function leaveYoung(hold: Hold): void {
  young[hold.youngPlace] = undefined
  hold.youngPlace = -1
}

/** Says that no scope will dispose of the handle. */
export function watch(handle: object, hold: Hold): void {
  if (forgotten === undefined || hold.registered || hold.youngPlace >= 0 || hold.storage === null) return
  if (hold.storage.buffer.length > small) {
    register(handle, hold)
    return
  }
  const place = nextYoung
  nextYoung = (place + 1) % mostYoung
  const oldest = young[place]
  if (oldest !== undefined) {
    leaveYoung(oldest.hold)
    register(oldest.handle, oldest.hold)
  }
  young[place] = { handle, hold }
  hold.youngPlace = place
  if (growingUp) return
  growingUp = true
  queueMicrotask(growUp)
}

function register(handle: object, hold: Hold): void {
  if (forgotten === undefined || hold.storage === null) return
  hold.registered = true
  forgotten.register(handle, hold, hold)
  if (!isWorthwhile(hold.storage.buffer.length)) return
  hold.handle = new WeakRef(handle)
  hold.place = watched.push(hold) - 1
  references++
  if (references % fewReferences === 0) endReferences()
}

/** Disposes of what a handle holds. */
export function dispose(hold: Hold): void {
  if (hold.registered) forgotten?.unregister(hold)
  if (hold.youngPlace >= 0) leaveYoung(hold)
  release(hold)
}

afterCollecting(() => {
  for (let i = watched.length - 1; i >= 0; i--) {
    const hold = watched[i]
    if (hold.handle?.deref() === undefined) dispose(hold)
  }
})
