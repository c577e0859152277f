import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { conv } from '../../../reference/conv.ts'
import { avx2, avx512, type Target, targets } from '../../program/index.ts'
import { fftGain } from '../../testing/gains.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { checkPlan } from '../testing/run-plan.ts'
import { chooseBlocking } from './choose-blocks.ts'
import { chooseFft, type FftChoice, fftErrorBound, largestNorm, planFft, roundingOf, typicalError } from './index.ts'
import { problemOf } from './problem.ts'

/** Tiles of one task each, where there are such. */
const tiles = (): FftChoice => ({ kind: 'tiles', slots: 0, spectrum: 0 })

/** Tiles in blocks. */
function blocks(spec: ConvSpec, target: Target): FftChoice {
  const problem = problemOf(spec)!
  return { kind: 'blocks', slots: 0, spectrum: 0, problem, blocking: chooseBlocking(problem, target)! }
}

type Way = (spec: ConvSpec, target: Target) => FftChoice

/** Tiles of one task are for pictures of one channel. */
const waysOf = (spec: ConvSpec): readonly Way[] =>
  spec.rank === 2 && spec.inputChannels * spec.outputChannels === 1 ? [tiles, blocks] : [blocks]

function run(
  spec: ConvSpec,
  target: Target,
  way: Way,
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
  checkPlan(planFft({ conv: spec, epilogue }, way(spec, target), target), [x, filter, ...bias, ...residual], [y])
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

/** Each of whose pairs of tiles one thread takes through all steps. */
const inChains: readonly (readonly [string, ConvSpec])[] = [
  ['a few signals', convSpec('conv1d', [5, 300, 1], [40, 1, 1], { padding: [[30, 100]], dilation: 5 })],
  [
    'groups of a few examples',
    convSpec('conv2d', [2, 9, 19, 6], [5, 4, 2, 9], {
      padding: [
        [4, 3],
        [5, 9],
      ],
      groups: 3,
      dilation: [2, 3],
    }),
  ],
]

/** What tiles of one task do not cover. */
const inBlocks: readonly (readonly [string, ConvSpec])[] = [
  ...inChains,
  [
    'dilated groups',
    convSpec('conv2d', [1, 9, 19, 4], [5, 4, 2, 6], {
      padding: [
        [4, 3],
        [5, 9],
      ],
      groups: 2,
      dilation: [2, 3],
    }),
  ],
  ['a dilated signal', convSpec('conv1d', [2, 300, 1], [40, 1, 1], { padding: [[30, 100]], dilation: 5 })],
  ['a signal with a kernel longer than it', convSpec('conv1d', [1, 501, 1], [923, 1, 1], { padding: [[922, 0]] })],
  ['a volume', convSpec('conv3d', [1, 9, 10, 12, 1], [5, 4, 3, 1, 1], { padding: 'same' })],
  [
    'volumes of several channels',
    convSpec('conv3d', [2, 4, 5, 9, 2], [3, 2, 5, 2, 3], {
      padding: [
        [2, 1],
        [0, 3],
        [1, 2],
      ],
      dilation: [1, 2, 1],
    }),
  ],
]

const epilogues: readonly Epilogue[] = [
  { bias: true, residual: false, activation: { kind: 'relu' } },
  { bias: false, residual: true, activation: null },
  { bias: true, residual: true, activation: { kind: 'clip', low: -1, high: 2 } },
  { bias: true, residual: true, activation: { kind: 'gelu' } },
]

describe.each(targets)('convolution by FFT on $name', (target) => {
  test.each(specs)('%s equals the reference and touches no byte outside', (_, spec) => {
    for (const way of waysOf(spec)) {
      const { y, wanted } = run(spec, target, way)
      expect(largestError(y, wanted)).toBeLessThan(1e-5)
    }
  })

  test.each(inBlocks)('%s in blocks equals the reference and touches no byte outside', (_, spec) => {
    const { y, wanted } = run(spec, target, blocks)
    expect(largestError(y, wanted)).toBeLessThan(2e-5)
  })

  test.each(specs)('%s is finished with bias, residual and activation', (_, spec) => {
    for (const epilogue of epilogues) {
      for (const way of waysOf(spec)) {
        const { y, wanted } = run(spec, target, way, epilogue)
        expect(largestError(y, wanted)).toBeLessThan(1e-5)
      }
    }
  })
})

test.each(inChains)('%s go in chains, where the second cache holds their tiles', (_, conv) => {
  const chainsOf = (target: Target): (number | undefined)[] =>
    planFft({ conv, epilogue: null }, blocks(conv, target), target).steps.map(({ chains }) => chains)
  expect(chainsOf(avx2).some((chains) => chains !== undefined && chains >= 4)).toBe(true)
  expect(chainsOf({ ...avx2, caches: { first: 1024, second: 2048 } }).some((chains) => chains !== undefined)).toBe(
    false,
  )
})

/** `batch` examples of `x`, by the plan of their spec. */
function runBatch(
  specOf: (batch: number) => ConvSpec,
  x: readonly Float32Array[],
  target: Target,
  way: Way,
): Float32Array {
  const spec = specOf(x.length)
  const { filter, output } = convShapes(spec)
  const taps = randomFloats(sizeOf(filter), 2)
  const y = new Float32Array(sizeOf(output))
  const together = Float32Array.from(x.flatMap((example) => [...example]))
  checkPlan(planFft({ conv: spec, epilogue: null }, way(spec, target), target), [together, taps], [y])
  return y
}

test.each(targets)(
  'an example on $name has the same result to the bit in any company, infinities and NaN included',
  (target) => {
    const examples = [
      (batch: number) => convSpec('conv2d', [batch, 20, 20, 1], [9, 9, 1, 1], { padding: 4 }),
      (batch: number) => convSpec('conv1d', [batch, 40, 2], [17, 1, 2], { groups: 2 }),
    ]
    for (const [way, specOf] of examples.flatMap((specOf) => waysOf(specOf(1)).map((way) => [way, specOf] as const))) {
      const length = sizeOf(convShapes(specOf(1)).input)
      const [x, large, broken] = [1, 2, 3].map((seed) => randomFloats(length, seed))
      const alone = runBatch(specOf, [x], target, way)
      const company = [
        large.map((value) => value * 1e30),
        x,
        broken.fill(Number.NaN, 5, 6).fill(Number.POSITIVE_INFINITY, 9, 10),
      ]
      const y = runBatch(specOf, company, target, way)
      expect(y.subarray(alone.length, 2 * alone.length)).toEqual(alone)
      expect(y.subarray(2 * alone.length).some(Number.isNaN)).toBe(true)
    }
  },
)

const picture = (size: number, taps: number): ConvSpec =>
  convSpec('conv2d', [1, size, size, 1], [taps, taps, 1, 1], { padding: (taps - 1) / 2 })

test('the error is within the proven bound and typically what its documentation says', () => {
  const cases = [picture(32, 5), picture(50, 11), picture(60, 31)].flatMap((spec) =>
    waysOf(spec).map((way) => [spec, way] as const),
  )
  const signal = convSpec('conv1d', [1, 6000, 1], [1500, 1, 1], {})
  for (const [spec, way] of [...cases, [signal, blocks] as const]) {
    const { y, wanted } = run(spec, avx512, way)
    const rounding = roundingOf({ conv: spec }, way(spec, avx512), avx512)
    const taps = randomFloats(sizeOf(convShapes(spec).filter), 2).reduce((sum, tap) => sum + Math.abs(tap), 0)
    expect(largestError(y, wanted)).toBeLessThan(fftErrorBound(rounding, avx512) * taps * largestNorm(rounding))
    const rms = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
    const relative = rms(y.map((value, i) => value - wanted[i])) / rms(wanted)
    expect(relative).toBeLessThan(typicalError(rounding, avx512))
    expect(relative).toBeGreaterThan(typicalError(rounding, avx512) / 4)
  }
})

test('the transform takes a delta filter to the picture itself, shifted', () => {
  const spec = picture(20, 7)
  const x = randomFloats(400, 1)
  const filter = new Float32Array(49)
  filter[2 * 7 + 4] = 1
  const y = new Float32Array(400)
  checkPlan(planFft({ conv: spec, epilogue: null }, tiles(), avx512), [x, filter], [y])
  const shifted = y.map((_, i) => {
    const [row, column] = [Math.floor(i / 20) - 1, (i % 20) + 1]
    return row >= 0 && column < 20 ? x[row * 20 + column] : 0
  })
  expect(largestError(y, shifted)).toBeLessThan(1e-6)
})

test('the model expects FFT to win with a 31×31 kernel and to lose with 3×3', () => {
  expect(fftGain(picture(1024, 31), avx512)).toBeGreaterThan(5)
  expect(fftGain(picture(1024, 101), avx512)).toBeGreaterThan(20)
  expect(fftGain(picture(1024, 3), avx512)).toBeLessThan(1)
})

test('a kernel of any size is chosen tiles for, whose cost grows little with it', () => {
  const slots = [255, 511, 1023].map((taps) => chooseFft(picture(2048, taps), avx512)!.slots)
  expect(slots[2]).toBeLessThan(3 * slots[0])
  const sound = convSpec('conv1d', [1, 2_880_000, 1], [144_000, 1, 1], { padding: [[143_999, 143_999]] })
  expect(fftGain(sound, avx512)).toBeGreaterThan(100)
})
