// Small ONNX files with everything that such files have.

import * as graph from 'convoke/graph'

export const onnxTensors: readonly graph.OnnxTensor[] = [
  { name: 'w', type: 'float32', shape: [2, 1, 2, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  { name: 'h', type: 'float16', shape: [3], values: Float32Array.of(1, -2, 0.5) },
  { name: 'e', type: 'float8e4m3fn', shape: [3], values: Float32Array.of(1, -2, 0.5) },
  { name: 'i', type: 'int64', shape: [2], values: BigInt64Array.of(-1n, 2n ** 40n) },
  { name: 'q', type: 'int4', shape: [5], values: Int8Array.of(1, -2, 7, -8, 0) },
  { name: 'b', type: 'bool', shape: [3], values: Uint8Array.of(1, 0, 1) },
  { name: 's', type: 'string', shape: [2], values: ['one', 'é'] },
  { name: 'c', type: 'complex64', shape: [1], values: Float32Array.of(1, -1) },
]

const float = { kind: 'tensor', type: 'float32', shape: ['batch', 1, 4, null] } as const

const inner: graph.OnnxGraph = {
  ...{ name: 'body', inputs: [], values: [], initializers: [onnxTensors[1]] },
  nodes: [{ name: '', operator: 'Relu', domain: '', inputs: ['y'], outputs: ['r'], attributes: {} }],
  outputs: [{ name: 'r', type: { kind: 'sequence', of: float } }],
}

const model: graph.OnnxModel = {
  ...{ irVersion: 10, producer: 'samples', opsets: { '': 21, own: 1 }, metadata: { a: 'b' } },
  graph: {
    name: 'g',
    nodes: [
      {
        ...{ name: 'conv', operator: 'Conv', domain: '', inputs: ['x', 'w', ''], outputs: ['y'] },
        attributes: {
          pads: { type: 'ints', value: [1, 1, 1, 1] },
          scales: { type: 'floats', value: [1, 0.5] },
          alpha: { type: 'float', value: 0.1 },
          group: { type: 'int', value: 1 },
          auto_pad: { type: 'string', value: 'NOTSET' },
          sparse: { type: 'sparseTensor', value: onnxTensors[0] },
          type: { type: 'valueType', value: { kind: 'optional', of: float } },
        },
      },
      {
        ...{ name: 'if', operator: 'If', domain: '', inputs: ['b'], outputs: ['z'] },
        attributes: { then_branch: { type: 'graph', value: inner }, names: { type: 'strings', value: ['a', ''] } },
      },
    ],
    inputs: [{ name: 'x', type: float }],
    outputs: [{ name: 'z', type: float }],
    values: [{ name: 'y', type: null }],
    initializers: onnxTensors,
  },
  functions: [
    {
      ...{ name: 'F', domain: 'own', overload: '', inputs: ['a'], outputs: ['b'], attributes: ['alpha'] },
      nodes: [
        {
          ...{ name: '', operator: 'Elu', domain: '', inputs: ['a'], outputs: ['b'] },
          attributes: { alpha: { type: 'reference', value: 'alpha' } },
        },
      ],
      ...{ defaults: { beta: { type: 'int', value: 1 } }, opsets: { '': 21 } },
    },
  ],
}

export function onnxSamples(): Uint8Array[] {
  const external = { location: 'w.bin', write: () => {}, least: 1 }
  return [graph.encodeOnnx(model), graph.encodeOnnx(model, { external })]
}

/** Asks for every value, which is when they are decoded. */
export function valuesIn(graph: graph.OnnxGraph): void {
  for (const { values, shape, type } of graph.initializers) {
    const size = shape.reduce((product, length) => product * length, type.startsWith('complex') ? 2 : 1)
    if (values.length !== size) throw new Error(`${values.length} values of shape [${shape}]`)
  }
  for (const { attributes } of graph.nodes)
    for (const attribute of Object.values(attributes)) if (attribute.type === 'graph') valuesIn(attribute.value)
}
