// Kernels that a training step repeats: normalisation, and the steps of optimisers.

import type { Kernel } from '../backend.ts'
import { planNormalizeGradient } from '../cpu/kernels/normalize/gradient.ts'
import { planNormalizeGroups, planNormalizeGroupsGradient } from '../cpu/kernels/normalize/groups/plan.ts'
import { planMoments } from '../cpu/kernels/normalize/moments.ts'
import { planNormalize } from '../cpu/kernels/normalize/normalize.ts'
import { planWeightNorm, planWeightNormGradient } from '../cpu/kernels/normalize/weight-norm.ts'
import { planSumOfSquares } from '../cpu/kernels/update/sum-of-squares.ts'
import { planUpdate } from '../cpu/kernels/update/update.ts'
import type { EngineKernel } from '../cpu/plan/index.ts'
import * as normalizeLoops from '../reference/normalize.ts'
import * as updateLoops from '../reference/update.ts'

/** A step of an optimiser, in place. */
export const update: Kernel<'update'> = {
  name: 'update',
  loops: updateLoops.update,
  engine: { only: (spec, inputs, _, target) => planUpdate(spec, inputs, target) } satisfies EngineKernel<'update'>,
}

/** Mean and variance of each channel. */
export const moments: Kernel<'moments'> = {
  name: 'moments',
  loops: normalizeLoops.moments,
  engine: { only: (spec, inputs, _, target) => planMoments(spec, inputs, target) } satisfies EngineKernel<'moments'>,
}

/** Batch normalisation with given statistics. */
export const normalize: Kernel<'normalize'> = {
  name: 'normalize',
  loops: normalizeLoops.normalize,
  engine: {
    only: (spec, inputs, _, target) => planNormalize(spec, inputs, target),
  } satisfies EngineKernel<'normalize'>,
}

/** The gradients of `normalize` in training. */
export const normalizeGradient: Kernel<'normalizeGradient'> = {
  name: 'normalizeGradient',
  loops: normalizeLoops.normalizeGradient,
  engine: {
    only: (spec, inputs, _, target) => planNormalizeGradient(spec, inputs, target),
  } satisfies EngineKernel<'normalizeGradient'>,
}

/** Layer and group normalisation. */
export const normalizeGroups: Kernel<'normalizeGroups'> = {
  name: 'normalizeGroups',
  loops: normalizeLoops.normalizeGroups,
  engine: {
    only: (spec, _inputs, _outputs, target) => planNormalizeGroups(spec, target),
  } satisfies EngineKernel<'normalizeGroups'>,
}

/** The gradients of `normalizeGroups`. */
export const normalizeGroupsGradient: Kernel<'normalizeGroupsGradient'> = {
  name: 'normalizeGroupsGradient',
  loops: normalizeLoops.normalizeGroupsGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planNormalizeGroupsGradient(spec, target),
  } satisfies EngineKernel<'normalizeGroupsGradient'>,
}

/** Each channel of a weight brought to a given length. */
export const weightNorm: Kernel<'weightNorm'> = {
  name: 'weightNorm',
  loops: normalizeLoops.weightNorm,
  engine: {
    only: (spec, inputs, _, target) => planWeightNorm(spec, inputs, target),
  } satisfies EngineKernel<'weightNorm'>,
}

/** The gradients of `weightNorm`. */
export const weightNormGradient: Kernel<'weightNormGradient'> = {
  name: 'weightNormGradient',
  loops: normalizeLoops.weightNormGradient,
  engine: {
    only: (spec, inputs, _, target) => planWeightNormGradient(spec, inputs, target),
  } satisfies EngineKernel<'weightNormGradient'>,
}

/** The sum of the squares of all elements of several tensors. */
export const sumOfSquares: Kernel<'sumOfSquares'> = {
  name: 'sumOfSquares',
  loops: updateLoops.sumOfSquares,
  engine: {
    only: (_, inputs, _outputs, target) => planSumOfSquares(inputs, target),
  } satisfies EngineKernel<'sumOfSquares'>,
}
