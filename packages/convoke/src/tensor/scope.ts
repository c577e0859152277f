// Scopes: everything made inside is freed at the end, except what is returned or kept.

import { ConvokeError } from '../shapes/error.ts'
import { dispose, type Hold, watch } from './forgotten.ts'
import type { Tensor } from './tensor.ts'

/** What the open scopes dispose of, that of the innermost last; undefined in place of what has left. */
const made: (Hold | undefined)[] = []
let depth = 0
/** Where the innermost scope begins. */
let bottom = 0

/** Registers what a new tensor holds with the innermost scope; false where there is none. */
export function enterScope(hold: Hold): boolean {
  if (depth === 0) return false
  hold.scopePlace = made.push(hold) - 1
  return true
}

/** No scope will dispose of it. */
export function leaveScopes(hold: Hold): void {
  if (hold.scopePlace < 0) return
  made[hold.scopePlace] = undefined
  hold.scopePlace = -1
  while (made.length > bottom && made[made.length - 1] === undefined) made.pop()
}

/** Takes a tensor out of every scope: it now lives until `dispose()` or the garbage collector. Returns it. */
export function keep<T extends Tensor>(value: T): T {
  leaveScopes(value.hold)
  watch(value, value.hold)
  return value
}

/** Every tensor reachable through arrays, maps and plain objects. */
export function tensorsIn(value: unknown, isTensor: (value: unknown) => value is Tensor): Tensor[] {
  if (isTensor(value)) return [value]
  const found: Tensor[] = []
  const seen = new Set<unknown>()
  const visit = (entry: unknown): void => {
    if (entry === null || typeof entry !== 'object' || seen.has(entry)) return
    seen.add(entry)
    if (isTensor(entry)) found.push(entry)
    else if (entry instanceof Map || entry instanceof Set) for (const part of entry.values()) visit(part)
    else if (!ArrayBuffer.isView(entry)) for (const part of Object.values(entry)) visit(part)
  }
  visit(value)
  return found
}

/** Runs `body` in a scope of its own; `spare` names what outlives it and passes to the enclosing scope. */
export function runScope<T>(body: () => T, spare: (result: T) => readonly Tensor[]): T {
  const [start, below] = [made.length, bottom]
  bottom = start
  depth++
  let spared: readonly Tensor[] = []
  try {
    const result = body()
    if (result instanceof Promise) {
      throw new ConvokeError(
        'scope: the function returned a promise. A scope is synchronous: read data after it, or dispose() by hand in async code.',
      )
    }
    spared = spare(result)
    return result
  } finally {
    depth--
    endScope(start, spared)
    bottom = below
  }
}

function endScope(start: number, spared: readonly Tensor[]): void {
  const outliving: Tensor[] = []
  for (const value of spared) {
    const { hold } = value
    if (hold.scopePlace < start) continue
    made[hold.scopePlace] = undefined
    hold.scopePlace = -1
    outliving.push(value)
  }
  while (made.length > start) {
    const hold = made.pop()
    if (hold === undefined) continue
    hold.scopePlace = -1
    dispose(hold)
  }
  for (const value of outliving) if (!enterScope(value.hold)) watch(value, value.hold)
}
