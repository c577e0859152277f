import { describe, expect, it } from 'vitest'
import { full, type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const x = input([3, 2, 4, 4], 1)
const [scale, bias] = [input([4], 2), input([4], 3)]
const loose = { second: true, tolerance: 1e-5 }

describe('normalisations agree with float64 and central differences, to second order', () => {
  it('batchNorm in training', async () => {
    await checkOp((a) => ops.batchNorm(a), [x], loose)
    await checkOp((a, s, b) => ops.batchNorm(a, { scale: s, bias: b, epsilon: 0.1 }), [x, scale, bias], loose)
  })
  it('batchNorm with an activation', async () => {
    for (const activation of ['relu', 'tanh'] as const) {
      const op = (a: Tensor, s: Tensor, b: Tensor) => ops.batchNorm(a, { scale: s, bias: b, epsilon: 0.1, activation })
      await checkOp(op, [x, scale, bias], loose)
    }
    await checkOp((a) => ops.batchNorm(a, { mean: [0, 1], variance: [1, 2], activation: 'relu' }), [input([3, 2])])
  })
  it('batchNorm in prediction', () =>
    checkOp(
      (a, s, b, mean, variance) => ops.batchNorm(a, { scale: s, bias: b, mean, variance }),
      [input([2, 3, 4]), scale, bias, input([4], 4), input([4], 5, { scale: 0.4, offset: 1 })],
      loose,
    ))
  it('layerNorm', async () => {
    await checkOp((a) => ops.layerNorm(a), [x], loose)
    await checkOp(
      (a, s, b) => ops.layerNorm(a, { axes: [-2, -1], scale: s, bias: b }),
      [input([2, 2, 3, 4]), input([3, 4], 2), input([3, 4], 3)],
      loose,
    )
  })
  it('groupNorm and instanceNorm', async () => {
    for (const groups of [1, 2, 4]) {
      await checkOp(
        (a, s, b) => ops.groupNorm(a, groups, { scale: s, bias: b }),
        [input([2, 2, 3, 4]), scale, bias],
        loose,
      )
    }
    await checkOp((a, s, b) => ops.instanceNorm(a, { scale: s, bias: b }), [input([2, 2, 3, 4]), scale, bias], loose)
  })
  it('rmsNorm', () => checkOp((a, s) => ops.rmsNorm(a, { scale: s }), [x, scale], loose))
  it('localResponseNorm', async () => {
    for (const size of [1, 2, 3, 5]) {
      await checkOp((a) => ops.localResponseNorm(a, { size, alpha: 0.5, bias: 2 }), [input([1, 2, 2, 4])], loose)
    }
  })
})

describe('normalisations do what their names say', () => {
  const values = tensor(x.values, { shape: x.shape })
  const close = (found: Tensor, expected: number): void => {
    for (const value of found.dataSync()) expect(value).toBeCloseTo(expected, 4)
  }
  it('leave mean 0 and variance 1 over their axes', () => {
    const options = { epsilon: 0 }
    for (const [y, axes] of [
      [ops.batchNorm(values, options), [0, 1, 2]],
      [ops.layerNorm(values, options), [-1]],
      [ops.layerNorm(values, { ...options, axes: [1, 2, 3] }), [1, 2, 3]],
      [ops.instanceNorm(values, options), [1, 2]],
      [ops.groupNorm(values, 1, options), [1, 2, 3]],
    ] as [Tensor, number[]][]) {
      close(ops.mean(y, { axes }), 0)
      close(ops.variance(y, { axes }), 1)
    }
    close(ops.mean(ops.square(ops.rmsNorm(values, options)), { axes: -1 }), 1)
  })
  it('predict with the statistics of the batch as training does', () => {
    const { mean, variance } = ops.batchStatistics(values)
    expect(mean.shape).toEqual([4])
    const trained = ops.batchNorm(values).dataSync()
    ops
      .batchNorm(values, { mean, variance })
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(trained[i], 5)
      })
  })
  it('group consecutive channels', () => {
    const y = ops.groupNorm(tensor([[[1, 3, 100, 300]]]), 2, { epsilon: 0 })
    expect(y.toArray()).toEqual([[[-1, 1, -1, 1]]])
  })
  it('localResponseNorm follows its formula, more channels above than below for an even size', () => {
    const found = ops.localResponseNorm(tensor([[1, 2, 3, 4]]), { size: 2, alpha: 2, beta: 1, bias: 1 }).dataSync()
    const sums = [1 + 4, 4 + 9, 9 + 16, 16]
    sums.forEach((sum, c) => {
      expect(found[c]).toBeCloseTo((c + 1) / (1 + sum), 6)
    })
  })
  it('stay finite where there is no variance', () => {
    close(ops.batchNorm(full([2, 3], 7)), 0)
    close(ops.layerNorm(full([2, 3], 7)), 0)
  })
  it('never change the shape of what they normalise', () => {
    const row = tensor([[1, 2, 3]])
    expect(() => ops.layerNorm(row, { scale: full([4, 3], 1) })).toThrow('layerNorm: the scale has shape [4, 3]')
    expect(() => ops.rmsNorm(row, { scale: full([2, 1, 3], 1) })).toThrow('rmsNorm: the scale has shape [2, 1, 3]')
    expect(() => ops.batchNorm(row, { scale: [1, 2] })).toThrow('batchNorm: the scale has shape [2]')
    expect(() => ops.groupNorm(row, 2)).toThrow('groupNorm: 2 groups must divide the 3 channels')
  })
})
