// Reductions over either axis of a matrix, and what is made of them.

import * as convoke from 'convoke'
import { atSizes, type OpCase, one, squares } from './op-case.ts'

const axisConstant = (axis: number) => ({ constants: [{ int64: [axis] }] })
const steps = { backward: false } as const

const overAxis = (axis: 0 | 1): OpCase[][] => [
  atSizes(squares, {
    op: `sum axis ${axis}`,
    run: one((x) => convoke.sum(x, { axes: axis })),
    onnx: { operator: 'ReduceSum', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `x0.sum(${axis})`,
  }),
  atSizes(squares, {
    op: `mean axis ${axis}`,
    run: one((x) => convoke.mean(x, { axes: axis })),
    onnx: { operator: 'ReduceMean', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `x0.mean(${axis})`,
  }),
  atSizes(squares, {
    op: `max axis ${axis}`,
    run: one((x) => convoke.max(x, { axes: axis })),
    onnx: { operator: 'ReduceMax', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `torch.amax(x0, ${axis})`,
  }),
  atSizes(squares, {
    op: `min axis ${axis}`,
    run: one((x) => convoke.min(x, { axes: axis })),
    onnx: { operator: 'ReduceMin', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `torch.amin(x0, ${axis})`,
  }),
  atSizes(squares, {
    op: `variance axis ${axis}`,
    run: one((x) => convoke.variance(x, { axes: axis })),
    torch: `x0.var(${axis}, correction=0)`,
  }),
  atSizes(squares, {
    op: `norm axis ${axis}`,
    run: one((x) => convoke.norm(x, { axes: axis })),
    onnx: { operator: 'ReduceL2', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `torch.linalg.vector_norm(x0, dim=${axis})`,
  }),
  // Of numbers about 1, or a thousand of them leave the range of floats.
  atSizes(
    [
      ['100²', { shape: [100, 100], filling: { from: 0.98, to: 1.02 } }],
      ['1000²', { shape: [1000, 1000], filling: { from: 0.98, to: 1.02 } }],
    ],
    {
      op: `product axis ${axis}`,
      run: one((x) => convoke.product(x, { axes: axis })),
      onnx: { operator: 'ReduceProd', attributes: { keepdims: 0 }, ...axisConstant(axis) },
      torch: `x0.prod(${axis})`,
      // A thousand roundings, all of which stay.
      tolerance: 1e-4,
    },
  ),
  atSizes(squares, {
    op: `any axis ${axis}`,
    run: one((x) => convoke.any(x, { axes: axis })),
    ...{ torch: `torch.any(x0, ${axis})`, ...steps },
  }),
  atSizes(squares, {
    op: `all axis ${axis}`,
    run: one((x) => convoke.all(x, { axes: axis })),
    ...{ torch: `torch.all(x0, ${axis})`, ...steps },
  }),
  atSizes(squares, {
    op: `argMax axis ${axis}`,
    run: one((x) => convoke.argMax(x, { axis })),
    onnx: { operator: 'ArgMax', attributes: { axis, keepdims: 0 }, outputs: ['int64'] },
    ...{ torch: `x0.argmax(${axis})`, ...steps },
  }),
  atSizes(squares, {
    op: `argMin axis ${axis}`,
    run: one((x) => convoke.argMin(x, { axis })),
    onnx: { operator: 'ArgMin', attributes: { axis, keepdims: 0 }, outputs: ['int64'] },
    ...{ torch: `x0.argmin(${axis})`, ...steps },
  }),
  atSizes(squares, {
    op: `cumulativeSum axis ${axis}`,
    run: one((x) => convoke.cumulativeSum(x, { axis })),
    onnx: { operator: 'CumSum', constants: [{ int64: [axis] }] },
    torch: `x0.cumsum(${axis})`,
  }),
  atSizes(squares, {
    op: `logSumExp axis ${axis}`,
    run: one((x) => convoke.logSumExp(x, { axes: axis })),
    onnx: { operator: 'ReduceLogSumExp', attributes: { keepdims: 0 }, ...axisConstant(axis) },
    torch: `torch.logsumexp(x0, ${axis})`,
  }),
  atSizes(squares, {
    op: `softmax axis ${axis}`,
    run: one((x) => convoke.softmax(x, { axis })),
    onnx: { operator: 'Softmax', attributes: { axis } },
    torch: `torch.softmax(x0, ${axis})`,
  }),
  atSizes(squares, {
    op: `logSoftmax axis ${axis}`,
    run: one((x) => convoke.logSoftmax(x, { axis })),
    onnx: { operator: 'LogSoftmax', attributes: { axis } },
    torch: `torch.log_softmax(x0, ${axis})`,
  }),
]

const whole: OpCase[][] = [
  atSizes(squares, { op: 'sum of all', run: one((x) => convoke.sum(x)), torch: 'x0.sum()' }),
  atSizes(squares, { op: 'max of all', run: one((x) => convoke.max(x)), torch: 'x0.max()' }),
  atSizes(squares, { op: 'sumTo a row', run: one((x) => convoke.sumTo(x, [1, x.shape[1]])), torch: 'x0.sum(0, True)' }),
  atSizes(
    [
      ['100²', [100]],
      ['1000²', [1000]],
    ],
    {
      op: 'broadcastTo rows',
      run: one((x) => convoke.broadcastTo(x, [x.size, x.size])),
      torch: 'x0.expand(x0.numel(), x0.numel()).contiguous()',
    },
  ),
]

export const reductions: readonly OpCase[] = [...overAxis(0), ...overAxis(1), ...whole].flat()
