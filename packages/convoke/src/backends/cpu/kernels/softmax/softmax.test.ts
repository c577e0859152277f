import { describe, expect, test } from 'vitest'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planSoftmax, planSoftmaxGradient } from './softmax.ts'

const of = (length: number) => ({ dtype: 'float32', length }) as const

describe.each(targets)('softmax for $name', (target) => {
  test.each([
    [1, 1, 1],
    [7, 2, 1],
    [5, 10, 1],
    [3, 64, 1],
    [2, 1031, 1],
    [2, 4700, 1],
    [3, 5, 2],
    [2, 21, 19],
    [1, 70, 64],
    [2, 3, 300],
  ])('of [%i, %i, %i] along the middle agrees with the reference', (outer, length, inner) => {
    const x = randomArray('float32', outer * length * inner, 1) as Float32Array
    if (length > 2) x[inner] = Number.NEGATIVE_INFINITY
    for (const log of [false, true]) {
      const spec = { outer, length, inner, log }
      const [y] = planned(planSoftmax(spec, target), [x], [of(x.length)])
      const [expected] = reference('softmax', spec, [x], [of(x.length)])
      // Differences up to 20 are rounded by up to 2⁻²⁰: 16 units of the last place of their powers.
      expect(firstDifference(y, expected, log ? 4 : 20, log ? 4e-6 : 0)).toBeUndefined()
      const inputs = [randomArray('float32', x.length, 2), expected]
      const [back] = planned(planSoftmaxGradient(spec, target), inputs, [of(x.length)])
      const [gradient] = reference('softmaxGradient', spec, inputs, [of(x.length)])
      // Logarithms: sums of up to five thousand terms of up to ten.
      expect(firstDifference(back, gradient, 16, log ? 2e-3 : 1e-5)).toBeUndefined()
    }
  })

  const along = (values: readonly number[], log: boolean, inner: number): number[] => {
    const x = Float32Array.from(values.flatMap((value) => new Array<number>(inner).fill(value)))
    const [y] = planned(planSoftmax({ outer: 1, length: values.length, inner, log }, target), [x], [of(x.length)])
    return [...y].filter((_, i) => i % inner === 0)
  }
  const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY]
  // As docs/edges.md has them.
  test.each([1, 2, 17])('follows its rules at the edges, %i beside each other', (inner) => {
    expect(along([0, -infinite, 0], false, inner)).toEqual([0.5, 0, 0.5])
    expect(along([0, -infinite, 0], true, inner)[1]).toBe(-infinite)
    expect(along([-infinite, -infinite], false, inner)).toEqual([nan, nan])
    expect(along([-infinite, -infinite], true, inner)).toEqual([nan, nan])
    expect(along([1, infinite, 2], false, inner)).toEqual([0, nan, 0])
    expect(along([1, infinite, 2], true, inner)).toEqual([-infinite, nan, -infinite])
    expect(along([1, nan, 2], false, inner)).toEqual([nan, nan, nan])
    expect(along([3e38, -3e38], false, inner)).toEqual([1, 0])
    // e^−100 is a denormal number.
    expect(along([100, 0], false, inner)[1]).toBe(Math.fround(Math.exp(-100)))
    expect(along([10_000, 10_000], true, inner)[0]).toBeCloseTo(-Math.LN2, 6)
  })

  test.each([1, 3])('keeps NaN in its own row, %i beside each other', (inner) => {
    const x = randomArray('float32', 40 * inner, 3) as Float32Array
    const spec = { outer: 2, length: 20, inner, log: false }
    const [clean] = planned(planSoftmax(spec, target), [x], [of(x.length)])
    const spoilt = x.slice()
    spoilt[25 * inner] = nan
    const [y] = planned(planSoftmax(spec, target), [spoilt], [of(x.length)])
    y.forEach((value, i) => {
      expect(value).toBe(i >= 20 * inner && i % inner === 0 ? nan : clean[i])
    })
  })
})
