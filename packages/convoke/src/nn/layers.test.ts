import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { conv2d, convTranspose2d, sum } from '../ops/index.ts'
import { ones, randomNormal, type Tensor, tensor } from '../tensor/index.ts'
import * as nn from './index.ts'

const values = (x: Tensor) => Array.from(x.dataSync())
const meanOf = (list: ArrayLike<number>) => Array.from(list).reduce((a, b) => a + b, 0) / list.length

describe('convolution layers', () => {
  it('compute what the op computes with their filter', () => {
    const layer = nn.Conv2d({ in: 2, out: 4, kernel: [3, 2], stride: 2, groups: 2, activation: 'relu' })
    const x = randomNormal([1, 7, 6, 2], { seed: 1 })
    const { weight, bias } = layer.namedParameters()
    const expected = conv2d(x, weight, { stride: 2, groups: 2, bias, activation: 'relu' })
    expect(values(layer(x))).toEqual(values(expected))
  })

  it('transpose with a filter read from the other side', () => {
    const layer = nn.ConvTranspose2d({ in: 3, out: 2, kernel: 2, stride: 2 })
    const x = randomNormal([1, 3, 3, 3], { seed: 1 })
    const { weight, bias } = layer.namedParameters()
    expect(weight.shape).toEqual([2, 2, 2, 3])
    expect(values(layer(x))).toEqual(values(convTranspose2d(x, weight, { stride: 2, bias })))
  })

  it.each([
    ['Conv1d', nn.Conv1d({ in: 2, out: 3, kernel: 3 }), [1, 9, 2], [1, 7, 3], 21],
    ['Conv3d', nn.Conv3d({ in: 1, out: 2, kernel: 2 }), [1, 3, 3, 3, 1], [1, 2, 2, 2, 2], 18],
    ['DepthwiseConv2d', nn.DepthwiseConv2d({ channels: 3, multiplier: 2, kernel: 3 }), [1, 5, 5, 3], [1, 3, 3, 6], 60],
    ['SeparableConv2d', nn.SeparableConv2d({ in: 3, out: 8, kernel: 3 }), [1, 5, 5, 3], [1, 3, 3, 8], 27 + 24 + 8],
    ['ConvTranspose1d', nn.ConvTranspose1d({ in: 2, out: 3, kernel: 4, stride: 2 }), [1, 5, 2], [1, 12, 3], 27],
    [
      'ConvTranspose3d',
      nn.ConvTranspose3d({ in: 1, out: 1, kernel: 2, stride: 2 }),
      [1, 2, 2, 2, 1],
      [1, 4, 4, 4, 1],
      9,
    ],
  ] as const)('%s has the shape and the parameters expected', (_, layer, input, output, parameters) => {
    expect(layer(ones(input)).shape).toEqual(output)
    expect(layer.parameterCount()).toBe(parameters)
  })

  it('can do without a bias', () => {
    expect(Object.keys(nn.Conv2d({ in: 1, out: 1, kernel: 1, bias: false }).state())).toEqual(['weight'])
  })

  it('refuse what cannot be, at once', () => {
    expect(() => nn.Conv2d({ in: 3, out: 8, kernel: 3, groups: 2 })).toThrow(
      'Conv2d: groups 2 must divide both the 3 input channels and the 8 output channels.',
    )
    expect(() => nn.Conv2d({ in: 0, out: 8, kernel: 3 })).toThrow('Conv2d: in is 0; it must be a whole number')
  })
})

describe('Linear and Embedding', () => {
  it('multiply and add, over any leading axes', () => {
    const layer = nn.Linear({ in: 2, out: 2, initialize: { weight: nn.constant(2), bias: nn.constant(1) } })
    expect(layer(tensor([[[1, 2]], [[3, 4]]])).toArray()).toEqual([[[7, 7]], [[15, 15]]])
    expect(() => layer(ones([3, 5]))).toThrow('Linear: the layer reads 2 values, the input has shape [3, 5].')
  })
  it('look up one row for each index, and train only the rows looked up', () => {
    const layer = nn.Embedding({ count: 4, size: 2 }).initialize(1)
    const { weight } = layer.namedParameters()
    const indices = tensor([[3, 1]], { dtype: 'int32' })
    expect(layer(indices).shape).toEqual([1, 2, 2])
    const { gradients } = valueAndGradients(() => sum(layer(indices)), [weight])
    expect(gradients[0].toArray()).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
      [1, 1],
    ])
  })
  it('give padding zeros, and leave its row alone', () => {
    const layer = nn.Embedding({ count: 3, size: 2, padding: 0, initialize: nn.constant(5) })
    const indices = tensor([[2, 0]], { dtype: 'int32' })
    expect(layer(indices).toArray()).toEqual([
      [
        [5, 5],
        [0, 0],
      ],
    ])
    const { gradients } = valueAndGradients(() => sum(layer(indices)), layer.parameters())
    expect(gradients[0].toArray()).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ])
    expect(() => nn.Embedding({ count: 3, size: 2, padding: 3 })).toThrow('one of the 3 indices, 0 to 2.')
  })
})

describe('normalisation layers', () => {
  const x = randomNormal([4, 3, 3, 6], { seed: 1, mean: 3, deviation: 2 })
  it('BatchNorm gives each channel mean 0 and variance 1 in training, and follows the statistics', () => {
    const layer = nn.BatchNorm({ channels: 2, momentum: 0.1 })
    const y = layer(
      tensor([
        [1, 10],
        [3, 30],
      ]),
    )
    expect(y.toArray()).toEqual([
      [expect.closeTo(-1, 4), expect.closeTo(-1, 4)],
      [expect.closeTo(1, 4), expect.closeTo(1, 4)],
    ])
    // 0.9 · 0 + 0.1 · mean, and 0.9 · 1 + 0.1 · the unbiased variance (2 and 200).
    expect(values(layer.state().mean)).toEqual([expect.closeTo(0.2, 6), expect.closeTo(2, 6)])
    expect(values(layer.state().variance)).toEqual([expect.closeTo(1.1, 6), expect.closeTo(20.9, 5)])
  })
  it('BatchNorm uses the running statistics in evaluation, and leaves them alone', () => {
    const layer = nn.BatchNorm({ channels: 6 }).eval()
    expect(values(layer(x))[0]).toBeCloseTo(values(x)[0] / Math.sqrt(1 + 1e-5), 5)
    expect(values(layer.state().mean)).toEqual(Array(6).fill(0))
  })
  it('BatchNorm lets the gradient flow through the statistics', () => {
    const layer = nn.BatchNorm({ channels: 6 })
    const { gradients } = valueAndGradients(() => sum(layer(x)), [x])
    // A constant shift of the input cannot change the result.
    expect(Math.max(...values(gradients[0]).map(Math.abs))).toBeLessThan(1e-5)
  })
  it('BatchNorm refuses to train on one value a channel', () => {
    expect(() => nn.BatchNorm({ channels: 6 })(ones([1, 6]))).toThrow('Use a larger batch, or eval().')
  })
  it.each([
    ['LayerNorm', nn.LayerNorm({ channels: 6 }), 12],
    ['GroupNorm', nn.GroupNorm({ channels: 6, groups: 3 }), 12],
    ['InstanceNorm', nn.InstanceNorm({ channels: 6 }), 0],
    ['RMSNorm', nn.RMSNorm({ channels: 6 }), 6],
  ] as const)('%s gives values of mean square 1', (_, layer, parameters) => {
    expect(meanOf(values(layer(x)).map((value) => value * value))).toBeCloseTo(1, 3)
    expect(layer.parameterCount()).toBe(parameters)
  })
})

describe('dropout', () => {
  it('keeps the mean, drops the share it should, and does nothing in evaluation', () => {
    const layer = nn.Dropout({ rate: 0.25 }).train({ seed: 1 })
    const y = values(layer(ones([4000])))
    expect(y.filter((value) => value === 0).length / 4000).toBeCloseTo(0.25, 1)
    expect(meanOf(y)).toBeCloseTo(1, 1)
    expect(values(layer.eval()(ones([9])))).toEqual(Array(9).fill(1))
  })
  it('draws the same again from the same seed, and differently in two layers', () => {
    const model = nn.Sequential(nn.Dropout(), nn.Dropout())
    const draw = (at: string) => values((model.at(at) as nn.Module)(ones([32])))
    model.train({ seed: 5 })
    const [first, second] = [draw('0'), draw('1')]
    model.train({ seed: 5 })
    expect(draw('0')).toEqual(first)
    expect(second).not.toEqual(first)
  })
  it('drops whole channels where space matters', () => {
    const layer = nn.SpatialDropout({ rate: 0.5 }).train({ seed: 2 })
    const y = layer(ones([8, 2, 2, 4])).toArray() as number[][][][]
    const channels = y.flatMap((picture) => [0, 1, 2, 3].map((c) => picture.flat().map((pixel) => pixel[c])))
    for (const channel of channels) expect(new Set(channel).size).toBe(1)
    expect(new Set(channels.map(([value]) => value))).toEqual(new Set([0, 2]))
  })
})

describe('Residual', () => {
  it('adds what went around the body, then bends the sum', () => {
    const layer = nn.Residual((x: Tensor) => sum(x, { axes: -1, keepDims: true }), { activation: 'relu' })
    expect(layer(tensor([[1, -5, 2]])).toArray()).toEqual([[0, 0, 0]])
    expect(layer(tensor([[1, 2]])).toArray()).toEqual([[4, 5]])
  })
})
