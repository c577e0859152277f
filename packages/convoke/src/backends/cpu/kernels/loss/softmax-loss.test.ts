import { describe, expect, test } from 'vitest'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planSoftmaxLoss, planSoftmaxLossGradient } from './softmax-loss.ts'

const of = (length: number) => ({ dtype: 'float32', length }) as const

describe.each(targets)('the cross-entropy of labels for $name', (target) => {
  test.each([
    [1, 1],
    [7, 2],
    [5, 3],
    [3, 16],
    [4, 17],
    [130, 10],
    [2, 1031],
  ])('over %i rows of %i classes agrees with the reference', (rows, classes) => {
    const spec = { classes }
    const x = randomArray('float32', rows * classes, 1) as Float32Array
    if (classes > 3) x[1] = Number.NEGATIVE_INFINITY
    const labels = Int32Array.from({ length: rows }, (_, row) => (7 * row + 2) % classes)
    const outputs = [of(rows), of(rows), of(rows)]
    const found = planned(planSoftmaxLoss(spec, rows, target), [x, labels], outputs)
    const expected = reference('softmaxLoss', spec, [x, labels], outputs)
    found.forEach((data, i) => {
      expect(firstDifference(data, expected[i], 4, 4e-6)).toBeUndefined()
    })
    const inputs = [randomArray('float32', rows, 2), x, labels, expected[1], expected[2]]
    const [back] = planned(planSoftmaxLossGradient(spec, rows, target), inputs, [of(x.length)])
    const [gradient] = reference('softmaxLossGradient', spec, inputs, [of(x.length)])
    expect(firstDifference(back, gradient, 4, 4e-5)).toBeUndefined()
  })

  test('loses nothing to what all logits have in common', () => {
    const inputs = [Float32Array.of(10_000, 10_001, 9_999.5), Int32Array.of(0)]
    const [loss] = planned(planSoftmaxLoss({ classes: 3 }, 1, target), inputs, [of(1), of(1), of(1)])
    expect(loss[0]).toBeCloseTo(Math.log(1 + Math.exp(1) + Math.exp(-0.5)), 6)
  })

  test('stays finite for huge logits, and passes NaN on', () => {
    const x = Float32Array.of(1e30, -1e30, 3, Number.NaN)
    const inputs = [x, Int32Array.of(1, 0)]
    const [loss] = planned(planSoftmaxLoss({ classes: 2 }, 2, target), inputs, [of(2), of(2), of(2)])
    expect([...loss]).toEqual([Math.fround(2e30), Number.NaN])
  })
})
