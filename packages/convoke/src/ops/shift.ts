// What keeps sums of powers within the range of floats.

import { apply } from '../autodiff/primitive.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { evaluate } from './elementwise.ts'
import type { Formula } from './formula.ts'
import { planReduction, reducing } from './stretch.ts'

/** The largest element along the axes, as a constant to the tape; 0 where it is infinite, so that ∞ − ∞ never happens. */
export function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const largest = apply(reducing, { op: 'max', ...planReduction('max', x, { axes, keepDims: true }) }, [x])
  return evaluate(finiteOrZero, [largest])
}

const finiteOrZero: Formula = (o, [x]) => o.where(o.isFinite(x), x, 0)
