// Which kernels a backend may leave out.

import type { KernelName } from './kernel-specs.ts'

/**
 * Kernels that others compose: where a backend lacks one, ops run its composition. All others are core, and every backend has them, but
 * for those that ask other ranks, whose loops alone compute them.
 */
export const fusedKernels = [
  ...(['activationGradient', 'complexMultiply', 'correlate', 'extremes', 'fromPlanes'] as const),
  ...(['moments', 'normalize', 'normalizeGradient', 'normalizeGroups', 'normalizeGroupsGradient'] as const),
  ...([
    'recurrence',
    'recurrenceGradient',
    'softmax',
    'softmaxGradient',
    'softmaxLoss',
    'softmaxLossGradient',
  ] as const),
  ...(['sumOfSquares', 'toPlanes', 'weightNorm', 'weightNormGradient'] as const),
] as const satisfies readonly KernelName[]

/** The name of a kernel that a backend may leave out. */
export type FusedKernelName = (typeof fusedKernels)[number]
