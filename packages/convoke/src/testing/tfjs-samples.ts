// Small models as TensorFlow.js and its converter write them, made by hand after their formats.

const base64 = (text: string): string => btoa(text)

const info = (name: string, ...lengths: number[]) => ({
  ...{ name, dtype: 'DT_FLOAT' },
  tensorShape: { dim: lengths.map((size) => ({ size: String(size) })) },
})

/** y = conv(x, w) where b, else x, by a function. */
export const graphTopology = {
  node: [
    {
      name: 'w',
      op: 'Const',
      attr: { value: { tensor: { dtype: 'DT_FLOAT', tensorShape: info('', 1, 1, 3, 2).tensorShape } } },
    },
    {
      name: 'x',
      op: 'Placeholder',
      attr: { shape: { shape: info('', -1, 8, 8, 3).tensorShape }, dtype: { type: 'DT_FLOAT' } },
    },
    {
      ...{ name: 'conv', op: 'Conv2D', input: ['x', 'w:0', '^x'], device: '/device:CPU:0' },
      attr: {
        strides: { list: { i: ['1', '2', '2', '1'] } },
        padding: { s: base64('SAME') },
        explicit_paddings: { list: {} },
        T: { type: 'DT_FLOAT' },
        use_cudnn_on_gpu: { b: false },
        epsilon: { f: 0.5 },
        kernels: { list: { s: [base64('a'), base64('')] } },
        many: { list: { type: [1, 'DT_INT64_REF'] } },
        _output_shapes: { list: { shape: [{ unknownRank: true }, {}] } },
        branch: { func: { name: 'f', attr: { N: { i: '3' } } } },
      },
    },
    { name: 'both', op: 'Split', input: ['conv'], attr: null },
    { name: 'y', op: 'AddV2', input: ['both:1', 'both'] },
  ],
  library: {
    function: [
      {
        signature: {
          name: 'f',
          inputArg: [{ name: 'a', type: 'DT_FLOAT' }],
          outputArg: [{ name: 'r', typeAttr: 'T' }],
        },
        nodeDef: [
          { name: 'split', op: 'Split', input: ['a'] },
          { name: 'sum', op: 'AddV2', input: ['split:output:1', 'a', '^split'] },
        ],
        ret: { r: 'sum:z:0' },
      },
    ],
  },
  versions: { producer: 808 },
}

export const graphModel = {
  format: 'graph-model',
  generatedBy: '2.4.0',
  convertedBy: 'TensorFlow.js Converter v2.7.0',
  signature: {
    inputs: { image: info('x:0', -1, 8, 8, 3) },
    outputs: { sum: info('y:0', -1, 4, 4, 2), other: { name: 'both:1' } },
  },
  modelTopology: graphTopology,
  weightsManifest: [
    {
      paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
      weights: [
        { name: 'w', shape: [1, 1, 3, 2], dtype: 'float32' },
        { name: 'text', shape: [2], dtype: 'string' },
        { name: 'i', shape: [3], dtype: 'int32' },
        { name: 'flags', shape: [3], dtype: 'bool' },
        { name: 'c', shape: [], dtype: 'complex64' },
      ],
    },
    {
      paths: ['sub/group2.bin'],
      weights: [
        { name: 'u8', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        { name: 'u16', shape: [2], dtype: 'int32', quantization: { dtype: 'uint16', scale: 2, min: -3 } },
        { name: 'f16', shape: [2], dtype: 'float32', quantization: { dtype: 'float16', original_dtype: 'float32' } },
        { name: 'momentum', shape: [1], dtype: 'bool', group: 'optimizer' },
      ],
    },
  ],
}

const bytes = (data: Float32Array | Int32Array): number[] => [...new Uint8Array(data.buffer)]

/** The bytes of the manifest above, on a machine whose lowest byte comes first: the two shards of the first group part in a number. */
export function graphShards(): Map<string, Uint8Array> {
  const group1 = Uint8Array.from([
    ...bytes(Float32Array.of(1, 2, 3, 4, 5, 6)),
    ...[2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0],
    ...bytes(Int32Array.of(7, -8, 9)),
    ...[1, 0, 1],
    ...bytes(Float32Array.of(0.5, -2)),
  ])
  const group2 = [0, 1, 255, ...[1, 0, 0xff, 0xff], ...[0, 0x3c, 0, 0xc0], 1]
  return new Map([
    ['group1-shard1of2.bin', group1.slice(0, 10)],
    ['group1-shard2of2.bin', group1.slice(10)],
    ['sub/group2.bin', Uint8Array.from(group2)],
  ])
}

const dense = (name: string) => ({
  class_name: 'Dense',
  config: { name, units: 2, activation: 'relu', use_bias: true },
})

/** As `model.save` of TensorFlow.js writes a sequential model. */
export const sequentialModel = {
  format: 'layers-model',
  generatedBy: 'TensorFlow.js tfjs-layers v4.22.0',
  convertedBy: null,
  modelTopology: {
    ...{ class_name: 'Sequential', keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' },
    config: { name: 'sequential_1', layers: [dense('dense_1'), dense('dense_2')] },
  },
  weightsManifest: [{ paths: ['weights.bin'], weights: [{ name: 'dense_1/kernel', shape: [1, 2], dtype: 'float32' }] }],
}

/** As the converter writes a functional model of Keras 2, one model in another. */
export const keras2Model = {
  format: 'layers-model',
  modelTopology: {
    ...{ keras_version: '2.9.0', backend: 'tensorflow' },
    model_config: {
      class_name: 'Functional',
      config: {
        name: 'model',
        layers: [
          { class_name: 'InputLayer', config: { name: 'in' }, name: 'in', inbound_nodes: [] },
          {
            ...{ class_name: 'Sequential', name: 'inner', config: [dense('d')] },
            inbound_nodes: [[['in', 0, 0, {}]], [['in', 0, 0, { training: false }]]],
          },
          {
            class_name: 'Add',
            config: { name: 'add' },
            name: 'add',
            inbound_nodes: [
              [
                ['inner', 0, 0, {}],
                ['inner', 1, 0, {}],
              ],
            ],
          },
          {
            ...{
              class_name: 'TFOpLambda',
              config: { name: 'tf.math.multiply', function: 'math.multiply' },
              name: 'times',
            },
            inbound_nodes: [['add', 0, 0, { y: 2 }]],
          },
        ],
        input_layers: [['in', 0, 0]],
        output_layers: [['times', 0, 0]],
      },
    },
  },
  weightsManifest: [],
}

const kerasTensor = (layer: string, output = 0) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [layer, 0, output] },
})

/** As Keras 3 writes a functional model. */
export const keras3Model = {
  format: 'layers-model',
  modelTopology: {
    keras_version: '3.3.3',
    model_config: {
      ...{ module: 'keras.src.models.functional', class_name: 'Functional', registered_name: 'Functional' },
      config: {
        name: 'functional',
        layers: [
          { module: 'keras.layers', class_name: 'InputLayer', config: { name: 'in' }, name: 'in', inbound_nodes: [] },
          {
            ...{ module: 'keras.layers', class_name: 'Concatenate', config: { name: 'join', axis: -1 }, name: 'join' },
            inbound_nodes: [{ args: [[kerasTensor('in'), kerasTensor('in')]], kwargs: {} }],
          },
          {
            ...{ class_name: 'MultiHeadAttention', config: { name: 'look', num_heads: 2 }, name: 'look' },
            inbound_nodes: [{ args: [kerasTensor('join')], kwargs: { value: kerasTensor('in'), training: null } }],
          },
        ],
        input_layers: ['in', 0, 0],
        output_layers: { out: ['look', 0, 0] },
      },
    },
  },
  weightsManifest: [],
}
