import { describe, expect, test } from 'vitest'
import { targets } from '../../program/index.ts'
import { planExtremes } from '../reduce/extremes.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { planFromPlanes, planToPlanes } from './planes.ts'

/** Less than a vector, whole vectors, some more, and several tasks. */
const counts = [1, 3, 8, 16, 17, 61, 20_011]
const channelCounts = [1, 2, 3, 4]
const dtypes = ['uint8', 'float32'] as const

describe.each(targets)('planes for $name', (target) => {
  test.each(channelCounts)('of %i channels hold every sample in its place', (channels) => {
    for (const pixels of counts) {
      for (const dtype of dtypes) {
        const x = randomArray(dtype, channels * pixels, pixels)
        const outputs = [{ dtype: 'float32', length: x.length }] as const
        const [y] = planned(planToPlanes({ channels }, dtype, x.length, target), [x], outputs)
        const expected = Array.from({ length: x.length }, (_, i) => x[(i % pixels) * channels + Math.floor(i / pixels)])
        expect([...y]).toEqual(expected)
      }
    }
  })

  test.each(channelCounts)('of %i channels come back as pixels, rounded and brought into range', (channels) => {
    const spec = { channels, absolute: false, scale: 2, offset: 100, most: 255, whole: true }
    for (const pixels of counts) {
      for (const dtype of dtypes) {
        const x = Float32Array.from({ length: channels * pixels }, (_, i) => ((i * 37) % 900) / 4 - 100)
        const outputs = [{ dtype, length: x.length }] as const
        const [y] = planned(planFromPlanes(spec, dtype, x.length, target), [x], outputs)
        const expected = Array.from({ length: x.length }, (_, i) => {
          const value = 2 * x[(i % channels) * pixels + Math.floor(i / channels)] + 100
          return Math.round(Math.min(Math.max(value, 0), 255))
        })
        expect([...y]).toEqual(expected)
      }
    }
  })

  test('round halves up, the largest number below a half down, and NaN to 0', () => {
    const x = Float32Array.of(0.5, 1.5, 2.5, 0.49999997, -3, Number.NaN, 254.5, 1e30, 254.49998)
    const spec = { channels: 1, absolute: false, scale: 1, offset: 0, most: 255, whole: true }
    const outputs = [{ dtype: 'uint8', length: x.length }] as const
    const [y] = planned(planFromPlanes(spec, 'uint8', x.length, target), [x], outputs)
    expect([...y]).toEqual([1, 2, 3, 0, 0, 0, 255, 255, 254])
  })

  test('take absolute values, or stay as they are', () => {
    const x = Float32Array.of(-3.25, 300)
    const outputs = [{ dtype: 'float32', length: 2 }] as const
    const spec = { channels: 2, absolute: false, scale: 1, offset: 0, most: null, whole: false }
    expect([...planned(planFromPlanes(spec, 'float32', 2, target), [x], outputs)[0]]).toEqual([-3.25, 300])
    const absolute = { ...spec, absolute: true, most: 255 }
    expect([...planned(planFromPlanes(absolute, 'float32', 2, target), [x], outputs)[0]]).toEqual([3.25, 255])
  })
})

describe.each(targets)('extremes for $name', (target) => {
  const outputs = [{ dtype: 'float32', length: 2 }] as const
  const found = (x: Float32Array) => [...planned(planExtremes(x.length, target), [x], outputs)[0]]

  test.each([1, 2, 23, 24, 25, 49, 50_001])('of %i numbers are the least and the greatest', (length) => {
    const x = randomArray('float32', length, length) as Float32Array
    const sorted = [...x].sort((a, b) => a - b)
    expect(found(x)).toEqual([sorted[0], sorted[length - 1]])
    expect(found(x)).toEqual([...reference('extremes', {}, [x], outputs)[0]])
  })

  test('are NaN where one is, wherever it stands, and infinite the wrong way round of nothing', () => {
    for (const at of [0, 11, 40, 69]) {
      const x = Float32Array.from({ length: 70 }, (_, i) => (i === at ? Number.NaN : i))
      expect(found(x)).toEqual([Number.NaN, Number.NaN])
    }
    expect(found(Float32Array.of(2, Number.NEGATIVE_INFINITY))).toEqual([Number.NEGATIVE_INFINITY, 2])
    expect(found(new Float32Array(0))).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
  })
})
