// What losses share: their reduction, and products in which 0·∞ is 0.

import { apply } from '../autodiff/primitive.ts'
import { checkChoice } from '../ops/arguments.ts'
import { evaluate, isFiniteNumber } from '../ops/elementwise.ts'
import { type Formula, formulaBy, type ReducedFormula } from '../ops/formula.ts'
import { equal, logicalAnd, logicalNot, mean, multiply, sum, where } from '../ops/index.ts'
import { planReduction, type Reduction as ReductionPlan, reshape } from '../ops/stretch.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * What becomes of the loss of each example or element: their mean, their sum, or nothing, so that a tensor is returned.
 */
export type Reduction = 'mean' | 'sum' | 'none'

/** The option that all losses share. */
export interface LossOptions {
  /** What is returned of the losses: 'mean' when not given. */
  readonly reduction?: Reduction | undefined
}

/** The loss as the caller wants it. */
export function reduce(op: string, loss: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  checkChoice(op, 'the reduction', reduction, ['mean', 'sum', 'none'])
  return reduction === 'none' ? loss : reduction === 'sum' ? sum(loss) : mean(loss)
}

/**
 * weight · value, where a weight of 0 leaves out the value, be it infinite: what does not count adds nothing, neither to the
 * loss nor to its gradient.
 */
export const weighed = (weight: Tensor, value: Tensor): Tensor => multiply(weight, counting(weight, value))

/** `value`, but 0 where it is infinite or NaN and its weight is 0. */
export const counting = (weight: Tensor, value: Tensor): Tensor =>
  where(logicalAnd(equal(weight, 0), logicalNot(isFiniteNumber(value))), 0, value)

const products: Formula = (o, [x, y]) => o.multiply(x, y)

/** Σ x·y over axes, of two float32 tensors of one shape. */
export function sumOfProducts(x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  return apply(multiplying, { op: 'sum', formula: products, ...planReduction('sum', x, { axes }) }, [x, y])
}

const multiplying = /* @__PURE__ */ formulaBy<ReducedFormula & ReductionPlan>({
  gradient: (gradient, [x, y], spec) => {
    const g = reshape(gradient, spec.kept)
    return [() => evaluate(products, [g, y]), () => evaluate(products, [g, x])]
  },
})
