import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { conv } from '../../../reference/conv.ts'
import { type Target, targets } from '../../program/index.ts'
import { checkPlan } from '../testing/check-plan.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { fftLayout, packSpectrum, planFft } from './index.ts'

function run(
  spec: ConvSpec,
  target: Target,
  epilogue: Epilogue | null = null,
): { y: Float32Array; wanted: Float64Array } {
  const shapes = convShapes(spec)
  const x = randomFloats(sizeOf(shapes.input), 1)
  const filter = randomFloats(sizeOf(shapes.filter), 2)
  const bias = epilogue?.bias ? [randomFloats(spec.outputChannels, 3)] : []
  const residual = epilogue?.residual ? [randomFloats(sizeOf(shapes.output), 4)] : []
  const y = new Float32Array(sizeOf(shapes.output)).fill(Number.NaN)
  const wanted = new Float64Array(y.length)
  conv({ conv: spec, epilogue, precision: 'exact' }, [x, filter, ...bias, ...residual], [wanted])
  const packed = packSpectrum(spec, fftLayout(spec, target), filter, target)
  checkPlan(planFft({ conv: spec, epilogue }, target), [x, packed, ...bias, ...residual], [y])
  return { y, wanted }
}

const specs: readonly (readonly [string, ConvSpec])[] = [
  ['a 7×5 kernel on 13×17', convSpec('conv2d', [1, 13, 17, 1], [7, 5, 1, 1], { padding: 'same' })],
  [
    'a batch of small pictures in wide padding',
    convSpec('conv2d', [3, 2, 5, 1], [9, 3, 1, 1], {
      padding: [
        [11, 4],
        [2, 6],
      ],
    }),
  ],
  ['a picture of several tiles', convSpec('conv2d', [1, 41, 37, 1], [5, 9, 1, 1], { padding: 'same' })],
  ['a signal with a long kernel', convSpec('conv1d', [2, 101, 1], [23, 1, 1], { padding: 'causal' })],
  ['depthwise channels', convSpec('conv2d', [1, 9, 19, 5], [9, 9, 1, 5], { padding: 4, groups: 5 })],
  [
    'groups of several channels',
    convSpec('conv2d', [2, 5, 6, 6], [5, 3, 3, 4], {
      padding: [
        [2, 3],
        [0, 4],
      ],
      groups: 2,
    }),
  ],
  ['a kernel of one row', convSpec('conv2d', [1, 3, 40, 2], [1, 11, 2, 3], {})],
]

const epilogues: readonly Epilogue[] = [
  { bias: true, residual: false, activation: { kind: 'relu' } },
  { bias: false, residual: true, activation: null },
  { bias: true, residual: true, activation: { kind: 'clip', low: -1, high: 2 } },
]

describe.each(targets)('convolution by FFT on $name', (target) => {
  test.each(specs)('%s equals the reference and touches no byte outside', (_, spec) => {
    const { y, wanted } = run(spec, target)
    expect(largestError(y, wanted)).toBeLessThan(1e-5)
  })

  test.each(specs)('%s is finished with bias, residual and activation', (_, spec) => {
    for (const epilogue of epilogues) {
      const { y, wanted } = run(spec, target, epilogue)
      expect(largestError(y, wanted)).toBeLessThan(1e-5)
    }
  })
})
