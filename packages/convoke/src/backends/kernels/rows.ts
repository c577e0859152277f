// Kernels along an axis: sums and extremes, order, places, products of matrices, states.

import type { Kernel } from '../backend.ts'
import { planGatherElements, planScatterElements } from '../cpu/kernels/indexing/elements.ts'
import { planGather, planScatterAdd } from '../cpu/kernels/indexing/slices.ts'
import { planSoftmaxLoss, planSoftmaxLossGradient } from '../cpu/kernels/loss/softmax-loss.ts'
import { planSort, planTopK } from '../cpu/kernels/order/order.ts'
import { planArgReduce } from '../cpu/kernels/reduce/arg-reduce.ts'
import { planCumulativeSum } from '../cpu/kernels/reduce/cumulative-sum.ts'
import { planReduce } from '../cpu/kernels/reduce/reduce.ts'
import { planReduceExpression } from '../cpu/kernels/reduce/reduce-expression.ts'
import { planSoftmax, planSoftmaxGradient } from '../cpu/kernels/softmax/softmax.ts'
import { planProduct } from '../cpu/plan/conv.ts'
import type { EngineKernel } from '../cpu/plan/index.ts'
import { planRecurrent, planRecurrentGradient } from '../cpu/plan/recurrence.ts'
import * as expressionLoops from '../reference/expression.ts'
import * as indexingLoops from '../reference/indexing.ts'
import * as linearLoops from '../reference/linear.ts'
import * as recurrenceLoops from '../reference/recurrence.ts'
import * as reduceLoops from '../reference/reduce.ts'
import * as softmaxLoops from '../reference/softmax.ts'
import * as softmaxLossLoops from '../reference/softmax-loss.ts'

/** Sums, products and extremes over axes. */
export const reduce: Kernel<'reduce'> = {
  name: 'reduce',
  loops: reduceLoops.reduce,
  engine: { only: (spec, [x], _, target) => planReduce(spec, x.dtype, target) } satisfies EngineKernel<'reduce'>,
}

/** An expression of each element, reduced over axes in the same pass. */
export const reduceExpression: Kernel<'reduceExpression'> = {
  name: 'reduceExpression',
  loops: expressionLoops.reduceExpression,
  engine: {
    only: (spec, _inputs, _outputs, target) => planReduceExpression(spec, target),
  } satisfies EngineKernel<'reduceExpression'>,
}

/** The index of the first extreme along an axis. */
export const argReduce: Kernel<'argReduce'> = {
  name: 'argReduce',
  loops: reduceLoops.argReduce,
  engine: { only: (spec, [x], _, target) => planArgReduce(spec, x.dtype, target) } satisfies EngineKernel<'argReduce'>,
}

/** Running sums along an axis. */
export const cumulativeSum: Kernel<'cumulativeSum'> = {
  name: 'cumulativeSum',
  loops: reduceLoops.cumulativeSum,
  engine: {
    only: (spec, [x], _, target) => planCumulativeSum(spec, x.dtype === 'int32' ? 'int32' : 'float32', target),
  } satisfies EngineKernel<'cumulativeSum'>,
}

/** Whole slices picked by index. */
export const gather: Kernel<'gather'> = {
  name: 'gather',
  loops: indexingLoops.gather,
  engine: { only: (spec, [x], _, target) => planGather(spec, x.dtype, target) } satisfies EngineKernel<'gather'>,
}

/** The adjoint of `gather`: slices added up by index. */
export const scatterAdd: Kernel<'scatterAdd'> = {
  name: 'scatterAdd',
  loops: indexingLoops.scatterAdd,
  engine: {
    only: (spec, [updates], _, target) => planScatterAdd(spec, updates.dtype, target),
  } satisfies EngineKernel<'scatterAdd'>,
}

/** Single elements picked by index. */
export const gatherElements: Kernel<'gatherElements'> = {
  name: 'gatherElements',
  loops: indexingLoops.gatherElements,
  engine: {
    only: (spec, [x], _, target) => planGatherElements(spec, x.dtype, target),
  } satisfies EngineKernel<'gatherElements'>,
}

/** Single elements put or added by index. */
export const scatterElements: Kernel<'scatterElements'> = {
  name: 'scatterElements',
  loops: indexingLoops.scatterElements,
  engine: {
    only: (spec, [x], _, target) => planScatterElements(spec, x.dtype, target),
  } satisfies EngineKernel<'scatterElements'>,
}

/** The largest or smallest elements of each row, sorted. */
export const topK: Kernel<'topK'> = {
  name: 'topK',
  loops: indexingLoops.topK,
  engine: { only: (spec, [x], _, target) => planTopK(spec, x.dtype, target) } satisfies EngineKernel<'topK'>,
}

/** Each row sorted. */
export const sort: Kernel<'sort'> = {
  name: 'sort',
  loops: indexingLoops.sort,
  engine: { only: (spec, [x], _, target) => planSort(spec, x.dtype, target) } satisfies EngineKernel<'sort'>,
}

/** Products of matrices. */
export const matmul: Kernel<'matmul'> = {
  name: 'matmul',
  loops: linearLoops.matmul,
  engine: { plan: planProduct } satisfies EngineKernel<'matmul'>,
}

/** Softmax along an axis, or its logarithm. */
export const softmax: Kernel<'softmax'> = {
  name: 'softmax',
  loops: softmaxLoops.softmax,
  engine: { only: (spec, _inputs, _outputs, target) => planSoftmax(spec, target) } satisfies EngineKernel<'softmax'>,
}

/** The gradient of `softmax`, from its result. */
export const softmaxGradient: Kernel<'softmaxGradient'> = {
  name: 'softmaxGradient',
  loops: softmaxLoops.softmaxGradient,
  engine: {
    only: (spec, _inputs, _outputs, target) => planSoftmaxGradient(spec, target),
  } satisfies EngineKernel<'softmaxGradient'>,
}

/** Cross-entropy of logits and labels. */
export const softmaxLoss: Kernel<'softmaxLoss'> = {
  name: 'softmaxLoss',
  loops: softmaxLossLoops.softmaxLoss,
  engine: {
    only: (spec, [, labels], _, target) => planSoftmaxLoss(spec, labels.length, target),
  } satisfies EngineKernel<'softmaxLoss'>,
}

/** The gradient of `softmaxLoss`. */
export const softmaxLossGradient: Kernel<'softmaxLossGradient'> = {
  name: 'softmaxLossGradient',
  loops: softmaxLossLoops.softmaxLossGradient,
  engine: {
    only: (spec, [, , labels], _, target) => planSoftmaxLossGradient(spec, labels.length, target),
  } satisfies EngineKernel<'softmaxLossGradient'>,
}

/** An LSTM or GRU over all steps. */
export const recurrence: Kernel<'recurrence'> = {
  name: 'recurrence',
  loops: recurrenceLoops.recurrence,
  engine: { plan: planRecurrent } satisfies EngineKernel<'recurrence'>,
}

/** The gradients of `recurrence`. */
export const recurrenceGradient: Kernel<'recurrenceGradient'> = {
  name: 'recurrenceGradient',
  loops: recurrenceLoops.recurrenceGradient,
  engine: { plan: planRecurrentGradient } satisfies EngineKernel<'recurrenceGradient'>,
}
