import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { arange, ones, type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, type Input, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

type Case = readonly [
  name: string,
  x: readonly number[],
  filter: readonly number[],
  options: Parameters<typeof ops.conv>[2],
]

const cases: Case[] = [
  ['rank 1', [2, 7, 2], [3, 2, 3], {}],
  ['rank 1, stride and asymmetric padding', [1, 6, 1], [3, 1, 2], { stride: 2, padding: [[2, 1]] }],
  ['rank 1, causal and dilated', [1, 6, 2], [3, 2, 2], { padding: 'causal', dilation: 2 }],
  ['rank 2', [1, 4, 5, 2], [2, 3, 2, 3], {}],
  ['rank 2, a stride an axis', [2, 5, 6, 1], [3, 2, 1, 2], { stride: [2, 3], padding: 1 }],
  ['rank 2, a dilation an axis', [1, 5, 5, 1], [2, 3, 1, 1], { dilation: [3, 2], padding: [1, 2] }],
  ['rank 2, two groups', [1, 3, 4, 4], [2, 2, 2, 6], { groups: 2 }],
  ['rank 2, as many groups as channels', [1, 4, 3, 3], [2, 2, 1, 3], { groups: 3, padding: 'same' }],
  ['rank 2, same with an even kernel', [1, 4, 5, 1], [2, 4, 1, 1], { padding: 'same' }],
  ['rank 2, same-lower with a stride', [1, 5, 4, 1], [4, 3, 1, 2], { padding: 'same-lower', stride: 2 }],
  ['rank 2, more padding than kernel', [1, 2, 2, 1], [2, 2, 1, 1], { padding: 3 }],
  ['rank 2, stride beyond the kernel', [1, 7, 7, 1], [2, 2, 1, 1], { stride: 3 }],
  ['rank 3', [1, 3, 4, 3, 2], [2, 2, 2, 2, 2], {}],
  [
    'rank 3, everything at once',
    [1, 4, 4, 3, 4],
    [2, 2, 3, 2, 2],
    {
      groups: 2,
      stride: [1, 2, 1],
      dilation: [2, 1, 1],
      padding: [
        [0, 1],
        [1, 0],
        [2, 1],
      ],
    },
  ],
]

const bilinear = (x: readonly number[], filter: readonly number[]): Input[] => [input(x, 1), input(filter, 2)]

describe('conv agrees with float64 and central differences, to second order', () => {
  it.each(cases)('%s', (_, x, filter, options) =>
    checkOp((a, f) => ops.conv(a, f, options), bilinear(x, filter), { second: true, tolerance: 1e-5 }),
  )
  it('without a batch axis', () =>
    checkOp((a, f) => ops.conv2d(a, f, { padding: 1 }), bilinear([3, 4, 2], [2, 2, 2, 1]), {
      second: true,
      tolerance: 1e-5,
    }))
  it('with precision exact', () =>
    checkOp((a, f) => ops.conv2d(a, f, { precision: 'exact' }), bilinear([1, 4, 4, 1], [3, 3, 1, 1])))
})

const activations: readonly (ops.ActivationOption & string)[] = [
  ...(['relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'gelu', 'geluTanh', 'silu', 'mish'] as const),
  ...(['softplus', 'softsign', 'hardSwish', 'hardSigmoid', 'sigmoid', 'tanh'] as const),
]

describe('what is added to a convolution', () => {
  const geometry = { stride: 2, padding: 1 } as const
  const operands = [...bilinear([2, 4, 5, 2], [3, 3, 2, 3]), input([3], 3), input([2, 2, 3, 3], 4)]

  it('bias', () =>
    checkOp((x, f, bias) => ops.conv(x, f, { ...geometry, bias }), operands.slice(0, 3), {
      second: true,
      tolerance: 1e-5,
    }))
  it('a residual', () =>
    checkOp((x, f, residual) => ops.conv(x, f, { ...geometry, residual }), [operands[0], operands[1], operands[3]], {
      second: true,
      tolerance: 1e-5,
    }))
  it.each(activations)('bias, residual and %s', (activation) =>
    checkOp((x, f, bias, residual) => ops.conv(x, f, { ...geometry, bias, residual, activation }), operands, {
      tolerance: 5e-6,
    }),
  )
  it.each(activations)('%s to second order', (activation) =>
    checkOp((x, f, bias) => ops.conv(x, f, { bias, activation }), [...bilinear([1, 4, 2], [2, 2, 2]), input([2], 5)], {
      second: true,
      tolerance: 1e-5,
    }),
  )
  it.each(['relu', 'tanh', 'gelu'] as const)('convTranspose with bias, residual and %s', (activation) =>
    checkOp(
      (x, f, bias, residual) => ops.convTranspose(x, f, { stride: 2, bias, residual, activation }),
      [...bilinear([1, 2, 3, 2], [2, 2, 3, 2]), input([3], 3), input([1, 4, 6, 3], 4)],
      { second: true, tolerance: 1e-5 },
    ),
  )
  it('activations with constants of their own', async () => {
    const kinds: ops.ActivationOption[] = [
      { kind: 'leakyRelu', alpha: 0.3 },
      { kind: 'leakyRelu', alpha: -0.3 },
      { kind: 'leakyRelu', alpha: 0 },
      { kind: 'elu', alpha: 0.5 },
      { kind: 'hardSigmoid', alpha: 0.4, beta: 0.3 },
      { kind: 'clip', low: -0.4, high: 0.7 },
    ]
    for (const activation of kinds) {
      await checkOp((x, f) => ops.conv(x, f, { activation }), bilinear([1, 5, 2], [2, 2, 2]))
    }
  })
  it('equals the same steps one by one', () => {
    const [x, f] = [
      tensor(input([1, 5, 2], 1).values, { shape: [1, 5, 2] }),
      tensor(input([3, 2, 2], 2).values, { shape: [3, 2, 2] }),
    ]
    const bias = tensor([0.25, -0.5])
    const residual = tensor(input([1, 3, 2], 3).values, { shape: [1, 3, 2] })
    const steps = ops.tanh(ops.add(ops.add(ops.conv(x, f), bias), residual)).dataSync()
    const fused = ops.conv(x, f, { bias, residual, activation: 'tanh' }).dataSync()
    fused.forEach((value, i) => {
      expect(value).toBeCloseTo(steps[i], 6)
    })
  })
  it('a residual that is the input itself collects both gradients', () =>
    checkOp(
      (x, f) => ops.conv(x, f, { padding: 'same', residual: x, activation: 'relu' }),
      bilinear([1, 4, 2], [3, 2, 2]),
    ))
})

describe('convTranspose agrees with float64 and central differences', () => {
  const transposed: readonly (readonly [string, readonly number[], readonly number[], ops.ConvTransposeOptions])[] = [
    ['rank 1, output padding', [1, 4, 2], [3, 3, 2], { stride: 2, outputPadding: 1 }],
    ['rank 1, output size', [1, 3, 2], [3, 1, 2], { stride: 3, outputSize: [10] }],
    [
      'rank 2, padding',
      [1, 3, 4, 2],
      [3, 3, 1, 2],
      {
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
    ],
    ['rank 2, same', [1, 3, 3, 1], [3, 3, 2, 1], { stride: 2, padding: 'same' }],
    ['rank 2, same with a kernel shorter than the stride', [1, 2, 3, 1], [1, 2, 1, 1], { stride: 3, padding: 'same' }],
    [
      'rank 2, same-lower to an odd size',
      [1, 3, 3, 1],
      [3, 3, 1, 1],
      { stride: 2, padding: 'same-lower', outputSize: [5, 6] },
    ],
    [
      'rank 2, dilation with output padding',
      [1, 3, 3, 1],
      [2, 3, 1, 1],
      { stride: 2, dilation: 3, outputPadding: [2, 1] },
    ],
    ['rank 2, groups', [1, 3, 2, 4], [2, 2, 3, 4], { groups: 2, stride: 2 }],
    ['rank 3', [1, 2, 3, 2, 2], [2, 2, 2, 1, 2], { stride: [1, 2, 2], outputPadding: [0, 1, 0] }],
  ]
  it.each(transposed)('%s', (_, x, filter, options) =>
    checkOp((a, f) => ops.convTranspose(a, f, options), bilinear(x, filter), { second: true, tolerance: 1e-5 }),
  )
  it('output sizes are those of the formula', () => {
    const size = (options: ops.ConvTransposeOptions) =>
      ops.convTranspose(ones([1, 4, 1]), ones([3, 1, 1]), options).shape[1]
    expect(size({ stride: 2 })).toBe(9)
    expect(size({ stride: 2, padding: 1, outputPadding: 1 })).toBe(8)
    expect(size({ stride: 2, padding: 'same' })).toBe(8)
    expect(size({ stride: 2, outputSize: [10] })).toBe(10)
    expect(size({ stride: 2, dilation: 2 })).toBe(11)
    expect(() => size({ stride: 2, outputSize: [11] })).toThrow('Possible: 9 to 10.')
    expect(() => size({ stride: 2, outputPadding: 2 })).toThrow('cannot come from an input of 4')
    expect(() => size({ outputSize: [6], outputPadding: 0 })).toThrow('Give one of them')
  })
})

describe('depthwise and separable convolution agree with float64 and central differences', () => {
  it.each([
    ['rank 1, multiplier 2', [1, 5, 2], [3, 2, 2], { padding: 'causal' }],
    ['rank 2, multiplier 3', [1, 4, 4, 2], [2, 3, 2, 3], { stride: 2, padding: 'same' }],
    ['rank 2, dilated', [2, 5, 4, 3], [2, 2, 3, 1], { dilation: 2 }],
    ['rank 3', [1, 3, 3, 3, 2], [2, 2, 2, 2, 1], {}],
  ] as [string, number[], number[], ops.DepthwiseOptions][])('depthwise %s', (_, x, filter, options) =>
    checkOp((a, f) => ops.depthwiseConv(a, f, options), bilinear(x, filter), { second: true, tolerance: 1e-5 }),
  )
  it('depthwise with bias and activation', () =>
    checkOp(
      (x, f, bias) => ops.depthwiseConv2d(x, f, { bias, activation: 'silu' }),
      [...bilinear([1, 3, 3, 2], [2, 2, 2, 2]), input([4], 3)],
    ))
  it('separable', () =>
    checkOp(
      (x, d, p, bias) => ops.separableConv2d(x, d, p, { stride: 2, padding: 'same', bias, activation: 'hardSwish' }),
      [input([1, 4, 5, 2], 1), input([3, 3, 2, 2], 2), input([1, 1, 4, 3], 3), input([3], 4)],
    ))
  it('keeps the channels of one input channel side by side', () => {
    const x = tensor([[[1, 10]]])
    const filter = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ])
    expect(ops.depthwiseConv1d(x, filter).toArray()).toEqual([[[1, 2, 30, 40]]])
  })
})

describe('deformConv2d', () => {
  // Away from whole pixels, where the bilinear weights have no derivative.
  const shift = (shape: readonly number[], seed: number): Input => input(shape, seed, { scale: 0.4, offset: 0.45 })
  it.each([
    ['plain', [1, 3, 4, 2], [2, 2, 2, 2], 1, {}],
    ['padding, stride, dilation', [1, 5, 5, 1], [2, 2, 1, 2], 1, { padding: 1, stride: 2, dilation: 2 }],
    ['offset groups', [1, 3, 3, 4], [2, 2, 4, 1], 2, {}],
    ['groups and offset groups', [2, 3, 3, 4], [2, 2, 2, 2], 2, { groups: 2, padding: 1 }],
  ] as [string, number[], number[], number, ops.DeformConvOptions][])(
    '%s: value and gradients of input, filter, offsets and mask',
    async (_, x, filter, offsetGroups, options) => {
      const out = ops.conv(ones(x), ones(filter), options as ops.ConvOptions).shape.slice(0, 3)
      const taps = filter[0] * filter[1]
      const offsets = shift([...out, offsetGroups * taps * 2], 3)
      const mask = input([...out, offsetGroups * taps], 4, { scale: 0.4, offset: 0.6 })
      await checkOp((a, f, o) => ops.deformConv2d(a, f, o, options), [...bilinear(x, filter), offsets])
      await checkOp(
        (a, f, o, m) => ops.deformConv2d(a, f, o, { ...options, mask: m }),
        [...bilinear(x, filter), offsets, mask],
      )
    },
  )
  it('without offsets is conv2d, with bias and activation', async () => {
    const [x, f] = [
      tensor(input([1, 4, 4, 2], 1).values, { shape: [1, 4, 4, 2] }),
      tensor(input([3, 3, 1, 4], 2).values, { shape: [3, 3, 1, 4] }),
    ]
    const options = { groups: 2, padding: 'same', bias: [1, 2, 3, 4], activation: 'relu' } as const
    const found = await ops.deformConv2d(x, f, ops.multiply(ones([1, 4, 4, 18]), 0), options).data()
    const expected = await ops.conv2d(x, f, options).data()
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5)
    })
  })
  it('by whole pixels moves the picture', () => {
    const x = ops.reshape(arange(9), [1, 3, 3, 1])
    const offsets = ops.tile(tensor([[[[1, -1]]]]), [1, 3, 3, 1])
    const moved = ops.deformConv2d(x, ones([1, 1, 1, 1]), offsets)
    expect(ops.squeeze(moved).toArray()).toEqual([
      [0, 3, 4],
      [0, 6, 7],
      [0, 0, 0],
    ])
  })
  it('says that second order is not available', () => {
    const [x, f, o] = [ones([1, 2, 2, 1]), ones([1, 1, 1, 1]), ones([1, 2, 2, 2])]
    const inner = (): Tensor =>
      ops.sum(ops.square(valueAndGradients(() => ops.sum(ops.square(ops.deformConv2d(x, f, o))), [x]).gradients[0]))
    expect(() => valueAndGradients(inner, [x])).toThrow('gradients of its gradients are not available')
  })
})

describe('unfold and fold agree with float64 and central differences, to second order', () => {
  it.each([
    ['rank 1', [2, 5, 2], 3, { stride: 2, padding: 1 }],
    ['rank 2', [1, 4, 4, 2], [2, 3], { dilation: [2, 1], padding: 'same' }],
    ['rank 3', [1, 3, 3, 3, 1], 2, {}],
  ] as [string, number[], number | number[], ops.UnfoldOptions][])('%s', async (_, shape, kernel, options) => {
    await checkOp((x) => ops.unfold(x, kernel, options), [input(shape)], { second: true })
    const columns = ops.unfold(ones(shape), kernel, options).shape
    await checkOp((c) => ops.fold(c, shape, kernel, options), [input(columns, 2)], { second: true })
  })
  it('lays windows out tap by tap, channels inside', () => {
    const x = tensor([
      [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    ])
    expect(ops.unfold(x, 2).toArray()).toEqual([
      [
        [1, 10, 2, 20],
        [2, 20, 3, 30],
      ],
    ])
    expect(ops.fold(ops.unfold(x, 2), [1, 3, 2], 2).toArray()).toEqual([
      [
        [1, 10],
        [4, 40],
        [3, 30],
      ],
    ])
  })
})

it('the worked example: 1…25 and the kernel 1 0; 0 1', () => {
  const image = ops.reshape(arange(1, 26), [5, 5])
  const kernel = [
    [1, 0],
    [0, 1],
  ]
  expect(ops.correlate(image, kernel).toArray()).toEqual([
    [8, 10, 12, 14],
    [18, 20, 22, 24],
    [28, 30, 32, 34],
    [38, 40, 42, 44],
  ])
})

it('tells bounds of a clip apart that JSON does not', () => {
  const [x, filter] = [tensor([[[[-1], [9]]]]), tensor([[[[1]]]])]
  const clipped = (low: number, high: number) =>
    ops.conv2d(x, filter, { activation: { kind: 'clip', low, high } }).toArray()
  expect(clipped(0, Number.POSITIVE_INFINITY)).toEqual([[[[0], [9]]]])
  expect(clipped(0, 6)).toEqual([[[[0], [6]]]])
  expect(clipped(Number.NEGATIVE_INFINITY, 6)).toEqual([[[[-1], [6]]]])
  expect(clipped(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toEqual([[[[-1], [9]]]])
})
