// What a module keeps to itself: its tensors, drawn when first used, its mode, and who watches it.

import { currentBackend } from '../backends/current.ts'
import type { SharedNorm } from '../ops/batch-norm-of-ranks.ts'
import { fromData, zeros } from '../tensor/create.ts'
import { freshSeed, type RandomSource, randomSource } from '../tensor/random.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { noteRandomness } from '../tensor/witness.ts'
import type { Observer, TensorSpec, TensorSpecs } from './module.ts'

export const inner: unique symbol = Symbol('module')

/** One tensor of a module. */
export interface Slot {
  readonly role: 'parameter' | 'buffer'
  readonly spec: TensorSpec
  value: Tensor | null
  frozen: boolean
  /** Frozen by adapters alone: trained again when they end. */
  held: boolean
  /** Set by an adapter: makes what the module reads from the tensor that is kept. */
  adapt: ((kept: Tensor) => Tensor) | null
}

export interface ModeState {
  training: boolean
  source: RandomSource | null
  /** Set while ranks normalise their batches together. */
  shared: SharedNorm | null
  random(): RandomSource
}

export interface Inner {
  /** By name; adapters add theirs. */
  readonly slots: Record<string, Slot>
  readonly tensors: Readonly<Record<string, Tensor | undefined>>
  readonly mode: ModeState
  readonly observers: Set<{ readonly observer: Observer; readonly path: string }>
}

let structure = 0

/** Grows whenever a module of any network is replaced, or adapters come or go: what was made of a network may be another by then. */
export const structureVersion = (): number => structure

export const noteStructure = (): void => {
  structure++
}

export const slotOf = (role: Slot['role'], spec: TensorSpec): Slot => {
  return { role, spec, value: null, frozen: false, held: false, adapt: null }
}

export function createInner(parameters: TensorSpecs, buffers: TensorSpecs): Inner {
  const slots: Record<string, Slot> = {}
  const add = (specs: TensorSpecs, role: Slot['role']): void => {
    for (const [name, spec] of Object.entries(specs)) {
      if (spec !== undefined) slots[name] = slotOf(role, spec)
    }
  }
  add(parameters, 'parameter')
  add(buffers, 'buffer')
  const tensors: Record<string, Tensor> = {}
  for (const [name, slot] of Object.entries(slots)) {
    Object.defineProperty(tensors, name, { get: () => adaptedOf(slot), enumerable: true })
  }
  const mode: ModeState = {
    training: true,
    source: null,
    shared: null,
    random() {
      noteRandomness()
      mode.source ??= randomSource(freshSeed())
      return mode.source
    },
  }
  return { slots, tensors, mode, observers: new Set() }
}

/** What a module reads: the tensor of a slot, with its adapter where it has one. */
export const adaptedOf = (slot: Slot): Tensor => (slot.adapt === null ? tensorOf(slot) : slot.adapt(tensorOf(slot)))

/** The tensor of a slot, drawn now if it was not yet. A backend that only follows shapes never gets a real one. */
export function tensorOf(slot: Slot): Tensor {
  if (currentBackend().dry) return zeros(slot.spec.shape)
  return slot.value ?? draw(slot, randomSource(freshSeed()))
}

/** Draws the tensor of a slot from `random`. A tensor that is there already keeps its identity. */
export function draw(slot: Slot, random: RandomSource): Tensor {
  const { shape, initialize, fan = { in: 1, out: 1 } } = slot.spec
  const fresh = fromData(initialize(shape, fan, random), shape, 'float32')
  return place(slot, fresh)
}

/** Makes `fresh` the value of a slot; a tensor that is there already takes over its memory. */
export function place(slot: Slot, fresh: Tensor): Tensor {
  if (slot.value === null) {
    slot.value = keep(fresh)
    return fresh
  }
  slot.value.assign(fresh)
  fresh.dispose()
  return slot.value
}
