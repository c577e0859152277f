// The kernels that are not vector programs, and why. `doctor` and the documentation show this list.

import type { KernelName } from '../../backend.ts'

export interface Fallback {
  readonly kernel: KernelName
  /** How it runs instead. */
  readonly runs: string
  readonly reason: string
}

const oneThread = 'a TypeScript loop on one thread, over the engine’s memory'

export const fallbacks: readonly Fallback[] = Object.freeze([
  {
    kernel: 'topK',
    runs: oneThread,
    reason:
      'keeping the k best in order is all comparisons and moves that depend on the data, one element after the other; it is used on rows of class scores, once a batch',
  },
])
