// A network as another tool would write it: a convolution, relu, the mean over the picture, a linear layer with two classes.

import { randomNormal } from 'convoke'
import { encodeOnnx, type OnnxNode, type OnnxTensor } from 'convoke/graph'

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
