import { expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { convShapes, convSpec, convTransposeSpec } from '../../../../shapes/conv-spec.ts'
import * as kernels from '../../../kernels/index.ts'
import { randomNumbers } from '../../kernels/testing/arrays.ts'
import { loopsOf } from '../kernel-named.ts'
import { exactConvolution } from './exact-convolutions.ts'

const values = (length: number, seed: number): Float64Array => {
  const unit = randomNumbers(seed)
  return Float64Array.from({ length }, () => 2 * unit() - 1)
}

function expectNear(actual: Float64Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i]), `[${i}]`).toBeLessThan(1e-12)
}

const specs = {
  'a signal under a longer kernel': convSpec('test', [2, 9, 1], [13, 1, 1], { padding: [[10, 4]] }),
  'strided dilated groups': convSpec('test', [2, 11, 8, 4], [3, 2, 2, 6], {
    ...{ stride: [2, 3], dilation: [2, 1], groups: 2 },
    padding: [
      [3, 0],
      [1, 5],
    ],
  }),
  'a volume': convSpec('test', [1, 4, 5, 6, 2], [2, 3, 2, 2, 3], { padding: 'same', stride: [1, 2, 1] }),
  'a result with places that no window reaches': convTransposeSpec('test', [1, 4, 5, 2], [3, 2, 1, 2], {
    ...{ stride: 3, outputPadding: 2, padding: 1 },
  }),
}

test.each(Object.entries(specs))('%s and both gradients equal sums by definition', (_, conv) => {
  const { input, filter, output } = convShapes(conv)
  const [x, f, y] = [input, filter, output].map((shape, i) => values(sizeOf(shape), i + 1))
  const spec = { conv, epilogue: null, precision: 'exact' } as const
  for (const [kernel, operands, length] of [
    ['conv', [x, f], y.length],
    ['convTranspose', [y, f], x.length],
    ['convFilterGradient', [x, y], f.length],
  ] as const) {
    const expected = new Float64Array(length)
    loopsOf(kernel)(spec, operands, [expected])
    expectNear(exactConvolution(kernel, conv, operands), expected)
  }
})

test.each(['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const)(
  'a picture with the boundary %s equals its sum',
  (boundary) => {
    const conv = convSpec('test', [2, 5, 4, 2], [7, 3, 1, 2], {
      ...{ groups: 2, dilation: [1, 2] },
      padding: [
        [4, 6],
        [9, 1],
      ],
    })
    const { input, output } = convShapes(conv)
    const [x, k] = [values(sizeOf(input), 1), values(sizeOf(conv.kernel), 2)]
    const expected = new Float64Array(sizeOf(output))
    kernels.correlate.loops({ conv, boundary, factors: false }, [x, k], [expected])
    const filter = Float64Array.from({ length: 2 * k.length }, (_, i) => k[i >> 1])
    expectNear(exactConvolution('conv', conv, [x, filter], boundary), expected)
  },
)
