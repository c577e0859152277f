import { describe, expect, test } from 'vitest'
import { targets } from '../../program/index.ts'
import { newArray } from '../testing/arrays.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planArgReduce } from './arg-reduce.ts'
import { planCumulativeSum } from './cumulative-sum.ts'

const axes = [
  { outer: 1, length: 1, inner: 1 },
  { outer: 3, length: 17, inner: 1 },
  { outer: 2, length: 131, inner: 1 },
  { outer: 5, length: 3, inner: 1 },
  { outer: 2, length: 7, inner: 3 },
  { outer: 3, length: 5, inner: 37 },
  { outer: 1, length: 2, inner: 70 },
  { outer: 0, length: 4, inner: 3 },
  { outer: 2, length: 4, inner: 0 },
] as const

describe.each(targets)('the first extreme along an axis, for $name', (target) => {
  test.each(axes)('of [$outer, $length, $inner] is where the reference finds it', (axis) => {
    for (const op of ['argMax', 'argMin'] as const) {
      for (const dtype of ['float32', 'int32', 'uint8', 'bool'] as const) {
        const x = randomArray(dtype, axis.outer * axis.length * axis.inner, 6)
        // Few different values, so that there are ties.
        for (let i = 0; i < x.length; i++) x[i] = Math.round(x[i] / 4)
        const output = [{ dtype: 'int32', length: axis.outer * axis.inner }] as const
        const [y] = planned(planArgReduce({ ...axis, op }, dtype, target), [x], output)
        expect([...y]).toEqual([...reference('argReduce', { ...axis, op }, [x], output)[0]])
      }
    }
  })

  test('takes the first NaN, the first of ±0, and infinities for what they are', () => {
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]
    const rows = [
      [1, nan, inf, nan],
      [-0, 0, -0, 0],
      [-inf, -inf, -inf, -inf],
      [inf, 5, inf, -inf],
      [-1, -2, -3, -3],
    ]
    for (const op of ['argMax', 'argMin'] as const) {
      for (const axis of [
        { outer: 5, length: 4, inner: 1 },
        { outer: 1, length: 5, inner: 4 },
      ]) {
        const x = Float32Array.from(rows.flat())
        const output = [{ dtype: 'int32', length: axis.outer * axis.inner }] as const
        const [y] = planned(planArgReduce({ ...axis, op }, 'float32', target), [x], output)
        expect([...y]).toEqual([...reference('argReduce', { ...axis, op }, [x], output)[0]])
      }
    }
  })

  test('knows the ends of int32', () => {
    const x = newArray('int32', 40).fill(-(2 ** 31))
    const spec = { op: 'argMax', outer: 2, length: 20, inner: 1 } as const
    expect([...planned(planArgReduce(spec, 'int32', target), [x], [{ dtype: 'int32', length: 2 }])[0]]).toEqual([0, 0])
  })
})

describe.each(targets)('running sums for $name', (target) => {
  test.each(axes)('over [$outer, $length, $inner] agree with the reference both ways', (axis) => {
    for (const exclusive of [false, true]) {
      for (const reverse of [false, true]) {
        for (const dtype of ['float32', 'int32'] as const) {
          const x = randomArray(dtype, axis.outer * axis.length * axis.inner, 6)
          const spec = { ...axis, exclusive, reverse }
          const output = [{ dtype, length: x.length }] as const
          const [y] = planned(planCumulativeSum(spec, dtype, target), [x], output)
          const [expected] = reference('cumulativeSum', spec, [x], output)
          expect(firstDifference(y, expected, 0, dtype === 'float32' ? 1e-4 : 0)).toBeUndefined()
        }
      }
    }
  })
})
