// Which kernel the case of a seed and a number asks, and what.

import type { KernelName, RankKernelName } from '../../../backend.ts'
import * as convolutions from './convolutions.ts'
import { drawCorrelate } from './correlations.ts'
import * as elementwise from './elementwise.ts'
import { drawExpression } from './expressions.ts'
import * as fourier from './fourier.ts'
import { createDraw, type Draw, type FuzzCase } from './fuzz-case.ts'
import * as indexing from './indexing.ts'
import * as linear from './linear.ts'
import * as normalizations from './normalizations.ts'
import * as planes from './planes.ts'
import * as random from './random.ts'
import { drawRecurrence, drawRecurrenceGradient } from './recurrences.ts'
import { drawReduceExpression } from './reduce-expressions.ts'
import * as training from './training.ts'

interface Generator<K extends KernelName> {
  /** How often, beside the others. */
  readonly weight: number
  readonly draw: (draw: Draw) => FuzzCase<K>
}

const generator = <K extends KernelName>(weight: number, draw: (draw: Draw) => FuzzCase<K>): Generator<K> => ({
  weight,
  draw,
})

/** Kernels that one process can run. */
type Drawn = Exclude<KernelName, RankKernelName>

/** One for each. */
const generators: { readonly [K in Drawn]: Generator<K> } = {
  conv: generator(14, convolutions.drawForward),
  convTranspose: generator(9, convolutions.drawTransposed),
  convFilterGradient: generator(9, convolutions.drawFilterGradient),
  correlate: generator(6, drawCorrelate),
  unfold: generator(1, convolutions.drawUnfold),
  fold: generator(3, convolutions.drawFold),
  deformUnfold: generator(1, convolutions.drawDeformUnfold),
  deformUnfoldGradient: generator(1, convolutions.drawDeformGradient),
  matmul: generator(6, linear.drawMatmul),
  fill: generator(1, elementwise.drawFill),
  cast: generator(2, elementwise.drawCast),
  copy: generator(5, indexing.drawCopy),
  unary: generator(5, elementwise.drawUnary),
  binary: generator(5, elementwise.drawBinary),
  select: generator(2, elementwise.drawSelect),
  expression: generator(3, drawExpression),
  complexMultiply: generator(1, elementwise.drawComplexMultiply),
  reduce: generator(5, linear.drawReduce),
  reduceExpression: generator(4, drawReduceExpression),
  argReduce: generator(3, linear.drawArgReduce),
  cumulativeSum: generator(3, linear.drawCumulativeSum),
  gather: generator(2, indexing.drawGather),
  scatterAdd: generator(2, indexing.drawScatterAdd),
  gatherElements: generator(2, indexing.drawGatherElements),
  scatterElements: generator(2, indexing.drawScatterElements),
  topK: generator(3, indexing.drawTopK),
  sort: generator(3, indexing.drawSort),
  maxPool: generator(4, linear.drawMaxPool),
  maxPoolGradient: generator(3, linear.drawMaxPoolGradient),
  averagePool: generator(3, linear.drawAveragePool),
  averagePoolGradient: generator(3, linear.drawAveragePoolGradient),
  axisMap: generator(3, linear.drawAxisMap),
  fft: generator(5, fourier.drawFft),
  rfft: generator(4, fourier.drawRfft),
  irfft: generator(4, fourier.drawIrfft),
  random: generator(2, random.drawRandom),
  dropout: generator(2, random.drawDropout),
  update: generator(3, training.drawUpdate),
  toPlanes: generator(2, planes.drawToPlanes),
  fromPlanes: generator(2, planes.drawFromPlanes),
  extremes: generator(2, planes.drawExtremes),
  sumOfSquares: generator(1, training.drawSumOfSquares),
  activationGradient: generator(2, training.drawActivationGradient),
  weightNorm: generator(1, training.drawWeightNorm),
  weightNormGradient: generator(2, training.drawWeightNormGradient),
  softmaxLoss: generator(2, training.drawSoftmaxLoss),
  softmaxLossGradient: generator(2, training.drawSoftmaxLossGradient),
  normalizeGroups: generator(4, normalizations.drawNormalizeGroups),
  normalizeGroupsGradient: generator(4, normalizations.drawNormalizeGroupsGradient),
  softmax: generator(4, normalizations.drawSoftmax),
  softmaxGradient: generator(3, normalizations.drawSoftmaxGradient),
  recurrence: generator(3, drawRecurrence),
  recurrenceGradient: generator(3, drawRecurrenceGradient),
  moments: generator(2, training.drawMoments),
  normalize: generator(2, training.drawNormalize),
  normalizeGradient: generator(3, training.drawNormalizeGradient),
}

export const kernelNames = Object.keys(generators) as Drawn[]

const lottery: readonly Drawn[] = kernelNames.flatMap((kernel) => Array<Drawn>(generators[kernel].weight).fill(kernel))

/** The kernel of a case, without drawing the rest of it. */
export const kernelOf = (seed: number, index: number): KernelName => createDraw(seed, index).pick(lottery)

export function drawCase(seed: number, index: number): FuzzCase {
  const draw = createDraw(seed, index)
  return generators[draw.pick(lottery)].draw(draw)
}
