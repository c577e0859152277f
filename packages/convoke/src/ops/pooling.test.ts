import { describe, expect, it } from 'vitest'
import { arange, ones, randomSource, type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, type Input, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

/** Distinct values far apart, in random order: no ties, so that a maximum has a derivative. */
function distinct(shape: readonly number[], seed = 1): Input {
  const size = shape.reduce((product, length) => product * length, 1)
  const source = randomSource(seed)
  const values = Array.from({ length: size }, (_, i) => (i - size / 2) / 8)
  for (let i = size - 1; i > 0; i--) {
    const j = source.integer(i + 1)
    ;[values[i], values[j]] = [values[j], values[i]]
  }
  return { shape, values }
}

type Case = readonly [
  name: string,
  shape: readonly number[],
  kernel: number | readonly number[],
  options: ops.PoolOptions,
]

const cases: Case[] = [
  ['rank 1', [2, 6, 2], 2, {}],
  ['rank 1, overlapping', [1, 7, 1], 3, { stride: 2, padding: 1 }],
  ['rank 2', [1, 4, 6, 2], 2, {}],
  ['rank 2, a window and a stride an axis', [1, 5, 6, 1], [2, 3], { stride: [1, 2] }],
  ['rank 2, same', [1, 5, 5, 1], 3, { stride: 2, padding: 'same' }],
  ['rank 2, same-lower', [1, 4, 5, 1], 2, { stride: 2, padding: 'same-lower' }],
  [
    'rank 2, asymmetric padding',
    [1, 4, 4, 1],
    3,
    {
      stride: 1,
      padding: [
        [0, 2],
        [1, 0],
      ],
    },
  ],
  ['rank 2, ceil', [1, 6, 5, 1], 3, { stride: 2, padding: 1, ceil: true }],
  ['rank 2, ceil with stride beyond the kernel', [1, 5, 8, 1], 2, { stride: 3, ceil: true }],
  ['rank 2, dilation', [1, 6, 6, 1], 2, { stride: 1, dilation: [2, 3], padding: 1 }],
  ['rank 3', [1, 4, 4, 3, 2], 2, { stride: [2, 1, 1] }],
]

describe('pooling agrees with float64 and central differences', () => {
  it.each(cases)('%s', async (_, shape, kernel, options) => {
    const exactly = { tolerance: 1e-5 }
    await checkOp((x) => ops.maxPool(x, kernel, options), [distinct(shape)], { second: true, ...exactly })
    await checkOp((x) => ops.averagePool(x, kernel, options), [input(shape)], { second: true, ...exactly })
    await checkOp((x) => ops.averagePool(x, kernel, { ...options, countPadding: true }), [input(shape)], exactly)
    await checkOp((x) => ops.lpPool(x, kernel, options), [input(shape)], exactly)
    await checkOp((x) => ops.lpPool(x, kernel, { ...options, p: 3 }), [input(shape)], exactly)
  })
  it('global', async () => {
    for (const keepDims of [false, true]) {
      await checkOp((x) => ops.globalAveragePool(x, { keepDims }), [input([2, 3, 2, 2])], { second: true })
      await checkOp((x) => ops.globalMaxPool(x, { keepDims }), [distinct([2, 3, 2, 2])])
      await checkOp((x) => ops.globalLpPool(x, { keepDims, p: 3 }), [input([2, 3, 2])])
    }
  })
  it('adaptive, to sizes that divide and sizes that do not', async () => {
    for (const size of [1, [2, 3], [3, 4], 7]) {
      await checkOp((x) => ops.adaptiveAveragePool(x, size), [input([1, 5, 6, 2])], { second: true })
      await checkOp((x) => ops.adaptiveMaxPool(x, size), [distinct([1, 5, 6, 2])])
    }
  })
  it('maxUnpool', () => {
    const { indices } = ops.maxPoolWithIndices(tensor(distinct([1, 4, 6, 2]).values, { shape: [1, 4, 6, 2] }), 2)
    return checkOp((y) => ops.maxUnpool(y, indices, [4, 6]), [input([1, 2, 3, 2])], { second: true })
  })
})

/** Every window by the definition: indices inside the input, and whether all of the window lies in the padded input. */
function windowsOf(
  size: number,
  kernel: number,
  stride: number,
  pad: [number, number],
  dilation: number,
  ceil: boolean,
) {
  const span = size + pad[0] + pad[1] - dilation * (kernel - 1) - 1
  let count = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1
  if (ceil && (count - 1) * stride >= size + pad[0]) count--
  return Array.from({ length: count }, (_, o) => {
    const taps = Array.from({ length: kernel }, (_, t) => o * stride - pad[0] + t * dilation)
    return {
      inside: taps.filter((i) => i >= 0 && i < size),
      padded: taps.filter((i) => i >= -pad[0] && i < size + pad[1]).length,
    }
  })
}

describe('pooling, by the definition', () => {
  const x = distinct([1, 9, 1], 4)
  const line = tensor(x.values, { shape: x.shape })
  const list = (y: Tensor): number[] => Array.from(y.dataSync())
  const combinations = [1, 2, 3, 4].flatMap((kernel) =>
    [1, 2, 3].flatMap((stride) =>
      [1, 2].flatMap((dilation) => [false, true].map((ceil) => ({ kernel, stride, dilation, ceil }))),
    ),
  )
  it.each(combinations)('kernel $kernel, stride $stride, dilation $dilation, ceil $ceil', (geometry) => {
    const { kernel, stride, dilation, ceil } = geometry
    const most = dilation * (kernel - 1)
    for (const padding of [
      [0, 0],
      [Math.min(1, most), 0],
      [0, Math.min(2, most)],
      [most, most],
    ] as [number, number][]) {
      const windows = windowsOf(9, kernel, stride, padding, dilation, ceil)
      const options = { stride, dilation, ceil, padding: [padding] }
      const values = windows.map(({ inside }) => inside.map((i) => x.values[i]))
      const sums = values.map((window) => window.reduce((sum, value) => sum + value, 0))
      const { values: largest, indices } = ops.maxPoolWithIndices(line, kernel, options)
      expect(list(largest)).toEqual(values.map((window) => Math.max(...window)))
      expect(list(indices)).toEqual(list(largest).map((value) => x.values.indexOf(value)))
      const averages = list(ops.averagePool(line, kernel, options))
      const counted = list(ops.averagePool(line, kernel, { ...options, countPadding: true }))
      windows.forEach(({ inside, padded }, o) => {
        expect(averages[o]).toBeCloseTo(sums[o] / inside.length, 5)
        expect(counted[o]).toBeCloseTo(sums[o] / padded, 5)
      })
    }
  })
  it('adaptive windows are those of PyTorch', () => {
    const five = ops.reshape(arange(5), [1, 5, 1])
    expect(list(ops.adaptiveAveragePool(five, 3))).toEqual([0.5, 2, 3.5])
    expect(list(ops.adaptiveMaxPool(five, 2))).toEqual([2, 4])
    expect(list(ops.adaptiveAveragePool(five, 5))).toEqual([0, 1, 2, 3, 4])
  })
  it('padding never wins a maximum, and NaN does', () => {
    const low = tensor([[[-5], [-7]]])
    expect(list(ops.maxPool(low, 3, { stride: 1, padding: 1 }))).toEqual([-5, -5])
    expect(list(ops.maxPool(tensor([[[1], [Number.NaN], [3], [4]]]), 2))).toEqual([Number.NaN, 4])
    expect(list(ops.maxPool(tensor([[[Number.NEGATIVE_INFINITY], [Number.NEGATIVE_INFINITY]]]), 2))).toEqual([
      Number.NEGATIVE_INFINITY,
    ])
  })
  it('the first of equal maxima is the one found, and gets the gradient', () => {
    const { indices } = ops.maxPoolWithIndices(ones([1, 2, 2, 1]), 2)
    expect(list(indices)).toEqual([0])
  })
  it('maxUnpool puts maxima back where they were', () => {
    const picture = tensor([
      [
        [[1], [2]],
        [[4], [3]],
      ],
    ])
    const { values, indices } = ops.maxPoolWithIndices(picture, 2)
    expect(list(ops.maxUnpool(values, indices, [2, 2]))).toEqual([0, 0, 4, 0])
    expect(() => ops.maxUnpool(values, indices, [1, 1])).toThrow('index 2 is outside an axis of length 1')
  })
  it('Lp of zeros is zero, with gradient zero', () =>
    checkOp((v) => ops.multiply(ops.lpPool(v, 2, { p: 2 }), 0), [{ shape: [1, 4, 1], values: [1, 2, 3, 4] }]))
  it('refuses windows that hold padding alone', () => {
    expect(() => ops.maxPool(ones([1, 4, 1]), 2, { padding: 2 })).toThrow('would make windows of padding alone')
    expect(() => ops.maxPool(ones([1, 1, 1]), 2, { padding: 1, dilation: 2 })).toThrow('padding alone')
    expect(() => ops.averagePool(ones([1, 2, 1]), 3)).toThrow('the window spans 3')
  })
})
