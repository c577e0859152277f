// What the models of time are compared with measurements on: the layers of `npm run bench`, and convolutions of all kinds.

import { type ConvGeometry, type ConvSpec, convSpec } from '../../../../shapes/conv-spec.ts'
import { drawConv } from '../fuzz/convolutions.ts'
import { createDraw } from '../fuzz/fuzz-case.ts'

/** Kernels of the engine that choose between ways. */
export const asked = ['conv', 'convTranspose', 'convFilterGradient'] as const

export interface Row {
  readonly kernel: (typeof asked)[number]
  readonly conv: ConvSpec
}

type Layer = readonly [input: readonly number[], filter: readonly number[], geometry?: ConvGeometry]

const square = (size: number, channels: number): number[] => [1, size, size, channels]
const same = { padding: 1 }

/** Those of well-known networks, batch 1; depthwise; large kernels; signals and volumes. */
const layers: readonly Layer[] = [
  [square(224, 3), [7, 7, 3, 64], { stride: 2, padding: 3 }],
  [square(56, 64), [3, 3, 64, 64], same],
  [square(56, 64), [3, 3, 64, 128], { stride: 2, padding: 1 }],
  [square(28, 128), [3, 3, 128, 128], same],
  [square(14, 256), [3, 3, 256, 256], same],
  [square(7, 512), [3, 3, 512, 512], same],
  [square(28, 256), [3, 3, 256, 256], { padding: 2, dilation: 2 }],
  [square(28, 32), [5, 5, 32, 64], { padding: 2 }],
  [square(112, 3), [5, 5, 3, 64], { padding: 2 }],
  [square(112, 32), [3, 3, 1, 32], { padding: 1, groups: 32 }],
  [square(56, 64), [9, 9, 1, 64], { padding: 4, groups: 64 }],
  [square(64, 96), [31, 31, 1, 96], { padding: 15, groups: 96 }],
  [square(56, 16), [7, 7, 16, 16], { padding: 3 }],
  [square(56, 64), [11, 11, 64, 64], { padding: 5 }],
  [square(28, 3), [15, 15, 3, 16], { padding: 7 }],
  [square(1024, 1), [9, 9, 1, 1], { padding: 4 }],
  [square(1024, 1), [31, 31, 1, 1], { padding: 15 }],
  [square(112, 10), [9, 9, 10, 10], { padding: 4, stride: 2 }],
  [
    [1, 100_000, 1],
    [101, 1, 1],
  ],
  [
    [1, 20_000, 16],
    [31, 16, 16],
  ],
  [
    [1, 64, 64, 64, 1],
    [9, 9, 9, 1, 1],
  ],
]

/** The layers, each with both gradients. */
export const usualRows = (): Row[] =>
  layers.flatMap(([input, filter, geometry = {}]) => {
    const conv = convSpec(`conv${input.length - 2}d`, input, filter, geometry)
    return asked.map((kernel) => ({ kernel, conv }))
  })

/** Products that a random row has at most, so that many are measured in a minute. */
const mostProducts = 2e8

/** `count` random convolutions and gradients. */
export const randomRows = (seed: number, count: number): Row[] =>
  Array.from({ length: count }, (_, i) => {
    const draw = createDraw(seed, i)
    return { kernel: draw.pick(asked), conv: drawConv(draw, undefined, mostProducts) }
  })
