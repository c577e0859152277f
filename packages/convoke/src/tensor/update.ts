// Running the kernel that changes tensors: all that share a rule and its coefficients at once, in place wherever nothing
// else looks at a tensor's memory.

import { currentBackend } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import type { UpdateRule } from '../backends/update-rule.ts'
import { check, showShape } from '../shapes/error.ts'
import { fromData } from './create.ts'
import { runInto } from './run.ts'
import { runScope } from './scope.ts'
import { allocateStorage, letGo, type Storage } from './storage.ts'
import { Tensor } from './tensor.ts'

export interface Change {
  /** Holds the new value afterwards. */
  readonly target: Tensor
  readonly gradient: Tensor
  /** In the order of the rule; hold their new values afterwards. */
  readonly memories: readonly Tensor[]
}

/** A tensor to be given new contents, and the memory they are written to. */
interface Destination {
  readonly handle: Tensor
  readonly storage: Storage
  readonly inPlace: boolean
}

function destinationOf(handle: Tensor): Destination {
  const { storage } = handle
  const backend = currentBackend()
  // A view, a kept value or a tape that shares the memory must go on seeing what it saw.
  const inPlace = storage.references === 1 && storage.backend === backend
  return { handle, inPlace, storage: inPlace ? storage : allocateStorage(backend, 'float32', handle.size) }
}

/** One step of `rule` for each change, by the kernel of this name; see `UpdateRule` for the coefficients. */
export function applyUpdate(rule: UpdateRule, coefficients: readonly number[], changes: readonly Change[]): void {
  if (changes.length === 0) return
  for (const { target, gradient, memories } of changes) {
    check(
      [gradient, ...memories].every(({ size, dtype }) => size === target.size && dtype === 'float32'),
      () => `update: a tensor of shape ${showShape(target.shape)} is given a change of another size or dtype.`,
    )
  }
  runScope(
    () => {
      const given = fromData(coefficients, [coefficients.length], 'float32')
      const inputs = changes.flatMap(({ target, gradient, memories }) => [target, gradient, ...memories])
      const destinations: Destination[] = []
      try {
        for (const { target, memories } of changes) {
          for (const handle of [target, ...memories]) destinations.push(destinationOf(handle))
        }
        runInto(
          kernels.update,
          { rule },
          [given, ...inputs],
          destinations.map(({ storage }) => storage),
        )
      } catch (error) {
        for (const { inPlace, storage } of destinations) if (!inPlace) letGo(storage)
        throw error
      }
      for (const { handle, inPlace, storage } of destinations) {
        if (!inPlace) handle.assign(new Tensor(storage, handle.shape))
      }
    },
    () => [],
  )
}

/** Moves `target` towards `newest`: keep·target + share·newest takes its place. */
export interface Averaging {
  readonly target: Tensor
  readonly newest: Tensor
  readonly keep: number
  readonly share: number
}

export const applyAverages = (list: readonly Averaging[]): void =>
  applyUpdate(
    { kind: 'average' },
    list.flatMap(({ keep, share }) => [keep, share]),
    list.map(({ target, newest }) => ({ target, gradient: newest, memories: [] })),
  )
