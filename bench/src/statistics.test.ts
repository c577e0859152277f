import { describe, expect, it } from 'vitest'
import { geometricMean, median, quantile } from './statistics.ts'

describe('statistics', () => {
  it('takes the middle of an odd number of values and the mean of the middle two of an even one', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('interpolates quantiles as R does by default', () => {
    // quantile(c(1, 2, 4, 8, 16), c(0.1, 0.25, 0.9)) in R: 1.4, 2.0, 12.8
    const values = [16, 2, 8, 1, 4]
    expect([0.1, 0.25, 0.9].map((q) => quantile(values, q))).toEqual([1.4, 2, 12.8])
  })

  it('does not reorder the values it is given', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('multiplies ratios instead of adding them: twice as fast and half as fast is no change', () => {
    expect(geometricMean([2, 0.5])).toBeCloseTo(1, 12)
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 12)
  })

  it('has no answer for no values', () => {
    expect(median([])).toBeNaN()
    expect(geometricMean([])).toBeNaN()
  })
})
