import { describe, expect, it } from 'vitest'
import { tensor, zeros } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const x = [input([2, 3, 4])]

describe('reductions agree with float64 and central differences', () => {
  const choices = [{}, { axes: 1 }, { axes: [0, -1], keepDims: true }, { axes: [] }]
  const reductions = { sum: ops.sum, mean: ops.mean, product: ops.product, logSumExp: ops.logSumExp, norm: ops.norm }
  for (const [name, op] of Object.entries(reductions)) {
    it.each(choices)(`${name} with %j`, (options) => checkOp((t) => op(t, options), x, { second: name !== 'norm' }))
  }
  it.each([{}, { axes: 1 }, { axes: [0, -1], keepDims: true }])('max, min, variance with %j', async (options) => {
    await checkOp((t) => ops.max(t, options), x)
    await checkOp((t) => ops.min(t, options), x)
    await checkOp((t) => ops.variance(t, options), x, { second: true })
    await checkOp((t) => ops.norm(t, { ...options, p: 1 }), x)
  })
  it('softmax and logSoftmax along any axis', async () => {
    for (const axis of [0, 1, -1]) {
      await checkOp((t) => ops.softmax(t, { axis }), x, { second: true })
      await checkOp((t) => ops.logSoftmax(t, { axis }), x, { second: true })
    }
  })
  it('cumulativeSum in its four forms', async () => {
    for (const exclusive of [false, true]) {
      for (const reverse of [false, true]) {
        await checkOp((t) => ops.cumulativeSum(t, { axis: 1, exclusive, reverse }), x, { second: true })
      }
    }
  })
  it('product with zeros among the factors', () =>
    checkOp((t) => ops.product(t, { axes: 1 }), [{ shape: [4, 3], values: [1, 2, 3, 0, 2, 3, 0, 0, 3, 0, 0, 0] }]))
})

describe('reductions at the edges', () => {
  it('know what nothing adds up to', () => {
    expect(ops.sum(zeros([0])).item()).toBe(0)
    expect(ops.product(zeros([0])).item()).toBe(1)
    expect(ops.all(zeros([0])).item()).toBe(1)
    expect(ops.any(zeros([0])).item()).toBe(0)
    expect(() => ops.mean(zeros([0]))).toThrow('mean: there is nothing to reduce')
    expect(() => ops.max(zeros([2, 0]), { axes: 1 })).toThrow('max: there is nothing to reduce')
  })
  it('stay finite for huge logits', () => {
    expect(ops.softmax([1000, 1000]).toArray()).toEqual([0.5, 0.5])
    expect(ops.logSumExp([1000, 1000]).item()).toBeCloseTo(1000 + Math.log(2), 3)
    expect(ops.logSumExp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]).item()).toBe(Number.NEGATIVE_INFINITY)
  })
  it('find the first extreme, and NaN', () => {
    expect(ops.argMax([3, 7, 7, 1]).item()).toBe(1)
    expect(
      ops
        .argMin(
          [
            [3, 1],
            [0, 1],
          ],
          { axis: 0 },
        )
        .toArray(),
    ).toEqual([1, 0])
    expect(ops.argMax([3, Number.NaN, 7]).item()).toBe(1)
    expect(ops.max([3, Number.NaN, 7]).item()).toBeNaN()
  })
  it('sort the top k, ties in order', () => {
    const { values, indices } = ops.topK(tensor([[3, 9, 9, 1]]), 3)
    expect(values.toArray()).toEqual([[9, 9, 3]])
    expect(indices.toArray()).toEqual([[1, 2, 0]])
    expect(ops.topK([4, 2, 8], 2, { largest: false }).values.toArray()).toEqual([2, 4])
  })
  it('sort along any axis, every dtype, both ways', () => {
    const y = tensor([
      [3, -1, 2],
      [0, 5, 2],
    ])
    expect(ops.sort(y).toArray()).toEqual([
      [-1, 2, 3],
      [0, 2, 5],
    ])
    expect(ops.sort(y, { axis: 0, descending: true }).toArray()).toEqual([
      [3, 5, 2],
      [0, -1, 2],
    ])
    expect(ops.argsort(y, { axis: 0, descending: true }).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ])
    for (const dtype of ['int32', 'uint8', 'bool'] as const) {
      const bits = tensor([1, 0, 1, 0], { dtype })
      expect([...ops.sort(bits).dataSync()]).toEqual([0, 0, 1, 1])
      expect(ops.sort(bits).dtype).toBe(dtype)
      expect(ops.argsort(bits).toArray()).toEqual([1, 3, 0, 2])
    }
  })
  it.each([
    { axis: 0, descending: false },
    { axis: 1, descending: true },
  ])('sort has a gradient: %o', (options) => checkOp((t) => ops.sort(t, options), x))
  it('topK has a gradient', () => checkOp((t) => ops.topK(t, 2, { axis: 1 }).values, x))
  it('name an axis that is not there', () => {
    expect(() => ops.sum([1, 2], { axes: 1 })).toThrow('sum: axis 1 does not exist in a tensor of rank 1. Use -1 to 0.')
  })
})
