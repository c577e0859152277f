// Clipping makes new gradients and leaves the old as they were. Whoever takes a step with the old has forgotten to take the new.

import { check } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Gradients of which there are clipped ones, and what clipped them. */
const left = new WeakMap<Tensor, string>()

export function noteClipped(op: string, gradients: readonly Tensor[]): void {
  for (const gradient of gradients) left.set(gradient, op)
}

/** Throws for a gradient of which there is a clipped one. */
export function checkNotLeft(kind: string, gradient: Tensor): void {
  const op = left.get(gradient)
  check(
    op === undefined,
    () =>
      `${kind}: these gradients were given to ${op}, which leaves them as they are. Take the step with those that it returns.`,
  )
}
