// The plan of every kernel but convolutions, products of matrices and their kin, and recurrent layers, from what a backend is asked to run.

import type { Buffer, KernelName, KernelSpecs } from '../../backend.ts'
import type { Target } from '../program/index.ts'
import { planCopy } from './copy/copy.ts'
import { planFft, planIrfft, planRfft } from './dft/plan.ts'
import { planActivationGradient } from './elementwise/activation-gradient.ts'
import { planBinary } from './elementwise/binary.ts'
import { planCast } from './elementwise/cast.ts'
import { planComplexMultiply } from './elementwise/complex-multiply.ts'
import { planExpression } from './elementwise/expression.ts'
import { planFill } from './elementwise/fill.ts'
import { planSelect } from './elementwise/select.ts'
import { planUnary } from './elementwise/unary.ts'
import { planGatherElements, planScatterElements } from './indexing/elements.ts'
import { planGather, planScatterAdd } from './indexing/slices.ts'
import { planSoftmaxLoss, planSoftmaxLossGradient } from './loss/softmax-loss.ts'
import { planNormalizeGradient } from './normalize/gradient.ts'
import { planNormalizeGroups, planNormalizeGroupsGradient } from './normalize/groups/plan.ts'
import { planMoments } from './normalize/moments.ts'
import { planNormalize } from './normalize/normalize.ts'
import { planWeightNorm, planWeightNormGradient } from './normalize/weight-norm.ts'
import { planSort, planTopK } from './order/order.ts'
import type { KernelPlan } from './plan.ts'
import { planFromPlanes, planToPlanes } from './planes/planes.ts'
import { planDropout, planRandom } from './random/random.ts'
import { planArgReduce } from './reduce/arg-reduce.ts'
import { planCumulativeSum } from './reduce/cumulative-sum.ts'
import { planExtremes } from './reduce/extremes.ts'
import { planReduce } from './reduce/reduce.ts'
import { planReduceExpression } from './reduce/reduce-expression.ts'
import { planSoftmax, planSoftmaxGradient } from './softmax/softmax.ts'
import { planSumOfSquares } from './update/sum-of-squares.ts'
import { planUpdate } from './update/update.ts'
import { planAxisMap } from './window/axis-map.ts'
import { planAveragePool, planAveragePoolGradient, planMaxPool, planMaxPoolGradient } from './window/pool.ts'

/** What a plan may know of a buffer. */
type Described = Pick<Buffer, 'dtype' | 'length'>

type Planner<K extends KernelName> = (
  spec: KernelSpecs[K],
  inputs: readonly Described[],
  outputs: readonly Described[],
  target: Target,
) => KernelPlan | null

export type ElementaryKernel =
  | ('fill' | 'cast' | 'copy' | 'unary' | 'binary' | 'select' | 'reduce' | 'argReduce' | 'cumulativeSum' | 'gather')
  | ('fft' | 'rfft' | 'irfft')
  | ('scatterAdd' | 'gatherElements' | 'scatterElements' | 'maxPool' | 'averagePool' | 'averagePoolGradient')
  | (
      | 'activationGradient'
      | 'expression'
      | 'complexMultiply'
      | 'reduceExpression'
      | 'maxPoolGradient'
      | 'axisMap'
      | 'update'
      | 'sumOfSquares'
      | 'moments'
      | 'normalize'
      | 'normalizeGradient'
      | 'normalizeGroups'
      | 'normalizeGroupsGradient'
      | 'softmax'
      | 'softmaxGradient'
      | 'weightNorm'
      | 'weightNormGradient'
      | 'softmaxLoss'
      | 'softmaxLossGradient'
      | 'toPlanes'
      | 'fromPlanes'
      | 'extremes'
      | 'random'
      | 'dropout'
      | 'topK'
      | 'sort'
    )

/** Plans by kernel, null where plain loops take less memory. They depend on the spec, the dtypes, the lengths and the target, and may be kept by those. */
export const elementaryPlans: { readonly [K in ElementaryKernel]: Planner<K> } = {
  fill: (spec, _, [y], target) => planFill(spec, y.dtype, y.length, target),
  cast: (spec, [x], _, target) => planCast(spec, x.dtype, x.length, target),
  copy: (spec, [x], _, target) => planCopy(spec, x.dtype, target),
  unary: (spec, [x], [y], target) => planUnary(spec, [x.dtype, y.dtype], x.length, target),
  binary: (spec, [a, b], [y], target) => planBinary(spec, [a.dtype, b.dtype, y.dtype], target),
  select: (spec, [condition, a], _, target) => planSelect(spec, [condition.dtype, a.dtype], target),
  reduce: (spec, [x], _, target) => planReduce(spec, x.dtype, target),
  argReduce: (spec, [x], _, target) => planArgReduce(spec, x.dtype, target),
  cumulativeSum: (spec, [x], _, target) => planCumulativeSum(spec, x.dtype === 'int32' ? 'int32' : 'float32', target),
  gather: (spec, [x], _, target) => planGather(spec, x.dtype, target),
  scatterAdd: (spec, [updates], _, target) => planScatterAdd(spec, updates.dtype, target),
  gatherElements: (spec, [x], _, target) => planGatherElements(spec, x.dtype, target),
  scatterElements: (spec, [x], _, target) => planScatterElements(spec, x.dtype, target),
  maxPool: (spec, _inputs, _outputs, target) => planMaxPool(spec, target),
  maxPoolGradient: (spec, _inputs, _outputs, target) => planMaxPoolGradient(spec, target),
  averagePool: (spec, _inputs, _outputs, target) => planAveragePool(spec, target),
  averagePoolGradient: (spec, _inputs, _outputs, target) => planAveragePoolGradient(spec, target),
  fft: (spec, _inputs, _outputs, target) => planFft(spec, target),
  rfft: (spec, _inputs, _outputs, target) => planRfft(spec, target),
  irfft: (spec, _inputs, _outputs, target) => planIrfft(spec, target),
  axisMap: (spec, _inputs, _outputs, target) => planAxisMap(spec, target),
  update: (spec, inputs, _, target) => planUpdate(spec, inputs, target),
  expression: (spec, _inputs, _outputs, target) => planExpression(spec, target),
  complexMultiply: (spec, [x], _, target) => planComplexMultiply(spec, x.length, target),
  reduceExpression: (spec, _inputs, _outputs, target) => planReduceExpression(spec, target),
  activationGradient: (spec, [g], _, target) => planActivationGradient(spec, g.length, target),
  softmaxLoss: (spec, [, labels], _, target) => planSoftmaxLoss(spec, labels.length, target),
  softmaxLossGradient: (spec, [, , labels], _, target) => planSoftmaxLossGradient(spec, labels.length, target),
  weightNorm: (spec, inputs, _, target) => planWeightNorm(spec, inputs, target),
  weightNormGradient: (spec, inputs, _, target) => planWeightNormGradient(spec, inputs, target),
  moments: (spec, inputs, _, target) => planMoments(spec, inputs, target),
  normalize: (spec, inputs, _, target) => planNormalize(spec, inputs, target),
  normalizeGradient: (spec, inputs, _, target) => planNormalizeGradient(spec, inputs, target),
  normalizeGroups: (spec, _inputs, _outputs, target) => planNormalizeGroups(spec, target),
  normalizeGroupsGradient: (spec, _inputs, _outputs, target) => planNormalizeGroupsGradient(spec, target),
  softmax: (spec, _inputs, _outputs, target) => planSoftmax(spec, target),
  softmaxGradient: (spec, _inputs, _outputs, target) => planSoftmaxGradient(spec, target),
  toPlanes: (spec, [x], _, target) => planToPlanes(spec, x.dtype, x.length, target),
  fromPlanes: (spec, [x], [y], target) => planFromPlanes(spec, y.dtype, x.length, target),
  random: (spec, _, [y], target) => planRandom(spec, y.length, target),
  dropout: (spec, [x], _, target) => planDropout(spec, x.length, target),
  topK: (spec, [x], _, target) => planTopK(spec, x.dtype, target),
  sort: (spec, [x], _, target) => planSort(spec, x.dtype, target),
  extremes: (_, [x], _outputs, target) => planExtremes(x.length, target),
  sumOfSquares: (_, inputs, _outputs, target) => planSumOfSquares(inputs, target),
}

export const isElementary = (kernel: KernelName): kernel is ElementaryKernel => Object.hasOwn(elementaryPlans, kernel)
