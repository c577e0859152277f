import { expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec, convTransposeSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import * as kernels from '../../../kernels/index.ts'
import { planKernel } from '../../plan/index.ts'
import { avx2, type Target, targets } from '../../program/index.ts'
import { planned, reference } from '../testing/compare.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { adjointSpec } from '../winograd/index.ts'
import { chooseFft, chooseGradientFft, planFft, planGradientFft } from './index.ts'
import { denseSpec, spreadPlan, thinnedPlan } from './strides.ts'

const specs: readonly (readonly [string, ConvSpec])[] = [
  ['a picture', convSpec('conv2d', [2, 13, 15, 1], [5, 4, 1, 1], { stride: [2, 3], padding: 'same' })],
  ['groups', convSpec('conv2d', [1, 9, 8, 4], [3, 5, 2, 6], { stride: 2, padding: 2, groups: 2, dilation: 2 })],
  ['a signal', convSpec('conv1d', [1, 300, 3], [80, 1, 3], { stride: 3, padding: [[70, 2]], groups: 3 })],
  ['a volume', convSpec('conv3d', [2, 5, 6, 7, 1], [3, 2, 4, 1, 1], { stride: [2, 1, 2], padding: 'same' })],
  [
    'a row under a window that begins above it',
    convSpec('conv2d', [2, 1, 2, 3], [1, 3, 1, 3], {
      ...{ groups: 3, stride: [4, 1] },
      padding: [
        [1, 0],
        [7, 4],
      ],
    }),
  ],
  [
    'results of which the last reach beyond the kernel',
    convTransposeSpec('convTranspose2d', [1, 5, 6, 1], [4, 3, 1, 1], { stride: 2, outputPadding: 1 }),
  ],
]

const epilogues: readonly (Epilogue | null)[] = [null, { bias: true, residual: true, activation: { kind: 'relu' } }]

const described = (shape: readonly number[]) => ({ dtype: 'float32', length: sizeOf(shape) }) as const

function check(spec: ConvSpec, epilogue: Epilogue | null, target: Target): void {
  const { input, filter, output } = convShapes(spec)
  const [x, f, y] = [input, filter, output].map((shape, i) => randomFloats(sizeOf(shape), i + 1))
  const extras = (channels: number, shape: readonly number[]) => [
    ...(epilogue?.bias ? [randomFloats(channels, 4)] : []),
    ...(epilogue?.residual ? [randomFloats(sizeOf(shape), 5)] : []),
  ]
  const [dense, demand] = [denseSpec(spec), { conv: spec, epilogue, precision: 'exact' } as const]
  const adjoint = adjointSpec(dense)
  const forward = thinnedPlan(
    planFft({ conv: dense, epilogue: null }, chooseFft(dense, target)!, target),
    spec,
    epilogue,
    target,
  )
  const turned = { spec, turned: true, single: false }
  const given = [y, f, ...extras(spec.inputChannels, input)]
  const back = spreadPlan(
    planFft({ conv: adjoint, epilogue }, chooseFft(adjoint, target)!, target, turned),
    spec,
    0,
    given.length + 1,
    target,
  )
  const ofFilter = planGradientFft(dense, chooseGradientFft(dense, target)!, target)
  const cases = [
    ['conv', forward, [x, f, ...extras(spec.outputChannels, output)], output],
    ['convTranspose', back, given, input],
    ['convFilterGradient', spreadPlan(ofFilter, spec, 1, 3, target), [x, y], filter],
  ] as const
  for (const [kernel, plan, inputs, shape] of cases) {
    const [actual] = planned(plan, inputs, [described(shape)])
    const [expected] = reference(kernel, demand as never, inputs, [described(shape)])
    expect(largestError(actual, expected), kernel).toBeLessThan(2e-5)
  }
}

test.each(targets.flatMap((target) => specs.map(([name, spec]) => [name, target.name, spec, target] as const)))(
  'a strided convolution of %s on %s and both its gradients by FFT equal the reference',
  (_, __, spec, target) => {
    for (const epilogue of epilogues) check(spec, epilogue, target)
  },
)

test('strides with large kernels go by FFT, forward and back', () => {
  const conv = convSpec('conv2d', [1, 512, 512, 1], [101, 101, 1, 1], { stride: 2, padding: 50 })
  const { input, filter, output } = convShapes(conv)
  const [x, f, y] = [input, filter, output].map(described)
  const runtime = { target: avx2, threads: () => 1, name: 'native' } as const
  const spec = { conv, epilogue: null, precision: 'fast' } as const
  const found = [
    planKernel({ kernel: kernels.conv, spec, inputs: [x, f], outputs: [y], runtime }),
    planKernel({ kernel: kernels.convTranspose, spec, inputs: [y, f], outputs: [x], runtime }),
    planKernel({
      kernel: kernels.convFilterGradient,
      spec: { conv, precision: 'fast' },
      inputs: [x, y],
      outputs: [f],
      runtime,
    }),
  ]
  expect(found.map((planned) => 'plan' in planned && planned.algorithm)).toEqual(['fft', 'fft', 'fft'])
})
