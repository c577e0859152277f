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
  {
    kernel: 'unfold',
    runs: oneThread,
    reason:
      'no convolution needs im2col here: it is there for who asks for windows as rows, and moves memory without computing',
  },
  {
    kernel: 'deformUnfold',
    runs: oneThread,
    reason:
      'every tap reads four pixels at a place that the data decide, so lanes would gather one element at a time; the matrix product that follows is most of the work, and runs on the engine',
  },
  {
    kernel: 'deformUnfoldGradient',
    runs: oneThread,
    reason:
      'every tap adds to four pixels at a place that the data decide: lanes and threads would meet in the same pixels, and the order of the additions would change from run to run',
  },
])
