import { expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import * as kernels from '../../../kernels/index.ts'
import { planKernel } from '../../plan/index.ts'
import { avx2, avx512, type Target, targets } from '../../program/index.ts'
import { planned, reference } from '../testing/compare.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { adjointSpec } from '../winograd/index.ts'
import { chooseBlocking } from './choose-blocks.ts'
import { fftErrorBound, largestNorm } from './error-bound.ts'
import { chooseGradientFft, gradientRounding, planGradientFft } from './filter-gradient.ts'
import { chooseFft, type FftChoice, planFft } from './index.ts'
import { problemOf } from './problem.ts'

const specs: readonly (readonly [string, ConvSpec])[] = [
  ['a picture of several tiles', convSpec('conv2d', [2, 21, 37, 1], [5, 9, 1, 1], { padding: 'same' })],
  [
    'depthwise channels',
    convSpec('conv2d', [2, 9, 12, 3], [5, 4, 1, 3], {
      padding: [
        [4, 0],
        [1, 5],
      ],
      groups: 3,
    }),
  ],
  [
    'dilated groups of several channels',
    convSpec('conv2d', [1, 9, 14, 4], [3, 4, 2, 6], {
      padding: [
        [2, 3],
        [5, 1],
      ],
      groups: 2,
      dilation: [1, 2],
    }),
  ],
  ['a long signal', convSpec('conv1d', [1, 1100, 1], [400, 1, 1], { padding: [[399, 20]] })],
  ['a short signal under a longer kernel', convSpec('conv1d', [2, 60, 2], [91, 2, 1], { padding: [[90, 0]] })],
  ['a volume', convSpec('conv3d', [1, 5, 6, 9, 1], [3, 2, 4, 1, 2], { padding: 'same' })],
]

const ofFilter = (spec: ConvSpec, target: Target) => {
  const { input, filter, output } = convShapes(spec)
  const inputs = [randomFloats(sizeOf(input), 1), randomFloats(sizeOf(output), 2)]
  const described = [{ dtype: 'float32', length: sizeOf(filter) }] as const
  const choice = chooseGradientFft(spec, target)!
  const [actual] = planned(planGradientFft(spec, choice, target), inputs, described)
  const [expected] = reference('convFilterGradient', { conv: spec, precision: 'exact' }, inputs, described)
  return { actual, expected, inputs, choice }
}

test.each(targets.flatMap((target) => specs.map(([name, spec]) => [name, target.name, spec, target] as const)))(
  'both gradients of %s on %s equal the reference and touch no byte outside',
  (_, __, spec, target) => {
    const { actual, expected } = ofFilter(spec, target)
    const positions = spec.batch * sizeOf(spec.outputSize)
    expect(largestError(actual, expected)).toBeLessThan(1e-6 * Math.sqrt(positions))

    const own = adjointSpec(spec)
    const problem = problemOf(own)!
    const ways: FftChoice[] = [
      chooseFft(own, target)!,
      { kind: 'blocks', slots: 0, spectrum: 0, problem, blocking: chooseBlocking(problem, target)! },
    ]
    const { input, filter, output } = convShapes(spec)
    const inputs = [randomFloats(sizeOf(output), 3), randomFloats(sizeOf(filter), 4)]
    const described = [{ dtype: 'float32', length: sizeOf(input) }] as const
    const exact = { conv: spec, epilogue: null, precision: 'exact' } as const
    const [wanted] = reference('convTranspose', exact, inputs, described)
    for (const choice of ways) {
      const use = { spec, turned: true, single: false }
      const [dx] = planned(planFft({ conv: own, epilogue: null }, choice, target, use), inputs, described)
      expect(largestError(dx, wanted)).toBeLessThan(1e-6 * Math.sqrt(sizeOf(spec.kernel) * spec.outputChannels))
    }
  },
)

test('tiles of many channels go in chains, where the second cache holds one', () => {
  const spec = convSpec('conv2d', [2, 9, 12, 3], [5, 4, 1, 3], { groups: 3 })
  const chainsOf = (target: Target): (number | undefined)[] =>
    planGradientFft(spec, chooseGradientFft(spec, target)!, target).steps.map(({ chains }) => chains)
  expect(chainsOf(avx512).filter((chains) => chains === 6).length).toBe(2)
  expect(chainsOf({ ...avx512, caches: { first: 1024, second: 2048 } })).not.toContain(6)
})

test('the gradient in a filter is within the proven bound', () => {
  const spec = convSpec('conv1d', [1, 3000, 1], [500, 1, 1], {})
  const { actual, expected, inputs, choice } = ofFilter(spec, avx512)
  const rounding = gradientRounding(choice)
  const sum = inputs[1].reduce((total, value) => total + Math.abs(value), 0)
  expect(largestError(actual, expected)).toBeLessThan(fftErrorBound(rounding, avx512) * sum * largestNorm(rounding))
})

test('gradients of large kernels go by FFT, of small ones and exact ones do not', () => {
  const runtime = { target: avx2, threads: () => 1, name: 'native' } as const
  const algorithmOf = (taps: number, precision: 'fast' | 'exact') => {
    const conv = convSpec('conv2d', [1, 256, 256, 1], [taps, taps, 1, 1], { padding: 'same' })
    const { input, filter, output } = convShapes(conv)
    const [x, f, y] = [input, filter, output].map((shape) => ({ dtype: 'float32', length: sizeOf(shape) }) as const)
    const common = { runtime, inputs: [y, f], outputs: [x] }
    const data = { conv, epilogue: null, precision, training: true } as const
    return [
      planKernel({ kernel: kernels.convTranspose, spec: data, ...common }),
      planKernel({
        kernel: kernels.convFilterGradient,
        spec: { conv, precision },
        runtime,
        inputs: [x, y],
        outputs: [f],
      }),
      planKernel({ kernel: kernels.conv, spec: data, ...common }),
    ].map((found) => 'plan' in found && found.algorithm === 'fft')
  }
  expect(algorithmOf(61, 'fast')).toEqual([true, true, true])
  expect(algorithmOf(25, 'exact')).toEqual([false, false, false])
  expect(algorithmOf(3, 'fast')).toEqual([false, false, false])
})
