import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { conv, convTranspose } from '../../../reference/conv.ts'
import { avx2, avx512, type Target, targets } from '../../program/index.ts'
import { trainingGains, winogradGain } from '../../testing/gains.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { checkPlan } from '../testing/run-plan.ts'
import {
  adjointSpec,
  algorithmOf,
  type FilterUse,
  type OutputTile,
  packedFloats,
  packSteps,
  planWinograd,
  typicalError,
  type WinogradLayout,
  winogradErrorBound,
  winogradLayout,
} from './index.ts'
import { oddSpecs, spec } from './testing/odd-specs.ts'

const tiles: readonly OutputTile[] = [2, 4]

/** The filter as `planWinograd` reads it. */
function pack(layout: WinogradLayout, filter: Float32Array, target: Target, use: FilterUse = 'forward'): Float32Array {
  const { packed, room } = packedFloats(layout, use)
  const result = new Float32Array(packed + room).fill(Number.NaN)
  const steps = packSteps(layout, use, target, { filter: 0, packed: 1 })
  checkPlan({ name: 'pack', steps, scratch: [], tables: [] }, [filter], [result])
  return result.slice(0, packed)
}

interface Run {
  readonly y: Float32Array
  readonly wanted: Float64Array
  /** The proven bound for data in −1 … 1. */
  readonly bound: number
}

function run(conv2d: ConvSpec, tile: OutputTile, target: Target, epilogue: Epilogue | null = null): Run {
  const shapes = convShapes(conv2d)
  const x = randomFloats(sizeOf(shapes.input), 1)
  const filter = randomFloats(sizeOf(shapes.filter), 2)
  const bias = epilogue?.bias ? [randomFloats(conv2d.outputChannels, 3)] : []
  const residual = epilogue?.residual ? [randomFloats(sizeOf(shapes.output), 4)] : []
  const y = new Float32Array(sizeOf(shapes.output)).fill(Number.NaN)
  const wanted = new Float64Array(y.length)
  conv({ conv: conv2d, epilogue, precision: 'exact' }, [x, filter, ...bias, ...residual], [wanted])
  const packed = pack(winogradLayout(conv2d, tile, target), filter, target)
  checkPlan(planWinograd({ conv: conv2d, epilogue }, tile, target), [x, packed, ...bias, ...residual], [y])
  const bound = winogradErrorBound(algorithmOf(tile, conv2d.kernel[0]), conv2d.inputChannels) * conv2d.inputChannels
  return { y, wanted, bound }
}

const largerSpecs: readonly ConvSpec[] = [
  spec(1, [1, 1], [1, 1], 2, 1, 5),
  spec(2, [6, 9], [17, 3], 'same', 1, 5),
  spec(1, [11, 7], [5, 35], 'valid', 1, 5),
  spec(1, [12, 9], [3, 5], 3, [2, 1], 5),
]

describe.each(targets)('Winograd on $name', (target) => {
  test('F(2, 5) stays within its proven bound on odd sizes and touches no byte outside', () => {
    for (const each of largerSpecs) {
      const { y, wanted, bound } = run(each, 2, target)
      expect(largestError(y, wanted)).toBeLessThan(bound)
      expect(largestError(y, wanted)).toBeLessThan(8e-6 * Math.sqrt(each.inputChannels))
    }
  })

  test.each(tiles)('F(%i, 3) stays within its proven bound on odd sizes and touches no byte outside', (tile) => {
    for (const each of oddSpecs) {
      const { y, wanted, bound } = run(each, tile, target)
      expect(largestError(y, wanted)).toBeLessThan(bound)
      // The bound is loose on such data: errors themselves stay at rounding level.
      expect(largestError(y, wanted)).toBeLessThan(4e-6 * Math.sqrt(each.inputChannels))
    }
  })

  test('F(2, 3) computes several register tiles with the weights it has in cache', () => {
    const each = spec(1, [33, 29], [2, target.lanes + 1], 1)
    expect(winogradLayout(each, 2, target).groups).toBeGreaterThan(1)
    const { y, wanted, bound } = run(each, 2, target)
    expect(largestError(y, wanted)).toBeLessThan(Math.min(bound, 4e-6))
  })

  test.each(tiles)('F(%i, 3) adds bias and residual and applies the activation at every border', (tile) => {
    // Several blocks of output channels, the last of them partial.
    const each = spec(1, [6, 5], [3, 5 * target.lanes + 1], 1)
    for (const activation of [
      null,
      { kind: 'relu' },
      { kind: 'leakyRelu', alpha: 0.25 },
      { kind: 'clip', low: -0.5, high: 2 },
      { kind: 'gelu' },
      { kind: 'selu' },
      { kind: 'mish' },
    ] as const) {
      for (const [bias, residual] of [
        [true, false],
        [false, true],
        [true, true],
      ]) {
        const { y, wanted } = run(each, tile, target, { bias, residual, activation })
        expect(largestError(y, wanted)).toBeLessThan(1e-5)
      }
    }
  })

  test.each(tiles)('F(%i, 3) computes the data gradient as the convolution with the filter flipped', (tile) => {
    for (const forward of [
      spec(2, [6, 9], [5, 7], 1),
      spec(1, [8, 5], [3, 18], 'valid'),
      spec(1, [9, 12], [3, 18], 'same', [2, 3]),
      ...(tile === 2 ? [spec(1, [7, 8], [5, 18], 'same', 1, 5)] : []),
      // More padding than the flipped filter can undo: the result is cropped.
      spec(
        1,
        [4, 6],
        [2, 3],
        [
          [3, 0],
          [4, 5],
        ],
      ),
    ]) {
      const shapes = convShapes(forward)
      const gradient = randomFloats(sizeOf(shapes.output), 5)
      const filter = randomFloats(sizeOf(shapes.filter), 6)
      const wanted = new Float64Array(sizeOf(shapes.input))
      convTranspose({ conv: forward, epilogue: null, precision: 'exact' }, [gradient, filter], [wanted])
      const adjoint = adjointSpec(forward)
      const packed = pack(winogradLayout(adjoint, tile, target), filter, target, 'adjoint')
      const x = new Float32Array(wanted.length).fill(Number.NaN)
      checkPlan(planWinograd({ conv: adjoint, epilogue: null }, tile, target), [gradient, packed], [x])
      expect(largestError(x, wanted)).toBeLessThan(2e-5)
    }
  })
})

test('Winograd in one step and in two gives the same bits', () => {
  // The windows of an image alone fit one block of tiles; twenty images make blocks enough for one step.
  const [one, many] = [1, 20].map((batch) => spec(batch, [9, 12], [3, 70], 1))
  const image = randomFloats(9 * 12 * 3, 1)
  const filter = randomFloats(9 * 3 * 70, 2)
  const results = [one, many].map((each) => {
    const plan = planWinograd({ conv: each, epilogue: null }, 4, avx512)
    const packed = pack(winogradLayout(each, 4, avx512), filter, avx512)
    const x = new Float32Array(image.length * each.batch)
    for (let i = 0; i < each.batch; i++) x.set(image, i * image.length)
    const y = new Float32Array(9 * 12 * 70 * each.batch)
    checkPlan(plan, [x, packed], [y])
    return { steps: plan.steps.length, y }
  })
  expect(results.map(({ steps }) => steps)).toEqual([2, 1])
  const [alone, together] = results.map(({ y }) => y)
  expect(together.subarray(0, alone.length)).toEqual(alone)
  expect(together.subarray(-alone.length)).toEqual(alone)
})

test.each([
  [2, 3],
  [4, 3],
  [2, 5],
] as const)('the error of F(%i, %i) on data of mean 0 is typically what its documentation says', (tile, taps) => {
  for (const channels of [16, 96]) {
    const { y, wanted } = run(spec(1, [13, 16], [channels, 16], 1, 1, taps), tile, avx512)
    const rms = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
    const relative = rms(y.map((value, i) => value - wanted[i])) / rms(wanted)
    const typical = typicalError(algorithmOf(tile, taps), channels)
    expect(relative).toBeLessThan(typical)
    expect(relative).toBeGreaterThan(typical / 4)
  }
})

test('Winograd is linear in the input', () => {
  const each = spec(1, [6, 6], [2, 3], 1)
  const layout = winogradLayout(each, 4, avx512)
  const packed = pack(layout, randomFloats(9 * 2 * 3, 2), avx512)
  const plan = planWinograd({ conv: each, epilogue: null }, 4, avx512)
  const apply = (x: Float32Array): Float32Array => {
    const y = new Float32Array(6 * 6 * 3)
    checkPlan(plan, [x, packed], [y])
    return y
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: -8, max: 8 }), (seed, exponent) => {
      // Powers of two scale without rounding, so every bit must agree.
      const x = randomFloats(72, seed)
      const scaled = apply(x.map((value) => value * 2 ** exponent))
      expect(scaled).toEqual(apply(x).map((value) => value * 2 ** exponent))
    }),
    { numRuns: 5 },
  )
})

test('Winograd refuses what is not a convolution of stride 1, and says what to do', () => {
  const strided = convSpec('conv2d', [1, 9, 9, 4], [3, 3, 4, 4], { stride: 2 })
  expect(() => planWinograd({ conv: strided, epilogue: null }, 4, avx512)).toThrow(
    'is not covered. Use the direct algorithm.',
  )
  expect(winogradGain(strided, avx512)).toBeNull()
})

test('the model picks 4×4 tiles for large pictures, 2×2 for 7×7, and expects no gain from 3 channels on a tiny one', () => {
  const gains = (size: number, channels: number) =>
    winogradGain(spec(1, [size, size], [channels, channels], 1), avx512)!
  expect(gains(56, 64)).toMatchObject({ tile: 4 })
  expect(gains(56, 64).gain).toBeGreaterThan(2)
  expect(gains(14, 256).gain).toBeGreaterThan(1.5)
  expect(gains(7, 512)).toMatchObject({ tile: 2 })
  expect(winogradGain(spec(1, [3, 3], [3, 8], 1), avx512)!.gain).toBeLessThan(1)
})

test('the model leaves few channels to the kernels made for them, and many to Winograd', () => {
  const gain = (
    size: number,
    channels: readonly [number, number],
    use: FilterUse = 'forward',
    target = avx512,
  ): number => winogradGain(spec(1, [size, size], channels, 1), target, use)!.gain
  for (const target of [avx512, avx2]) {
    // Lanes over input channels, and taps together with channels, are faster: measured.
    expect(gain(112, [64, 3], 'forward', target)).toBeLessThan(1)
    expect(gain(64, [16, 1], 'forward', target)).toBeLessThan(1)
  }
  expect(gain(112, [64, 3], 'adjoint')).toBeLessThan(1)
  expect(gain(28, [64, 12])).toBeGreaterThan(1.5)
  expect(gain(28, [64, 12], 'adjoint')).toBeGreaterThan(1.5)
})

test('in training the transform of the filter counts: for many pixels it pays, for few it does not', () => {
  const best = (batch: number, size: number, channels: number, use: FilterUse) =>
    trainingGains(spec(batch, [size, size], [channels, channels], 1), avx512, use)[0]
  for (const use of ['forward', 'adjoint'] as const) {
    expect(best(8, 14, 256, use)).toMatchObject({ tile: 4 })
    expect(best(8, 14, 256, use).gain).toBeGreaterThan(1.5)
    expect(best(1, 28, 128, use).gain).toBeGreaterThan(1.5)
    expect(best(16, 8, 512, use).gain).toBeGreaterThan(1.3)
    expect(best(1, 7, 512, use).gain).toBeLessThan(1)
  }
  // The adjoint's filter is turned round first.
  expect(best(1, 14, 256, 'adjoint').gain).toBeLessThan(best(1, 14, 256, 'forward').gain)
  expect(trainingGains(spec(0, [9, 9], [3, 3], 1), avx512, 'forward')).toEqual([])
})
