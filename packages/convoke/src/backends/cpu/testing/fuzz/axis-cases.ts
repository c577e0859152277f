// Ops with a name for each axis of what they are given: each in turn is made long.

import { valueAndGradients } from '../../../../autodiff/index.ts'
import * as ops from '../../../../ops/index.ts'
import { ones, randomNormal, type Tensor, zeros } from '../../../../tensor/index.ts'

type Sizes = Readonly<Record<string, number>>

export interface AxisOp {
  readonly op: string
  /** The axes and how short they are while another is long. */
  readonly axes: Sizes
  readonly run: (sizes: Sizes) => readonly Tensor[]
}

const isTensor = (value: unknown): value is Tensor => typeof value === 'object' && value !== null && 'dataSync' in value

/** The value alone, of ops without gradient. */
const value = (op: string, axes: Sizes, call: (sizes: Sizes) => Tensor | readonly Tensor[]): AxisOp => ({
  ...{ op, axes },
  run: (sizes) => {
    const result = call(sizes)
    return isTensor(result) ? [result] : result
  },
})

/** The value and the gradients of its sum in all that is given. */
const both = (
  op: string,
  axes: Sizes,
  inputs: (sizes: Sizes) => readonly Tensor[],
  call: (inputs: readonly Tensor[], sizes: Sizes) => Tensor,
): AxisOp => ({
  ...{ op, axes },
  run: (sizes) => {
    const given = inputs(sizes)
    const found = valueAndGradients(() => ops.sum(call(given, sizes)), [...given])
    return [found.value, ...found.gradients]
  },
})

/** An op of one tensor, along its last axis and along its first. */
const along = (op: string, call: (x: Tensor, axis: number) => Tensor, given = ones): AxisOp[] =>
  [-1, 0].map((axis) =>
    both(
      `${op} ${axis}`,
      { rows: 3, columns: 4 },
      ({ rows, columns }) => [given([rows, columns])],
      ([x]) => call(x, axis),
    ),
  )

const image = { batch: 2, height: 3, width: 4, channels: 2 }
const shapeOf = ({ batch, height, width, channels }: Sizes): number[] => [batch, height, width, channels]
const pictures = (sizes: Sizes) => [ones(shapeOf(sizes))]

/** An op of pictures. */
const ofPictures = (op: string, call: (x: Tensor, sizes: Sizes) => Tensor): AxisOp =>
  both(op, image, pictures, ([x], sizes) => call(x, sizes))

const convAxes = { batch: 2, height: 3, width: 4, inputs: 2, outputs: 2, rows: 2, columns: 2 }
const convInputs = ({ batch, height, width, inputs, outputs, rows, columns }: Sizes): Tensor[] => [
  ones([batch, Math.max(height, rows), Math.max(width, columns), inputs]),
  ones([rows, columns, inputs, outputs]),
]

const lineAxes = { samples: 9, taps: 3, stride: 1, dilation: 1, padding: 0 }

/** A line that the windows of these sizes fit in. */
const lineOf = ({ samples, taps, stride, dilation }: Sizes): Tensor =>
  ones([1, Math.max(samples, (taps - 1) * dilation + stride + 2), 1])

const { relu, exp, gelu, sign, softplus, round } = ops
const elementwise: Readonly<Record<string, (x: Tensor) => Tensor>> = { relu, exp, gelu, sign, softplus, round }

const { sum, mean, product, max, logSumExp, norm, variance } = ops
const reductions: Readonly<Record<string, (x: Tensor, options: { readonly axes: readonly number[] }) => Tensor>> = {
  ...{ sum, mean, product, max, logSumExp, norm, variance },
}

export const axisOps: readonly AxisOp[] = [
  ...Object.entries(elementwise).flatMap(([op, call]) => along(op, call)),
  both(
    'add of a row',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns]), ones([columns])],
    ([a, b]) => ops.add(a, b),
  ),
  both(
    'multiply by a column',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns]), ones([rows, 1])],
    ([a, b]) => ops.multiply(a, b),
  ),
  both(
    'power, both stretched',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, 1]), ones([1, columns])],
    ([a, b]) => ops.power(a, b),
  ),
  both(
    'where',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns]), ones([rows, 1])],
    ([a, b]) => ops.where(ops.greater(a, 0), a, b),
  ),
  ...Object.entries(reductions).flatMap(([op, call]) => along(op, (x, axis) => call(x, { axes: [axis] }))),
  ...along('cumulativeSum', (x, axis) => ops.cumulativeSum(x, { axis })),
  ...along('softmax', (x, axis) => ops.softmax(x, { axis })),
  ...along('logSoftmax', (x, axis) => ops.logSoftmax(x, { axis })),
  ...along(
    'sort',
    (x, axis) => ops.sort(x, { axis }),
    (shape) => randomNormal(shape as number[], { seed: 1 }),
  ),
  value('argsort', { rows: 3, columns: 4 }, ({ rows, columns }) =>
    ops.argsort(randomNormal([rows, columns], { seed: 1 })),
  ),
  value('argMax', { rows: 3, columns: 4 }, ({ rows, columns }) => ops.argMax(ones([rows, columns]))),
  value('topK', { rows: 3, columns: 9, k: 2 }, ({ rows, columns, k }) =>
    Object.values(ops.topK(ones([rows, Math.max(columns, k)]), k)),
  ),
  both(
    'matmul',
    { batch: 2, rows: 3, inner: 4, columns: 5 },
    ({ batch, rows, inner, columns }) => [ones([batch, rows, inner]), ones([batch, inner, columns])],
    ([a, b]) => ops.matmul(a, b),
  ),
  both(
    'matmul by one matrix',
    { rows: 3, inner: 4, columns: 5 },
    ({ rows, inner, columns }) => [ones([rows, inner]), ones([inner, columns])],
    ([a, b]) => ops.matmul(a, b),
  ),
  both(
    'einsum',
    { b: 2, i: 3, j: 4, k: 5 },
    ({ b, i, j, k }) => [ones([b, i, j]), ones([b, j, k])],
    ([x, y]) => ops.einsum('bij,bjk->bik', x, y),
  ),
  both(
    'transpose',
    { a: 3, b: 4, c: 5 },
    ({ a, b, c }) => [ones([a, b, c])],
    ([x]) => ops.transpose(x, [2, 0, 1]),
  ),
  both(
    'concatenate',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns]), ones([rows, columns])],
    ([a, b]) => ops.concat([a, b], 1),
  ),
  both(
    'flip',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x]) => ops.flip(x, [1]),
  ),
  both(
    'pad',
    { rows: 3, columns: 4, before: 1, after: 2 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x], { before, after }) =>
      ops.pad(x, [
        [1, 1],
        [before, after],
      ]),
  ),
  both(
    'pad by reflection',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x]) =>
      ops.pad(
        x,
        [
          [1, 1],
          [2, 2],
        ],
        { mode: 'reflect' },
      ),
  ),
  both(
    'gather',
    { rows: 3, columns: 4, picks: 5 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x], { picks }) => ops.gather(x, zeros([picks], 'int32')),
  ),
  both(
    'gatherElements',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x], { rows, columns }) => ops.gatherElements(x, zeros([rows, columns], 'int32')),
  ),
  value('oneHot', { labels: 3, classes: 4 }, ({ labels, classes }) => ops.oneHot(zeros([labels], 'int32'), classes)),
  ofPictures('resize to half', (x, { height, width }) =>
    ops.resize(x, { size: [Math.max(1, height >> 1), Math.max(1, width >> 1)] }),
  ),
  ofPictures('resize to an odd size, nearest', (x, { height, width }) =>
    ops.resize(x, { size: [height + 1, width + 3], mode: 'nearest' }),
  ),
  ofPictures('resize to a few, bicubic', (x) => ops.resize(x, { size: [3, 4], mode: 'bicubic' })),
  ofPictures('maxPool', (x) => ops.maxPool(x, 2)),
  ofPictures('maxPool overlapping', (x) => ops.maxPool(x, 3, { stride: 2, padding: 1 })),
  ofPictures('averagePool', (x) => ops.averagePool(x, [2, 3], { stride: 1 })),
  ofPictures('lpPool', (x) => ops.lpPool(x, 2)),
  ofPictures('adaptiveAveragePool to three', (x) => ops.adaptiveAveragePool(x, 3)),
  ofPictures('adaptiveAveragePool to half', (x, { height, width }) =>
    ops.adaptiveAveragePool(x, [height >> 1, width >> 1]),
  ),
  ofPictures('adaptiveMaxPool to a coprime size', (x, { height, width }) =>
    ops.adaptiveMaxPool(x, [(height >> 1) + 1, (width >> 1) + 1]),
  ),
  ofPictures('globalAveragePool', (x) => ops.globalAveragePool(x)),
  ofPictures('globalMaxPool', (x) => ops.globalMaxPool(x)),
  ofPictures('batchNorm', (x) => ops.batchNorm(x)),
  ofPictures('instanceNorm', (x) => ops.instanceNorm(x)),
  ofPictures('layerNorm', (x) => ops.layerNorm(x)),
  ofPictures('rmsNorm', (x) => ops.rmsNorm(x)),
  ofPictures('groupNorm', (x, { channels }) => ops.groupNorm(x, Math.max(1, channels >> 1))),
  ofPictures('unfold', (x) => ops.unfold(x, 2)),
  both('conv2d', convAxes, convInputs, ([x, filter]) => ops.conv2d(x, filter)),
  both('conv2d of strides', convAxes, convInputs, ([x, filter]) => ops.conv2d(x, filter, { stride: 2, padding: 1 })),
  both('conv2d, exact', convAxes, convInputs, ([x, filter]) =>
    ops.conv2d(x, filter, { precision: 'exact', padding: 1 }),
  ),
  both(
    'convTranspose2d',
    convAxes,
    ({ batch, height, width, inputs, outputs, rows, columns }) => [
      ones([batch, height, width, inputs]),
      ones([rows, columns, outputs, inputs]),
    ],
    ([x, filter]) => ops.convTranspose2d(x, filter, { stride: 2 }),
  ),
  both(
    'depthwiseConv2d',
    { ...image, rows: 2, columns: 3 },
    ({ batch, height, width, channels, rows, columns }) => [
      ones([batch, Math.max(height, rows), Math.max(width, columns), channels]),
      ones([rows, columns, channels, 1]),
    ],
    ([x, filter]) => ops.depthwiseConv2d(x, filter),
  ),
  both(
    'conv1d in groups',
    { samples: 6, groups: 2, inner: 2, outer: 3 },
    ({ samples, groups, inner, outer }) => [ones([1, samples, groups * inner]), ones([2, inner, groups * outer])],
    ([x, filter], { groups }) => ops.conv1d(x, filter, { groups }),
  ),
  both(
    'conv1d by its options',
    lineAxes,
    (sizes) => [lineOf(sizes), ones([sizes.taps, 1, 1])],
    ([x, filter], { stride, dilation, padding }) => ops.conv1d(x, filter, { stride, dilation, padding }),
  ),
  both(
    'convTranspose1d by its options',
    { samples: 4, taps: 3, stride: 1, dilation: 1 },
    ({ samples, taps }) => [ones([1, samples, 1]), ones([taps, 1, 1])],
    ([x, filter], { stride, dilation }) => ops.convTranspose1d(x, filter, { stride, dilation }),
  ),
  both(
    'conv3d',
    { batch: 1, depth: 4, height: 4, width: 4, inputs: 2, outputs: 2 },
    ({ batch, depth, height, width, inputs, outputs }) => [
      ones([batch, depth, height, width, inputs]),
      ones([2, 2, 2, inputs, outputs]),
    ],
    ([x, filter]) => ops.conv3d(x, filter),
  ),
  both(
    'deformConv2d',
    { batch: 2, height: 3, width: 4, channels: 2, outputs: 3 },
    ({ batch, height, width, channels, outputs }) => [
      ones([batch, height, width, channels]),
      ones([2, 2, channels, outputs]),
      zeros([batch, height - 1, width - 1, 8]),
    ],
    ([x, filter, offsets]) => ops.deformConv2d(x, filter, offsets),
  ),
  both(
    'convolve',
    { samples: 9, taps: 3 },
    ({ samples, taps }) => [ones([samples]), ones([taps])],
    ([x, kernel]) => ops.convolve(x, kernel),
  ),
  both(
    'correlate',
    { height: 6, width: 7, rows: 2, columns: 3 },
    ({ height, width, rows, columns }) => [
      ones([Math.max(height, rows), Math.max(width, columns)]),
      ones([rows, columns]),
    ],
    ([x, kernel]) => ops.correlate(x, kernel),
  ),
  value('matchTemplate', { height: 6, width: 7, rows: 2, columns: 3 }, ({ height, width, rows, columns }) =>
    ops.matchTemplate(
      ones([Math.max(height, rows), Math.max(width, columns)]),
      randomNormal([rows, columns], { seed: 1 }),
    ),
  ),
  both(
    'rfft',
    { rows: 2, samples: 8 },
    ({ rows, samples }) => [ones([rows, samples])],
    ([x]) => ops.rfft(x),
  ),
  both(
    'rfft of an odd length',
    { rows: 2, samples: 8 },
    ({ rows, samples }) => [ones([rows, samples + 7])],
    ([x]) => ops.rfft(x),
  ),
  both(
    'fft',
    { rows: 2, samples: 8 },
    ({ rows, samples }) => [ones([rows, samples, 2])],
    ([x]) => ops.fft(x),
  ),
  both('toPlanes', { batch: 2, height: 3, width: 4, channels: 3 }, pictures, ([x]) => ops.toPlanes(x)),
  both(
    'dropout',
    { rows: 3, columns: 4 },
    ({ rows, columns }) => [ones([rows, columns])],
    ([x]) => ops.dropout(x, { rate: 0.5, seed: 1 }),
  ),
  value('cast', { rows: 3, columns: 4 }, ({ rows, columns }) => ops.cast(ones([rows, columns]), 'int32')),
]
