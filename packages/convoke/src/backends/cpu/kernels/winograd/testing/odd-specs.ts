// Convolutions for the tests of Winograd's algorithms, forward and in the filter.

import { type ConvSpec, convSpec, type PerAxis } from '../../../../../shapes/conv-spec.ts'
import type { Padding } from '../../../../../shapes/padding.ts'

export const spec = (
  batch: number,
  [height, width]: readonly [number, number],
  [inputs, outputs]: readonly [number, number],
  padding: Padding,
  dilation: PerAxis = 1,
  taps = 3,
): ConvSpec => convSpec('conv2d', [batch, height, width, inputs], [taps, taps, inputs, outputs], { padding, dilation })

/** 3×3 kernels on sizes that no tile divides. */
export const oddSpecs: readonly ConvSpec[] = [
  spec(1, [1, 1], [1, 1], 1),
  spec(1, [3, 3], [3, 5], 'valid'),
  spec(2, [5, 7], [17, 3], 'same'),
  spec(
    1,
    [9, 6],
    [4, 37],
    [
      [0, 2],
      [3, 1],
    ],
  ),
  // Windows that lie wholly in the padding.
  spec(1, [2, 3], [2, 4], 7),
  spec(3, [4, 11], [19, 33], 4),
  // Grids of pixels that lie apart, whole and not, some with no window inside.
  spec(1, [13, 18], [17, 5], 2, 2),
  spec(2, [9, 7], [5, 19], 'valid', [1, 3]),
  spec(1, [16, 5], [16, 3], 'same', [4, 1]),
  spec(1, [3, 4], [3, 2], 6, 5),
]
