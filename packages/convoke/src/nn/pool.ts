// Pooling layers: the ops with their options fixed. Global and adaptive ones take pictures of any size.

import {
  type AveragePoolOptions,
  adaptiveAveragePool,
  adaptiveMaxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  type PoolOptions,
} from '../ops/index.ts'
import type { PerAxis } from '../shapes/conv-spec.ts'
import { checkOptions } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineModule, type Module } from './module.ts'

const poolKeys = ['kernel', 'stride', 'padding', 'dilation', 'ceil']

const plain = (kind: string, options: object, compute: (x: Tensor) => Tensor): Module =>
  defineModule({ kind, options, forward: () => compute })

/** The largest value of each window; windows lie side by side unless `stride` says otherwise. */
export function MaxPool(
  options: PoolOptions & {
    /** Size of the window along each spatial axis; a number is used for all. */
    readonly kernel: PerAxis
  },
): Module {
  checkOptions('MaxPool', options, poolKeys)
  const { kernel, ...rest } = options
  return plain('MaxPool', options, (x) => maxPool(x, kernel, rest))
}

/** The mean of each window. */
export function AveragePool(
  options: AveragePoolOptions & {
    /** Size of the window along each spatial axis; a number is used for all. */
    readonly kernel: PerAxis
  },
): Module {
  checkOptions('AveragePool', options, [...poolKeys, 'countPadding'])
  const { kernel, ...rest } = options
  return plain('AveragePool', options, (x) => averagePool(x, kernel, rest))
}

/** Means over windows chosen so that the result has the spatial size `size`. */
export const AdaptiveAveragePool = (options: {
  /** Spatial size of the result; a number is used for every axis. */
  readonly size: PerAxis
}): Module => plain('AdaptiveAveragePool', options, (x) => adaptiveAveragePool(x, options.size))

/** Maxima over windows chosen so that the result has the spatial size `size`. */
export const AdaptiveMaxPool = (options: {
  /** Spatial size of the result; a number is used for every axis. */
  readonly size: PerAxis
}): Module => plain('AdaptiveMaxPool', options, (x) => adaptiveMaxPool(x, options.size))

/** The mean over all positions: `[batch, ...spatial, channels]` → `[batch, channels]`. */
export const GlobalAveragePool = (
  options: {
    /** Whether the spatial axes stay, with size 1: not when not given. */
    readonly keepDims?: boolean | undefined
  } = {},
): Module => plain('GlobalAveragePool', options, (x) => globalAveragePool(x, options))

/** The maximum over all positions: `[batch, ...spatial, channels]` → `[batch, channels]`. */
export const GlobalMaxPool = (
  options: {
    /** Whether the spatial axes stay, with size 1: not when not given. */
    readonly keepDims?: boolean | undefined
  } = {},
): Module => plain('GlobalMaxPool', options, (x) => globalMaxPool(x, options))
