import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients } from '../autodiff/index.ts'
import { compile } from '../compile/index.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType } from '../formats/onnx/index.ts'
import * as nn from '../nn/index.ts'
import { conv2d, divide, expandDims, multiply, relu, square, sum, toChannelsFirst, transpose } from '../ops/index.ts'
import { memory, randomNormal, type Tensor, tensor } from '../tensor/index.ts'
import { relativeError } from '../testing/check-op.ts'
import { defineOperator, graphModule, Value } from './index.ts'

const numbers = (x: Tensor): number[] => Array.from(x.dataSync())
const close = (actual: Tensor, expected: Tensor): void => {
  expect(actual.shape).toEqual(expected.shape)
  expect(relativeError(numbers(actual), numbers(expected))).toBeLessThan(2e-6)
}

const node = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, OnnxAttribute> = {},
  name = '',
  domain = '',
): OnnxNode => ({ name, operator, domain, inputs, outputs, attributes })
const ints = (...value: number[]): OnnxAttribute => ({ type: 'ints', value })
const int = (value: number): OnnxAttribute => ({ type: 'int', value })
const weight = (name: string, shape: readonly number[], values: ArrayLike<number>): OnnxTensor => ({
  ...{ name, type: 'float32', shape, values: Float32Array.from(values) },
})
const shapeOf = (name: string, ...values: number[]): OnnxTensor => ({
  ...{ name, type: 'int64', shape: [values.length], values: BigInt64Array.from(values, BigInt) },
})
const port = (name: string, shape: readonly (number | string | null)[], type: OnnxType = 'float32') => ({
  ...{ name, type: { kind: 'tensor', type, shape } as const },
})
const modelOf = (graph: Partial<OnnxGraph>): OnnxModel => ({
  ...{ irVersion: 9, producer: 'test', opsets: { '': 21 }, functions: [], metadata: {} },
  graph: { ...{ name: 'g', nodes: [], inputs: [], outputs: [], initializers: [], values: [] }, ...graph },
})

const filter = randomNormal([4, 3, 3, 3], { seed: 1 })
const bias = randomNormal([4], { seed: 2 })
const head = randomNormal([2, 4], { seed: 3 })

/** conv, relu, global pool, linear: a network as PyTorch exports it. */
const classifier = (): OnnxModel =>
  modelOf({
    nodes: [
      node(
        'Conv',
        ['x', 'features.0.weight', 'features.0.bias'],
        ['a'],
        { pads: ints(1, 1, 1, 1) },
        '/features/features.0/Conv',
      ),
      node('Relu', ['a'], ['b'], {}, '/features/features.1/Relu'),
      node('GlobalAveragePool', ['b'], ['c'], {}, '/pool/GlobalAveragePool'),
      node('Flatten', ['c'], ['d'], {}, '/Flatten'),
      node('Gemm', ['d', 'head.weight'], ['y'], { transB: int(1) }, '/head/Gemm'),
    ],
    inputs: [port('x', ['batch', 3, 'height', 'width'])],
    outputs: [port('y', ['batch', 2])],
    initializers: [
      weight('features.0.weight', [4, 3, 3, 3], numbers(filter)),
      weight('features.0.bias', [4], numbers(bias)),
      weight('head.weight', [2, 4], numbers(head)),
    ],
  })

/** What `classifier` computes, in this library's words. */
function expected(x: Tensor): Tensor {
  const y = relu(conv2d(x, transpose(filter, [2, 3, 1, 0]), { padding: 1, bias }))
  const pooled = divide(sum(y, { axes: [1, 2] }), x.shape[1] * x.shape[2])
  // [batch, 1, 4] · [2, 4], summed over the features.
  return sum(multiply(expandDims(pooled, 1), head), { axes: 2 })
}

describe('an imported network', () => {
  it('takes pictures channels last, of any size and batch', () => {
    const model = graphModule(classifier()).eval()
    for (const shape of [
      [1, 5, 6, 3],
      [3, 8, 8, 3],
    ]) {
      const x = randomNormal(shape, { seed: 4 })
      close(model(x), expected(x))
    }
    expect(model.graph.inputs).toEqual([
      { name: 'x', type: 'float32', shape: ['batch', 'height', 'width', 3], picture: true },
    ])
    expect(model.graph.outputs[0].picture).toBe(false)
  })
  it('takes them as the file has them where asked to', () => {
    const model = graphModule(classifier(), { layout: 'as-written' })
    const x = randomNormal([2, 5, 6, 3], { seed: 4 })
    close(model(toChannelsFirst(x)), expected(x))
    expect(model.graph.inputs[0].shape).toEqual(['batch', 3, 'height', 'width'])
  })
  it('has the layers and weights of the network that was exported, filters as conv2d takes them', () => {
    const model = graphModule(classifier())
    const shapes = Object.entries(model.namedParameters()).map(([name, { shape }]) => [name, shape])
    expect(shapes).toEqual([
      ['features.0.weight', [3, 3, 3, 4]],
      ['features.0.bias', [4]],
      ['head.weight', [4, 2]],
    ])
    expect(model.at('features.0').kind).toBe('Conv')
    expect(model.freeze('features.*').parameters().length).toBe(1)
  })
  it('has a summary, with shapes, operations and receptive fields', () => {
    const table = nn.summary(graphModule(classifier()), [1, 8, 8, 3])
    expect(table.parameters).toBe(108 + 4 + 8)
    expect(table.macs).toBe(64 * 4 * 27 + 8)
    expect(table.rows[0].receptiveField?.[0].size).toBe(3)
    expect(table.rows.map(({ kind }) => kind)).toEqual(['Conv', 'Relu', 'GlobalAveragePool', 'Flatten', 'Gemm'])
  })
  it('is watched layer by layer', () => {
    const model = graphModule(classifier())
    const seen: string[] = []
    const end = model.observe({
      leave: ({ path, output }) => seen.push(`${path} ${(output as Tensor).shape.join('x')}`),
    })
    model(randomNormal([1, 4, 4, 3], { seed: 5 }))
    end()
    expect(seen.slice(0, 2)).toEqual(['features.0 1x4x4x4', 'features.1 1x4x4x4'])
    expect(seen[seen.length - 1]).toBe(' 1x2')
  })
  it('learns: gradients are those of the same network written by hand', () => {
    const model = graphModule(classifier())
    const x = randomNormal([2, 5, 5, 3], { seed: 6 })
    const [of] = valueAndGradients(
      () => sum(square(model(x))),
      [model.namedParameters()['features.0.weight']],
    ).gradients
    const mine = transpose(filter, [2, 3, 1, 0])
    const loss = (): Tensor => {
      const y = relu(conv2d(x, mine, { padding: 1, bias }))
      const pooled = divide(sum(y, { axes: [1, 2] }), 25)
      return sum(square(sum(multiply(expandDims(pooled, 1), head), { axes: 2 })))
    }
    close(of, valueAndGradients(loss, [mine]).gradients[0])
  })
  it('can have adapters on convolutions and products', () => {
    const model = nn.addAdapters(graphModule(classifier()), { rank: 1, seed: 1 })
    expect(Object.keys(model.namedParameters())).toEqual([
      ...['features.0.weight.down', 'features.0.weight.up', 'head.weight.down', 'head.weight.up'],
    ])
  })
  it('gives its weights back as they are now, in the order of the file', () => {
    const model = graphModule(classifier())
    const [named] = [model.namedParameters()]
    named['features.0.weight'].assign(multiply(named['features.0.weight'], 2))
    const back = model.toOnnx().graph.initializers
    expect(Array.from(back[0].values as Float32Array)).toEqual(numbers(filter).map((value) => value * 2))
    expect(Array.from(back[2].values as Float32Array)).toEqual(numbers(head))
  })
  it('holds no memory after a call but its weights and the result', () => {
    const model = graphModule(classifier()).eval()
    const x = randomNormal([1, 6, 6, 3], { seed: 7 })
    model(x).dispose()
    const before = memory()
    for (let i = 0; i < 3; i++) model(x).dispose()
    expect(memory()).toEqual(before)
  })
  it('says what it takes when it is given something else', () => {
    const model = graphModule(classifier())
    expect(() => model(randomNormal([1, 3, 8, 8], { seed: 1 }))).toThrow(
      "The network's input x has shape [1, 3, 8, 8]; it must be [batch, height, width, 3], channels last.",
    )
    expect(() => model()).toThrow('The network takes 1 input (x); 0 were given.')
    expect(() => model({ z: tensor([1]) })).toThrow('The network has no input "z". It takes x.')
  })
})

describe('a graph', () => {
  it('trained for one example takes many where its reshapes keep the batch first', () => {
    const model = graphModule(
      modelOf({
        nodes: [
          node('MaxPool', ['x'], ['a'], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
          node('Reshape', ['a', 'to'], ['y']),
        ],
        inputs: [port('x', [1, 2, 4, 4])],
        outputs: [port('y', [1, 8])],
        initializers: [shapeOf('to', 1, 8)],
      }),
    )
    expect(model(randomNormal([3, 4, 4, 2], { seed: 1 })).shape).toEqual([3, 8])
  })
  it('moves running statistics in training, and not afterwards', () => {
    const statistic = (name: string, value: number): OnnxTensor => weight(name, [2], [value, value])
    const model = graphModule(
      modelOf({
        nodes: [node('BatchNormalization', ['x', 'bn.weight', 'bn.bias', 'bn.mean', 'bn.var'], ['y'])],
        inputs: [port('x', ['n', 2, 'h', 'w'])],
        outputs: [port('y', null as unknown as number[])],
        initializers: [
          statistic('bn.weight', 1),
          statistic('bn.bias', 0),
          statistic('bn.mean', 0),
          statistic('bn.var', 1),
        ],
      }),
    )
    const x = tensor([1, 10, 3, 30], { shape: [1, 1, 2, 2] })
    scope(() => model.train()(x))
    const state = model.state()
    // Means 2 and 20, variances 1 and 100 over two values: 2 and 200 without bias.
    expect(numbers(state['bn.mean']).map((value) => Number(value.toFixed(5)))).toEqual([0.2, 2])
    expect(numbers(state['bn.var']).map((value) => Number(value.toFixed(4)))).toEqual([1.1, 20.9])
    const before = numbers(state['bn.mean'])
    scope(() => model.eval()(x))
    expect(numbers(model.state()['bn.mean'])).toEqual(before)
    expect(Object.keys(model.namedParameters())).toEqual(['bn.weight', 'bn.bias'])
  })
  it('names an operator that nobody knows, and takes one from the user', () => {
    const model = (): OnnxModel =>
      modelOf({
        nodes: [node('Twice', ['x'], ['y'], {}, 'doubling', 'com.example')],
        inputs: [port('x', [2])],
        outputs: [port('y', [2])],
      })
    expect(() => graphModule(model())(tensor([1, 2]))).toThrow(
      'Twice doubling: the operator Twice of domain com.example is not known. Add it with defineOperator("com.example", "Twice", …)',
    )
    defineOperator('com.example', 'Twice', (call) => Value.of(multiply(call.value(0).plain, 2)))
    expect(numbers(graphModule(model())(tensor([1, 2])))).toEqual([2, 4])
  })
  it('refuses nodes in an order in which they cannot run', () => {
    const cycle = modelOf({
      nodes: [node('Relu', ['b'], ['a'], {}, 'first'), node('Relu', ['a'], ['b'], {}, 'second')],
      outputs: [port('b', [1])],
    })
    expect(() => graphModule(cycle).run({})).toThrow('Relu first: nothing before it makes its input b.')
  })
  it('computes shapes on the host, whatever the backend', () => {
    const model = graphModule(
      modelOf({
        nodes: [
          node('Shape', ['x'], ['s']),
          node('Gather', ['s', 'first'], ['n'], { axis: int(0) }),
          node('Concat', ['n', 'rest'], ['to'], { axis: int(0) }),
          node('Reshape', ['x', 'to'], ['y']),
        ],
        inputs: [port('x', ['n', 2, 3])],
        outputs: [port('y', ['n', 6])],
        initializers: [shapeOf('first', 0), shapeOf('rest', -1)],
      }),
    )
    expect(model(randomNormal([5, 2, 3], { seed: 1 })).shape).toEqual([5, 6])
  })
})

describe('a compiled graph gives what the graph as it is written gives', () => {
  const conv = (from: string, to: string, name: string): OnnxNode =>
    node('Conv', [from, `${name}.weight`], [to], { pads: ints(1, 1, 1, 1) }, name)
  const weights = (...names: string[]): OnnxTensor[] =>
    names.map((name, i) => weight(`${name}.weight`, [3, 3, 3, 3], numbers(randomNormal([81], { seed: 20 + i }))))
  const x = randomNormal([2, 5, 6, 3], { seed: 9 })
  const both = (nodes: readonly OnnxNode[], initializers: readonly OnnxTensor[], output = 'y'): void => {
    const of = modelOf({
      ...{ nodes, initializers, inputs: [port('x', ['n', 3, 'h', 'w'])], outputs: [port(output, ['n', 3, 'h', 'w'])] },
    })
    const model = graphModule(of).eval()
    const fast = compile(model, x)
    close(fast(x), model(x))
    fast.dispose()
  }
  const bound = (name: string, value: number): OnnxTensor => weight(name, [], [value])

  it('with an activation', () => {
    for (const [operator, attributes] of [
      ['Relu', {}],
      ['HardSwish', {}],
      ['LeakyRelu', { alpha: { type: 'float', value: 0.3 } }],
      ['HardSigmoid', {}],
    ] as const) {
      both([conv('x', 'a', 'c'), node(operator, ['a'], ['y'], attributes)], weights('c'))
    }
    both(
      [conv('x', 'a', 'c'), node('Clip', ['a', 'low', 'high'], ['y'])],
      [...weights('c'), bound('low', -0.5), bound('high', 0.5)],
    )
  })
  it('with a gate of its own', () => {
    both([conv('x', 'a', 'c'), node('Sigmoid', ['a'], ['s']), node('Mul', ['s', 'a'], ['y'])], weights('c'))
  })
  it('with another path added, before and behind', () => {
    both([conv('x', 'a', 'c'), node('Add', ['x', 'a'], ['b']), node('Relu', ['b'], ['y'])], weights('c'))
    both(
      [conv('x', 'a', 'c'), conv('x', 'b', 'd'), node('Add', ['a', 'b'], ['e']), node('Relu', ['e'], ['y'])],
      weights('c', 'd'),
    )
  })
  it('where what is added broadcasts', () => {
    const offsets = weight('offsets', [3, 1, 1], [1, 2, 3])
    both(
      [conv('x', 'a', 'c'), node('Add', ['a', 'offsets'], ['b']), node('Relu', ['b'], ['y'])],
      [...weights('c'), offsets],
    )
  })
  it('where somebody else reads what is in between', () => {
    both([conv('x', 'a', 'c'), node('Relu', ['a'], ['b']), node('Sub', ['b', 'a'], ['y'])], weights('c'))
    both([conv('x', 'y', 'c'), node('Relu', ['y'], ['b'])], weights('c'))
  })
})
