// Every op of the library with arguments it works on, for tests that hold for all of them.

import { ones, Tensor, zeros } from '../tensor/index.ts'
import { loosely } from './refusal.ts'

const x = ones([1, 4, 4, 4])
const row = ones([6])
const index = zeros([1, 4, 4, 4], 'int32')
/** Arguments with which every op works. */
const good: Record<string, readonly unknown[]> = {
  ...{ conv: [x, ones([2, 2, 4, 1])], conv1d: [ones([1, 4, 2]), ones([2, 2, 1])], conv2d: [x, ones([2, 2, 4, 1])] },
  ...{ conv3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])], convTranspose: [x, ones([2, 2, 1, 4])] },
  ...{ convTranspose1d: [ones([1, 4, 2]), ones([2, 1, 2])], convTranspose2d: [x, ones([2, 2, 1, 4])] },
  ...{ convTranspose3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])], depthwiseConv: [x, ones([2, 2, 4, 1])] },
  ...{ depthwiseConv1d: [ones([1, 4, 2]), ones([2, 2, 1])], depthwiseConv2d: [x, ones([2, 2, 4, 1])] },
  ...{ depthwiseConv3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])] },
  ...{ separableConv2d: [x, ones([2, 2, 4, 1]), ones([1, 1, 4, 1])] },
  ...{
    deformConv2d: [x, ones([1, 1, 4, 1]), zeros([1, 4, 4, 2])],
    unfold: [x, 2],
    fold: [ones([1, 3, 3, 16]), [1, 4, 4, 4], 2],
  },
  ...{ correlate: [row, ones([2])], convolve: [row, ones([2])], maxPool: [x, 2], maxPoolWithIndices: [x, 2] },
  ...{ averagePool: [x, 2], lpPool: [x, 2], globalAveragePool: [x], globalMaxPool: [x], globalLpPool: [x] },
  ...{ adaptiveAveragePool: [x, 2], adaptiveMaxPool: [x, 2], maxUnpool: [x, index, [4, 4]], resize: [x, { size: 2 }] },
  ...{ pixelShuffle: [x, 2], pixelUnshuffle: [x, 2], batchNorm: [x], batchStatistics: [x], layerNorm: [x] },
  ...{ groupNorm: [x, 2], instanceNorm: [x], rmsNorm: [x], localResponseNorm: [x, { size: 3 }] },
  ...{
    pad: [row, [[1, 1]]],
    gather: [x, [0]],
    gatherElements: [x, index],
    scatter: [x, index, x],
    oneHot: [[0, 1], 2],
  },
  ...{
    topK: [x, 2],
    sort: [x],
    argsort: [x],
    matmul: [x, ones([4, 2])],
    einsum: ['i->i', row],
    reshape: [x, [-1]],
    expandDims: [x, 0],
  },
  ...{ squeeze: [x], transpose: [x], toChannelsFirst: [x], toChannelsLast: [x], flip: [x], slice: [x, [{ start: 1 }]] },
  ...{
    concat: [[x, x]],
    stack: [[x, x]],
    split: [x, 2, 1],
    tile: [row, [2]],
    broadcastTo: [row, [2, 6]],
    sumTo: [row, [1]],
  },
  ...{ matchTemplate: [ones([4, 2]), ones([2, 2])], deconvolve: [row, [1, 2]] },
  ...{ fft: [ones([3, 2])], ifft: [ones([3, 2])], rfft: [row], irfft: [ones([3, 2])] },
  ...{ complexMultiply: [ones([3, 2]), ones([2])], fftShift: [row], ifftShift: [row] },
  ...{ fftFrequencies: [4], rfftFrequencies: [4] },
  ...{ dropout: [x, { seed: 1 }], toPlanes: [x], fromPlanes: [ones([4, 2, 3])], extremes: [x] },
  ...{ cast: [x, 'int32'], where: [x, x, x], prelu: [x, x], clip: [x, 0, 1] },
}
for (const op of ['sum', 'mean', 'product', 'max', 'min', 'variance', 'norm', 'all', 'any', 'argMax', 'argMin'])
  good[op] = [x]
for (const op of ['cumulativeSum', 'logSumExp', 'softmax', 'logSoftmax', 'leakyRelu', 'elu', 'gelu', 'hardSigmoid'])
  good[op] = [x]
for (const op of ['add', 'subtract', 'multiply', 'divide', 'floorDivide', 'remainder', 'power', 'maximum', 'minimum'])
  good[op] = [x, x]
for (const op of ['atan2', 'equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual']) good[op] = [x, x]
for (const op of ['isClose', 'allClose']) good[op] = [x, x]
good.eye = [3]
for (const op of ['logicalAnd', 'logicalOr', 'logicalXor']) good[op] = [x, x]
const unary = Object.keys(loosely).filter((op) => !(op in good))
for (const op of unary) good[op] = [x]

/** By the name of the op. Ops not named in this file take one tensor. */
export const workingArguments: Readonly<Record<string, readonly unknown[]>> = good

/** The tensors in what an op returns. */
export const tensorsOf = (result: unknown): Tensor[] =>
  result instanceof Tensor ? [result] : Object.values(result as object).filter((part) => part instanceof Tensor)
