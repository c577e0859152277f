// Dropout (Srivastava et al. 2014) as layers: nothing outside of training.

import { checkRate, dropout } from '../ops/dropout.ts'
import { multiply } from '../ops/index.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import { ones } from '../tensor/create.ts'
import type { RandomSource } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { drawn } from '../tensor/witness.ts'
import { defineModule, type Module } from './module.ts'

/** The options of `Dropout` and `SpatialDropout`. */
export interface DropoutOptions {
  /** The share of values set to zero; 0.5 when not given. */
  readonly rate?: number | undefined
}

/** A seed of 53 bits from a layer's own numbers. */
const drawSeed = (random: RandomSource): number => random.integer(2 ** 21) * 2 ** 32 + random.integer(2 ** 32)

function dropoutLayer(
  kind: string,
  options: DropoutOptions,
  drop: (x: Tensor, settings: { readonly rate: number; readonly seed: number }) => Tensor,
): Module {
  checkOptions(kind, options, ['rate'])
  const { rate = 0.5 } = options
  checkRate(kind, rate)
  return defineModule({
    kind,
    options: { rate },
    forward:
      ({ mode }) =>
      (x: Tensor) =>
        !mode.training || rate === 0 ? x : drop(x, { rate, seed: drawn(() => drawSeed(mode.random())) }),
  })
}

/** Sets each value to zero with probability `rate`, and multiplies the rest by 1 / (1 − rate). */
export const Dropout = (options: DropoutOptions = {}): Module => dropoutLayer('Dropout', options, dropout)

/**
 * Dropout of whole channels (Tompson et al. 2015), over any number of spatial axes: neighbouring positions are too alike
 * for the loss of single ones to matter.
 */
export const SpatialDropout = (options: DropoutOptions = {}): Module =>
  dropoutLayer('SpatialDropout', options, (x, settings) => {
    check(
      x.rank >= 3,
      () => `SpatialDropout: the input of shape ${showShape(x.shape)} must be [batch, ...spatial, channels].`,
    )
    const channels = x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1))
    return multiply(x, dropout(ones(channels), settings))
  })
