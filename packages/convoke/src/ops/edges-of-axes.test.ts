// Every op that is not elementwise at the edges of its numbers, on every backend, against docs/edges.md; and that no op and no
// loss is without a row in these tables. The numbers are worked out by hand from the definition of each op.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import * as losses from '../nn/losses.ts'
import { type Tensor, tensor, zeros } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import * as ops from './index.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const [denormal, lowest, highest] = [2 ** -149, -(2 ** 31), 2 ** 31 - 1]
const int = (...values: number[]) => tensor(values, { dtype: 'int32' })
/** One example of some samples in one channel. */
const line = (...values: number[]) => tensor(values, { shape: [1, values.length, 1] })
const floats = (...values: number[]) => tensor(values)

type Row = readonly [op: string, call: () => Tensor | readonly Tensor[], ...expected: (readonly number[])[]]

const rows: readonly Row[] = [
  ['sum', () => ops.sum(floats(inf, 1)), [inf]],
  ['sum', () => ops.sum(floats(inf, -inf)), [nan]],
  ['sum', () => ops.sum(floats(denormal, denormal)), [2 * denormal]],
  ['sum', () => ops.sum(zeros([0])), [0]],
  ['sum', () => ops.sum(int(highest, 1)), [lowest]],
  ['mean', () => ops.mean(floats(-inf, 1)), [-inf]],
  ['mean', () => ops.mean(floats(nan, 1)), [nan]],
  ['product', () => ops.product(floats(inf, 0)), [nan]],
  ['product', () => ops.product(floats(inf, -2)), [-inf]],
  ['product', () => ops.product(zeros([0])), [1]],
  ['product', () => ops.product(int(65536, 65536)), [0]],
  ['max', () => ops.max(floats(nan, inf)), [nan]],
  ['max', () => ops.max(floats(-inf, -inf)), [-inf]],
  ['max', () => ops.max(floats(0, denormal)), [denormal]],
  ['max', () => ops.max(int(lowest, lowest)), [lowest]],
  ['min', () => ops.min(floats(-inf, nan)), [nan]],
  ['min', () => ops.min(floats(inf, inf)), [inf]],
  ['min', () => ops.min(int(highest, highest)), [highest]],
  ['variance', () => ops.variance(floats(inf, 1)), [nan]],
  ['variance', () => ops.variance(floats(1e8, 1e8, 1e8)), [0]],
  ['norm', () => ops.norm(floats(-inf, 1)), [inf]],
  ['norm', () => ops.norm(floats(nan, inf)), [nan]],
  ['logSumExp', () => ops.logSumExp(floats(-inf, -inf)), [-inf]],
  ['logSumExp', () => ops.logSumExp(floats(inf, -inf)), [inf]],
  ['logSumExp', () => ops.logSumExp(floats(nan, inf)), [nan]],
  ['all', () => ops.all(floats(nan, denormal)), [1]],
  ['all', () => ops.all(zeros([0])), [1]],
  ['any', () => ops.any(floats(-0, 0)), [0]],
  ['any', () => ops.any(floats(nan)), [1]],
  ['any', () => ops.any(zeros([0])), [0]],
  ['argMax', () => ops.argMax(floats(1, nan, inf, nan)), [1]],
  ['argMax', () => ops.argMax(floats(-inf, -inf)), [0]],
  ['argMax', () => ops.argMax(int(lowest, lowest)), [0]],
  ['argMin', () => ops.argMin(floats(1, -inf, nan)), [2]],
  ['argMin', () => ops.argMin(floats(inf, inf)), [0]],
  ['topK', () => Object.values(ops.topK(floats(1, nan, inf, -inf), 4)), [nan, inf, 1, -inf], [1, 2, 0, 3]],
  ['topK', () => Object.values(ops.topK(floats(-inf, -inf, -inf), 2)), [-inf, -inf], [0, 1]],
  ['sort', () => ops.sort(floats(nan, inf, 1, -inf, nan, denormal)), [-inf, denormal, 1, inf, nan, nan]],
  ['sort', () => ops.sort(floats(1, nan, inf), { descending: true }), [nan, inf, 1]],
  ['sort', () => ops.sort(int(highest, lowest, 0)), [lowest, 0, highest]],
  ['sort', () => ops.sort(zeros([0])), []],
  ['argsort', () => ops.argsort(floats(nan, 0, -0, inf, nan)), [1, 2, 3, 0, 4]],
  ['argsort', () => ops.argsort(floats(nan, 0, -0, inf, nan), { descending: true }), [0, 4, 3, 1, 2]],
  ['median', () => ops.median(floats(nan, 1, 2)), [nan]],
  ['median', () => ops.median(floats(-inf, inf, 3)), [3]],
  ['median', () => ops.median(floats(-inf, inf)), [nan]],
  ['median', () => ops.median(floats(denormal, denormal, -0, inf)), [denormal]],
  ['isClose', () => ops.isClose(floats(inf, -inf, inf, nan), floats(inf, inf, 1, nan)), [1, 0, 0, 0]],
  ['isClose', () => ops.isClose(floats(denormal, 1), floats(0, inf)), [1, 0]],
  [
    'tril',
    () =>
      ops.tril(
        tensor([
          [inf, nan],
          [nan, -inf],
        ]),
      ),
    [inf, 0, nan, -inf],
  ],
  [
    'triu',
    () =>
      ops.triu(
        tensor([
          [inf, nan],
          [nan, -inf],
        ]),
      ),
    [inf, nan, 0, -inf],
  ],
  ['cumulativeSum', () => ops.cumulativeSum(floats(1, inf, -inf, 1)), [1, inf, nan, nan]],
  ['cumulativeSum', () => ops.cumulativeSum(int(highest, 1)), [highest, lowest]],
  ['cast', () => ops.cast(floats(nan, inf, -inf, -0.9, 2 ** 31), 'int32'), [0, highest, lowest, 0, highest]],
  ['cast', () => ops.cast(floats(nan, inf, -inf, 255.9, 256, -1), 'uint8'), [0, 255, 0, 255, 255, 0]],
  ['cast', () => ops.cast(floats(nan, 0, -0, denormal, inf), 'bool'), [1, 0, 0, 1, 1]],
  ['cast', () => ops.cast(int(highest, lowest, 2 ** 24 + 1), 'float32'), [2 ** 31, lowest, 2 ** 24]],
  ['cast', () => ops.cast(int(-1, 256, highest, 7), 'uint8'), [0, 255, 255, 7]],
  ['cast', () => ops.cast(int(0, lowest, 256), 'bool'), [0, 1, 1]],
  ['isNaN', () => ops.isNaN(floats(nan, inf, -0)), [1, 0, 0]],
  ['isFinite', () => ops.isFinite(floats(nan, inf, -inf, denormal)), [0, 0, 0, 1]],
  ['logicalNot', () => ops.logicalNot(floats(nan, 0, -0, denormal)), [0, 1, 1, 0]],
  ['logicalAnd', () => ops.logicalAnd(floats(nan, 1, -0), floats(1, denormal, 1)), [1, 1, 0]],
  ['logicalOr', () => ops.logicalOr(floats(-0, denormal), floats(0, 0)), [0, 1]],
  ['logicalXor', () => ops.logicalXor(floats(nan, -0), floats(inf, denormal)), [0, 1]],
  ['equal', () => ops.equal(int(2 ** 24 + 1), int(2 ** 24)), [0]],
  ['equal', () => ops.equal(floats(nan, -0, inf), floats(nan, 0, inf)), [0, 1, 1]],
  ['notEqual', () => ops.notEqual(floats(nan, -0, inf), floats(nan, 0, -inf)), [1, 0, 1]],
  ['less', () => ops.less(int(lowest), int(highest)), [1]],
  ['less', () => ops.less(floats(nan, -inf, -0), floats(1, inf, 0)), [0, 1, 0]],
  ['lessEqual', () => ops.lessEqual(floats(nan, inf, 0), floats(nan, inf, -0)), [0, 1, 1]],
  ['greater', () => ops.greater(floats(inf, nan, denormal), floats(-inf, 0, 0)), [1, 0, 1]],
  ['greaterEqual', () => ops.greaterEqual(floats(nan, -0, -inf), floats(nan, 0, inf)), [0, 1, 0]],
  ['maxPool', () => ops.maxPool(line(1, nan, -inf, -inf), 2), [nan, -inf]],
  ['maxPool', () => ops.maxPool(line(-inf, -inf), 3, { padding: 1 }), [-inf]],
  ['maxPoolWithIndices', () => Object.values(ops.maxPoolWithIndices(line(-inf, -inf, nan, 1), 2)), [-inf, nan], [0, 2]],
  ['averagePool', () => ops.averagePool(line(inf, 1, inf, -inf), 2), [inf, nan]],
  ['lpPool', () => ops.lpPool(line(-inf, 1, 0, 0), 2), [inf, 0]],
  ['globalMaxPool', () => ops.globalMaxPool(line(nan, 1)), [nan]],
  ['globalAveragePool', () => ops.globalAveragePool(line(inf, 1)), [inf]],
  ['globalLpPool', () => ops.globalLpPool(line(0, 0)), [0]],
  ['adaptiveMaxPool', () => ops.adaptiveMaxPool(line(-inf, nan, 1), 1), [nan]],
  ['adaptiveAveragePool', () => ops.adaptiveAveragePool(line(inf, 1), 1), [inf]],
  ['layerNorm', () => ops.layerNorm(tensor([[5, 5, 5]])), [0, 0, 0]],
  ['layerNorm', () => ops.layerNorm(tensor([[inf, 1]])), [nan, nan]],
  ['rmsNorm', () => ops.rmsNorm(tensor([[0, 0]])), [0, 0]],
  ['batchNorm', () => ops.batchNorm(tensor([[7], [7]])), [0, 0]],
  ['instanceNorm', () => ops.instanceNorm(line(7, 7)), [0, 0]],
  ['groupNorm', () => ops.groupNorm(line(7, 7), 1), [0, 0]],
  ['softmax', () => ops.softmax(floats(-inf, 0)), [0, 1]],
  ['softmax', () => ops.softmax(floats(inf, 1)), [nan, 0]],
  ['softmax', () => ops.softmax(floats(-inf, -inf)), [nan, nan]],
  ['softmax', () => ops.softmax(floats(3e38, -3e38)), [1, 0]],
  ['logSoftmax', () => ops.logSoftmax(floats(-inf, 0)), [-inf, 0]],
  ['logSoftmax', () => ops.logSoftmax(floats(3e38, -3e38)), [0, -inf]],
  ['matmul', () => ops.matmul([[inf, 0]], [[0], [1]]), [nan]],
  ['matmul', () => ops.matmul([[denormal]], [[1]]), [denormal]],
  ['matmul', () => ops.matmul([[nan, 1], [1, 1]], [[1], [1]]), [nan, 2]], // biome-ignore format: rows
  ['matmul', () => ops.matmul(zeros([1, 0]), zeros([0, 1])), [0]],
  ['einsum', () => ops.einsum('i,i->', [inf, 1], [1, 1]), [inf]],
  ['einsum', () => ops.einsum('i,i->', [inf], [0]), [nan]],
  ['pad', () => ops.pad(floats(1), [[1, 1]], { value: -inf }), [-inf, 1, -inf]],
  ['resize', () => ops.resize(line(inf, 1), { size: 4 }), [inf, inf, inf, 1]],
  ['resize', () => ops.resize(line(nan, 1, 2), { size: 3 }), [nan, 1, 2]],
  ['gather', () => ops.gather(floats(inf, 2, nan), [-1, 0, -3]), [nan, inf, inf]],
  ['gatherElements', () => ops.gatherElements(floats(1, -inf), [-1, 0]), [-inf, 1]],
  ['scatter', () => ops.scatter(floats(1, 2, 3), [-1], [inf]), [1, 2, inf]],
  ['oneHot', () => ops.oneHot([1], 2), [0, 1]],
  ['where', () => ops.where([true, false], [1, nan], [nan, inf]), [1, inf]],
  ['where', () => ops.where(floats(nan, -0), [1, 1], [2, 2]), [1, 2]],
  ['clip', () => ops.clip(floats(nan, inf, -inf), 0, 1), [nan, 1, 0]],
  ['prelu', () => ops.prelu(floats(-2, inf, nan, -inf), floats(0, 1, 1, 1)), [0, inf, nan, -inf]],
  ['toPlanes', () => ops.toPlanes(tensor([[[inf, nan, denormal, 1]]])), [inf, nan, denormal, 1]],
  ['fromPlanes', () => ops.fromPlanes(tensor([[[inf]], [[nan]], [[denormal]]])), [inf, nan, denormal]],
  ['extremes', () => ops.extremes(floats(1, nan, inf)), [nan, nan]],
  ['extremes', () => ops.extremes(floats(-inf, -inf)), [-inf, -inf]],
  ['correlate', () => ops.correlate(floats(inf, 1, 1), floats(1, 1)), [inf, 2]],
  ['matchTemplate', () => ops.matchTemplate([[inf], [1], [0], [2]], [[1], [0], [2]]), [nan, 1]],
  ['matchTemplate', () => ops.matchTemplate([[7], [7]], [[1], [2]]), [0]],
  ['deconvolve', () => ops.deconvolve([7, 5], [0], { noise: 0 }), [0, 0]],
  ['deconvolve', () => ops.deconvolve([nan, 5], [1], { noise: 0 }), [nan, nan]],
  ['dropout', () => ops.dropout(floats(inf, nan, -denormal), { rate: 2 ** -24, seed: 1 }), [inf, nan, -denormal]],
  ['complexMultiply', () => ops.complexMultiply([inf, 0], [1, 0]), [inf, nan]],
  ['relu6', () => ops.relu6(floats(nan, inf, -inf, denormal)), [nan, 6, 0, denormal]],
]

/** Ops with nothing of their own at the edges of numbers, and why. */
const exempt: Readonly<Record<string, readonly string[]>> = {
  'sums of products, held to IEEE by the tests of convolution': [
    ...['conv', 'conv1d', 'conv2d', 'conv3d', 'convTranspose', 'convTranspose1d', 'convTranspose2d'],
    ...['convTranspose3d', 'depthwiseConv', 'depthwiseConv1d', 'depthwiseConv2d', 'depthwiseConv3d'],
    ...['separableConv2d', 'deformConv2d', 'convolve', 'convolveKeys', 'fold'],
  ],
  'numbers are moved, not computed': [
    ...['unfold', 'pixelShuffle', 'pixelUnshuffle', 'maxUnpool', 'reshape', 'expandDims', 'squeeze', 'transpose'],
    ...['toChannelsFirst', 'toChannelsLast', 'flip', 'slice', 'concat', 'stack', 'split', 'tile', 'broadcastTo'],
    ...['fftShift', 'ifftShift', 'unstack'],
  ],
  'made of sums, variances and divisions that have rows': ['sumTo', 'batchStatistics', 'localResponseNorm'],
  'sums of a whole axis in an order of their own: NaN and ∞ stay in their transform (fourier.test.ts)': [
    ...['fft', 'ifft', 'rfft', 'irfft'],
  ],
  'takes no numbers': ['fftFrequencies', 'rfftFrequencies', 'eye', 'onesLike', 'zerosLike'],
  'whether all of isClose are true': ['allClose'],
  'says what would be done, computes nothing': [
    'explainCorrelate',
    'pictureSpec',
    'isSeparableKernel',
    'slidingOf',
    'computedOf',
  ],
}

describe('the tables of edges', () => {
  it('have a row or a stated exemption for every op', () => {
    const fixture = JSON.parse(readFileSync(new URL('../../test/fixtures/edges.json', import.meta.url), 'utf8'))
    const known = [
      ...Object.values(fixture as Record<string, object>).flatMap((table) => Object.keys(table)),
      ...rows.map(([op]) => op),
      ...Object.values(exempt).flat(),
    ]
    const functions = Object.entries(ops).filter(([, op]) => typeof op === 'function')
    expect(functions.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
  })
  it('have a row for every loss', () => {
    const text = readFileSync(new URL('../nn/losses.edges.test.ts', import.meta.url), 'utf8')
    const named = Object.entries(losses).filter(([, loss]) => typeof loss === 'function')
    expect(named.map(([name]) => name).filter((name) => !new RegExp(`name: '${name}\\b`).test(text))).toEqual([])
  })
})

describe.each(availableBackends())('at the edges, on %s,', (backend) => {
  it.each(rows.map((row, at) => [`${row[0]} (row ${at + 1})`, row] as const))(
    '%s has the values of the rule',
    async (_, row) => {
      const [, call, ...expected] = row
      await onBackend(backend, () => {
        const result = call()
        const tensors = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor]
        expect(tensors.map((one) => Array.from(one.dataSync(), (value) => Number(value) + 0))).toEqual(expected)
      })
    },
  )

  it.each([
    // Ties share; what a NaN or ∞ elsewhere does not reach is left alone.
    ['max', (x: Tensor) => ops.max(x), [inf, inf, 1], [0.5, 0.5, 0]],
    ['min', (x: Tensor) => ops.min(x), [-inf, 1], [1, 0]],
    ['sum', (x: Tensor) => ops.sum(x), [inf, nan], [1, 1]],
    ['norm at 0', (x: Tensor) => ops.norm(x), [0, 0], [0, 0]],
    ['product with zeros', (x: Tensor) => ops.product(x), [0, 3, 2], [6, 0, 0]],
    ['logSumExp', (x: Tensor) => ops.logSumExp(x), [-inf, 0], [0, 1]],
    ['cumulativeSum', (x: Tensor) => ops.sum(ops.cumulativeSum(x)), [inf, 1], [2, 1]],
    ['where', (x: Tensor) => ops.sum(ops.where([true, false], x, 0)), [1, nan], [1, 0]],
    ['gather', (x: Tensor) => ops.sum(ops.gather(x, [-1, -1])), [nan, inf], [0, 2]],
    ['clip', (x: Tensor) => ops.sum(ops.clip(x, 0, 1)), [-inf, 0.5, inf], [0, 1, 0]],
  ] as const)('%s has the gradients of the rule', async (_, f, values, slopes) => {
    await onBackend(backend, () => {
      const x = tensor([...values])
      expect(Array.from(valueAndGradients(() => f(x), [x]).gradients[0].dataSync(), (value) => value + 0)).toEqual(
        slopes,
      )
    })
  })

  it('no index wraps or is rounded', async () => {
    await onBackend(backend, () => {
      const x = floats(1, 2, 3)
      const bad = [3, -4, 2 ** 31 - 1, -(2 ** 31)]
      for (const at of bad) {
        expect(() => ops.gather(x, [at])).toThrow(`${at}`)
        expect(() => ops.gatherElements(x, [at])).toThrow(`${at}`)
        expect(() => ops.scatter(x, [at], [1])).toThrow(`${at}`)
      }
      for (const at of [nan, 0.5, 2 ** 32]) {
        expect(() => ops.gather(x, [at])).toThrow(`${at}`)
        expect(() => ops.oneHot([at], 3)).toThrow(`${at}`)
      }
      for (const at of [-1, 3]) expect(() => ops.oneHot([at], 3)).toThrow(`${at}`)
    })
  })
})
