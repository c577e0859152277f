// Ops that layers are made of, as networks use them: windows, normalisation, products, indices, spectra.

import * as ops from '../ops/index.ts'
import { type ExportedOp, one, pairs, picture, weights } from './exported-op.ts'

const windows: readonly ExportedOp[] = [
  one('conv1d', (x) => ops.conv1d(x, weights([3, 4, 5]), { padding: 'causal', dilation: 2 }), [2, 9, 4]),
  one(
    'conv2d',
    (x) => ops.conv2d(x, weights([3, 3, 4, 5]), { padding: 'same', stride: 2, bias: weights([5]), activation: 'relu' }),
    [2, 7, 6, 4],
  ),
  one(
    'conv2d with groups and uneven padding',
    (x) =>
      ops.conv2d(x, weights([3, 2, 2, 6]), {
        groups: 2,
        padding: [
          [2, 0],
          [0, 1],
        ],
      }),
    picture,
  ),
  one('conv3d', (x) => ops.conv3d(x, weights([2, 2, 2, 2, 3]), { padding: 1 }), [2, 3, 4, 3, 2]),
  one(
    'conv2d with filters from outside',
    (x) =>
      ops.conv2d(x, ops.multiply(ops.reshape(ops.slice(x, [{ stop: 1 }, { stop: 2 }, { stop: 2 }]), [2, 2, 4, 1]), 2)),
    picture,
  ),
  one('depthwiseConv2d', (x) => ops.depthwiseConv2d(x, weights([3, 3, 4, 2])), picture),
  one(
    'convTranspose2d',
    (x) => ops.convTranspose2d(x, weights([3, 3, 5, 4]), { stride: 2, padding: 1, outputPadding: 1 }),
    picture,
  ),
  one(
    'convTranspose2d with groups',
    (x) => ops.convTranspose2d(x, weights([2, 3, 2, 4]), { groups: 2, dilation: 2 }),
    picture,
  ),
  one('convTranspose1d', (x) => ops.convTranspose1d(x, weights([4, 3, 4]), { stride: 2, padding: 'same' }), [2, 5, 4]),
  one('unfold', (x) => ops.unfold(x, [2, 3], { stride: 2, padding: 1 }), picture),
  one('fold', (x) => ops.fold(x, [x.shape[0], 5, 6, 4], [2, 3], { stride: 1 }), [2, 4, 4, 24]),
  one(
    'deformConv2d',
    (x) => ops.deformConv2d(x, weights([3, 3, 4, 5]), ops.multiply(ops.conv2d(x, weights([3, 3, 4, 18])), 0.7)),
    picture,
  ),
  one(
    'deformConv2d with a mask',
    (x) => {
      const offsets = ops.conv2d(x, weights([2, 2, 4, 16], 3))
      const mask = ops.sigmoid(ops.conv2d(x, weights([2, 2, 4, 8], 4)))
      return ops.deformConv2d(x, weights([2, 2, 4, 3]), offsets, { mask })
    },
    picture,
  ),
  one(
    'deformConv2d as DeformConv',
    (x) =>
      ops.deformConv2d(x, weights([3, 2, 4, 5]), ops.multiply(ops.conv2d(x, weights([3, 3, 4, 24])), 0.7), {
        ...{ stride: [1, 2], dilation: [1, 2], bias: weights([5]), activation: 'relu' },
        padding: [
          [0, 0],
          [2, 1],
        ],
      }),
    [2, 5, 6, 4],
    { opset: 19 },
  ),
  one(
    'deformConv2d with a mask and groups as DeformConv',
    (x) => {
      const offsets = ops.conv2d(x, weights([2, 2, 4, 16], 3))
      const mask = ops.sigmoid(ops.conv2d(x, weights([2, 2, 4, 8], 4)))
      return ops.deformConv2d(x, weights([2, 2, 2, 6]), offsets, { mask, groups: 2 })
    },
    picture,
    { opset: 19 },
  ),
  ...(['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const).map((boundary) =>
    one(`correlate by ${boundary}`, (x) => ops.correlate(x, weights([3, 3]), { boundary, mode: 'same' }), picture),
  ),
  one('convolve', (x) => ops.convolve(x, weights([2, 3]), { mode: 'full' }), picture),
  one('maxPool', (x) => ops.maxPool(x, 3, { stride: 2, padding: 1 }), picture),
  one('maxPool rounded up', (x) => ops.maxPool(x, 2, { stride: 3, ceil: true }), picture),
  one('maxPool dilated', (x) => ops.maxPool(x, 2, { stride: 1, dilation: 2 }), picture),
  one(
    'maxPoolWithIndices',
    (x) => {
      const { values, indices } = ops.maxPoolWithIndices(x, 2)
      return [values, indices]
    },
    picture,
  ),
  one(
    'maxUnpool',
    (x) => {
      const { values, indices } = ops.maxPoolWithIndices(x, 2)
      return ops.maxUnpool(values, indices, [5, 6])
    },
    picture,
  ),
  one('averagePool', (x) => ops.averagePool(x, 3, { stride: 2, padding: 1 }), picture),
  one(
    'averagePool that counts padding',
    (x) => ops.averagePool(x, 3, { stride: 2, padding: 1, countPadding: true } as never),
    picture,
  ),
  one('averagePool rounded up', (x) => ops.averagePool(x, 2, { stride: 3, ceil: true }), picture),
  one('averagePool dilated', (x) => ops.averagePool(x, 2, { stride: 1, dilation: 2 }), picture),
  one('averagePool of a signal', (x) => ops.averagePool(x, 2), [2, 6, 3]),
  one('lpPool', (x) => ops.lpPool(x, 2), picture),
  one('globalAveragePool', (x) => ops.globalAveragePool(x), picture),
  one('globalMaxPool', (x) => ops.globalMaxPool(x, { keepDims: true }), picture),
  one('globalLpPool', (x) => ops.globalLpPool(x), picture),
  one('adaptiveAveragePool', (x) => ops.adaptiveAveragePool(x, [2, 4]), picture),
  one('adaptiveAveragePool where lengths divide', (x) => ops.adaptiveAveragePool(x, [5, 3]), picture),
  one('adaptiveMaxPool', (x) => ops.adaptiveMaxPool(x, [2, 4]), picture),
  one('adaptiveMaxPool to one', (x) => ops.adaptiveMaxPool(x, 1), picture),
  ...(['nearest', 'bilinear', 'bicubic'] as const).flatMap((mode) =>
    [
      [10, 12],
      [7, 9],
      [3, 4],
    ].map((size) => one(`resize by ${mode} to ${size}`, (x) => ops.resize(x, { size, mode } as never), picture)),
  ),
  one(
    'resize with corners aligned',
    (x) => ops.resize(x, { size: [9, 11], mode: 'bilinear', coordinates: 'align-corners' }),
    picture,
  ),
]

const norms: readonly ExportedOp[] = [
  one(
    'batchNorm',
    (x) =>
      ops.batchNorm(x, {
        mean: weights([4]),
        variance: ops.square(weights([4], 5)),
        scale: weights([4], 2),
        bias: weights([4], 3),
      } as never),
    picture,
  ),
  one('layerNorm', (x) => ops.layerNorm(x, { scale: weights([4], 2), bias: weights([4], 3) }), [2, 3, 4]),
  one('layerNorm of a pooled picture', (x) => ops.layerNorm(ops.maxPool(x, 2), { scale: weights([4], 2) }), picture),
  one(
    'layerNorm by older operators',
    (x) => ops.layerNorm(x, { scale: weights([4], 2), bias: weights([4], 3) }),
    [2, 3, 4],
    { opset: 13 },
  ),
  one('groupNorm', (x) => ops.groupNorm(x, 2, { scale: weights([4], 2), bias: weights([4], 3) }), picture),
  one('instanceNorm', (x) => ops.instanceNorm(x, { scale: weights([4], 2) }), picture),
  one('rmsNorm', (x) => ops.rmsNorm(x, { scale: weights([4], 2) }), [2, 3, 4]),
  one('localResponseNorm', (x) => ops.localResponseNorm(x, { size: 3 }), picture),
]

const products: readonly ExportedOp[] = [
  one('matmul', (x) => ops.matmul(x, weights([4, 5])), [2, 4]),
  one('matmul of rows', (x) => ops.matmul(x, weights([4, 5])), [2, 3, 4]),
  one('matmul of a pooled picture', (x) => ops.matmul(ops.maxPool(x, 2), weights([4, 5])), picture),
  {
    name: 'matmul of two',
    network: (x, y) => ops.matmul(x, y),
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
  },
  {
    name: 'matmul of two, transposed',
    network: (x, y) => ops.matmul(x, y, { transposeB: true } as never),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
  {
    name: 'matmul of one for all',
    network: (x, y) => ops.matmul(x, ops.slice(y, [{ stop: 1 }])),
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
  },
  {
    name: 'einsum',
    network: (x, y) => ops.einsum('bij,bkj->bik', x, y),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
  {
    name: 'einsum over heads',
    network: (x, y) => ops.einsum('bqhd,bkhd->bhqk', x, y),
    shapes: [
      [2, 3, 2, 4],
      [2, 5, 2, 4],
    ],
  },
]

const indexing: readonly ExportedOp[] = [
  one('gather of rows', (x) => ops.gather(weights([5, 3]), x), [2, 4], { whole: [5] }),
  one('gather along an axis', (x) => ops.gather(x, [2, 0, 2], { axis: 1 }), [2, 3, 4]),
  one('gather of channels', (x) => ops.gather(ops.maxPool(x, 2), [3, 1], { axis: -1 }), picture),
  {
    name: 'gather from outside',
    network: (x, y) => ops.gather(x, y, { axis: 1 }),
    shapes: [
      [2, 3, 4],
      [2, 2],
    ],
    whole: [undefined, 3],
  },
  {
    name: 'gather counted from the end',
    network: (x, y) => ops.gather(x, ops.subtract(y, 3), { axis: 1 }),
    shapes: [
      [2, 3, 4],
      [2, 2],
    ],
    whole: [undefined, 3],
  },
  {
    name: 'gatherElements',
    network: (x, y) => ops.gatherElements(x, y, 1),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    whole: [undefined, 3],
  },
  {
    name: 'scatter',
    network: (x, y) => ops.scatter(ops.multiply(x, 0), y, x, { axis: 1, reduction: 'add' } as never),
    shapes: [
      [2, 3, 4],
      [2, 3, 4],
    ],
    whole: [undefined, 3],
  },
  one('oneHot', (x) => ops.oneHot(x, 5), [2, 4], { whole: [5] }),
  one(
    'topK',
    (x) => {
      const { values, indices } = ops.topK(x, 2)
      return [values, indices]
    },
    [2, 5],
  ),
  one('topK of the smallest', (x) => ops.topK(x, 2, { largest: false } as never).values, [2, 3, 5]),
  one('sort', (x) => ops.sort(x), [2, 5]),
  one('sort along an axis', (x) => ops.sort(x, { axis: 1, descending: true } as never), [2, 5, 3]),
  one('argsort', (x) => ops.argsort(x), [2, 5]),
]

const signals: readonly ExportedOp[] = [
  one('fft', (x) => ops.fft(x), pairs),
  one('fft of two axes', (x) => ops.fft(x, { axes: [1, 2] } as never), [2, 5, 6, 2], { tolerance: 1e-5 }),
  one('fft by newer operators', (x) => ops.fft(x), pairs, { opset: 20 }),
  one('ifft', (x) => ops.ifft(x), pairs),
  one('rfft', (x) => ops.rfft(x), [2, 7]),
  one('rfft of two axes', (x) => ops.rfft(x, { axes: [1, 2] } as never), [2, 5, 6]),
  one('irfft', (x) => ops.irfft(x), [2, 4, 2]),
  one('irfft of an odd length', (x) => ops.irfft(x, { sizes: 7 } as never), [2, 4, 2]),
  one('complexMultiply', (x) => ops.complexMultiply(x, weights([6, 2])), pairs),
  one('toPlanes', (x) => ops.toPlanes(x), [4, 5, 3]),
  one('fromPlanes', (x) => ops.fromPlanes(x, { scale: 300, offset: -20 } as never), [3, 4, 5], { open: false }),
  one('extremes', (x) => ops.extremes(x), [4, 5], { open: false }),
]

export const layerOps: readonly ExportedOp[] = [...windows, ...norms, ...products, ...indexing, ...signals]
