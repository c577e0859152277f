// Every kernel of the contract, with the loops that define it and the way the CPU engine goes. Ops import what they run; a table of all
// would put all of them in every bundle.

import type { Kernel } from './backend.ts'
import { planCopy } from './cpu/kernels/copy/copy.ts'
import { planFft, planIrfft, planRfft } from './cpu/kernels/dft/plan.ts'
import { planActivationGradient } from './cpu/kernels/elementwise/activation-gradient.ts'
import { planBinary } from './cpu/kernels/elementwise/binary.ts'
import { planCast } from './cpu/kernels/elementwise/cast.ts'
import { planComplexMultiply } from './cpu/kernels/elementwise/complex-multiply.ts'
import { planExpression } from './cpu/kernels/elementwise/expression.ts'
import { planFill } from './cpu/kernels/elementwise/fill.ts'
import { planSelect } from './cpu/kernels/elementwise/select.ts'
import { planUnary } from './cpu/kernels/elementwise/unary.ts'
import { planGatherElements, planScatterElements } from './cpu/kernels/indexing/elements.ts'
import { planGather, planScatterAdd } from './cpu/kernels/indexing/slices.ts'
import { planSoftmaxLoss, planSoftmaxLossGradient } from './cpu/kernels/loss/softmax-loss.ts'
import { planNormalizeGradient } from './cpu/kernels/normalize/gradient.ts'
import { planNormalizeGroups, planNormalizeGroupsGradient } from './cpu/kernels/normalize/groups/plan.ts'
import { planMoments } from './cpu/kernels/normalize/moments.ts'
import { planNormalize } from './cpu/kernels/normalize/normalize.ts'
import { planWeightNorm, planWeightNormGradient } from './cpu/kernels/normalize/weight-norm.ts'
import { planSort, planTopK } from './cpu/kernels/order/order.ts'
import { planFromPlanes, planToPlanes } from './cpu/kernels/planes/planes.ts'
import { planDropout, planRandom } from './cpu/kernels/random/random.ts'
import { planArgReduce } from './cpu/kernels/reduce/arg-reduce.ts'
import { planCumulativeSum } from './cpu/kernels/reduce/cumulative-sum.ts'
import { planExtremes } from './cpu/kernels/reduce/extremes.ts'
import { planReduce } from './cpu/kernels/reduce/reduce.ts'
import { planReduceExpression } from './cpu/kernels/reduce/reduce-expression.ts'
import { planSoftmax, planSoftmaxGradient } from './cpu/kernels/softmax/softmax.ts'
import { planSumOfSquares } from './cpu/kernels/update/sum-of-squares.ts'
import { planUpdate } from './cpu/kernels/update/update.ts'
import { planAxisMap } from './cpu/kernels/window/axis-map.ts'
import {
  planAveragePool,
  planAveragePoolGradient,
  planMaxPool,
  planMaxPoolGradient,
} from './cpu/kernels/window/pool.ts'
import { asksForColumnAndRow, convCandidates, convWays, planConv, planProduct } from './cpu/plan/conv.ts'
import {
  convTransposeCandidates,
  convTransposeWays,
  filterGradientCandidates,
  filterGradientWays,
  planConvFilterGradient,
  planConvTranspose,
  planDeformUnfolding,
  planDeformUnfoldingGradient,
  planFolding,
  planUnfolding,
} from './cpu/plan/conv-gradients.ts'
import { planCorrelate, suitsTwoPasses } from './cpu/plan/correlate.ts'
import type { EngineKernel } from './cpu/plan/index.ts'
import { planRecurrent, planRecurrentGradient } from './cpu/plan/recurrence.ts'
import * as complexLoops from './reference/complex.ts'
import * as convLoops from './reference/conv.ts'
import * as correlateLoops from './reference/correlate.ts'
import * as deformLoops from './reference/deform.ts'
import * as elementwiseLoops from './reference/elementwise.ts'
import * as expressionLoops from './reference/expression.ts'
import * as fourierLoops from './reference/fourier.ts'
import * as indexingLoops from './reference/indexing.ts'
import * as linearLoops from './reference/linear.ts'
import * as normalizeLoops from './reference/normalize.ts'
import * as planesLoops from './reference/planes.ts'
import * as poolLoops from './reference/pool.ts'
import * as randomLoops from './reference/random.ts'
import * as recurrenceLoops from './reference/recurrence.ts'
import * as reduceLoops from './reference/reduce.ts'
import * as softmaxLoops from './reference/softmax.ts'
import * as softmaxLossLoops from './reference/softmax-loss.ts'
import * as updateLoops from './reference/update.ts'

export const fill: Kernel<'fill'> = {
  name: 'fill',
  loops: elementwiseLoops.fill,
  engine: { only: (spec, _, [y], target) => planFill(spec, y.dtype, y.length, target) } satisfies EngineKernel<'fill'>,
}

export const random: Kernel<'random'> = {
  name: 'random',
  loops: randomLoops.random,
  engine: { only: (spec, _, [y], target) => planRandom(spec, y.length, target) } satisfies EngineKernel<'random'>,
}

export const dropout: Kernel<'dropout'> = {
  name: 'dropout',
  loops: randomLoops.dropout,
  engine: { only: (spec, [x], _, target) => planDropout(spec, x.length, target) } satisfies EngineKernel<'dropout'>,
}

export const cast: Kernel<'cast'> = {
  name: 'cast',
  loops: elementwiseLoops.cast,
  engine: { only: (spec, [x], _, target) => planCast(spec, x.dtype, x.length, target) } satisfies EngineKernel<'cast'>,
}

export const copy: Kernel<'copy'> = {
  name: 'copy',
  loops: elementwiseLoops.copy,
  engine: { only: (spec, [x], _, target) => planCopy(spec, x.dtype, target) } satisfies EngineKernel<'copy'>,
}

export const unary: Kernel<'unary'> = {
  name: 'unary',
  loops: elementwiseLoops.unary,
  engine: {
    only: (spec, [x], [y], target) => planUnary(spec, [x.dtype, y.dtype], x.length, target),
  } satisfies EngineKernel<'unary'>,
}

export const binary: Kernel<'binary'> = {
  name: 'binary',
  loops: elementwiseLoops.binary,
  engine: {
    only: (spec, [a, b], [y], target) => planBinary(spec, [a.dtype, b.dtype, y.dtype], target),
  } satisfies EngineKernel<'binary'>,
}

export const expression: Kernel<'expression'> = {
  name: 'expression',
  loops: expressionLoops.expression,
  engine: {
    only: (spec, _inputs, _outputs, target) => planExpression(spec, target),
  } satisfies EngineKernel<'expression'>,
}

export const complexMultiply: Kernel<'complexMultiply'> = {
  name: 'complexMultiply',
  loops: complexLoops.complexMultiply,
  engine: {
    only: (spec, [x], _, target) => planComplexMultiply(spec, x.length, target),
  } satisfies EngineKernel<'complexMultiply'>,
}

export const select: Kernel<'select'> = {
  name: 'select',
  loops: elementwiseLoops.select,
  engine: {
    only: (spec, [condition, a], _, target) => planSelect(spec, [condition.dtype, a.dtype], target),
  } satisfies EngineKernel<'select'>,
}

export const reduce: Kernel<'reduce'> = {
  name: 'reduce',
  loops: reduceLoops.reduce,
  engine: { only: (spec, [x], _, target) => planReduce(spec, x.dtype, target) } satisfies EngineKernel<'reduce'>,
}

export const reduceExpression: Kernel<'reduceExpression'> = {
  name: 'reduceExpression',
  loops: expressionLoops.reduceExpression,
  engine: {
    only: (spec, _inputs, _outputs, target) => planReduceExpression(spec, target),
  } satisfies EngineKernel<'reduceExpression'>,
}

export const argReduce: Kernel<'argReduce'> = {
  name: 'argReduce',
  loops: reduceLoops.argReduce,
  engine: { only: (spec, [x], _, target) => planArgReduce(spec, x.dtype, target) } satisfies EngineKernel<'argReduce'>,
}

export const cumulativeSum: Kernel<'cumulativeSum'> = {
  name: 'cumulativeSum',
  loops: reduceLoops.cumulativeSum,
  engine: {
    only: (spec, [x], _, target) => planCumulativeSum(spec, x.dtype === 'int32' ? 'int32' : 'float32', target),
  } satisfies EngineKernel<'cumulativeSum'>,
}

export const gather: Kernel<'gather'> = {
  name: 'gather',
  loops: indexingLoops.gather,
  engine: { only: (spec, [x], _, target) => planGather(spec, x.dtype, target) } satisfies EngineKernel<'gather'>,
}

export const scatterAdd: Kernel<'scatterAdd'> = {
  name: 'scatterAdd',
  loops: indexingLoops.scatterAdd,
  engine: {
    only: (spec, [updates], _, target) => planScatterAdd(spec, updates.dtype, target),
  } satisfies EngineKernel<'scatterAdd'>,
}

export const gatherElements: Kernel<'gatherElements'> = {
  name: 'gatherElements',
  loops: indexingLoops.gatherElements,
  engine: {
    only: (spec, [x], _, target) => planGatherElements(spec, x.dtype, target),
  } satisfies EngineKernel<'gatherElements'>,
}

export const scatterElements: Kernel<'scatterElements'> = {
  name: 'scatterElements',
  loops: indexingLoops.scatterElements,
  engine: {
    only: (spec, [x], _, target) => planScatterElements(spec, x.dtype, target),
  } satisfies EngineKernel<'scatterElements'>,
}

export const topK: Kernel<'topK'> = {
  name: 'topK',
  loops: indexingLoops.topK,
  engine: { only: (spec, [x], _, target) => planTopK(spec, x.dtype, target) } satisfies EngineKernel<'topK'>,
}

export const sort: Kernel<'sort'> = {
  name: 'sort',
  loops: indexingLoops.sort,
  engine: { only: (spec, [x], _, target) => planSort(spec, x.dtype, target) } satisfies EngineKernel<'sort'>,
}

export const matmul: Kernel<'matmul'> = {
  name: 'matmul',
  loops: linearLoops.matmul,
  engine: { plan: planProduct } satisfies EngineKernel<'matmul'>,
}

export const conv: Kernel<'conv'> = {
  name: 'conv',
  loops: convLoops.conv,
  engine: {
    plan: planConv,
    candidates: convCandidates,
    ways: convWays,
    asksForFactors: asksForColumnAndRow,
  } satisfies EngineKernel<'conv'>,
}

export const correlate: Kernel<'correlate'> = {
  name: 'correlate',
  loops: correlateLoops.correlate,
  engine: { plan: planCorrelate, asksForFactors: suitsTwoPasses } satisfies EngineKernel<'correlate'>,
}

export const convTranspose: Kernel<'convTranspose'> = {
  name: 'convTranspose',
  loops: convLoops.convTranspose,
  engine: {
    plan: planConvTranspose,
    candidates: convTransposeCandidates,
    ways: convTransposeWays,
  } satisfies EngineKernel<'convTranspose'>,
}

export const convFilterGradient: Kernel<'convFilterGradient'> = {
  name: 'convFilterGradient',
  loops: convLoops.convFilterGradient,
  engine: {
    plan: planConvFilterGradient,
    candidates: filterGradientCandidates,
    ways: filterGradientWays,
  } satisfies EngineKernel<'convFilterGradient'>,
}

export const unfold: Kernel<'unfold'> = {
  name: 'unfold',
  loops: convLoops.unfold,
  engine: { plan: planUnfolding } satisfies EngineKernel<'unfold'>,
}

export const fold: Kernel<'fold'> = {
  name: 'fold',
  loops: convLoops.fold,
  engine: { plan: planFolding } satisfies EngineKernel<'fold'>,
}

export const deformUnfold: Kernel<'deformUnfold'> = {
  name: 'deformUnfold',
  loops: deformLoops.deformUnfold,
  engine: { plan: planDeformUnfolding } satisfies EngineKernel<'deformUnfold'>,
}

export const deformUnfoldGradient: Kernel<'deformUnfoldGradient'> = {
  name: 'deformUnfoldGradient',
  loops: deformLoops.deformUnfoldGradient,
  engine: { plan: planDeformUnfoldingGradient } satisfies EngineKernel<'deformUnfoldGradient'>,
}

export const maxPool: Kernel<'maxPool'> = {
  name: 'maxPool',
  loops: poolLoops.maxPool,
  engine: { only: (spec, _inputs, _outputs, target) => planMaxPool(spec, target) } satisfies EngineKernel<'maxPool'>,
}

export const maxPoolGradient: Kernel<'maxPoolGradient'> = {
  name: 'maxPoolGradient',
  loops: poolLoops.maxPoolGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planMaxPoolGradient(spec, target),
  } satisfies EngineKernel<'maxPoolGradient'>,
}

export const averagePool: Kernel<'averagePool'> = {
  name: 'averagePool',
  loops: poolLoops.averagePool,
  engine: {
    only: (spec, _inputs, _outputs, target) => planAveragePool(spec, target),
  } satisfies EngineKernel<'averagePool'>,
}

export const averagePoolGradient: Kernel<'averagePoolGradient'> = {
  name: 'averagePoolGradient',
  loops: poolLoops.averagePoolGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planAveragePoolGradient(spec, target),
  } satisfies EngineKernel<'averagePoolGradient'>,
}

export const axisMap: Kernel<'axisMap'> = {
  name: 'axisMap',
  loops: linearLoops.axisMap,
  engine: { only: (spec, _inputs, _outputs, target) => planAxisMap(spec, target) } satisfies EngineKernel<'axisMap'>,
}

export const fft: Kernel<'fft'> = {
  name: 'fft',
  loops: fourierLoops.fft,
  engine: { only: (spec, _inputs, _outputs, target) => planFft(spec, target) } satisfies EngineKernel<'fft'>,
}

export const rfft: Kernel<'rfft'> = {
  name: 'rfft',
  loops: fourierLoops.rfft,
  engine: { only: (spec, _inputs, _outputs, target) => planRfft(spec, target) } satisfies EngineKernel<'rfft'>,
}

export const irfft: Kernel<'irfft'> = {
  name: 'irfft',
  loops: fourierLoops.irfft,
  engine: { only: (spec, _inputs, _outputs, target) => planIrfft(spec, target) } satisfies EngineKernel<'irfft'>,
}

export const update: Kernel<'update'> = {
  name: 'update',
  loops: updateLoops.update,
  engine: { only: (spec, inputs, _, target) => planUpdate(spec, inputs, target) } satisfies EngineKernel<'update'>,
}

export const activationGradient: Kernel<'activationGradient'> = {
  name: 'activationGradient',
  loops: elementwiseLoops.activationGradient,
  engine: {
    only: (spec, [g], _, target) => planActivationGradient(spec, g.length, target),
  } satisfies EngineKernel<'activationGradient'>,
}

export const moments: Kernel<'moments'> = {
  name: 'moments',
  loops: normalizeLoops.moments,
  engine: { only: (spec, inputs, _, target) => planMoments(spec, inputs, target) } satisfies EngineKernel<'moments'>,
}

export const normalize: Kernel<'normalize'> = {
  name: 'normalize',
  loops: normalizeLoops.normalize,
  engine: {
    only: (spec, inputs, _, target) => planNormalize(spec, inputs, target),
  } satisfies EngineKernel<'normalize'>,
}

export const normalizeGradient: Kernel<'normalizeGradient'> = {
  name: 'normalizeGradient',
  loops: normalizeLoops.normalizeGradient,
  engine: {
    only: (spec, inputs, _, target) => planNormalizeGradient(spec, inputs, target),
  } satisfies EngineKernel<'normalizeGradient'>,
}

export const normalizeGroups: Kernel<'normalizeGroups'> = {
  name: 'normalizeGroups',
  loops: normalizeLoops.normalizeGroups,
  engine: {
    only: (spec, _inputs, _outputs, target) => planNormalizeGroups(spec, target),
  } satisfies EngineKernel<'normalizeGroups'>,
}

export const normalizeGroupsGradient: Kernel<'normalizeGroupsGradient'> = {
  name: 'normalizeGroupsGradient',
  loops: normalizeLoops.normalizeGroupsGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planNormalizeGroupsGradient(spec, target),
  } satisfies EngineKernel<'normalizeGroupsGradient'>,
}

export const softmax: Kernel<'softmax'> = {
  name: 'softmax',
  loops: softmaxLoops.softmax,
  engine: { only: (spec, _inputs, _outputs, target) => planSoftmax(spec, target) } satisfies EngineKernel<'softmax'>,
}

export const softmaxGradient: Kernel<'softmaxGradient'> = {
  name: 'softmaxGradient',
  loops: softmaxLoops.softmaxGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planSoftmaxGradient(spec, target),
  } satisfies EngineKernel<'softmaxGradient'>,
}

export const softmaxLoss: Kernel<'softmaxLoss'> = {
  name: 'softmaxLoss',
  loops: softmaxLossLoops.softmaxLoss,
  engine: {
    only: (spec, [, labels], _, target) => planSoftmaxLoss(spec, labels.length, target),
  } satisfies EngineKernel<'softmaxLoss'>,
}

export const softmaxLossGradient: Kernel<'softmaxLossGradient'> = {
  name: 'softmaxLossGradient',
  loops: softmaxLossLoops.softmaxLossGradient,
  engine: {
    only: (spec, [, , labels], _, target) => planSoftmaxLossGradient(spec, labels.length, target),
  } satisfies EngineKernel<'softmaxLossGradient'>,
}

export const weightNorm: Kernel<'weightNorm'> = {
  name: 'weightNorm',
  loops: normalizeLoops.weightNorm,
  engine: {
    only: (spec, inputs, _, target) => planWeightNorm(spec, inputs, target),
  } satisfies EngineKernel<'weightNorm'>,
}

export const weightNormGradient: Kernel<'weightNormGradient'> = {
  name: 'weightNormGradient',
  loops: normalizeLoops.weightNormGradient,
  engine: {
    only: (spec, inputs, _, target) => planWeightNormGradient(spec, inputs, target),
  } satisfies EngineKernel<'weightNormGradient'>,
}

export const recurrence: Kernel<'recurrence'> = {
  name: 'recurrence',
  loops: recurrenceLoops.recurrence,
  engine: { plan: planRecurrent } satisfies EngineKernel<'recurrence'>,
}

export const recurrenceGradient: Kernel<'recurrenceGradient'> = {
  name: 'recurrenceGradient',
  loops: recurrenceLoops.recurrenceGradient,
  engine: { plan: planRecurrentGradient } satisfies EngineKernel<'recurrenceGradient'>,
}

export const toPlanes: Kernel<'toPlanes'> = {
  name: 'toPlanes',
  loops: planesLoops.toPlanes,
  engine: {
    only: (spec, [x], _, target) => planToPlanes(spec, x.dtype, x.length, target),
  } satisfies EngineKernel<'toPlanes'>,
}

export const fromPlanes: Kernel<'fromPlanes'> = {
  name: 'fromPlanes',
  loops: planesLoops.fromPlanes,
  engine: {
    only: (spec, [x], [y], target) => planFromPlanes(spec, y.dtype, x.length, target),
  } satisfies EngineKernel<'fromPlanes'>,
}

export const extremes: Kernel<'extremes'> = {
  name: 'extremes',
  loops: planesLoops.extremes,
  engine: { only: (_, [x], _outputs, target) => planExtremes(x.length, target) } satisfies EngineKernel<'extremes'>,
}

export const sumOfSquares: Kernel<'sumOfSquares'> = {
  name: 'sumOfSquares',
  loops: updateLoops.sumOfSquares,
  engine: {
    only: (_, inputs, _outputs, target) => planSumOfSquares(inputs, target),
  } satisfies EngineKernel<'sumOfSquares'>,
}
