// Gradients of what is not elementwise at the edges of numbers, on every backend, against docs/edges.md. Each row is worked out
// by hand from the definition: `incoming` is the gradient of the result, ones where it is not given.

import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { ones, type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import * as ops from './index.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const denormal = 2 ** -149
const half = Math.SQRT1_2

interface Row {
  readonly of: string
  readonly op: (...inputs: Tensor[]) => Tensor
  readonly inputs: readonly Tensor[]
  readonly incoming?: readonly number[]
  readonly gradients: readonly (readonly number[])[]
}

/** One example of some samples in one channel. */
const line = (...values: number[]) => tensor(values, { shape: [1, values.length, 1] })
const floats = (...values: number[]) => tensor(values)

const ranges: readonly Row[] = [
  {
    of: 'norm beyond the range of its squares: 0, also next to the largest float',
    op: (x) => ops.norm(x),
    inputs: [floats(3.4e38, -2e19, 0)],
    gradients: [[0, 0, 0]],
  },
  {
    of: 'square of floats whose double is none: what comes in is met first',
    op: (x) => ops.square(x),
    inputs: [floats(2 ** 127, -(2 ** 127), 2 ** 127)],
    incoming: [0.5, 0, 2 ** -130],
    gradients: [[2 ** 127, 0, 2 ** -2]],
  },
]

const pooling: readonly Row[] = [
  {
    of: 'maxPool at ties: the first of equals',
    op: (x) => ops.maxPool(x, 2),
    inputs: [line(1, 1, inf, inf, -inf, -inf, -0, 0)],
    gradients: [[1, 0, 1, 0, 1, 0, 1, 0]],
  },
  {
    of: 'maxPool at NaN: the first NaN',
    op: (x) => ops.maxPool(x, 2),
    inputs: [line(1, nan, nan, nan, nan, inf)],
    gradients: [[0, 1, 1, 0, 1, 0]],
  },
  {
    of: 'maxPool of windows that share a NaN',
    op: (x) => ops.maxPool(x, 3, { stride: 1 }),
    inputs: [line(1, nan, 2, inf, 0)],
    incoming: [1, 2, 4],
    gradients: [[0, 3, 0, 4, 0]],
  },
  {
    of: 'maxPool with padding, of nothing but −∞',
    op: (x) => ops.maxPool(x, 3, { padding: 1 }),
    inputs: [line(-inf, -inf)],
    gradients: [[1, 0]],
  },
  {
    of: 'maxPool, where the gradient comes in without end',
    op: (x) => ops.maxPool(x, 2),
    inputs: [line(1, 2, 3, 4, 5, 6)],
    incoming: [inf, nan, denormal],
    gradients: [[0, inf, 0, nan, 0, denormal]],
  },
  {
    of: 'averagePool, whatever it averages',
    op: (x) => ops.averagePool(x, 2),
    inputs: [line(nan, inf, -inf, 1)],
    gradients: [[0.5, 0.5, 0.5, 0.5]],
  },
  {
    of: 'averagePool, where the gradient comes in without end',
    op: (x) => ops.averagePool(x, 2, { stride: 1 }),
    inputs: [line(1, 2, 3, 4)],
    incoming: [inf, -inf, 4 * denormal],
    gradients: [[inf, nan, -inf, 2 * denormal]],
  },
  {
    of: 'lpPool: 0 at 0; x / norm elsewhere',
    op: (x) => ops.lpPool(x, 2),
    inputs: [line(0, 0, 3, 4, inf, 1, nan, 1)],
    gradients: [[0, 0, 0.6, 0.8, nan, 0, nan, nan]],
  },
  {
    of: 'globalMaxPool: as max',
    op: (x) => ops.globalMaxPool(x),
    inputs: [line(inf, 1, inf)],
    gradients: [[0.5, 0, 0.5]],
  },
  {
    of: 'globalAveragePool, whatever it averages',
    op: (x) => ops.globalAveragePool(x),
    inputs: [line(inf, nan)],
    gradients: [[0.5, 0.5]],
  },
  { of: 'globalLpPool at 0', op: (x) => ops.globalLpPool(x), inputs: [line(0, 0)], gradients: [[0, 0]] },
  {
    of: 'adaptiveMaxPool: as maxPool',
    op: (x) => ops.adaptiveMaxPool(x, 2),
    inputs: [line(1, 1, nan, inf)],
    gradients: [[1, 0, 1, 0]],
  },
  {
    of: 'adaptiveAveragePool of windows that overlap',
    op: (x) => ops.adaptiveAveragePool(x, 2),
    inputs: [line(1, inf, nan)],
    incoming: [nan, 1],
    gradients: [[nan, nan, 0.5]],
  },
]

// With an epsilon of 1, groups of equal values have a deviation of 1.
const unit = { epsilon: 1 }
const normalisation: readonly Row[] = [
  {
    of: 'layerNorm of equal values: finite, and of a row with an ∞: NaN in that row alone',
    op: (x) => ops.layerNorm(x, unit),
    inputs: [tensor([[5, 5], [inf, 1], [nan, 1]])], // biome-ignore format: rows
    incoming: [1, 0, 1, 0, 1, 0],
    gradients: [[0.5, -0.5, nan, nan, nan, nan]],
  },
  {
    of: 'layerNorm, where the gradient comes in without end',
    op: (x) => ops.layerNorm(x, unit),
    inputs: [tensor([[1, 1], [1, 1]])], // biome-ignore format: rows
    incoming: [inf, 0, 3, 1],
    gradients: [[nan, nan, 1, -1]],
  },
  {
    of: 'layerNorm of denormals: as of zeros',
    op: (x) => ops.layerNorm(x, unit),
    inputs: [tensor([[denormal, -0]])],
    incoming: [1, -1],
    gradients: [[1, -1]],
  },
  {
    of: 'layerNorm in its scale and bias: NaN in the scale where there is one, the bias a plain sum',
    op: (x, scale, bias) => ops.layerNorm(x, { ...unit, scale, bias }),
    inputs: [tensor([[nan, 1], [1, 1]]), floats(1, 1), floats(0, 0)], // biome-ignore format: rows
    gradients: [
      [nan, nan, 0, 0],
      [nan, nan],
      [2, 2],
    ],
  },
  {
    of: 'rmsNorm of zeros and of ∞',
    op: (x) => ops.rmsNorm(x, unit),
    inputs: [tensor([[0, -0], [inf, 1]])], // biome-ignore format: rows
    incoming: [1, 2, 1, 0],
    gradients: [[1, 2, nan, nan]],
  },
  {
    of: 'batchNorm: NaN in the channels that hold an ∞ or NaN',
    op: (x) => ops.batchNorm(x, unit),
    inputs: [tensor([[7, inf, nan], [7, 1, 1]])], // biome-ignore format: rows
    incoming: [1, 1, 1, 0, 0, 0],
    gradients: [[0.5, nan, nan, -0.5, nan, nan]],
  },
  {
    of: 'instanceNorm: NaN in the channels that hold one',
    op: (x) => ops.instanceNorm(x, unit),
    inputs: [tensor([[[nan, 7], [1, 7]]])], // biome-ignore format: rows
    incoming: [1, 1, 0, 0],
    gradients: [[nan, 0.5, nan, -0.5]],
  },
  {
    of: 'groupNorm: NaN in the groups that hold one',
    op: (x) => ops.groupNorm(x, 2, unit),
    inputs: [tensor([[[-inf, 7], [1, 7]]])], // biome-ignore format: rows
    incoming: [1, 1, 0, 0],
    gradients: [[nan, 0.5, nan, -0.5]],
  },
]

const products: readonly Row[] = [
  {
    of: 'matmul: products with the other operand, whatever its own is',
    op: (a, b) => ops.matmul(a, b),
    inputs: [tensor([[inf, 1], [2, nan]]), tensor([[1, 0], [0, -inf]])], // biome-ignore format: rows
    gradients: [
      [1, -inf, 1, -inf],
      [inf, inf, nan, nan],
    ],
  },
  {
    of: 'matmul: 0·∞ is NaN, in the row and column it lies in',
    op: (a, b) => ops.matmul(a, b),
    inputs: [tensor([[1, 1], [2, 2]]), tensor([[inf, 0], [0, 1]])], // biome-ignore format: rows
    incoming: [0, 1, 1, 0],
    gradients: [
      [nan, 1, inf, 0],
      [2, 1, 2, 1],
    ],
  },
  {
    of: 'matmul, where a NaN comes in: its row of the one, its column of the other',
    op: (a, b) => ops.matmul(a, b),
    inputs: [tensor([[1, 1], [2, 2]]), tensor([[1, 1], [1, 1]])], // biome-ignore format: rows
    incoming: [nan, 1, 1, 1],
    gradients: [
      [nan, nan, 2, 2],
      [nan, 3, nan, 3],
    ],
  },
  {
    of: 'matmul of denormals',
    op: (a, b) => ops.matmul(a, b),
    inputs: [tensor([[denormal]]), tensor([[1]])],
    gradients: [[1], [denormal]],
  },
  // Outputs of 2 → 4 samples read 1, ¾ + ¼, ¼ + ¾ and 1 of the two.
  {
    of: 'resize, whatever it resizes',
    op: (x) => ops.resize(x, { size: 4 }),
    inputs: [line(inf, nan)],
    gradients: [[2, 2]],
  },
  {
    of: 'resize, where the gradient comes in without end: a weight of 0 leaves it out',
    op: (x) => ops.resize(x, { size: 4 }),
    inputs: [line(1, 1)],
    incoming: [inf, 0, 0, 1],
    gradients: [[inf, 1]],
  },
  {
    of: 'resize to the same size',
    op: (x) => ops.resize(x, { size: 3 }),
    inputs: [line(1, 1, 1)],
    incoming: [inf, 1, nan],
    gradients: [[inf, 1, nan]],
  },
  {
    of: "resize to the 'nearest'",
    op: (x) => ops.resize(x, { size: 4, mode: 'nearest' }),
    inputs: [line(1, 1)],
    incoming: [inf, -inf, 4 * denormal, 0],
    gradients: [[nan, 4 * denormal]],
  },
]

const reductions: readonly Row[] = [
  { of: 'sum, whatever it adds', op: (x) => ops.sum(x), inputs: [floats(nan, inf, -0)], gradients: [[1, 1, 1]] },
  {
    of: 'mean, down to the least denormal',
    op: (x) => ops.mean(x),
    inputs: [floats(nan, inf, 1, 1)],
    incoming: [4 * denormal],
    gradients: [[denormal, denormal, denormal, denormal]],
  },
  { of: 'max of ±0: a tie', op: (x) => ops.max(x), inputs: [floats(0, -0, -1)], gradients: [[0.5, 0.5, 0]] },
  { of: 'max at NaN: they share', op: (x) => ops.max(x), inputs: [floats(nan, inf, nan)], gradients: [[0.5, 0, 0.5]] },
  { of: 'min at NaN', op: (x) => ops.min(x), inputs: [floats(nan, -inf)], gradients: [[1, 0]] },
  {
    of: 'max, where the gradient comes in without end: what is smaller is left out',
    op: (x) => ops.max(x, { axes: 1 }),
    inputs: [tensor([[1, 2], [3, 3], [-inf, 4]])], // biome-ignore format: rows
    incoming: [inf, inf, nan],
    gradients: [[0, inf, inf, inf, 0, nan]],
  },
  {
    of: 'min, where the gradient comes in without end',
    op: (x) => ops.min(x, { axes: 1 }),
    inputs: [tensor([[1, 2], [inf, 3]])], // biome-ignore format: rows
    incoming: [nan, -inf],
    gradients: [[nan, 0, 0, -inf]],
  },
  {
    of: 'maximum, where the gradient comes in without end: the smaller is left out',
    op: (a, b) => ops.maximum(a, b),
    inputs: [floats(1, 1, -inf), floats(2, 1, 5)],
    incoming: [inf, inf, nan],
    gradients: [
      [0, inf, 0],
      [inf, inf, nan],
    ],
  },
  {
    of: 'minimum, where the gradient comes in without end: the larger is left out',
    op: (a, b) => ops.minimum(a, b),
    inputs: [floats(1, inf), floats(2, 1)],
    incoming: [-inf, nan],
    gradients: [
      [-inf, 0],
      [0, nan],
    ],
  },
  { of: 'variance of equal values', op: (x) => ops.variance(x), inputs: [floats(5, 5, 5)], gradients: [[0, 0, 0]] },
  {
    of: 'variance: NaN in the group of an ∞ or NaN alone',
    op: (x) => ops.variance(x, { axes: 1 }),
    inputs: [tensor([[nan, 1], [-inf, 1], [1, 3]])], // biome-ignore format: rows
    gradients: [[nan, nan, nan, nan, -1, 1]],
  },
  { of: 'norm at ∞', op: (x) => ops.norm(x), inputs: [floats(inf, 1)], gradients: [[nan, 0]] },
  { of: 'norm at NaN', op: (x) => ops.norm(x), inputs: [floats(nan, 1)], gradients: [[nan, nan]] },
  {
    of: 'norm beyond the range of squares: 0, as of what does not count',
    op: (x) => ops.norm(x, { axes: 1 }),
    inputs: [tensor([[1e20, 1e20], [denormal, 0], [1, 1]])], // biome-ignore format: rows
    gradients: [[0, 0, 0, 0, half, half]],
  },
  {
    of: 'product: ∞ for the others of an ∞, NaN for itself',
    op: (x) => ops.product(x),
    inputs: [floats(inf, 2, 3)],
    gradients: [[nan, inf, inf]],
  },
  {
    of: 'product: where one factor is 0, it alone has a gradient',
    op: (x) => ops.product(x),
    inputs: [floats(inf, 0, 3)],
    gradients: [[0, inf, 0]],
  },
  { of: 'product at NaN', op: (x) => ops.product(x), inputs: [floats(nan, 2)], gradients: [[nan, nan]] },
  { of: 'logSumExp at ∞', op: (x) => ops.logSumExp(x), inputs: [floats(inf, 1)], gradients: [[nan, 0]] },
  { of: 'logSumExp at NaN', op: (x) => ops.logSumExp(x), inputs: [floats(nan, 1)], gradients: [[nan, nan]] },
  {
    of: 'cumulativeSum, where the gradient comes in without end: what is before it',
    op: (x) => ops.cumulativeSum(x),
    inputs: [floats(1, 2, 3)],
    incoming: [1, inf, 2],
    gradients: [[inf, inf, 2]],
  },
  {
    of: 'sort: where each went, NaN too',
    op: (x) => ops.sort(x),
    inputs: [floats(nan, inf, 1)],
    incoming: [1, 2, 3],
    gradients: [[3, 2, 1]],
  },
  {
    of: 'topK: what was chosen, whatever comes in',
    op: (x) => ops.topK(x, 2).values,
    inputs: [floats(nan, inf, 1)],
    incoming: [nan, inf],
    gradients: [[nan, inf, 0]],
  },
]

const near = (actual: number, expected: number): boolean =>
  Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= 4e-6 * Math.abs(expected)

describe.each(availableBackends())('gradients at the edges, on %s,', (backend) => {
  it.each([...ranges, ...pooling, ...normalisation, ...products, ...reductions].map((row) => [row.of, row] as const))(
    'of %s',
    async (_, { op, inputs, incoming, gradients }) => {
      await onBackend(backend, () => {
        // Tensors of the table were made on another backend.
        const own = inputs.map((x) => tensor(x.dataSync(), { shape: x.shape }))
        const { gradients: found } = valueAndGradients(() => {
          const y = op(...own)
          const weights = incoming === undefined ? ones(y.shape) : tensor([...incoming], { shape: y.shape })
          return ops.sum(ops.multiply(y, weights))
        }, own)
        const lists = found.map((gradient) => Array.from(gradient.dataSync()))
        const agree = lists.every((list, i) => list.every((value, at) => near(value, gradients[i][at])))
        if (!agree) expect(lists).toEqual(gradients)
        expect(lists.map((list) => list.length)).toEqual(gradients.map((list) => list.length))
      })
    },
  )
})
