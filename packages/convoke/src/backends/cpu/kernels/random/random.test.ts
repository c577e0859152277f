// Threefry's published answers, the same bits from every program, and the statistics of what is made of them.

import { describe, expect, it, test } from 'vitest'
import { streamKey } from '../../../random-stream.ts'
import { normalPair, threefry } from '../../../reference/random.ts'
import { targets } from '../../program/index.ts'
import { planned, reference } from '../testing/compare.ts'
import { planDropout, planRandom } from './random.ts'

describe('Threefry-4×32-20', () => {
  // kat_vectors of Random123 1.14 (Salmon et al. 2011).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      ['9c6ca96a', 'e17eae66', 'fc10ecd4', '5256a7d8'],
    ],
    [
      [-1, -1, -1, -1],
      [-1, -1, -1, -1],
      ['2a881696', '57012287', 'f6c7446e', 'a16a6732'],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
      ['59cd1dbb', 'b8879579', '86b5d00c', 'ac8b6d84'],
    ],
  ] as const)('gives the published words for counter %j', (counter, key, expected) => {
    const words = threefry([...counter], [...key])
    expect(words.map((word) => (word >>> 0).toString(16).padStart(8, '0'))).toEqual(expected)
  })
})

describe('keys', () => {
  it('hold all 53 bits of a seed and its sign', () => {
    expect(streamKey(2 ** 53 - 1)).toEqual([-1, 2 ** 21 - 1])
    expect(streamKey(-1)).toEqual([-1, -1])
    expect(streamKey(2 ** 32 + 7)).toEqual([7, 1])
  })
})

describe('normal numbers', () => {
  it('are Box and Muller’s of the two words', () => {
    for (const [first, second] of [
      [0, 0],
      [-1, -1],
      [1, 2 ** 30],
      [0x12345678, -0x12345678],
      [0x7fffffff, 0x40000001],
    ]) {
      const v = Math.fround(Math.fround(first >>> 1) + 1) * 2 ** -31
      const radius = Math.sqrt(-2 * Math.log(v))
      // 24 bits of an angle about the middle of its quadrant.
      const angle = (((second << 2) >> 8) * 2 ** -24 + (second >>> 30)) * (Math.PI / 2)
      const [x, y] = normalPair(first, second)
      expect(Math.abs(x - radius * Math.cos(angle))).toBeLessThan(1e-6)
      expect(Math.abs(y - radius * Math.sin(angle))).toBeLessThan(1e-6)
    }
  })
})

/** Less than a vector, stripes, some more, several tasks. */
const lengths = [1, 5, 16, 17, 63, 64, 65, 120, 1000, 70_003]
const key = streamKey(123_456_789_012_345)

describe.each(targets)('random numbers for $name', (target) => {
  test.each(['uniform', 'normal'] as const)('%s: the bits of the reference', (distribution) => {
    const spec = { distribution, key, scale: 0.7, offset: -0.1 }
    for (const length of target.name === 'avx2' ? lengths : lengths.slice(0, -1)) {
      const outputs = [{ dtype: 'float32', length }] as const
      expect(planned(planRandom(spec, length, target), [], outputs)).toEqual(reference('random', spec, [], outputs))
    }
  })
  test('dropout: the mask of the reference, endless values dropped too', () => {
    for (const length of lengths.slice(0, -1)) {
      const x = Float32Array.from({ length }, (_, i) => [i + 1, Number.NaN, Number.POSITIVE_INFINITY][i % 3])
      const spec = { key, dropped: Math.round(0.4 * 2 ** 24), scale: 1 / 0.6 }
      const outputs = [{ dtype: 'float32', length }] as const
      expect(planned(planDropout(spec, length, target), [x], outputs)).toEqual(reference('dropout', spec, [x], outputs))
    }
  })
})

describe('a million numbers', () => {
  const length = 2 ** 20
  const drawn = (distribution: 'uniform' | 'normal', seed: number): Float64Array =>
    Float64Array.from(
      reference(
        'random',
        { distribution, key: streamKey(seed), scale: 1, offset: 0 },
        [],
        [{ dtype: 'float32', length }],
      )[0],
    )
  const mean = (values: Float64Array, of: (value: number, i: number) => number): number => {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += of(values[i], i)
    return sum / values.length
  }
  it('are evenly spread, and not correlated with their neighbours', () => {
    const values = drawn('uniform', 5)
    const counts = new Array<number>(256).fill(0)
    for (const value of values) counts[Math.floor(value * 256)]++
    const each = length / 256
    const chiSquared = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0)
    // 255 degrees of freedom: five deviations of √510 either side.
    expect(chiSquared).toBeGreaterThan(255 - 5 * Math.sqrt(510))
    expect(chiSquared).toBeLessThan(255 + 5 * Math.sqrt(510))
    for (const lag of [1, 16, 64]) {
      const covariance = mean(values.subarray(0, length - lag), (value, i) => (value - 0.5) * (values[i + lag] - 0.5))
      expect(Math.abs(covariance * 12)).toBeLessThan(5 / Math.sqrt(length))
    }
  })
  it('have the moments and the tails of a normal distribution', () => {
    const values = drawn('normal', 6)
    const error = 5 / Math.sqrt(length)
    expect(Math.abs(mean(values, (x) => x))).toBeLessThan(error)
    expect(Math.abs(mean(values, (x) => x * x) - 1)).toBeLessThan(error * Math.sqrt(2))
    expect(Math.abs(mean(values, (x) => x ** 3))).toBeLessThan(error * Math.sqrt(15))
    expect(Math.abs(mean(values, (x) => x ** 4) - 3)).toBeLessThan(error * Math.sqrt(96))
    // P(|x| > 1, 2, 3, 4) of the normal distribution.
    for (const [bound, share] of [
      [1, 0.3173105],
      [2, 0.0455003],
      [3, 0.0026998],
      [4, 0.0000633],
    ])
      expect(Math.abs(mean(values, (x) => Number(Math.abs(x) > bound)) - share)).toBeLessThan(error * Math.sqrt(share))
    const pairs = mean(values.subarray(0, length - 16), (x, i) => x * values[i + 16])
    expect(Math.abs(pairs)).toBeLessThan(error)
  })
  it('differ from seed to seed', () => {
    const [a, b] = [drawn('uniform', 1), drawn('uniform', 2)]
    expect(Math.abs(mean(a, (value, i) => (value - 0.5) * (b[i] - 0.5)) * 12)).toBeLessThan(5 / Math.sqrt(length))
  })
})
