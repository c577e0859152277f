// Convolutions for the kernels' tests: a fixed list of awkward ones, and random ones.

import { type ConvSpec, convSpec, convTransposeSpec } from '../../../../../shapes/conv-spec.ts'
import { randomNumbers } from '../../testing/arrays.ts'

export interface SpecOptions {
  readonly batch?: number
  readonly size: readonly number[]
  readonly channels: readonly [number, number]
  readonly kernel: readonly number[]
  readonly stride?: number | readonly number[]
  readonly padding?: number | 'same' | readonly (readonly [number, number])[]
  readonly dilation?: number | readonly number[]
  readonly groups?: number
}

export function specOf({ batch = 1, size, channels: [inner, outer], kernel, ...options }: SpecOptions): ConvSpec {
  const { groups = 1, padding = 0, stride = 1, dilation = 1 } = options
  const geometry = { groups, stride, dilation, padding: padding as number }
  return convSpec('test', [batch, ...size, inner], [...kernel, inner / groups, outer], geometry)
}

/** Ranks 1 to 3, odd sizes, padding on any side, strides, dilation, groups of every width. */
export const awkwardSpecs: readonly SpecOptions[] = [
  { size: [7, 7], channels: [17, 19], kernel: [3, 3], padding: 1 },
  { batch: 2, size: [5, 9], channels: [3, 32], kernel: [5, 5], padding: 2 },
  { batch: 2, size: [11, 13], channels: [3, 20], kernel: [7, 7], stride: 2, padding: 3 },
  { size: [1, 1], channels: [1, 1], kernel: [1, 1] },
  { size: [3, 2], channels: [5, 3], kernel: [5, 5], padding: 3 },
  { batch: 3, size: [6, 5], channels: [64, 3], kernel: [3, 3], padding: 'same' },
  { batch: 2, size: [17], channels: [9, 33], kernel: [4], padding: [[3, 0]], dilation: 2 },
  { size: [67], channels: [1, 1], kernel: [31], padding: 15 },
  {
    batch: 2,
    size: [4, 5, 6],
    channels: [5, 18],
    kernel: [3, 2, 3],
    padding: [
      [1, 1],
      [0, 1],
      [1, 1],
    ],
    stride: [1, 2, 1],
  },
  { size: [9, 9], channels: [19, 19], kernel: [3, 3], padding: 1, groups: 19 },
  { size: [8, 7], channels: [33, 66], kernel: [3, 3], padding: 1, groups: 33, stride: 2 },
  { size: [6, 7], channels: [24, 24], kernel: [3, 3], padding: 1, groups: 6 },
  { size: [6, 7], channels: [12, 30], kernel: [3, 3], padding: 1, groups: 6, dilation: [1, 2] },
  { size: [5, 5], channels: [3, 3], kernel: [3, 3], padding: 1, groups: 3 },
  { size: [7, 5], channels: [34, 40], kernel: [3, 3], padding: 1, groups: 2 },
  { size: [9, 11], channels: [18, 21], kernel: [4, 4], padding: 1, stride: [3, 2] },
  { size: [9, 11], channels: [8, 16], kernel: [1, 1], stride: 2 },
  { size: [9, 8], channels: [67, 4], kernel: [2, 3], padding: 1, dilation: 2 },
  { size: [9, 4], channels: [2, 7], kernel: [2, 2], stride: 3 },
  { size: [4, 4], channels: [2, 40], kernel: [3, 3], padding: 4, dilation: 3, stride: 2 },
]

/** A convolution no larger than the tests can afford; about `macs` products. */
export function randomSpec(seed: number, macs = 40_000): ConvSpec {
  const next = randomNumbers(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  for (;;) {
    const rank = [1, 2, 2, 2, 3][below(5)]
    const each = (make: () => number): number[] => Array.from({ length: rank }, make)
    const groups = next() < 0.6 ? 1 : 1 + below(20)
    const [inner, outer] = [groups * (1 + below(groups > 1 ? 5 : 40)), groups * (1 + below(groups > 1 ? 5 : 70))]
    const kernel = each(() => 1 + below(5))
    const options = {
      groups,
      stride: each(() => (next() < 0.6 ? 1 : 1 + below(3))),
      dilation: each(() => (next() < 0.7 ? 1 : 1 + below(3))),
      padding: each(() => 0).map((): [number, number] => [below(4), below(4)]),
    }
    const size = each(() => 1 + below(12))
    try {
      const batch = 1 + below(3)
      const spec =
        next() < 0.5
          ? convSpec('random', [batch, ...size, inner], [...kernel, inner / groups, outer], options)
          : convTransposeSpec('random', [batch, ...size, outer], [...kernel, inner / groups, outer], {
              ...options,
              outputPadding: options.stride.map((stride, axis) => below(Math.max(stride, options.dilation[axis]))),
            })
      const products = [batch, ...spec.outputSize, ...kernel, outer, inner / groups].reduce((a, b) => a * b, 1)
      if (products <= macs) return spec
    } catch {
      // The numbers drawn do not make a convolution: draw again.
    }
  }
}
