import { describe, expect, test } from 'vitest'
import { broadcastStrides, sizeOf } from '../../../../shapes/broadcast.ts'
import type { KernelSpecs } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planReduceExpression } from './reduce-expression.ts'

type Case = readonly [shape: readonly number[], axes: readonly number[], other: readonly number[]]

/** The second input has a shape of its own, which broadcasts. */
const cases: readonly Case[] = [
  [[1], [0], [1]],
  [[37], [0], [1]],
  [[20011], [0], [20011]],
  [[7, 130], [1], [7, 1]],
  [[7, 130], [1], [1, 130]],
  [[130, 37], [0], [1, 37]],
  [[130, 37], [0], [130, 1]],
  [[3, 50, 37], [1], [3, 1, 37]],
  [[3, 50, 37], [1], [1, 50, 1]],
  [
    [3, 5, 4, 9],
    [1, 2],
    [3, 1, 1, 9],
  ],
  [
    [3, 5, 4, 9],
    [0, 2],
    [1, 5, 1, 9],
  ],
  [
    [3, 5, 4, 9],
    [1, 3],
    [3, 5, 4, 9],
  ],
  [[3, 1, 4], [1], [3, 1, 4]],
  [[0, 3], [0], [1, 3]],
]

const texts = ['', 'subtract x0 x1\nsquare t0', 'less x0 0\nmultiply x1 c0\nwhere t0 t1 x0\nabs t2\nsqrt t3'] as const

describe.each(targets)('a reduction of an expression for $name', (target) => {
  test.each(cases)('of %j over %j, its second input %j, agrees with the reference', (shape, axes, other) => {
    for (const text of texts) {
      for (const end of [
        { root: false, scale: 1 },
        { root: false, scale: 0.25 },
        { root: true, scale: 1 },
      ]) {
        const shapes = text === '' ? [shape] : [shape, other]
        const spec: KernelSpecs['reduceExpression'] = {
          ...{ op: 'sum', text, constants: [3], shape, axes, ...end },
          strides: shapes.map((own) => broadcastStrides(own, shape)),
        }
        const inputs = shapes.map((own, i) =>
          randomArray('float32', sizeOf(own), 5 + i).map(end.root ? Math.abs : (x) => x),
        )
        const output = [{ dtype: 'float32', length: sizeOf(shape.filter((_, axis) => !axes.includes(axis))) }] as const
        const [y] = planned(planReduceExpression(spec, target), inputs, output)
        const [expected] = reference('reduceExpression', spec, inputs, output)
        const found = firstDifference(y, expected, 60, 2e-4)
        expect(found && `${text} ${JSON.stringify(end)}: ${found}`).toBeUndefined()
      }
    }
  })

  test('takes the largest of what an expression gives, and passes NaN on', () => {
    const x = Float32Array.from([1, -7, 3, 2, Number.NaN, -1])
    const spec: KernelSpecs['reduceExpression'] = {
      ...{ op: 'max', text: 'abs x0', constants: [], shape: [2, 3], strides: [[3, 1]], axes: [1] },
      ...{ scale: 1, root: false },
    }
    const output = [{ dtype: 'float32', length: 2 }] as const
    expect([...planned(planReduceExpression(spec, target), [x], output)[0]]).toEqual([7, Number.NaN])
  })
})
