import { describe, expect, it } from 'vitest'
import { type ConvSpec, convShapes, convSpec, describeConv } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { directKind, planDirect } from './plan-direct.ts'
import { fitsFlat, planFlat } from './plan-flat.ts'

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const plain: Epilogue | null = null
const everything: Epilogue = { bias: true, residual: true, activation: { kind: 'leakyRelu', alpha: 0.25 } }
const inMemory: Epilogue = { bias: true, residual: false, activation: { kind: 'silu' } }

const inputsOf = (spec: ConvSpec, epilogue: Epilogue | null) => {
  const { input, filter, output } = convShapes(spec)
  const lengths = [sizeOf(input), sizeOf(filter)]
  if (epilogue?.bias) lengths.push(spec.outputChannels)
  if (epilogue?.residual) lengths.push(sizeOf(output))
  return lengths.map((length, i) => randomArray('float32', length, i + 1).map((value) => value / 10))
}

const conv = (
  input: readonly number[],
  filter: readonly number[],
  options: Parameters<typeof convSpec>[3] = {},
): ConvSpec => convSpec('conv', input, filter, options)

const cases: readonly (readonly [ConvSpec, Epilogue | null])[] = [
  [conv([1, 1, 1, 1], [1, 1, 1, 1]), plain],
  [conv([1, 7, 7, 17], [3, 3, 17, 19], { padding: 'same' }), everything],
  [conv([2, 5, 13, 3], [5, 3, 3, 16], { padding: 'same', stride: 2 }), plain],
  [conv([1, 3, 3, 5], [3, 3, 5, 33], { padding: 2 }), inMemory],
  [conv([1, 11, 9, 4], [3, 3, 4, 8], { padding: 'same', dilation: [2, 3] }), everything],
  [conv([1, 1, 31, 1], [1, 5, 1, 3], { padding: 'same', dilation: 2 }), plain],
  [
    conv([1, 6, 5, 34], [3, 3, 17, 6], {
      padding: [
        [0, 2],
        [1, 0],
      ],
      groups: 2,
    }),
    everything,
  ],
  [conv([2, 17, 17], [4, 17, 40], { padding: 'causal' }), inMemory],
  [conv([1, 3, 4, 5, 3], [2, 3, 2, 3, 17], { padding: 1, stride: [1, 2, 1] }), everything],
  [conv([1, 5, 5, 23], [3, 3, 1, 23], { padding: 'same', groups: 23 }), everything],
  [conv([1, 4, 19, 6], [3, 3, 1, 12], { padding: 1, stride: 2, groups: 6 }), plain],
  [conv([1, 5, 7, 20], [3, 3, 4, 20], { padding: 1, groups: 5 }), everything],
  [conv([1, 4, 4, 16], [2, 2, 8, 8], { groups: 2 }), inMemory],
  [conv([2, 6, 9, 32], [3, 3, 16, 32], { padding: 1, groups: 2 }), everything],
  [conv([1, 5, 5, 32], [3, 3, 32, 3], { padding: 'same' }), everything],
  [conv([2, 3, 4, 16], [2, 2, 16, 1], { dilation: 2, padding: 1 }), plain],
  [conv([3, 2, 3, 16], [2, 3, 16, 2]), inMemory],
  [conv([3, 2, 3, 5], [2, 3, 5, 7]), everything],
  [conv([1, 7, 5, 16], [1, 1, 16, 1]), plain],
  [conv([2, 2, 1], [2, 1, 1]), plain],
  // Filters larger than a cache, panel after panel; then one of which no tap reaches the input.
  [conv([1, 3, 150], [1, 150, 1040]), plain],
  [conv([1, 1, 160], [2, 160, 528], { dilation: 20, padding: 10 }), everything],
  // Strided pointwise layers, whose pixels are gathered.
  [conv([1, 10, 17], [1, 17, 67], { stride: 3 }), plain],
  [conv([2, 3, 4, 5, 16], [1, 1, 1, 16, 64], { stride: [2, 1, 3] }), inMemory],
  // Groups by blocks of four inputs and four outputs: one vector of input for one of outputs, or two, the last in part.
  [conv([1, 5, 9, 40], [3, 3, 8, 40], { padding: 1, groups: 5 }), everything],
  [conv([1, 4, 7, 48], [3, 3, 16, 24], { padding: 1, groups: 3 }), inMemory],
  [conv([1, 4, 21, 24], [3, 3, 8, 12], { padding: 'same', groups: 3, stride: 2 }), plain],
  // Rows part by part, the panels of each one after the other.
  [conv([1, 24, 60, 32], [3, 3, 8, 32], { padding: 1, groups: 4 }), everything],
  [conv([1, 24, 60, 32], [3, 3, 16, 32], { padding: 1, groups: 2 }), plain],
  // Several depthwise tiles in a row, walked downwards.
  [conv([2, 7, 67, 32], [3, 3, 1, 32], { padding: 1, groups: 32 }), everything],
  [conv([1, 8, 131, 17], [3, 3, 1, 17], { padding: 'same', groups: 17, stride: 2 }), plain],
]

const flatCases: readonly (readonly [ConvSpec, Epilogue | null])[] = [
  [conv([1, 5, 23, 3], [3, 3, 1, 3], { padding: 'same', groups: 3 }), everything],
  [conv([2, 3, 67, 1], [5, 7, 1, 1], { padding: 'same' }), plain],
  [conv([1, 2, 41, 2], [1, 3, 1, 2], { padding: [0, 4], groups: 2, dilation: [1, 2] }), inMemory],
  [conv([1, 9, 37, 4], [3, 1, 1, 4], { stride: [2, 1], groups: 4 }), everything],
  [conv([1, 101, 5], [3, 1, 5], { padding: 'causal', groups: 5 }), plain],
  [conv([1, 3, 33, 6], [3, 3, 1, 6], { padding: 1, groups: 6 }), everything],
]

/** Pictures of enough rows for tiles of them. */
const pictureCases: readonly (readonly [ConvSpec, Epilogue | null])[] = [
  [conv([2, 23, 41, 3], [5, 5, 1, 3], { padding: 'same', groups: 3 }), everything],
  [conv([1, 37, 53, 1], [3, 3, 1, 1], { padding: 1 }), inMemory],
  [conv([1, 29, 47, 4], [7, 3, 1, 4], { groups: 4 }), plain],
  [conv([1, 41, 37, 2], [3, 5, 1, 2], { padding: [3, 4], groups: 2, dilation: [2, 1] }), everything],
]

function expectAgreement(spec: ConvSpec, epilogue: Epilogue | null, plan: KernelPlan): void {
  const inputs = inputsOf(spec, epilogue)
  const description = { dtype: 'float32', length: sizeOf(convShapes(spec).output) } as const
  const [y] = planned(plan, inputs, [description])
  const [expected] = reference('conv', { conv: spec, epilogue, precision: 'fast' }, inputs, [description])
  y.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `[${i}] is ${value}, not ${expected[i]}`).toBeLessThan(1e-5)
  })
}

const named = (list: typeof cases) => list.map(([spec, epilogue]) => [describeConv(spec), spec, epilogue] as const)

describe.each(targets)('direct convolution for $name', (target) => {
  it.each(named(cases))('computes %s within its buffers', (_, spec, epilogue) => {
    expectAgreement(spec, epilogue, planDirect({ conv: spec, epilogue, target, threads: 2 }))
  })

  it('computes a strided pointwise layer to the bits of a dense one over the pixels it looks at', () => {
    // So many channels that the gathered pixels stand apart.
    const [strided, dense] = [
      conv([2, 5, 7, 256], [1, 1, 256, 64], { stride: 2 }),
      conv([2, 3, 4, 256], [1, 1, 256, 64]),
    ]
    const [x, filter] = inputsOf(strided, null)
    const pixels = [0, 1].flatMap((image) =>
      [0, 2, 4].flatMap((row) => [0, 2, 4, 6].map((column) => (image * 5 + row) * 7 + column)),
    )
    const seen = Float32Array.from(
      { length: pixels.length * 256 },
      (_, i) => x[pixels[Math.floor(i / 256)] * 256 + (i % 256)],
    )
    const [a, b] = [[strided, x] as const, [dense, seen] as const].map(([spec, input]) => {
      const plan = planDirect({ conv: spec, epilogue: null, target, threads: 2 })
      expect(plan.scratch.length).toBe(spec === strided ? 1 : 0)
      return planned(plan, [input, filter], [{ dtype: 'float32', length: pixels.length * 64 }])[0]
    })
    expect(a).toEqual(b)
  })

  it.each(named(pictureCases))('computes %s by tiles of rows, and what is around them', (_, spec, epilogue) => {
    const question = { conv: spec, epilogue, target, threads: 2 }
    // Vectors of 4 hold 4 channels, and are no concern of rows of pixels.
    if (!fitsFlat(question)) return expect(spec.inputChannels % target.lanes).toBe(0)
    const plan = planFlat(question, { rows: 2, floats: 0 })
    expect(plan.name).toMatch(/^picture /)
    // It does not pay on so few pixels.
    expect(planFlat(question).name).toMatch(/^depthwise /)
    expectAgreement(spec, epilogue, plan)
  })

  it.each(named(flatCases))('computes %s with lanes over pixels and channels', (_, spec, epilogue) => {
    const question = { conv: spec, epilogue, target, threads: 2 }
    if (target.lanes <= 8) expect(fitsFlat(question)).toBe(spec.inputChannels % target.lanes !== 0)
    if (fitsFlat(question)) expectAgreement(spec, epilogue, planFlat(question))
    else expectAgreement(spec, epilogue, planDirect(question))
  })
})

it('plans pictures and signals of millions of pixels', () => {
  for (const [input, filter] of [
    [
      [1, 2048, 2048, 4],
      [1, 1, 4, 4],
    ],
    [
      [1, 4_000_001, 4],
      [3, 4, 4],
    ],
  ]) {
    const conv = convSpec('conv', input, filter, {})
    for (const target of targets) {
      const { steps } = planDirect({ conv, epilogue: null, target, threads: 2 })
      expect(steps.some(({ tasks }) => tasks > 1)).toBe(true)
    }
  }
})

describe.each(targets)('groups for $name', (target) => {
  const { lanes } = target
  const kindOf = (inputs: number, outputs: number) =>
    directKind({ conv: conv([1, 8, 8, 4 * inputs], [3, 3, inputs, 4 * outputs], { groups: 4 }), target })

  it('stand side by side in a vector where several fit, or where their weights stay in registers', () => {
    expect(kindOf(2, 2)).toBe('grouped')
    expect(kindOf(lanes / 2, lanes / 2)).toBe('grouped')
    expect(kindOf(4, lanes)).toBe('grouped')
  })

  it('that fill one vector go through tiles whose pixels have sets of the first cache to themselves', () => {
    const tileOf = (channels: number) => {
      const spec = conv([1, 14, 14, channels], [3, 3, lanes, channels], { padding: 1, groups: channels / lanes })
      return /(\d+)x(\d+)/
        .exec(planDirect({ conv: spec, epilogue: null, target, threads: 1 }).name)
        ?.slice(1)
        .map(Number)
    }
    // Pixels 2 KB apart fall into two sets; of an odd number of lines, into all.
    const [pixels, vectors] = tileOf(512) ?? []
    expect([vectors, pixels <= 8]).toEqual([1, true])
    expect(tileOf(512 + 16)?.[0]).toBeGreaterThan(target.vectorRegisters === 32 ? 8 : 5)
  })

  it('are summed one by one where each fills a vector by itself', () => {
    expect(kindOf(lanes === 4 ? 8 : lanes, lanes)).toBe('direct')
    expect(kindOf(lanes, 2 * lanes)).toBe('direct')
  })
})
