// What an editor must refuse. Checked by the type checker alone: a line marked `@ts-expect-error` that compiles is an
// error, and so is one without the mark that does not.

import {
  averagePool,
  type backends,
  batchNorm,
  cast,
  conv,
  conv2d,
  convolve,
  convTranspose2d,
  correlate,
  deformConv2d,
  depthwiseConv2d,
  elu,
  gelu,
  localResponseNorm,
  maxPool,
  type maxPoolWithIndices,
  norm,
  ones,
  pad,
  pixelShuffle,
  randomNormal,
  reshape,
  resize,
  scatter,
  scope,
  softmax,
  sum,
  type Tensor,
  type TypedArray,
  tensor,
  topK,
  transpose,
  useBackend,
  valueAndGradients,
  zeros,
} from '../index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const x = ones([1, 4, 4, 2])
const filter = ones([3, 3, 2, 4])

/** Never run. */
export const right = (): void => {
  conv2d(x, filter, { stride: 2, padding: 'same', dilation: [1, 2], groups: 1, bias: [1, 2, 3, 4], activation: 'relu' })
  conv2d([[[1, 2]]], [[[[1], [2]]]], {
    padding: [
      [0, 1],
      [2, 1],
    ],
    activation: { kind: 'leakyRelu', alpha: 0.1 },
  })
  conv(x, filter, { padding: [1, 2], precision: 'exact', residual: x, activation: null })
  conv2d(x, filter, { stride: undefined, bias: undefined })
  convTranspose2d(x, filter, { outputPadding: 1 })
  correlate([1, 2, 3], [1, 2], { mode: 'full', boundary: 'wrap' })
  convolve([[1, 2]], [tensor([1]), tensor([1, 2])])
  tensor(new Uint8ClampedArray(4), { shape: [2, 2], dtype: 'uint8' })
  tensor([[true], [false]])
  reshape(x, [-1] as const)
  pad(
    x,
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ] as const,
    { mode: 'mirror' },
  )

  holds<Equal<ReturnType<typeof conv2d>, Tensor>>()
  holds<Equal<ReturnType<typeof maxPoolWithIndices>['indices'], Tensor>>()
  holds<Equal<Awaited<ReturnType<Tensor['data']>>, TypedArray>>()
  holds<Equal<ReturnType<typeof backends>[number]['available'], boolean>>()
  const scoped = scope(() => ({ a: x, b: 1 }))
  holds<Equal<typeof scoped, { a: Tensor; b: number }>>()
  const { value, gradients } = valueAndGradients(() => sum(x), [x])
  holds<Equal<typeof value, Tensor>>()
  holds<Equal<typeof gradients, Tensor[]>>()
}

/** Never run. */
export const wrong = (): void => {
  // @ts-expect-error a misspelt option
  conv2d(x, filter, { strides: 2 })
  // @ts-expect-error a padding nobody knows
  conv2d(x, filter, { padding: 'full' })
  // @ts-expect-error a number as text
  conv2d(x, filter, { stride: '2' })
  // @ts-expect-error null is no value
  conv2d(x, filter, { stride: null })
  // @ts-expect-error an activation nobody knows
  conv2d(x, filter, { activation: 'swoosh' })
  // @ts-expect-error clip needs its bounds
  conv2d(x, filter, { activation: { kind: 'clip' } })
  // @ts-expect-error a constant that is not its own
  conv2d(x, filter, { activation: { kind: 'relu', alpha: 1 } })
  // @ts-expect-error the filter is missing
  conv2d(x)
  // @ts-expect-error text is no filter
  conv2d(x, 'sobel')
  // @ts-expect-error an option of the transposed convolution
  conv2d(x, filter, { outputPadding: 1 })
  // @ts-expect-error a size is a list
  convTranspose2d(x, filter, { outputSize: 8 })
  // @ts-expect-error groups follow from the channels
  depthwiseConv2d(x, filter, { groups: 2 })
  // @ts-expect-error the offsets are missing
  deformConv2d(x, filter, { stride: 1 })
  // @ts-expect-error SciPy's name for another package's boundary
  convolve([1], [1], { boundary: 'symm' })
  // @ts-expect-error a mode nobody knows
  correlate([1], [1], { mode: 'middle' })
  // @ts-expect-error only averages count padding
  maxPool(x, 2, { countPadding: true })
  // @ts-expect-error the window is missing
  averagePool(x)
  // @ts-expect-error a mode nobody knows
  resize(x, { size: 2, mode: 'lanczos' })
  // @ts-expect-error the size is missing
  resize(x)
  // @ts-expect-error an order nobody knows
  pixelShuffle(x, 2, { order: 'rcd' })
  // @ts-expect-error epsilon is a number
  batchNorm(x, { epsilon: '1e-5' })
  // @ts-expect-error the size is missing
  localResponseNorm(x, { alpha: 1 })
  // @ts-expect-error reductions have axes
  sum(x, { axis: 1 })
  // @ts-expect-error softmax has one axis
  softmax(x, { axes: [1] })
  // @ts-expect-error only p = 1 and p = 2
  norm(x, { p: 3 })
  // @ts-expect-error how many is missing
  topK(x)
  // @ts-expect-error a reduction nobody knows
  scatter(x, x, x, { reduction: 'mean' })
  // @ts-expect-error constants are named
  elu(x, 0.5)
  // @ts-expect-error an approximation nobody knows
  gelu(x, { approximate: 'erf' })
  // @ts-expect-error a dtype nobody knows
  cast(x, 'float64')
  // @ts-expect-error a shape is a list
  zeros(3)
  // @ts-expect-error text is no number
  tensor([['1']])
  // @ts-expect-error bigints are no numbers here
  tensor(new BigInt64Array(2))
  // @ts-expect-error one pair an axis
  pad(x, [1, 1])
  // @ts-expect-error the order is a list
  transpose(x, 1)
  // @ts-expect-error the deviation has its full name
  randomNormal([2], { std: 2 })
  // @ts-expect-error a loss is a function
  valueAndGradients(sum(x), [x])
  // @ts-expect-error a loss is a tensor at once
  valueAndGradients(async () => sum(x), [x])
  // @ts-expect-error a backend has a name
  useBackend(3)
  // @ts-expect-error shapes do not change
  x.shape[0] = 2
  // @ts-expect-error handles do not change their dtype
  x.dtype = 'int32'
}
