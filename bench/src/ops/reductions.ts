// Reductions, softmax, order, indexing and random numbers.

import type { Tensor } from 'convoke'
import * as convoke from 'convoke'
import type { OpCase } from './op-case.ts'

const matrices = [
  ['100×100', [100, 100]],
  ['1000×1000', [1000, 1000]],
] as const
const lines = [
  ['10⁴', [10_000]],
  ['10⁶', [1_000_000]],
] as const

type Sizes = readonly (readonly [string, readonly number[]])[]

const over = (sizes: Sizes, rest: Omit<OpCase, 'size' | 'inputs'>): OpCase[] =>
  sizes.map(([size, shape]) => ({ ...rest, size, inputs: [{ shape }] }))

const axisConstant = (axis: number) => ({ constants: [{ int64: [axis] }] })

const one =
  (run: (x: Tensor) => Tensor | readonly Tensor[]) =>
  ([x]: readonly Tensor[]) =>
    run(x)

const reductions: OpCase[][] = [0, 1].flatMap((axis) => [
  over(matrices, {
    op: `sum axis ${axis}`,
    run: one((x) => convoke.sum(x, { axes: axis })),
    onnx: { operator: 'ReduceSum', ...axisConstant(axis) },
    torch: `x0.sum(${axis})`,
  }),
  over(matrices, {
    op: `mean axis ${axis}`,
    run: one((x) => convoke.mean(x, { axes: axis })),
    onnx: { operator: 'ReduceMean', attributes: { axes: [axis] } },
    torch: `x0.mean(${axis})`,
  }),
  over(matrices, {
    op: `max axis ${axis}`,
    run: one((x) => convoke.max(x, { axes: axis })),
    onnx: { operator: 'ReduceMax', attributes: { axes: [axis] } },
    torch: `torch.amax(x0, ${axis})`,
  }),
  over(matrices, {
    op: `variance axis ${axis}`,
    run: one((x) => convoke.variance(x, { axes: axis })),
    torch: `x0.var(${axis}, correction=0)`,
  }),
  over(matrices, {
    op: `product axis ${axis}`,
    run: one((x) => convoke.product(x, { axes: axis })),
    onnx: { operator: 'ReduceProd', attributes: { axes: [axis] } },
    torch: `x0.prod(${axis})`,
    backward: false,
  }),
  over(matrices, {
    op: `argMax axis ${axis}`,
    run: one((x) => convoke.argMax(x, { axis })),
    onnx: { operator: 'ArgMax', attributes: { axis }, outputs: ['int64'] },
    torch: `x0.argmax(${axis})`,
    backward: false,
  }),
  over(matrices, {
    op: `cumulativeSum axis ${axis}`,
    run: one((x) => convoke.cumulativeSum(x, { axis })),
    onnx: { operator: 'CumSum', ...axisConstant(axis) },
    torch: `x0.cumsum(${axis})`,
  }),
  over(matrices, {
    op: `logSumExp axis ${axis}`,
    run: one((x) => convoke.logSumExp(x, { axes: axis })),
    onnx: { operator: 'ReduceLogSumExp', attributes: { axes: [axis] } },
    torch: `torch.logsumexp(x0, ${axis})`,
  }),
  over(matrices, {
    op: `softmax axis ${axis}`,
    run: one((x) => convoke.softmax(x, { axis })),
    onnx: { operator: 'Softmax', attributes: { axis } },
    torch: `torch.softmax(x0, ${axis})`,
  }),
  over(matrices, {
    op: `logSoftmax axis ${axis}`,
    run: one((x) => convoke.logSoftmax(x, { axis })),
    onnx: { operator: 'LogSoftmax', attributes: { axis } },
    torch: `torch.log_softmax(x0, ${axis})`,
  }),
])

const order: OpCase[][] = [
  ...[1, 10, 100].map((k) =>
    over(matrices, {
      op: `topK ${k}`,
      run: one((x) => Object.values(convoke.topK(x, k))),
      onnx: { operator: 'TopK', constants: [{ int64: [k] }], outputs: ['float32', 'int64'] },
      torch: `torch.topk(x0, ${k})[0]`,
    }),
  ),
  over(lines, {
    op: 'topK 1000',
    run: one((x) => Object.values(convoke.topK(x, 1000))),
    onnx: { operator: 'TopK', constants: [{ int64: [1000] }], outputs: ['float32', 'int64'] },
    torch: 'torch.topk(x0, 1000)[0]',
  }),
]

const places: OpCase[][] = [
  matrices.map(
    ([size, shape]): OpCase => ({
      ...{ op: 'gather rows', size, backward: true, torch: 'x0[x1]', run: ([x, i]) => convoke.gather(x, i) },
      inputs: [{ shape }, { shape: [shape[0]], filling: { below: shape[0] } }],
    }),
  ),
  matrices.map(
    ([size, shape]): OpCase => ({
      ...{
        op: 'gatherElements',
        size,
        torch: 'torch.gather(x0, 1, x1)',
        run: ([x, i]) => convoke.gatherElements(x, i),
      },
      inputs: [{ shape }, { shape, filling: { below: shape[1] } }],
    }),
  ),
  matrices.map(
    ([size, shape]): OpCase => ({
      ...{
        op: 'oneHot',
        size,
        backward: false,
        torch: `F.one_hot(x0, ${shape[1]})`,
        run: ([i]) => convoke.oneHot(i, shape[1]),
      },
      inputs: [{ shape: [shape[0]], filling: { below: shape[1] } }],
    }),
  ),
]

const random: OpCase[][] = matrices.map(([size, shape]) => [
  {
    ...{ op: 'randomNormal', size, inputs: [], backward: false, torch: `torch.randn(${shape.join()})` },
    run: () => convoke.randomNormal(shape, { seed: 1 }),
  },
  {
    ...{ op: 'randomUniform', size, inputs: [], backward: false, torch: `torch.rand(${shape.join()})` },
    run: () => convoke.randomUniform(shape, { seed: 1 }),
  },
])

export const reductionsAndOrder: readonly OpCase[] = [...reductions, ...order, ...places, ...random].flat()
