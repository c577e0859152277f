import { describe, expect, test } from 'vitest'
import { type Target, targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planNormalizeGradient } from './gradient.ts'
import { planMoments } from './moments.ts'
import { planNormalize } from './normalize.ts'
import { planWeightNorm, planWeightNormGradient } from './weight-norm.ts'

const float32 = 'float32'
const of = (length: number) => ({ dtype: float32, length }) as const

/** Rows by channels: single ones, primes, whole vectors, several strips, several pieces and blocks of rows. */
const sizes: readonly (readonly [rows: number, channels: number])[] = [
  [1, 1],
  [3, 1],
  [1031, 1],
  [17, 3],
  [67, 16],
  [5, 17],
  [131, 24],
  [3, 64],
  [9, 101],
  [400, 64],
  [2, 1030],
]

const floats = (length: number, seed: number): Float32Array => randomArray(float32, length, seed) as Float32Array
const positive = (length: number, seed: number): Float32Array => floats(length, seed).map((x) => 0.5 + Math.abs(x))

function check(
  kernel: 'moments' | 'normalize' | 'normalizeGradient',
  [rows, channels]: readonly [number, number],
  target: Target,
  relu = false,
  residual = false,
): (string | undefined)[] {
  const spec = { channels, epsilon: 1e-3, relu, residual }
  const [mean, variance] = [floats(channels, 2), positive(channels, 3)]
  const [scale, bias] = [floats(channels, 4), floats(channels, 5)]
  const x = floats(rows * channels, 1)
  const other = floats(x.length, 8)
  if (relu) {
    // Where z is next to 0, rounding decides which side it lies on.
    x.forEach((value, i) => {
      const c = i % channels
      const z = ((value - mean[c]) / Math.sqrt(variance[c] + 1e-3)) * scale[c] + bias[c]
      if (Math.abs(z) < 1e-3) x[i] = value + 1
    })
  }
  const plans = { moments: planMoments, normalize: planNormalize, normalizeGradient: planNormalizeGradient }
  const all = {
    moments: [[x], [of(channels), of(channels)]],
    normalize: [[x, mean, variance, scale, bias, ...(residual ? [other] : [])], [of(x.length)]],
    normalizeGradient: [
      [floats(x.length, 6), x, mean, variance, scale, bias],
      [of(x.length), of(channels), of(channels)],
    ],
  } as const
  const [inputs, outputs] = all[kernel]
  const actual = planned(plans[kernel](spec, inputs, target), inputs, outputs)
  const expected = reference(kernel, spec, inputs, outputs)
  // Sums of up to a thousand terms of up to ten times ten.
  return actual.map((data, i) => firstDifference(data, expected[i], 16, kernel === 'normalizeGradient' ? 5e-3 : 2e-5))
}

describe.each(targets)('normalisation for $name', (target) => {
  test.each(sizes)('of %i rows of %i channels agrees with the reference', (rows, channels) => {
    expect(check('moments', [rows, channels], target)).toEqual([undefined, undefined])
    for (const relu of [false, true]) {
      for (const residual of [false, true]) {
        expect(check('normalize', [rows, channels], target, relu, residual)).toEqual([undefined])
      }
      expect(check('normalizeGradient', [rows, channels], target, relu)).toEqual([undefined, undefined, undefined])
    }
  })

  test.each(sizes)('of the lengths of %i rows of %i channels agrees with the reference', (rows, channels) => {
    const v = floats(rows * channels, 1).map((x) => (x < 0 ? x - 1 : x + 1) / 10)
    const [g, gain] = [floats(v.length, 2), floats(channels, 3)]
    const [w] = planned(planWeightNorm({ channels }, [v], target), [v, gain], [of(v.length)])
    const [expected] = reference('weightNorm', { channels }, [v, gain], [of(v.length)])
    expect(firstDifference(w, expected, 8)).toBeUndefined()
    const outputs = [of(v.length), of(channels)]
    const back = planned(planWeightNormGradient({ channels }, [g, v], target), [g, v, gain], outputs)
    reference('weightNormGradient', { channels }, [g, v, gain], outputs).forEach((data, i) => {
      expect(firstDifference(back[i], data, 16, 1e-4)).toBeUndefined()
    })
  })

  test('keeps a small variance about a large mean', () => {
    const [rows, channels] = [3000, 5]
    const x = floats(rows * channels, 7).map((value) => 10_000 + value)
    const outputs = [of(channels), of(channels)]
    const [mean, variance] = planned(planMoments({ channels }, [x], target), [x], outputs)
    const [exactMean, exactVariance] = reference('moments', { channels }, [x], outputs)
    expect(firstDifference(mean, exactMean, 2)).toBeUndefined()
    expect(firstDifference(variance, exactVariance, 64)).toBeUndefined()
  })

  test('passes NaN on', () => {
    const x = Float32Array.of(1, 2, Number.NaN, 4, 5, 6)
    const [mean, variance] = planned(planMoments({ channels: 2 }, [x], target), [x], [of(2), of(2)])
    expect([...mean, ...variance]).toEqual([Number.NaN, 4, Number.NaN, expect.closeTo(8 / 3)])
    const given = [x, Float32Array.of(0, 0), Float32Array.of(1, 1), Float32Array.of(1, 1), Float32Array.of(0, 0)]
    const [y] = planned(planNormalize({ channels: 2, epsilon: 0, relu: true, residual: false }, given, target), given, [
      of(6),
    ])
    expect([...y]).toEqual([...x])
  })
})
