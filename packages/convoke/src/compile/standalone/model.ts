// What a network says of itself where it stands alone.

import type { DType } from '../../backends/backend.ts'
import type { SavedProgram } from '../saved.ts'

export interface StandalonePort {
  readonly name: string
  readonly dtype: DType
}

/** The network on inputs of certain shapes. */
export interface StandalonePlan {
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
  readonly program: SavedProgram
}

export interface StandaloneModel {
  readonly version: 1
  readonly inputs: readonly StandalonePort[]
  readonly outputs: readonly StandalonePort[]
  readonly plans: readonly StandalonePlan[]
  /** Bytes of the weights, and what they add up to: whole files are told from halves. */
  readonly weights: { readonly byteLength: number; readonly sum: number }
  /** What whoever wrote it wanted known: class names, how pictures are prepared. */
  readonly info: unknown
}
