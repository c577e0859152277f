// Dropout (Srivastava et al. 2014), scaled in training so that evaluation needs no change.

import { apply, type KernelPrimitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { streamKey } from '../backends/random-stream.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import { freshSeed, type RandomOptions } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'

/** The options of `dropout`. */
export interface DropoutSettings extends RandomOptions {
  /** The share of values set to zero, from 0 and below 1, in steps of 2⁻²⁴; 0.5 when not given. */
  readonly rate?: number | undefined
}

/** 2²⁴: the steps in which a rate is counted. */
const steps = 2 ** 24

/** A share of values that dropout may take away. */
export function checkRate(op: string, rate: unknown): asserts rate is number {
  check(
    typeof rate === 'number' && rate >= 0 && rate < 1,
    () => `${op}: the rate is ${show(rate)}; it must be 0 or more and below 1.`,
  )
}

/** Where few enough are kept that a rate just below 1 would round to all of them gone. */
const droppedOf = (rate: number): number => Math.min(Math.round(rate * steps), steps - 1)

/**
 * Each value set to zero with probability `rate`, and the rest multiplied by 1 / (1 − rate), whatever the shape. The same seed drops
 * the same values on every backend. The mask is not kept: the gradient makes it again.
 *
 * @example
 * dropout(ones([1000]), { rate: 0.25, seed: 1 }).shape  // [1000]
 */
export function dropout(value: TensorLike, options: DropoutSettings = {}): Tensor {
  checkOptions('dropout', options, ['rate', 'seed'])
  const { rate = 0.5, seed = freshSeed() } = options
  checkRate('dropout', rate)
  check(Number.isSafeInteger(seed), () => `dropout: the seed is ${show(seed)}; it must be a whole number.`)
  const x = floatTensor('dropout', 'x', value)
  return rate === 0
    ? x
    : apply(dropping, { key: streamKey(seed), dropped: droppedOf(rate), scale: 1 / (1 - rate) }, [x])
}

const dropping: KernelPrimitive<'dropout'> = {
  kernel: kernels.dropout,
  adjoint: (g, spec) => apply(dropping, spec, [g]),
}
