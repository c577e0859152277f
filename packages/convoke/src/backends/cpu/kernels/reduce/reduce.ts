// Sums, products and extremes over any axes. Axes are merged until kept and reduced ones alternate; then the reduced
// ones go one after the other, the innermost first, each as [outer, length, inner] → [outer, inner]:
//
//   inner = 1   rows: four accumulators, then across the lanes
//   inner > 1   columns: the lanes lie over inner
//
// Totals are kept in two levels, so that the rounding errors of a sum of n elements grow with √n rather than n.

import { sizeOf, stridesOf } from '../../../../shapes/broadcast.ts'
import type { DType, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { planCast } from '../elementwise/cast.ts'
import { fillStep } from '../elementwise/fill.ts'
import { collapse } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { identities } from './reduction.ts'
import { stagesOf, stepsOf } from './stages.ts'

/** The shape with 1 in place of the axes that go. */
export const keptShapeOf = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size))

/** Strides of the result along the axes of what is reduced, 0 along those that go. */
export const keptStridesOf = (shape: readonly number[], axes: readonly number[]): number[] =>
  stridesOf(keptShapeOf(shape, axes)).map((stride, axis) => (axes.includes(axis) ? 0 : stride))

/** [x of shape] → [y of the axes kept], of one dtype. int32 wraps around. */
export function planReduce({ op, shape, axes }: KernelSpecs['reduce'], dtype: DType, target: Target): KernelPlan {
  if (shape.includes(0)) return planOf([fillStep(identities[op], dtype, sizeOf(keptShapeOf(shape, axes)), target, 1)])
  const { sizes, strides } = collapse(shape, [stridesOf(shape), keptStridesOf(shape, axes)])
  const stages = stagesOf(
    sizes,
    strides[1].map((stride) => stride !== 0),
    target.lanes,
  )
  if (stages.length === 0) return planCast({ to: dtype }, dtype, sizeOf(shape), target)
  const { steps, scratch } = stepsOf(stages, { op, dtype, target, from: 0, to: 1, scratch: 2 })
  return planOf(steps, scratch)
}
