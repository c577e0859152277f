// What the translation of a kernel has at hand.

import type { KernelName } from '../../backends/backend.ts'
import type { KernelStep, Program, Uses } from '../../compile/program.ts'
import type { Cells } from './cells.ts'
import type { Draft } from './draft.ts'

export interface Scene {
  readonly draft: Draft
  readonly cells: Cells
  readonly program: Program
  readonly uses: Uses
  /** Steps that are written already, with others. */
  readonly done: Set<object>
}

/** Writes the nodes of a kernel, and says under which names its results are to be had. */
export type Translate<K extends KernelName> = (step: KernelStep<K>, scene: Scene) => void

export type Translations = { readonly [K in KernelName]?: Translate<K> }
