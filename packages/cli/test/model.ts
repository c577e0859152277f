// A network as another tool would write it: a convolution, relu, the mean over the picture, a linear layer with two classes.

import { randomNormal } from 'convoke'
import { decodeOnnx, encodeOnnx, type OnnxNode, type OnnxTensor } from 'convoke/graph'

const node = (
  operator: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({
  ...{ name: `/${output}/${operator}`, operator, domain: '', inputs, outputs: [output], attributes },
})

const weight = (name: string, shape: readonly number[], seed: number): OnnxTensor => ({
  ...{ name, type: 'float32', shape, values: randomNormal(shape, { seed }).dataSync() as Float32Array },
})

const tensorType = (shape: readonly (number | string)[]) => ({ kind: 'tensor', type: 'float32', shape }) as const

/** An ONNX file: pictures of any size in, two scores out. */
export const smallModel = (): Uint8Array =>
  encodeOnnx({
    ...{ irVersion: 8, producer: 'convoke tests', opsets: { '': 17 }, functions: [], metadata: {} },
    graph: {
      name: 'classifier',
      nodes: [
        node('Conv', ['input', 'conv.weight', 'conv.bias'], 'conv', {
          pads: { type: 'ints', value: [1, 1, 1, 1] },
          strides: { type: 'ints', value: [2, 2] },
        }),
        node('Relu', ['conv'], 'relu'),
        node('GlobalAveragePool', ['relu'], 'pool'),
        node('Flatten', ['pool'], 'flat'),
        node('Gemm', ['flat', 'head.weight', 'head.bias'], 'scores', { transB: { type: 'int', value: 1 } }),
      ],
      inputs: [{ name: 'input', type: tensorType(['batch', 3, 'height', 'width']) }],
      outputs: [{ name: 'scores', type: tensorType(['batch', 2]) }],
      initializers: [
        ...[weight('conv.weight', [8, 3, 3, 3], 1), weight('conv.bias', [8], 2)],
        ...[weight('head.weight', [2, 8], 3), weight('head.bias', [2], 4)],
      ],
      values: [],
    },
  })

/**
 * `smallModel` with a second output, the places of all scores that are positive: how many there are depends on the numbers of the picture, so that it
 * cannot be compiled.
 */
export function searchingModel(): Uint8Array {
  const model = decodeOnnx(smallModel())
  const places = { name: 'places', type: { kind: 'tensor', type: 'int64', shape: [2, 'count'] } } as const
  return encodeOnnx({
    ...model,
    graph: {
      ...model.graph,
      nodes: [...model.graph.nodes, node('Relu', ['scores'], 'positive'), node('NonZero', ['positive'], 'places')],
      outputs: [...model.graph.outputs, places],
    },
  })
}

/**
 * The same kind of network as TensorFlow.js writes it: a model.json and its only shard, `group1-shard1of1.bin`. Pictures of any size in,
 * the chances of two classes out.
 */
export function smallTfjs(): { readonly json: string; readonly shard: Uint8Array } {
  const weights = [
    ['conv/kernel', [3, 3, 3, 8]],
    ['conv/bias', [8]],
    ['head/kernel', [8, 2]],
    ['head/bias', [2]],
  ] as const
  const values = weights.map(([, shape], seed) => randomNormal(shape, { seed }).dataSync() as Float32Array)
  const shard = new Uint8Array(Float32Array.from(values.flatMap((list) => Array.from(list))).buffer)
  const layer = (kind: string, config: Record<string, unknown>) => ({ class_name: kind, config })
  const layers = [
    layer('Conv2D', {
      ...{ name: 'conv', filters: 8, kernel_size: [3, 3], strides: [2, 2], padding: 'same', activation: 'relu' },
      batch_input_shape: [null, null, null, 3],
    }),
    layer('GlobalAveragePooling2D', { name: 'pool' }),
    layer('Dense', { name: 'head', units: 2, activation: 'softmax' }),
  ]
  const json = JSON.stringify({
    format: 'layers-model',
    generatedBy: 'convoke tests',
    modelTopology: { class_name: 'Sequential', config: { name: 'classifier', layers } },
    weightsManifest: [
      {
        paths: ['group1-shard1of1.bin'],
        weights: weights.map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  })
  return { json, shard }
}
