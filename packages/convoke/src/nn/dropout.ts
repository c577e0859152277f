// Dropout (Srivastava et al. 2014), scaled in training so that evaluation needs no change.

import { multiply } from '../ops/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { fromData } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineModule, type Module } from './module.ts'

export interface DropoutOptions {
  /** The share of values set to zero; 0.5 when not given. */
  readonly rate?: number | undefined
}

function dropoutLayer(
  kind: string,
  { rate = 0.5 }: DropoutOptions,
  maskShape: (x: Tensor) => readonly number[],
): Module {
  check(rate >= 0 && rate < 1, () => `${kind}: the rate is ${show(rate)}; it must be 0 or more and below 1.`)
  return defineModule({
    kind,
    options: { rate },
    forward:
      ({ mode }) =>
      (x: Tensor) => {
        if (!mode.training || rate === 0) return x
        const shape = maskShape(x)
        const random = mode.random()
        const kept = 1 / (1 - rate)
        const mask = new Float32Array(sizeOf(shape))
        for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept
        return multiply(x, fromData(mask, shape, 'float32'))
      },
  })
}

/** Sets each value to zero with probability `rate`, and multiplies the rest by 1 / (1 − rate). */
export const Dropout = (options: DropoutOptions = {}): Module => dropoutLayer('Dropout', options, (x) => x.shape)

/**
 * Dropout of whole channels (Tompson et al. 2015), over any number of spatial axes: neighbouring positions are too alike
 * for the loss of single ones to matter.
 */
export const SpatialDropout = (options: DropoutOptions = {}): Module =>
  dropoutLayer('SpatialDropout', options, (x) => {
    check(
      x.rank >= 3,
      () => `SpatialDropout: the input of shape ${showShape(x.shape)} must be [batch, ...spatial, channels].`,
    )
    return x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1))
  })
