// Who watches kernels run: `compile` writes them down while a network goes through them once.

import type { Kernel, KernelName, KernelSpecs } from '../backends/backend.ts'
import type { Storage } from './storage.ts'

/** Indices that an op takes: from `least`, 0 or minus `limit`, to `limit` − 1. */
export interface IndexRange {
  readonly op: string
  readonly limit: number
  readonly least: number
}

export interface Witness {
  /** A kernel is about to run; with false it does not. All storages are on one backend. */
  runs<K extends KernelName>(
    kernel: Kernel<K>,
    spec: KernelSpecs[K],
    inputs: readonly Storage[],
    outputs: readonly Storage[],
  ): boolean
  /** Somebody is about to read the numbers. */
  reads(storage: Storage): void
  /** Whether the numbers of a storage are not known yet: another run will have others. */
  follows(storage: Storage): boolean
  /** Indices that are to be checked, and counted from the start, before a kernel follows them. */
  checks(input: Storage, output: Storage, range: IndexRange): void
  /** A seed is drawn, as every run draws one of its own. Gives the seed. */
  draws(draw: () => number): number
  /** Which layer is running: `features.0`; '' for the network itself. */
  place(): string
  /** Runs `body`, which belongs to a layer that ran before, as its gradient does. */
  inPlace<T>(place: string, body: () => T): T
  /** JavaScript is about to take random numbers from a stream. */
  randomizes(): void
}

let witness: Witness | undefined

/** Who is to be told what JavaScript makes of a storage, instead of running it now. */
export const followerOf = (storage: Storage): Witness | undefined =>
  witness?.follows(storage) === true ? witness : undefined

/** Which layer is running, where somebody writes that down. */
export const placeNow = (): string | undefined => witness?.place()

/** Runs `body` as part of the layer that ran at `place`. */
export const inPlace = <T>(place: string | undefined, body: () => T): T =>
  witness === undefined || place === undefined ? body() : witness.inPlace(place, body)

/** Before somebody reads the numbers of a storage. */
export const noteRead = (storage: Storage): void => witness?.reads(storage)

/** A seed that every run of a network draws anew. */
export const drawn = (draw: () => number): number => (witness === undefined ? draw() : witness.draws(draw))

/** Before JavaScript takes random numbers from a stream. */
export const noteRandomness = (): void => witness?.randomizes()

/** Runs a kernel, or has it written down. */
export function enqueue<K extends KernelName>(
  kernel: Kernel<K>,
  spec: KernelSpecs[K],
  inputs: readonly Storage[],
  outputs: readonly Storage[],
): void {
  if (witness !== undefined && !witness.runs(kernel, spec, inputs, outputs)) return
  const [{ backend }] = outputs
  backend.run(
    kernel,
    spec,
    inputs.map(({ buffer }) => buffer),
    outputs.map(({ buffer }) => buffer),
  )
}

/** Runs `body`, which must be synchronous, under the eyes of `watching`, or of nobody. */
export function underEyesOf<T>(watching: Witness | undefined, body: () => T): T {
  const before = witness
  witness = watching
  try {
    return body()
  } finally {
    witness = before
  }
}
