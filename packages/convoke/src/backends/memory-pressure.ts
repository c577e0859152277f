// Memory that only the garbage collector can give back. Tensors' memory lies outside its heap, so it sees no reason to
// run while forgotten tensors pile up: here it is made to, and what it found is let go of at once, without waiting for
// the event loop to come round.

import { platform } from '#platform'

/** Why the collector cannot tell of what was forgotten, in words; undefined where it can. */
export const withoutWeakReferences: string | undefined = ['WeakRef', 'FinalizationRegistry']
  .filter((name) => typeof Reflect.get(globalThis, name) !== 'function')
  .map((name) => `this JavaScript engine has no ${name}: only dispose() and scope() free tensors`)[0]

const drains: (() => void)[] = []

/** `drain` lets go of what turned out to be forgotten; called after each collection. */
export function afterCollecting(drain: () => void): void {
  drains.push(drain)
}

/** Weak references are held to be in use until the job that made them ends: ends that, where the platform lets one. */
export const endReferences = (): void => platform.endReferences?.()

/** Whether a tensor of so many elements is worth a weak reference: where those of a job cannot be ended, they make one another dear. */
export const isWorthwhile = (length: number): boolean => length >= 4096 || platform.endReferences !== undefined

let collecting = false

/** Collects garbage, where the platform lets one, and lets go of what was forgotten. */
export function collectForgotten(): void {
  if (collecting) return
  collecting = true
  try {
    platform.collectGarbage()
    for (const drain of drains) drain()
  } finally {
    collecting = false
  }
}

const least = 2 ** 27

export interface Pressure {
  /** Before `bytes` more are allocated, `held` being held now. */
  readonly add: (bytes: number, held: () => number) => void
  /** After some were let go of. */
  readonly fall: (held: number) => void
}

/**
 * Collects each time that what is held has grown by 128 MiB, or by half where that is more, since the last time or since it was
 * least; less often where that found little.
 */
export function createPressure(collect: () => void = collectForgotten): Pressure {
  let patience = 1
  const room = (held: number): number => Math.max(least, held / 2) * patience
  let ceiling = least
  return {
    add: (bytes, held) => {
      const before = held()
      if (before + bytes <= ceiling) return
      collect()
      const after = held()
      patience = before - after > room(after) / (4 * patience) ? 1 : Math.min(16, 2 * patience)
      ceiling = after + bytes + room(after)
    },
    fall: (held) => {
      // Only far below: next to the kernels of a step this costs nothing.
      if (held + 2 * least < ceiling) ceiling = Math.min(ceiling, held + room(held))
    },
  }
}
