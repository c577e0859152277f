import { describe, expect, it } from 'vitest'
import type { OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/index.ts'
import { decodeOnnx, encodeOnnx } from '../formats/onnx/index.ts'
import { tensor } from '../tensor/index.ts'
import { fromSkeleton, graphModule, skeletonOf, withClasses } from './index.ts'

const node = (
  operator: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({
  ...{ name: `/${operator}`, operator, domain: '', inputs, outputs: [output], attributes },
})
const floats = (name: string, shape: number[], values: number[]): OnnxTensor => ({
  ...{ name, type: 'float32', shape, values: Float32Array.from(values) },
})
const sizes = (name: string, values: number[]): OnnxTensor => ({
  ...{ name, type: 'int64', shape: [values.length], values: BigInt64Array.from(values, BigInt) },
})

const modelOf = (shape: number[], nodes: OnnxNode[], initializers: OnnxTensor[], classes = 2): OnnxModel => ({
  ...{ irVersion: 8, producer: 'test', opsets: { '': 17 }, functions: [], metadata: {} },
  graph: {
    ...{ name: 'g', nodes, initializers, values: [] },
    inputs: [{ name: 'x', type: { kind: 'tensor', type: 'float32', shape } }],
    outputs: [{ name: 'y', type: { kind: 'tensor', type: 'float32', shape: ['n', classes] } }],
  },
})

const gemm = modelOf(
  [1, 3],
  [node('Gemm', ['x', 'w', 'b'], 's', { transB: { type: 'int', value: 1 } }), node('Softmax', ['s'], 'y')],
  [floats('w', [2, 3], [1, 2, 3, 4, 5, 6]), floats('b', [2], [0.5, -1])],
)

describe('a classifier for other classes', () => {
  it('keeps its weights where their number stays, and gives scores instead of chances', () => {
    const { model, was, fresh } = withClasses(gemm, 2)
    expect([was, fresh]).toEqual([2, []])
    // 1 + 4 + 9 + 0.5 and 4 + 10 + 18 − 1.
    expect(graphModule(model)(tensor([[1, 2, 3]])).toArray()).toEqual([[14.5, 31]])
  })

  it('has a last layer made anew, with no preference at its start, the same for a seed', () => {
    const { model, was, fresh } = withClasses(gemm, 5)
    expect([was, fresh]).toEqual([2, ['w', 'b']])
    expect(model.graph.outputs[0].type).toMatchObject({ shape: ['n', 5] })
    const [w, b] = model.graph.initializers
    expect([w.shape, Array.from(b.values as Float32Array)]).toEqual([
      [5, 3],
      [0, 0, 0, 0, 0],
    ])
    const values = Array.from(w.values as Float32Array)
    expect(values.every((value) => Math.abs(value) <= 1 / Math.sqrt(3))).toBe(true)
    expect(new Set(values).size).toBe(15)
    expect(withClasses(gemm, 5).model.graph.initializers[0].values).toEqual(w.values)
    expect(withClasses(gemm, 5, { seed: 1 }).model.graph.initializers[0].values).not.toEqual(w.values)
    expect(graphModule(model)(tensor([[1, 2, 3]])).shape).toEqual([1, 5])
  })

  it('is found through a product with reshaped weights and a sum, as CNTK writes it', () => {
    const nodes = [
      node('Reshape', ['w', 'to'], 'wide'),
      node('MatMul', ['x', 'wide'], 'm'),
      node('Add', ['m', 'b'], 'y'),
    ]
    const model = modelOf([1, 4], nodes, [
      floats('w', [2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
      ...[sizes('to', [-1, 2]), floats('b', [1, 2], [1, 2])],
    ])
    const x = tensor([[1, 0, 0, 1]])
    // Rows 0 and 3: 1 + 7 + 1 and 2 + 8 + 2.
    expect(graphModule(withClasses(model, 2).model)(x).toArray()).toEqual([[9, 12]])
    const { model: other, fresh } = withClasses(model, 3)
    expect(fresh).toEqual(['wide', 'b'])
    expect(other.graph.nodes.map(({ operator }) => operator)).toEqual(['MatMul', 'Add'])
    expect(other.graph.initializers.map(({ name, shape }) => [name, shape])).toEqual([
      ['wide', [4, 3]],
      ['b', [1, 3]],
    ])
    expect(graphModule(other)(x).shape).toEqual([1, 3])
  })

  it('is found through the pool and the reshape behind a convolution', () => {
    const nodes = [
      ...[node('Conv', ['x', 'w'], 'c'), node('Relu', ['c'], 'r'), node('GlobalAveragePool', ['r'], 'p')],
      node('Reshape', ['p', 'to'], 'y'),
    ]
    const model = modelOf(['n', 1, 'h', 'w'] as never, nodes, [floats('w', [2, 1, 1, 1], [1, 2]), sizes('to', [-1, 2])])
    const x = tensor([[[[1], [3]]]])
    expect(graphModule(withClasses(model, 2).model)(x).toArray()).toEqual([[2, 4]])
    const { model: other, fresh } = withClasses(model, 4)
    expect(fresh[0]).toBe('w')
    expect(graphModule(other)(x).shape).toEqual([1, 4])
  })

  it('is refused where the output comes from elsewhere', () => {
    const sum = modelOf([1, 2], [node('Mul', ['x', 'x'], 'y')], [])
    expect(() => withClasses(sum, 2)).toThrow(/"y" comes from Mul "\/Mul"; the last layer of a classifier is/)
    const two = modelOf([1, 2], [node('MatMul', ['x', 'x'], 'y')], [])
    expect(() => withClasses(two, 2)).toThrow(/"y" comes from MatMul "\/MatMul" of two values/)
    const none = modelOf([1, 2], [], [])
    expect(() => withClasses(none, 2)).toThrow(/"y" comes from no layer/)
    expect(() => withClasses(gemm, 0)).toThrow(/0 is not a number of classes/)
  })
})

describe('a model apart from its weights', () => {
  it('is small, and the same again once they are loaded', () => {
    const skeleton = skeletonOf(gemm)
    expect(skeleton.weights).toEqual({ w: [2, 3], b: [2] })
    const again = decodeOnnx(encodeOnnx(skeleton.model))
    expect(again.graph.initializers).toEqual([])
    const model = graphModule(fromSkeleton({ model: again, weights: skeleton.weights }))
    model.loadState(graphModule(gemm).state())
    const x = tensor([[0.1, 0.2, -0.3]])
    expect(model(x).toArray()).toEqual(graphModule(gemm)(x).toArray())
  })
})
