// The kernels that are not vector programs, and why. `doctor` and the documentation show this list.

import type { KernelName } from '../../backend.ts'

/** A kernel, or a case of one, that is no vector program. */
export interface Fallback {
  /** The kernel. */
  readonly kernel: KernelName
  /** Only then, where it is not always. */
  readonly when?: string
  /** How it runs instead. */
  readonly runs: string
  /** Why. */
  readonly reason: string
}

const oneThread = 'a TypeScript loop on one thread, over the engine’s memory'

/** Kernels that never have a vector program: none. */
export const fallbacks: readonly Fallback[] = Object.freeze([])

/** Bytes of a tensor that int32 places in a table reach; the tables of `conv` count elements. */
export const reach = 2 ** 31

/** The kernels whose programs read such tables. */
const tabled: readonly KernelName[] = [
  ...([
    'fft',
    'rfft',
    'irfft',
    'convTranspose',
    'convFilterGradient',
    'unfold',
    'fold',
    'deformUnfold',
    'deformUnfoldGradient',
    'topK',
    'sort',
  ] as const),
]

/** What becomes of windows that are irregular and long. */
export const largeTables = Object.freeze({
  when: 'where the windows of an axis do not repeat and their tables would take more memory than the tensors',
  reason: 'a loop works out each window as it comes to it',
})

/** The kernels whose windows that can happen to. */
const windowed: readonly KernelName[] = [
  ...(['maxPool', 'maxPoolGradient', 'averagePool', 'averagePoolGradient', 'axisMap'] as const),
]

export const irregular: readonly Fallback[] = /* @__PURE__ */ Object.freeze(
  windowed.map((kernel) => ({ kernel, runs: oneThread, ...largeTables })),
)

/** What runs for tensors beyond their reach. */
export const beyondReach: readonly Fallback[] = Object.freeze(
  tabled.map((kernel) => ({
    kernel,
    when: 'where a tensor has 2 GiB or more',
    runs: oneThread,
    reason: 'offsets beyond 2 GiB do not fit the tables of its vector program',
  })),
)
