// Scopes: everything made inside is freed at the end, except what is returned or kept.

import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from './tensor.ts'

const stack: Set<Tensor>[] = []

/** Registers a new tensor with the innermost scope; false where there is none. */
export function enterScope(made: Tensor): boolean {
  if (stack.length === 0) return false
  stack[stack.length - 1].add(made)
  return true
}

/** Takes a tensor out of every scope: it now lives until `dispose()` or the garbage collector. Returns it. */
export function keep<T extends Tensor>(value: T): T {
  for (const scope of stack) scope.delete(value)
  value.leaveScopes()
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
  const made = new Set<Tensor>()
  const depth = stack.push(made)
  try {
    const result = body()
    if (result instanceof Promise) {
      throw new ConvokeError(
        'scope: the function returned a promise. A scope is synchronous: read data after it, or dispose() by hand in async code.',
      )
    }
    for (const value of spare(result)) {
      if (!made.delete(value)) continue
      if (depth === 1) value.leaveScopes()
      else stack[depth - 2].add(value)
    }
    return result
  } finally {
    stack.length = depth - 1
    for (const value of made) value.dispose()
  }
}
