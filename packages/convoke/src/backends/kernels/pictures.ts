// Kernels with windows, and those between pictures, planes and frequencies.

import type { Kernel } from '../backend.ts'
import { planFft, planIrfft, planRfft } from '../cpu/kernels/dft/plan.ts'
import { planFromPlanes, planToPlanes } from '../cpu/kernels/planes/planes.ts'
import { planExtremes } from '../cpu/kernels/reduce/extremes.ts'
import { planAxisMap } from '../cpu/kernels/window/axis-map.ts'
import {
  planAveragePool,
  planAveragePoolGradient,
  planMaxPool,
  planMaxPoolGradient,
} from '../cpu/kernels/window/pool.ts'
import { asksForColumnAndRow, convFallback, convWays } from '../cpu/plan/conv.ts'
import {
  convTransposeFallback,
  convTransposeWays,
  filterGradientFallback,
  filterGradientWays,
  planDeformUnfolding,
  planDeformUnfoldingGradient,
  planFolding,
  planUnfolding,
} from '../cpu/plan/conv-gradients.ts'
import { correlateWays, suitsTwoPasses } from '../cpu/plan/correlate.ts'
import type { EngineKernel } from '../cpu/plan/index.ts'
import * as convLoops from '../reference/conv.ts'
import * as correlateLoops from '../reference/correlate.ts'
import * as deformLoops from '../reference/deform.ts'
import * as fourierLoops from '../reference/fourier.ts'
import * as linearLoops from '../reference/linear.ts'
import * as planesLoops from '../reference/planes.ts'
import * as poolLoops from '../reference/pool.ts'

/** Convolution with a filter for each output channel. */
export const conv: Kernel<'conv'> = {
  name: 'conv',
  loops: convLoops.conv,
  engine: {
    fallback: convFallback,
    ways: convWays,
    asksForFactors: asksForColumnAndRow,
  } satisfies EngineKernel<'conv'>,
}

/** Correlation of every channel with the same kernel. */
export const correlate: Kernel<'correlate'> = {
  name: 'correlate',
  loops: correlateLoops.correlate,
  engine: { ways: correlateWays, asksForFactors: suitsTwoPasses } satisfies EngineKernel<'correlate'>,
}

/** The adjoint of convolution in its input. */
export const convTranspose: Kernel<'convTranspose'> = {
  name: 'convTranspose',
  loops: convLoops.convTranspose,
  engine: {
    fallback: convTransposeFallback,
    ways: convTransposeWays,
  } satisfies EngineKernel<'convTranspose'>,
}

/** The gradient of a filter. */
export const convFilterGradient: Kernel<'convFilterGradient'> = {
  name: 'convFilterGradient',
  loops: convLoops.convFilterGradient,
  engine: {
    fallback: filterGradientFallback,
    ways: filterGradientWays,
  } satisfies EngineKernel<'convFilterGradient'>,
}

/** Windows as rows (im2col). */
export const unfold: Kernel<'unfold'> = {
  name: 'unfold',
  loops: convLoops.unfold,
  engine: { plan: planUnfolding } satisfies EngineKernel<'unfold'>,
}

/** The adjoint of `unfold` (col2im). */
export const fold: Kernel<'fold'> = {
  name: 'fold',
  loops: convLoops.fold,
  engine: { plan: planFolding } satisfies EngineKernel<'fold'>,
}

/** Deformed windows as rows. */
export const deformUnfold: Kernel<'deformUnfold'> = {
  name: 'deformUnfold',
  loops: deformLoops.deformUnfold,
  engine: { plan: planDeformUnfolding } satisfies EngineKernel<'deformUnfold'>,
}

/** The gradients of `deformUnfold` in input, offsets and mask. */
export const deformUnfoldGradient: Kernel<'deformUnfoldGradient'> = {
  name: 'deformUnfoldGradient',
  loops: deformLoops.deformUnfoldGradient,
  engine: { plan: planDeformUnfoldingGradient } satisfies EngineKernel<'deformUnfoldGradient'>,
}

/** The largest element of each window, and its position. */
export const maxPool: Kernel<'maxPool'> = {
  name: 'maxPool',
  loops: poolLoops.maxPool,
  engine: { only: (spec, _inputs, _outputs, target) => planMaxPool(spec, target) } satisfies EngineKernel<'maxPool'>,
}

/** Gradients put back where the largest elements stood. */
export const maxPoolGradient: Kernel<'maxPoolGradient'> = {
  name: 'maxPoolGradient',
  loops: poolLoops.maxPoolGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planMaxPoolGradient(spec, target),
  } satisfies EngineKernel<'maxPoolGradient'>,
}

/** Sums over windows, divided as the spec says. */
export const averagePool: Kernel<'averagePool'> = {
  name: 'averagePool',
  loops: poolLoops.averagePool,
  engine: {
    only: (spec, _inputs, _outputs, target) => planAveragePool(spec, target),
  } satisfies EngineKernel<'averagePool'>,
}

/** The adjoint of `averagePool`. */
export const averagePoolGradient: Kernel<'averagePoolGradient'> = {
  name: 'averagePoolGradient',
  loops: poolLoops.averagePoolGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planAveragePoolGradient(spec, target),
  } satisfies EngineKernel<'averagePoolGradient'>,
}

/** A sparse linear map along one axis: resizing, padding. */
export const axisMap: Kernel<'axisMap'> = {
  name: 'axisMap',
  loops: linearLoops.axisMap,
  engine: { only: (spec, _inputs, _outputs, target) => planAxisMap(spec, target) } satisfies EngineKernel<'axisMap'>,
}

/** The discrete Fourier transform of complex values. */
export const fft: Kernel<'fft'> = {
  name: 'fft',
  loops: fourierLoops.fft,
  engine: { only: (spec, _inputs, _outputs, target) => planFft(spec, target) } satisfies EngineKernel<'fft'>,
}

/** The discrete Fourier transform of real values. */
export const rfft: Kernel<'rfft'> = {
  name: 'rfft',
  loops: fourierLoops.rfft,
  engine: { only: (spec, _inputs, _outputs, target) => planRfft(spec, target) } satisfies EngineKernel<'rfft'>,
}

/** The inverse of `rfft`. */
export const irfft: Kernel<'irfft'> = {
  name: 'irfft',
  loops: fourierLoops.irfft,
  engine: { only: (spec, _inputs, _outputs, target) => planIrfft(spec, target) } satisfies EngineKernel<'irfft'>,
}

/** Pixels to one plane for each channel. */
export const toPlanes: Kernel<'toPlanes'> = {
  name: 'toPlanes',
  loops: planesLoops.toPlanes,
  engine: {
    only: (spec, [x], _, target) => planToPlanes(spec, x.dtype, x.length, target),
  } satisfies EngineKernel<'toPlanes'>,
}

/** Planes back to pixels. */
export const fromPlanes: Kernel<'fromPlanes'> = {
  name: 'fromPlanes',
  loops: planesLoops.fromPlanes,
  engine: {
    only: (spec, [x], [y], target) => planFromPlanes(spec, y.dtype, x.length, target),
  } satisfies EngineKernel<'fromPlanes'>,
}

/** The least and the greatest element. */
export const extremes: Kernel<'extremes'> = {
  name: 'extremes',
  loops: planesLoops.extremes,
  engine: { only: (_, [x], _outputs, target) => planExtremes(x.length, target) } satisfies EngineKernel<'extremes'>,
}
