// What the translation of a kernel has at hand.

import type { KernelName } from '../../backends/backend.ts'
import type { Cell, KernelStep, Program, Step, Uses } from '../../compile/program.ts'
import type { Cells } from './cells.ts'
import type { Draft } from './draft.ts'

export interface Scene {
  readonly draft: Draft
  readonly cells: Cells
  readonly program: Program
  readonly uses: Uses
  /** Steps that are written already, with others. */
  readonly done: Set<object>
  /** Values that a Resize gives, with what it was given. */
  readonly resized: Map<Cell, { readonly kind: object; readonly source: string }>
}

/** Writes the nodes of a kernel, and says under which names its results are to be had. */
export type Translate<K extends KernelName> = (step: KernelStep<K>, scene: Scene) => void

export type Translations = { readonly [K in KernelName]?: Translate<K> }

/** The step that alone reads a value which is no result. */
export function onlyReader({ uses }: Scene, cell: Cell): Step | undefined {
  const readers = uses.readers.get(cell) ?? []
  return readers.length === 1 && !uses.outputs.has(cell) ? readers[0] : undefined
}
