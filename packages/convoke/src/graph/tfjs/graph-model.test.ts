import { describe, expect, it } from 'vitest'
import { add, maxPool, multiply } from '../../ops/index.ts'
import { tensor } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { defineOperator, graphModule, inspectModel, tfjsToOnnx, Value } from '../index.ts'
import { b, functionOf, graphModel, i, input, list, type NodeText, run, s, t, type Weight } from '../testing/tfjs.ts'

const whole = (name: string, ...values: number[]): Weight => ({ name, shape: [values.length], values, dtype: 'int32' })
const one = (name: string, value: number): Weight => ({ name, shape: [], values: [value], dtype: 'int32' })
const counted = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((p, q) => p * q, 1) }, (_, at) => at + 1),
    { shape },
  )
const near = (x: Tensor, expected: readonly number[]): void => {
  const found = Array.from(x.dataSync())
  expect(found).toHaveLength(expected.length)
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at], 4)
  })
}

describe('convolutions of TensorFlow.js', () => {
  const strides = list(1, 2, 2, 1)

  it('pad at the end first where SAME leaves an odd number', () => {
    // A 2 × 2 sum with stride 2 over 3 × 3: the last row and column see zeros.
    const model = graphModel(
      [input('x', [1, 3, 3, 1]), ['Conv2D', 'y', ['x', 'f'], { strides, padding: s('SAME') }]],
      [{ name: 'f', shape: [2, 2, 1, 1], values: [1, 1, 1, 1] }],
    )
    near(run(model, counted(1, 3, 3, 1)), [1 + 2 + 4 + 5, 3 + 6, 7 + 8, 9])
  })

  it('give the same where the size is only known when they run', () => {
    const model = graphModel(
      [input('x', [-1, -1, -1, 1]), ['Conv2D', 'y', ['x', 'f'], { strides, padding: s('SAME') }]],
      [{ name: 'f', shape: [2, 2, 1, 1], values: [1, 1, 1, 1] }],
    )
    near(run(model, counted(1, 3, 3, 1)), [12, 9, 15, 9])
  })

  it('have a filter for each channel, several times over', () => {
    // Channel c of 2, times its factors: the outputs are 0·a, 0·b, 1·c, 1·d.
    const model = graphModel(
      [
        input('x', [1, 1, 1, 2]),
        ['DepthwiseConv2dNative', 'y', ['x', 'f'], { strides: list(1, 1, 1, 1), padding: s('VALID') }],
      ],
      [{ name: 'f', shape: [1, 1, 2, 2], values: [10, 20, 30, 40] }],
    )
    near(run(model, tensor([[[[1, 2]]]])), [10, 20, 60, 80])
  })

  it('are fused with bias and activation, whose slopes come last', () => {
    const fused = { list: { s: [btoa('BiasAdd'), btoa('Prelu')] } }
    const model = graphModel(
      [
        input('x', [1, 1, 2, 1]),
        [
          '_FusedConv2D',
          'y',
          ['x', 'f', 'bias', 'slope'],
          { strides: list(1, 1, 1, 1), padding: s('VALID'), fused_ops: fused },
        ],
      ],
      [
        { name: 'f', shape: [1, 1, 1, 2], values: [1, -1] },
        { name: 'bias', shape: [2], values: [0.5, 1] },
        { name: 'slope', shape: [1, 1, 2], values: [0.1, 0.2] },
      ],
    )
    // x = 3 and −2: 3.5, −2·0.2; −1.5·0.1, 3.
    near(run(model, tensor([[[[3], [-2]]]])), [3.5, -0.4, -0.15, 3])
  })

  it('run backwards to the size that they are told', () => {
    // Each pixel is spread by the filter 1 2, two columns apart; SAME keeps twice the length.
    const attributes = { strides: list(1, 1, 2, 1), padding: s('SAME') }
    const model = graphModel(
      [input('x', [1, 1, 2, 1]), ['Conv2DBackpropInput', 'y', ['size', 'f', 'x'], attributes]],
      [whole('size', 1, 1, 4, 1), { name: 'f', shape: [1, 2, 1, 1], values: [1, 2] }],
    )
    near(run(model, tensor([[[[3], [5]]]])), [3, 6, 5, 10])
  })

  it('make the sum with a number for each channel their bias, which trains with them', () => {
    const nodes: NodeText[] = [
      input('x', [-1, 2, 2, 1]),
      ['Conv2D', 'c', ['x', 'f'], { strides: list(1, 1, 1, 1), padding: s('VALID') }],
      ['BiasAdd', 'y', ['c', 'bias']],
    ]
    const weights = [
      { name: 'f', shape: [1, 1, 1, 2], values: [1, 2] },
      { name: 'bias', shape: [2], values: [10, 20] },
    ]
    const module = graphModule(graphModel(nodes, weights))
    expect(Object.keys(module.namedParameters()).sort()).toEqual(['c.Conv.bias', 'c.Conv.weight'])
    near(module(counted(1, 2, 2, 1)), [11, 22, 12, 24, 13, 26, 14, 28])
  })

  it('stand without transposes between them, and take pictures as TensorFlow lays them out', () => {
    const same = { strides: list(1, 1, 1, 1), padding: s('SAME') }
    const model = graphModel(
      [
        input('x', [-1, 4, 4, 2]),
        ['Conv2D', 'a', ['x', 'f'], same],
        ['Relu', 'r', ['a']],
        ['MaxPool', 'p', ['r'], { ksize: list(1, 2, 2, 1), strides: list(1, 2, 2, 1), padding: s('SAME') }],
        ['Conv2D', 'c', ['p', 'f'], same],
        ['AddV2', 'y', ['c', 'p']],
      ],
      [{ name: 'f', shape: [1, 1, 2, 2], values: [1, 0, 0, 1] }],
    )
    const operators = tfjsToOnnx(model).graph.nodes.map(({ operator }) => operator)
    expect(operators.filter((operator) => operator === 'Transpose')).toHaveLength(2)
    const x = counted(1, 4, 4, 2)
    const pooled = maxPool(x, 2, { stride: 2 })
    near(run(model, x), Array.from(add(pooled, pooled).dataSync()))
    expect(inspectModel(model).outputs[0].shape).toEqual([null, 2, 2, 2])
  })
})

describe('operators of TensorFlow.js', () => {
  const of = (nodes: readonly NodeText[], weights: readonly Weight[] = []) => graphModel(nodes, weights)

  it.each([
    ['ranges and steps back', { begin: [-1, 0], end: [0, 3], strides: [-1, 2] }, {}, [2, 2], [9, 11, 5, 7]],
    ['a single row', { begin: [1, 0], end: [2, 4], strides: [1, 1] }, { shrink_axis_mask: i(1) }, [4], [5, 6, 7, 8]],
    ['the last row', { begin: [-1], end: [0], strides: [1] }, { shrink_axis_mask: i(1) }, [4], [9, 10, 11, 12]],
    ['an axis more', { begin: [0, 0, 0], end: [0, 1, 1], strides: [1, 1, 1] }, { new_axis_mask: i(1) }, [1, 1, 1], [1]],
    [
      'what three dots leave out',
      { begin: [0, 1], end: [0, 3], strides: [1, 1] },
      { ellipsis_mask: i(1) },
      [3, 2],
      [2, 3, 6, 7, 10, 11],
    ],
    ['open ends', { begin: [5, 5], end: [0, 0], strides: [1, 1] }, { begin_mask: i(3), end_mask: i(3) }, [3, 4], null],
  ] as const)('StridedSlice takes %s, known before or computed', (_, cut, masks, shape, expected) => {
    const { begin, end, strides } = cut
    const weights = [whole('begin', ...begin), whole('end', ...end), whole('strides', ...strides)]
    const known = of([input('x', [3, 4]), ['StridedSlice', 'y', ['x', 'begin', 'end', 'strides'], masks]], weights)
    const numbers = expected ?? Array.from({ length: 12 }, (_unused, at) => at + 1)
    const y = run(known, counted(3, 4))
    expect(y.shape).toEqual(shape)
    near(y, numbers)
    const nodes: NodeText[] = [
      ['Placeholder', 'given', [], { dtype: t('DT_INT32') }],
      input('x', [3, 4]),
      ['StridedSlice', 'y', ['x', 'given', 'end', 'strides'], masks],
    ]
    const computed = graphModule(of(nodes, weights.slice(1)))
    const z = computed({ x: counted(3, 4), given: tensor([...begin], { dtype: 'int32' }) })
    expect(z.shape).toEqual(shape)
    near(z, numbers)
  })

  it('floors quotients of whole numbers, and gives remainders the sign of the divisor', () => {
    const nodes = (operator: string): NodeText[] => [input('x', [4], 'DT_INT32'), [operator, 'y', ['x', 'by']]]
    const x = tensor([7, -7, 6, -1], { dtype: 'int32' })
    near(run(of(nodes('FloorDiv'), [one('by', 3)]), x), [2, -3, 2, -1])
    near(run(of(nodes('FloorMod'), [one('by', 3)]), x), [1, 2, 0, 2])
  })

  it('finds angles in all four quarters', () => {
    const model = of([input('y', [6]), input('x', [6]), ['Atan2', 'z', ['y', 'x']]])
    const [y, x] = [
      [1, 1, -1, -1, 2, -2],
      [1, -1, -1, 1, 0, 0],
    ]
    near(
      run(model, tensor(y), tensor(x)),
      y.map((value, at) => Math.atan2(value, x[at])),
    )
  })

  it('divides a batch into blocks and joins it again', () => {
    const nodes: NodeText[] = [
      input('x', [1, 2, 4, 1]),
      ['SpaceToBatchND', 'a', ['x', 'block', 'none']],
      ['BatchToSpaceND', 'y', ['a', 'block', 'none']],
    ]
    const weights = [
      whole('block', 2, 2),
      { name: 'none', shape: [2, 2], values: [0, 0, 0, 0], dtype: 'int32' } as const,
    ]
    const split = of(nodes.slice(0, 2), weights)
    // Places (0, 0), (0, 1), (1, 0), (1, 1) of each 2 × 2 block are an example each.
    near(run(split, counted(1, 2, 4, 1)), [1, 3, 2, 4, 5, 7, 6, 8])
    near(run(of(nodes, weights), counted(1, 2, 4, 1)), [1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('resizes by corners, by halves of pixels, and by neither', () => {
    const resized = (attributes: Record<string, unknown>): Tensor =>
      run(
        of([input('x', [1, 1, 2, 1]), ['ResizeBilinear', 'y', ['x', 'size'], attributes]], [whole('size', 1, 4)]),
        tensor([[[[0], [6]]]]),
      )
    near(resized({ align_corners: b(true) }), [0, 2, 4, 6])
    near(resized({ half_pixel_centers: b(true) }), [0, 1.5, 4.5, 6])
    near(resized({}), [0, 3, 6, 6])
  })

  it('keeps the better of two boxes that overlap, and says what scores are left', () => {
    const boxes = tensor([
      [0, 0, 1, 1],
      [0, 0.1, 1, 1.1],
      [0, 3, 1, 4],
    ])
    const nodes = (operator: string): NodeText[] => [
      input('boxes', [3, 4]),
      input('scores', [3]),
      [
        operator,
        'y',
        ['boxes', 'scores', 'most', 'overlap', 'least', 'sigma'].slice(0, operator.endsWith('5') ? 6 : 5),
      ],
      ...(operator.endsWith('5') ? ([['Identity', 'z', ['y:1']]] as NodeText[]) : []),
    ]
    const number = (name: string, value: number): Weight => ({ name, shape: [], values: [value] })
    const weights = [one('most', 3), number('overlap', 0.5), number('least', 0.1), number('sigma', 0.5)]
    const scores = tensor([0.8, 0.9, 0.3])
    near(run(of(nodes('NonMaxSuppressionV3'), weights), boxes, scores), [1, 2])
    // With sigma, what overlaps loses exp(−iou² / 2σ) of its score: iou is 0.9 / 1.1.
    const soft = of(nodes('NonMaxSuppressionV5'), [
      one('most', 3),
      number('overlap', 1),
      number('least', 0.1),
      number('sigma', 0.5),
    ])
    near(run(soft, boxes, scores), [0.9, 0.8 * Math.exp(-((0.9 / 1.1) ** 2)), 0.3])
  })

  it('reads crops between pixels, and another value outside of the picture', () => {
    const nodes: NodeText[] = [
      input('x', [1, 2, 2, 1]),
      ['CropAndResize', 'y', ['x', 'boxes', 'which', 'size'], { extrapolation_value: { f: -1 } }],
    ]
    const weights = [{ name: 'boxes', shape: [1, 4], values: [0, 0, 1, 2] }, whole('which', 0), whole('size', 2, 3)]
    near(run(of(nodes, weights), counted(1, 2, 2, 1)), [1, 2, -1, 3, 4, -1])
  })

  it('scatters values among others, and adds up those of one place', () => {
    const index = { name: 'index', shape: [3, 1], values: [1, 3, 1], dtype: 'int32' } as const
    const values = { name: 'values', shape: [3], values: [5, 6, 7] }
    near(run(of([['ScatterNd', 'y', ['index', 'values', 'size']]], [index, values, whole('size', 4)])), [0, 12, 0, 6])
    const dense: NodeText = ['SparseToDense', 'y', ['at', 'size', 'value', 'rest']]
    const rest = [
      whole('at', 0, 2),
      whole('size', 4),
      { name: 'value', shape: [], values: [9] },
      { name: 'rest', shape: [], values: [-1] },
    ]
    near(run(of([dense], rest)), [9, -1, 9, -1])
  })

  it('mirrors with the edge and without it', () => {
    const padded = (mode: string): Tensor =>
      run(
        of(
          [input('x', [3]), ['MirrorPad', 'y', ['x', 'pads'], { mode: s(mode) }]],
          [{ name: 'pads', shape: [1, 2], values: [2, 1], dtype: 'int32' }],
        ),
        tensor([1, 2, 3]),
      )
    near(padded('REFLECT'), [3, 2, 1, 2, 3, 2])
    near(padded('SYMMETRIC'), [2, 1, 1, 2, 3, 3])
  })

  it('keeps a band around the diagonal of each matrix', () => {
    const model = of(
      [input('x', [1, 3, 4]), ['MatrixBandPart', 'y', ['x', 'below', 'above']]],
      [one('below', 1), one('above', 2)],
    )
    near(run(model, counted(1, 3, 4)), [1, 2, 3, 0, 5, 6, 7, 8, 0, 10, 11, 12])
  })

  it('resizes pictures that it knows and those that it does not to the same', () => {
    const resized = (shape: readonly number[]): Tensor =>
      run(
        of([input('x', shape), ['ResizeNearestNeighbor', 'y', ['x', 'size'], {}]], [whole('size', 4, 2)]),
        counted(2, 2, 2, 1),
      )
    const expected = [1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8, 7, 8]
    near(resized([1, 2, 2, 1]), expected)
    near(resized([-1, -1, -1, 1]), expected)
  })

  it('can be added by those who need one', () => {
    const model = of([input('x', [2]), ['Thrice', 'y', ['x'], { extra: i(1) }]])
    expect(() => run(model, tensor([1, 2]))).toThrow(/Thrice.*ai\.convoke\.tf.*defineOperator/s)
    expect(inspectModel(model).unsupported).toEqual([{ domain: 'ai.convoke.tf', operator: 'Thrice', nodes: 1 }])
    defineOperator('ai.convoke.tf', 'Thrice', (call) => Value.of(multiply(call.value(0).plain, 2 + call.int('extra'))))
    near(run(model, tensor([1, 2])), [3, 6])
  })
})

describe('what is no whole graph', () => {
  it.each([
    [
      'a circle',
      [
        ['Relu', 'a', ['c']],
        ['Relu', 'c', ['a']],
        ['Relu', 'y', ['a']],
      ],
      /needs its own result/,
    ],
    [
      'a constant without numbers',
      [
        ['Const', 'lost'],
        ['Relu', 'y', ['lost']],
      ],
      /lost is not among the weights/,
    ],
    [
      'an attribute of another type',
      [input('x', [2, 2]), ['Pack', 'y', ['x'], { axis: s('no') }]],
      /axis is of type string/,
    ],
    ['an input too few', [input('x', [2, 2]), ['MatMul', 'y', ['x']]], /MatMul y: input 1 is missing/],
    ['an axis that there is not', [input('x', [2]), ['ExpandDims', 'y', ['x', 'nine']]], /axis 9/],
    ['a Merge of nothing', [input('x', [2]), ['Merge', 'y', ['x', 'x']]], /comes from a Switch/],
    [
      'a function that there is not',
      [input('x', [2]), ['PartitionedCall', 'y', ['x'], { f: { func: { name: 'g' } } }]],
      /no function g/,
    ],
    [
      'an output that there is not',
      [input('x', [2]), ['Relu', 'r', ['x']], ['Relu', 'y', ['r:3']]],
      /Relu r has no output/,
    ],
    ['more than there can be', [['Fill', 'y', ['huge', 'nine']]], /elements/],
    [
      'a filter that does not fit',
      [input('x', [1, 2, 2, 3]), ['Conv2D', 'y', ['x', 'f'], { strides: list(1, 1, 1, 1) }]],
      /takes 2 channels/,
    ],
  ] as readonly [string, NodeText[], RegExp][])('is refused in words: %s', (_, nodes, message) => {
    const weights = [one('nine', 9), whole('huge', 100000, 100000), { name: 'f', shape: [1, 1, 2, 1], values: [1, 1] }]
    const shapes = nodes
      .filter(([op]) => op === 'Placeholder')
      .map(([, , , attr]) =>
        ((attr as Record<string, unknown>)['shape'] as { shape: { dim: { size: number }[] } }).shape.dim.map(
          ({ size }) => size,
        ),
      )
    expect(() => run(graphModel(nodes, weights), ...shapes.map((shape) => counted(...shape)))).toThrow(message)
  })

  it('is refused where functions call themselves without end', () => {
    const library = [
      functionOf('f', ['a'], [['PartitionedCall', 'm', ['a'], { f: { func: { name: 'f' } } }]], ['m:output:0']),
    ]
    const model = graphModel(
      [input('x', [2], 'DT_INT32'), ['PartitionedCall', 'y', ['x'], { f: { func: { name: 'f' } } }]],
      [],
      library,
    )
    expect(() => tfjsToOnnx(model)).toThrow(/64 deep/)
  })

  it('runs networks deeper than calls may be', () => {
    const nodes = Array.from({ length: 20000 }, (_, at): NodeText => ['Relu', `r${at + 1}`, [`r${at}`]])
    const onnx = tfjsToOnnx(graphModel([input('r0', [1]), ...nodes.reverse()]))
    expect(onnx.graph.nodes.length).toBe(20001)
  })
})
