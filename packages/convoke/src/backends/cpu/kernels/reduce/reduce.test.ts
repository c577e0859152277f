import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { DType, KernelSpecs } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planReduce } from './reduce.ts'

const ops = ['sum', 'product', 'max', 'min'] as const

const cases: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[1], [0]],
  [[3], [0]],
  [[1031], [0]],
  [[], []],
  [[5, 1, 4], [1]],
  [[7, 17], [1]],
  [[17, 7], [0]],
  [[3, 5, 37], [1]],
  [
    [3, 5, 70],
    [0, 2],
  ],
  [
    [2, 3, 4, 5, 6],
    [0, 2, 4],
  ],
  [
    [2, 3, 4, 5, 6],
    [1, 3],
  ],
  [
    [4, 3],
    [0, 1],
  ],
  [[0, 3], [0]],
  [[3, 0], [0]],
]

const outputOf = ({ shape, axes }: KernelSpecs['reduce'], dtype: DType) =>
  [{ dtype, length: sizeOf(shape.map((size, axis) => (axes.includes(axis) ? 1 : size))) }] as const

describe.each(targets)('a reduction for $name', (target) => {
  test.each(cases)('of %j over %j agrees with the reference', (shape, axes) => {
    for (const op of ops) {
      for (const dtype of ['float32', 'int32', 'uint8', 'bool'] as const) {
        const x = randomArray(dtype, sizeOf(shape), 11)
        // Products of many numbers leave the range of int32: keep them to signs.
        if (op === 'product')
          for (let i = 0; i < x.length; i++) x[i] = dtype === 'float32' ? 1 + x[i] / 1000 : x[i] & 1 || 1
        const spec = { op, shape, axes }
        const output = outputOf(spec, dtype)
        const [y] = planned(planReduce(spec, dtype, target), [x], output)
        const [expected] = reference('reduce', spec, [x], output)
        const close = dtype === 'float32' && (op === 'sum' || op === 'product')
        const found = firstDifference(y, expected, close ? 40 : 0, close ? 1e-4 : 0)
        expect(found && `${op} of ${dtype}: ${found}`).toBeUndefined()
      }
    }
  })

  test.each(['max', 'min'] as const)('%s passes NaN on from any place, and knows infinities', (op) => {
    for (const [shape, axis] of [
      [[90, 67], 1],
      [[67, 90], 0],
    ] as const) {
      const x = randomArray('float32', 90 * 67, 2)
      for (let line = 0; line < 67; line++) x[axis === 1 ? line * 67 + line : line * 90 + line] = Number.NaN
      x[89 * 67] = Number.POSITIVE_INFINITY
      x[1] = Number.NEGATIVE_INFINITY
      const spec = { op, shape, axes: [axis] }
      const output = outputOf(spec, 'float32')
      const [y] = planned(planReduce(spec, 'float32', target), [x], output)
      expect([...y]).toEqual([...reference('reduce', spec, [x], output)[0]])
    }
  })

  test('cuts long axes into pieces, and still reduces every element once', () => {
    for (const [shape, axes] of [
      [[70001], [0]],
      [[40001, 3], [0]],
      [[2, 40001], [1]],
    ] as const) {
      const spec = { op: 'sum', shape, axes } as const
      const plan = planReduce(spec, 'int32', target)
      expect(plan.steps.length).toBe(2)
      const x = randomArray('int32', sizeOf(shape), 3)
      const output = outputOf(spec, 'int32')
      const [y] = planned(plan, [x], output)
      expect([...y]).toEqual([...reference('reduce', spec, [x], output)[0]])
    }
  })

  test('keeps the rounding error of a long sum small', () => {
    const x = Float32Array.from(randomArray('float32', 65536, 5), (value) => value + 10)
    const spec = { op: 'sum', shape: [65536], axes: [0] } as const
    const [y] = planned(planReduce(spec, 'float32', target), [x], outputOf(spec, 'float32'))
    expect(firstDifference(y, [x.reduce((sum, value) => sum + value, 0)], 8)).toBeUndefined()
  })
})
