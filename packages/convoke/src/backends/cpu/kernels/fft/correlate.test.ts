import { describe, expect, it } from 'vitest'
import type { Boundary } from '../../../../shapes/boundary.ts'
import { convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { PaddingPair } from '../../../../shapes/padding.ts'
import type { CorrelateSpec } from '../../../backend.ts'
import * as kernels from '../../../kernels/index.ts'
import { planKernel } from '../../plan/index.ts'
import { avx2, targets } from '../../program/index.ts'
import { planned, reference } from '../testing/compare.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { chooseCorrelateFft, planCorrelateFft } from './correlate.ts'

const boundaries: readonly Boundary[] = ['zero', 'reflect', 'mirror', 'edge', 'wrap']

/** Sizes, padding, kernel, channels, batch, dilation. */
const pictures: readonly (readonly [number[], PaddingPair[], number[], number, number, number[]])[] = [
  [
    [13, 17],
    [
      [3, 2],
      [0, 4],
    ],
    [5, 5],
    1,
    1,
    [1, 1],
  ],
  [
    [9, 11],
    [
      [1, 20],
      [14, 3],
    ],
    [7, 4],
    3,
    2,
    [1, 2],
  ],
  [
    [2, 3],
    [
      [6, 6],
      [5, 5],
    ],
    [13, 11],
    2,
    1,
    [1, 1],
  ],
  [[301], [[50, 49]], [100], 1, 2, [1]],
  [[150], [[0, 60]], [21], 5, 1, [3]],
  [
    [5, 6, 7],
    [
      [2, 2],
      [1, 3],
      [0, 2],
    ],
    [3, 4, 2],
    2,
    1,
    [1, 1, 2],
  ],
]

const specOf = ([size, padding, kernel, channels, batch, dilation]: (typeof pictures)[number]) =>
  convSpec('test', [batch, ...size, channels], [...kernel, 1, channels], { padding, groups: channels, dilation })

function expectAgreement(
  spec: CorrelateSpec,
  target: (typeof targets)[number],
  kernels: readonly Float32Array[],
): void {
  const { input, output } = convShapes(spec.conv)
  const inputs = [randomFloats(sizeOf(input), 1), ...kernels]
  const description = { dtype: 'float32', length: sizeOf(output) } as const
  const [y] = planned(planCorrelateFft(spec, chooseCorrelateFft(spec, target)!, target), inputs, [description])
  const [expected] = reference('correlate', spec, inputs, [description])
  expect(largestError(y, expected)).toBeLessThan(1e-6 * Math.sqrt(sizeOf(spec.conv.kernel)))
}

describe.each(targets)('correlation by FFT on $name', (target) => {
  it.each(boundaries)('equals the sum over all taps, boundary %s', (boundary) => {
    pictures.forEach((picture, i) => {
      // Each picture with some of the boundaries on some of the targets: the interpreter is slow.
      if ((i + boundaries.indexOf(boundary) + targets.indexOf(target)) % 2 === 1) return
      const conv = specOf(picture)
      expectAgreement({ conv, boundary, factors: false }, target, [randomFloats(sizeOf(conv.kernel), 2)])
    })
  })

  it('multiplies out kernels of one axis each', () => {
    for (const picture of pictures.slice(0, 3)) {
      const conv = specOf(picture)
      const factors = conv.kernel.map((size, axis) => randomFloats(size, 2 + axis))
      for (const boundary of ['zero', 'mirror'] as const)
        expectAgreement({ conv, boundary, factors: true }, target, factors)
    }
  })
})

describe('the planner of correlations', () => {
  const planFor = (size: number, taps: number, more: Partial<CorrelateSpec> = {}, separable = false) => {
    const conv = convSpec('test', [1, size, size, 1], [taps, taps, 1, 1], { padding: (taps - 1) / 2 })
    const { input, output } = convShapes(conv)
    const [x, y] = [input, output].map((shape) => ({ dtype: 'float32', length: sizeOf(shape) }) as const)
    const spec = { conv, boundary: 'zero', factors: false, ...more } as const
    const runtime = { target: avx2, threads: () => 1, name: 'native' } as const
    return planKernel({ kernel: kernels.correlate, spec, inputs: [x, x], outputs: [y], runtime, separable })
  }

  it('takes the sum for small kernels, the FFT for large ones, and what it is told', () => {
    expect(planFor(1024, 5)).toMatchObject({ algorithm: 'picture' })
    expect(planFor(1024, 101)).toMatchObject({ algorithm: 'fft' })
    expect(planFor(1024, 101, { method: 'direct' })).toMatchObject({ algorithm: 'picture' })
    expect(planFor(1024, 5, { method: 'fft' })).toMatchObject({
      algorithm: 'fft',
      reason: expect.stringMatching(
        /^the FFT, asked for: \d+ tiles? in pairs of \d+×\d+, [\d.]+ MiB of scratch, [\d.]+ MiB kept/,
      ),
    })
  })

  it('takes two passes for a column times a row until those are long', () => {
    expect(planFor(1024, 15, {}, true)).toMatchObject({ algorithm: 'two passes' })
    expect(planFor(1024, 501, {}, true)).toMatchObject({ algorithm: 'fft' })
  })
})
