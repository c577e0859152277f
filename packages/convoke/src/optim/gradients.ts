// What is done to gradients between the loss and the step.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { add, clip, divide, minimum, multiply, sqrt, square, sum } from '../ops/index.ts'
import { check, show } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { noteClipped } from './clipped.ts'

/** The L2 norm of all gradients together, a scalar. */
export const globalNorm = (gradients: readonly Tensor[]): Tensor =>
  scope(() => sqrt(apply(sumOfSquares, {}, gradients)))

const sumOfSquares: KernelPrimitive<'sumOfSquares'> = {
  shape: () => [],
  dtype: 'float32',
  kernel: kernels.sumOfSquares,
  composition: (_, inputs) => [() => inputs.map((x) => sum(square(x))).reduce((a, b) => add(a, b))],
}

/** What clipping to `limit` multiplies gradients of this norm by, at most 1. */
export const clippingFactor = (norm: number, limit: number): number => Math.min(limit / (norm + 1e-6), 1)

/** What `clipByNorm` returns. */
export interface Clipped {
  /** The gradients, scaled, in the same order. */
  readonly gradients: Tensor[]
  /** The L2 norm before clipping, a scalar. */
  readonly norm: Tensor
}

/**
 * All gradients scaled together so that their L2 norm is at most `limit` (Pascanu et al. 2013; PyTorch's formula). Those given stay as they
 * are, and an optimiser refuses them from then on: a step takes those that are returned.
 */
export function clipByNorm(gradients: readonly Tensor[], limit: number): Clipped {
  check(limit > 0, () => `clipByNorm: the limit is ${show(limit)}; it must be above 0.`)
  return scope(() => {
    const norm = globalNorm(gradients)
    const factor = minimum(divide(limit, add(norm, 1e-6)), 1)
    noteClipped('clipByNorm', gradients)
    return { gradients: gradients.map((gradient) => multiply(gradient, factor)), norm }
  })
}

/** The gradients with every element held between −limit and limit. Those given stay as they are, and an optimiser refuses them from then on. */
export function clipByValue(gradients: readonly Tensor[], limit: number): Tensor[] {
  check(limit > 0, () => `clipByValue: the limit is ${show(limit)}; it must be above 0.`)
  noteClipped('clipByValue', gradients)
  return gradients.map((gradient) => clip(gradient, -limit, limit))
}

/** Gradients added up over several batches. */
export interface Accumulator {
  /** Gradient sets added since the last `take`. */
  readonly count: number
  /**
   * Adds a set of gradients; the caller keeps its own. `weight`, 1 when not given, is what it counts in the mean: of
   * gradients of means over batches that differ in size, the number of examples.
   */
  add(gradients: readonly Tensor[], weight?: number): void
  /** The weighted mean of what was added, and a fresh start. The caller disposes it. */
  take(): Tensor[]
}

/** Adds up gradients over several small batches, so that together they make the step of one large batch. */
export function accumulator(): Accumulator {
  let totals: Tensor[] = []
  let count = 0
  // Weights are counted in that of the first set, so that equal ones are added as they are.
  let [first, weights] = [1, 0]
  return {
    get count() {
      return count
    },
    add(gradients, weight = 1) {
      check(
        weight > 0 && weight < Number.POSITIVE_INFINITY,
        () => `accumulator: the weight is ${show(weight)}; it must be a number above 0.`,
      )
      if (count === 0) first = weight
      const share = weight / first
      const next = scope(() =>
        gradients.map((gradient, i) => {
          if (count === 0) return gradient.view(gradient.shape)
          return add(totals[i], share === 1 ? gradient : multiply(gradient, share))
        }),
      )
      for (const total of totals) total.dispose()
      totals = next.map(keep)
      count++
      weights += share
    },
    take() {
      check(count > 0, () => 'accumulator: nothing was added. Call add(gradients) first.')
      const means = count === 1 ? totals : scope(() => totals.map((total) => multiply(total, 1 / weights)))
      if (count > 1) for (const total of totals) total.dispose()
      totals = []
      count = 0
      weights = 0
      return means
    },
  }
}

/** Scales a parameter's slices along `axes` down to an L2 norm of at most `limit`, as Kim 2014 does after each step. */
export function limitNorm(parameter: Tensor, limit: number, axes: number | readonly number[]): void {
  check(limit > 0, () => `limitNorm: the limit is ${show(limit)}; it must be above 0.`)
  scope(() => {
    const length = sqrt(sum(square(parameter), { axes, keepDims: true }))
    parameter.assign(multiply(parameter, minimum(divide(limit, add(length, 1e-7)), 1)))
  })
}
