import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { tensor } from '../tensor/index.ts'
import { binaryCrossEntropy, huber, meanAbsoluteError, meanSquaredError } from './losses.ts'

const summed = { reduction: 'sum' } as const

describe('losses of pairs in one pass', () => {
  it('give both tensors their gradients, opposite where only the difference counts', () => {
    const [x, y] = [tensor([1, -2, 0.5]), tensor([4, -2, 0])]
    const of = (loss: () => ReturnType<typeof huber>): unknown[] =>
      valueAndGradients(loss, [x, y]).gradients.map((gradient) => gradient.toArray())
    expect(of(() => meanSquaredError(x, y, summed))).toEqual([
      [-6, 0, 1],
      [6, 0, -1],
    ])
    expect(of(() => meanAbsoluteError(x, y, summed))).toEqual([
      [-1, 0, 1],
      [1, 0, -1],
    ])
    // Within delta the slope is the difference, beyond it is delta.
    expect(of(() => huber(x, y, { ...summed, delta: 2 }))).toEqual([
      [-2, 0, 0.5],
      [2, 0, -0.5],
    ])
    expect(of(() => huber(x, y, { ...summed, delta: Number.POSITIVE_INFINITY }))).toEqual([
      [-3, 0, 0.5],
      [3, 0, -0.5],
    ])
  })

  it('leave certain and right answers without a gradient, and wrong ones with one of 1', () => {
    const { POSITIVE_INFINITY: ever, NEGATIVE_INFINITY: never } = Number
    const [x, y] = [tensor([ever, never, ever, never, 0]), tensor([1, 0, 0, 1, 0.25])]
    const { value, gradients } = valueAndGradients(() => binaryCrossEntropy(x, y, summed), [x])
    expect(value.item()).toBe(ever)
    expect(gradients[0].toArray()).toEqual([0, 0, 1, -1, 0.25])
  })

  it('tell a target how the loss changes with it: log 1/σ(x) − log 1/σ(−x) = −x, times the weight of the positives', () => {
    const [x, y] = [tensor([2, -1]), tensor([0.5, 0.75])]
    const { gradients } = valueAndGradients(() => binaryCrossEntropy(x, y, summed), [y])
    const [a, b] = gradients[0].toArray() as number[]
    expect(a).toBeCloseTo(-2, 5)
    expect(b).toBeCloseTo(1, 5)
    const weighed = valueAndGradients(() => binaryCrossEntropy(x, y, { ...summed, positiveWeight: 3 }), [y])
    // 3·log(1 + e⁻²) − log(1 + e²), from a calculator: 3·0.12692801 − 2.12692801.
    expect((weighed.gradients[0].toArray() as number[])[0]).toBeCloseTo(-1.74614398, 5)
  })
})
