// Order, indexing, new tensors and random numbers.

import * as convoke from 'convoke'
import { atSizes, type OpCase, one, squares, two } from './op-case.ts'

const steps = { backward: false } as const

const lines = [
  ['10⁴', [10_000]],
  ['10⁶', [1_000_000]],
] as const

const largest = (sizes: Parameters<typeof atSizes>[0], k: number): OpCase[] =>
  atSizes(sizes, {
    op: `topK ${k}`,
    run: one((x) => convoke.topK(x, k).values),
    onnx: { operator: 'TopK', constants: [{ int64: [k] }], outputs: ['float32', 'int64'] },
    torch: `torch.topk(x0, ${k})[0]`,
  })

const order: OpCase[][] = [
  ...[1, 10, 100].map((k) => largest(squares, k)),
  largest(lines, 1000),
  ...([squares, lines] as const).flatMap((sizes) => [
    atSizes(sizes, { op: 'sort', run: one((x) => convoke.sort(x)), torch: 'torch.sort(x0, stable=True)[0]' }),
    atSizes(sizes, {
      ...{ op: 'argsort', run: one((x) => convoke.argsort(x)), torch: 'torch.argsort(x0, stable=True)', ...steps },
    }),
  ]),
]

/** Rows of a table, one index a row, and of a table of embeddings. */
const picked: OpCase[] = (
  [
    ['100²', 100, 100, 100],
    ['1000²', 1000, 1000, 1000],
    ['4096 of 10⁴×256', 10_000, 256, 4096],
  ] as const
).map(([size, count, width, rows]) => ({
  ...{ op: 'gather rows', size, run: two(convoke.gather), torch: 'F.embedding(x1, x0)' },
  inputs: [{ shape: [count, width] }, { shape: [rows], filling: { below: count } }],
  onnx: { operator: 'Gather', attributes: { axis: 0 } },
}))

const elements = [100, 1000].flatMap((side): OpCase[] => {
  const shape = [side, side]
  const indices = { shape, filling: { below: side } }
  const size = `${side}²`
  return [
    {
      ...{ op: 'gather columns', size, inputs: [{ shape }, { shape: [side], filling: { below: side } }] },
      run: ([x, i]) => convoke.gather(x, i, { axis: 1 }),
      ...{ onnx: { operator: 'Gather', attributes: { axis: 1 } }, torch: 'x0.index_select(1, x1)' },
    },
    {
      ...{ op: 'gatherElements', size, inputs: [{ shape }, indices], run: two((x, i) => convoke.gatherElements(x, i)) },
      ...{ onnx: { operator: 'GatherElements', attributes: { axis: 1 } }, torch: 'torch.gather(x0, 1, x1)' },
    },
    {
      ...{ op: 'scatter added', size, inputs: [{ shape }, indices, { shape }] },
      run: ([x, i, updates]) => convoke.scatter(x, i, updates, { reduction: 'add' }),
      ...{ onnx: { operator: 'ScatterElements', attributes: { axis: 1, reduction: 'add' } } },
      torch: 'x0.scatter_add(1, x1, x2)',
    },
    {
      ...{ op: 'oneHot', size, inputs: [{ shape: [side], filling: { below: side } }] },
      run: one((i) => convoke.oneHot(i, side)),
      onnx: { operator: 'OneHot', constants: [{ int64: [side] }, { float32: [0, 1] }] },
      ...{ torch: `F.one_hot(x0, ${side}).float()`, ...steps },
    },
  ]
})

const shapes = [
  ['10⁴', [100, 100]],
  ['10⁶', [1000, 1000]],
] as const

const made: OpCase[] = shapes.flatMap(([size, shape]): OpCase[] => {
  const [sides, count] = [shape.join(), shape[0] * shape[1]]
  const none = { size, inputs: [], ...steps }
  const drawn = 'they are drawn by other generators'
  return [
    { ...none, op: 'zeros', run: () => convoke.zeros(shape), torch: `torch.zeros(${sides})` },
    { ...none, op: 'ones', run: () => convoke.ones(shape), torch: `torch.ones(${sides})` },
    { ...none, op: 'full', run: () => convoke.full(shape, 3), torch: `torch.full((${sides}), 3.0)` },
    { ...none, op: 'arange', run: () => convoke.arange(0, count), torch: `torch.arange(${count})` },
    { ...none, op: 'linspace', run: () => convoke.linspace(0, 1, count), torch: `torch.linspace(0, 1, ${count})` },
    {
      ...{ ...none, op: 'randomNormal', incomparable: drawn, torch: `torch.randn(${sides})` },
      run: () => convoke.randomNormal(shape, { seed: 1 }),
    },
    {
      ...{ ...none, op: 'randomUniform', incomparable: drawn, torch: `torch.rand(${sides})` },
      run: () => convoke.randomUniform(shape, { seed: 1 }),
    },
    {
      ...{ op: 'dropout', size, inputs: [{ shape }], incomparable: drawn, torch: 'F.dropout(x0, 0.5)' },
      run: ([x]) => convoke.dropout(x, { seed: 1 }),
    },
  ]
})

export const places: readonly OpCase[] = [...order.flat(), ...picked, ...elements, ...made]
