// Ops with inputs of every kind that networks give them, for what is true of all that is exported.

import * as ops from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { layerOps } from './exported-layers.ts'
import { type ExportedOp, one, picture, weights } from './exported-op.ts'

const unary: readonly ExportedOp[] = [
  ...['abs', 'sign', 'square', 'exp', 'expm1', 'sin', 'cos', 'tan', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'erf'],
  ...['floor', 'ceil', 'round', 'trunc', 'isNaN', 'isFinite', 'negate', 'relu', 'relu6', 'selu', 'silu', 'mish'],
  ...['softplus', 'softsign', 'hardSwish', 'sigmoid', 'elu', 'gelu', 'leakyRelu', 'hardSigmoid', 'logicalNot'],
]
  .filter((op) => op in ops)
  .map((op) => ({
    name: op,
    network: (x) => (ops as unknown as Record<string, (x: Tensor) => Tensor>)[op](x),
    ...{ shapes: [[3, 4]], low: -3, high: 3 },
  }))

const positive: readonly ExportedOp[] = ['sqrt', 'rsqrt', 'reciprocal', 'log', 'log1p'].map((op) => ({
  name: op,
  network: (x) => (ops as unknown as Record<string, (x: Tensor) => Tensor>)[op](x),
  ...{ shapes: [[3, 4]], low: 0.1, high: 3 },
}))

const within: readonly ExportedOp[] = ['asin', 'acos', 'atanh'].map((op) => ({
  name: op,
  network: (x) => (ops as unknown as Record<string, (x: Tensor) => Tensor>)[op](x),
  ...{ shapes: [[3, 4]], low: -0.9, high: 0.9 },
}))

const binary: readonly ExportedOp[] = [
  ...['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum', 'floorDivide', 'remainder', 'atan2', 'equal'],
  ...['notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual', 'logicalAnd', 'logicalOr', 'logicalXor'],
].map((op) => ({
  name: `${op} with a row`,
  network: (x, y) =>
    (ops as unknown as Record<string, (x: Tensor, y: Tensor) => Tensor>)[op](x, ops.slice(y, [{ stop: 1 }])),
  shapes: [
    [3, 4],
    [3, 4],
  ],
  ...{ low: -2, high: 2 },
}))

const elements: readonly ExportedOp[] = [
  one('acosh', (x) => ops.acosh(x), [3, 4], { low: 1.1, high: 3 }),
  one('gelu by tanh', (x) => ops.gelu(x, { approximate: 'tanh' }), [3, 4], { low: -3, high: 3 }),
  one('gelu by an operator', (x) => ops.gelu(x), [3, 4], { low: -3, high: 3, opset: 20 }),
  one('mish by an operator', (x) => ops.mish(x), [3, 4], { low: -3, high: 3, opset: 18 }),
  one('power', (x) => ops.power(x, 1.5), [3, 4], { low: 0.1, high: 2 }),
  one('clip', (x) => ops.clip(x, -0.5, 0.25), [3, 4]),
  one('prelu', (x) => ops.prelu(x, weights([4])), [2, 3, 3, 4]),
  one('where', (x) => ops.where(ops.greater(x, 0.1), x, ops.multiply(x, 3)), [3, 4]),
  one('cast to whole numbers', (x) => ops.cast(ops.multiply(x, 5), 'int32'), [3, 4]),
  one('cast to bytes', (x) => ops.cast(ops.multiply(x, 300), 'uint8'), [3, 4], { low: -1, high: 1.5 }),
  one('cast to truth', (x) => ops.cast(ops.round(x), 'bool'), [3, 4], { low: -1, high: 1 }),
  one('whole numbers divided', (x) => ops.floorDivide(x, 3), [3, 4], { whole: [20] }),
  one('whole numbers left over', (x) => ops.remainder(ops.subtract(x, 10), 3), [3, 4], { whole: [20] }),
  one('channels scaled', (x) => ops.multiply(ops.maxPool(x, 2), weights([4])), picture),
  one('pictures standardized', (x) => ops.divide(ops.subtract(x, weights([4])), weights([4], 9)), picture),
  {
    name: 'an outer sum',
    network: (x, y) => ops.add(ops.expandDims(x, 2), ops.expandDims(y, 1)),
    shapes: [
      [2, 3],
      [2, 4],
    ],
  },
]

const reductions: readonly ExportedOp[] = [
  ...['sum', 'mean', 'product', 'max', 'min', 'variance', 'norm', 'logSumExp', 'all', 'any'].flatMap(
    (op): ExportedOp[] => {
      const run = (ops as unknown as Record<string, (x: Tensor, options?: object) => Tensor>)[op]
      return [
        one(`${op} of an axis`, (x) => run(x, { axes: 1 }), [2, 3, 4]),
        one(`${op} of two axes kept`, (x) => run(x, { axes: [1, 2], keepDims: true }), picture),
        one(`${op} of all`, (x) => run(x), [2, 3, 4], { open: false }),
        one(
          `${op} of the pixels of a pooled picture`,
          (x) => run(ops.maxPool(x, 2, { stride: 1 }), { axes: [1, 2] }),
          picture,
        ),
      ]
    },
  ),
  one('mean of channels', (x) => ops.mean(ops.maxPool(x, 2), { axes: -1 }), picture),
  one('mean of rows by newer operators', (x) => ops.mean(x, { axes: 1 }), [2, 3, 4], { opset: 18 }),
  one('norm 1', (x) => ops.norm(x, { p: 1, axes: 1 }), [2, 3, 4]),
  one('sum of whole numbers', (x) => ops.sum(x, { axes: 1 }), [2, 5], { whole: [9] }),
  one('max of whole numbers', (x) => ops.max(x, { axes: 1 }), [2, 5], { whole: [9] }),
  one('argMax', (x) => ops.argMax(x, { axis: 1 }), [2, 5, 3]),
  one('argMin of channels', (x) => ops.argMin(ops.maxPool(x, 2), { axis: -1 }), picture),
  one('cumulativeSum', (x) => ops.cumulativeSum(x, { axis: 1 }), [2, 5, 3]),
  one('cumulativeSum backwards', (x) => ops.cumulativeSum(x, { axis: 1, exclusive: true, reverse: true }), [2, 5]),
  one('softmax', (x) => ops.softmax(x), [2, 5]),
  one('softmax of channels', (x) => ops.softmax(ops.maxPool(x, 2)), picture),
  one('logSoftmax of an axis between', (x) => ops.logSoftmax(x, { axis: 1 }), [2, 5, 3]),
]

const movement: readonly ExportedOp[] = [
  one('reshape', (x) => ops.reshape(x, [-1, 6]), [2, 3, 4]),
  one('reshape of a pooled picture', (x) => ops.reshape(ops.maxPool(x, 2), [x.shape[0], -1]), picture),
  one('transpose', (x) => ops.transpose(x, [0, 2, 1]), [2, 3, 4]),
  one('transpose of the batch', (x) => ops.transpose(x, [1, 0, 2]), [2, 3, 4]),
  one('toChannelsFirst', (x) => ops.toChannelsFirst(ops.maxPool(x, 2)), picture),
  one('toChannelsLast', (x) => ops.toChannelsLast(x), picture),
  one('flip', (x) => ops.flip(x, [1, 2]), [2, 3, 4]),
  one('flip of a pooled picture', (x) => ops.flip(ops.maxPool(x, 2), 2), picture),
  one('slice', (x) => ops.slice(x, [null, { start: 1 }, { start: 3, stop: 0, step: -1 }]), [2, 3, 4]),
  one('slice with steps', (x) => ops.slice(x, [null, { start: 1, step: 2 }]), [2, 7]),
  one(
    'slice of a pooled picture',
    (x) => ops.slice(ops.maxPool(x, 2, { stride: 1 }), [null, { start: 1 }, null, { stop: 2 }]),
    picture,
  ),
  one('squeeze of a slice', (x) => ops.squeeze(ops.slice(x, [null, { start: 1, stop: 2 }]), 1), [2, 3, 4]),
  one('split', (x) => ops.split(x, 2, -1), [2, 3, 4]),
  one('concat', (x) => ops.concat([x, ops.multiply(x, 2), ops.slice(x, [null, { stop: 1 }])], 1), [2, 3, 4]),
  one('concat of channels', (x) => ops.concat([ops.maxPool(x, 2), ops.averagePool(x, 2)], -1), picture),
  one('stack', (x) => ops.stack([x, ops.multiply(x, 2)], 1), [2, 3]),
  one('stack last', (x) => ops.stack([x, ops.multiply(x, 2)], -1), [2, 3]),
  one('tile', (x) => ops.tile(x, [1, 2, 3]), [2, 3, 4]),
  one('broadcastTo', (x) => ops.broadcastTo(ops.expandDims(x, 1), [x.shape[0], 3, 4]), [2, 4]),
  one(
    'pad',
    (x) =>
      ops.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
        ],
        { value: 0.5 },
      ),
    [2, 3, 4],
  ),
  one(
    'pad of a pooled picture',
    (x) =>
      ops.pad(ops.maxPool(x, 2), [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ]),
    picture,
  ),
  ...(['reflect', 'mirror', 'edge', 'wrap'] as const).map((mode) =>
    one(
      `pad by ${mode}`,
      (x) =>
        ops.pad(
          x,
          [
            [0, 0],
            [2, 1],
            [1, 2],
          ],
          { mode },
        ),
      [2, 3, 4],
    ),
  ),
  one('fftShift', (x) => ops.fftShift(x, { axes: [1, 2] }), [2, 5, 4]),
  one('pixelShuffle', (x) => ops.pixelShuffle(x, 2), [2, 3, 3, 8]),
  one('pixelUnshuffle', (x) => ops.pixelUnshuffle(x, 2), [2, 4, 6, 3]),
]

export const exportedOps: readonly ExportedOp[] = [
  ...[...unary, ...positive, ...within, ...binary, ...elements, ...reductions, ...movement],
  ...layerOps,
]
