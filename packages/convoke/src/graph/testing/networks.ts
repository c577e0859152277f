// Small whole networks of TensorFlow.js that have something of everything, to be damaged.

import { functionOf, i, input, list, type NodeText, s, t, tfjsFiles } from './tfjs.ts'

const node = ([op, name, inputs = [], attr = {}]: NodeText) => ({ op, name, input: inputs, attr })
const weights = [
  { name: 'f', shape: [3, 3, 2, 4], values: Array<number>(72).fill(0.1) },
  { name: 'bias', shape: [4], values: [1, 2, 3, 4] },
  { name: 'begin', shape: [2], values: [0, 1], dtype: 'int32' },
  { name: 'size', shape: [2], values: [8, 8], dtype: 'int32' },
  { name: 'axis', shape: [1], values: [1], dtype: 'int32' },
  { name: 'one', shape: [], values: [1], dtype: 'int32' },
  { name: 'six', shape: [], values: [6], dtype: 'int32' },
] as const
const calls = { cond: { func: { name: 'less' } }, body: { func: { name: 'more' } } }
const graph = {
  node: [
    ...weights.map(({ name }): NodeText => ['Const', name]),
    input('x', [1, 6, 6, 2]),
    [
      '_FusedConv2D',
      'c',
      ['x', 'f', 'bias'],
      { strides: list(1, 2, 2, 1), padding: s('SAME'), fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } } },
    ],
    ['ResizeBilinear', 'r', ['c', 'size'], {}],
    ['MaxPool', 'p', ['r'], { ksize: list(1, 2, 2, 1), strides: list(1, 2, 2, 1), padding: s('VALID') }],
    ['Mean', 'm', ['p', 'axis'], {}],
    ['StridedSlice', 'cut', ['m', 'begin', 'size', 'size'], { shrink_axis_mask: i(1) }],
    ['StatelessWhile', 'w', ['one', 'six'], calls],
    ['Cast', 'k', ['w'], { DstT: t('DT_FLOAT') }],
    ['Mul', 'y', ['m', 'k']],
  ].map((one) => node(one as NodeText)),
  library: {
    function: [
      functionOf('less', ['a', 'n'], [['Less', 'm', ['a', 'n']]], ['m:z:0']),
      functionOf('more', ['a', 'n'], [['AddV2', 'm', ['a', 'a']]], ['m:z:0', 'n']),
    ],
  },
}
const layers = {
  class_name: 'Sequential',
  config: {
    name: 'net',
    layers: [
      [
        'Conv2D',
        {
          name: 'f',
          filters: 4,
          kernel_size: [3, 3],
          strides: [2, 2],
          padding: 'same',
          use_bias: false,
          batch_input_shape: [null, 6, 6, 2],
        },
      ],
      ['BatchNormalization', { name: 'n', axis: -1, scale: false, center: false }],
      ['Reshape', { name: 'r', target_shape: [9, -1] }],
      ['LSTM', { name: 'l', units: 1, return_sequences: true, use_bias: false }],
      ['UpSampling1D', { name: 'u', size: 2 }],
      ['Flatten', { name: 'z' }],
      ['Activation', { name: 'a', activation: 'softmax' }],
    ].map(([class_name, config]) => ({ class_name, config })),
  },
}
const layerWeights = [
  { name: 'f/kernel', shape: [3, 3, 2, 4], values: Array<number>(72).fill(0.1) },
  { name: 'n/moving_mean', shape: [4], values: [0, 0, 0, 0] },
  { name: 'n/moving_variance', shape: [4], values: [1, 1, 1, 1] },
  { name: 'l/kernel', shape: [4, 4], values: Array<number>(16).fill(0.2) },
  { name: 'l/recurrent_kernel', shape: [1, 4], values: [1, 2, 3, 4] },
] as const

/** A spectrum, its sizes, and a choice in the older control flow. */
const signals = {
  node: [
    ...['n', 'half', 'zero'].map((name): NodeText => ['Const', name]),
    input('x', [2, 8]),
    ['RFFT', 'f', ['x', 'n']],
    ['ComplexAbs', 'a', ['f']],
    ['IRFFT', 'b', ['f', 'n']],
    ['Mean', 'm', ['b', 'zero'], {}],
    ['Mul', 'large', ['m', 'half']],
    ['Max', 'p', ['x', 'zero'], {}],
    ['Sum', 'q', ['p', 'zero'], {}],
    ['Greater', 'is', ['q', 'half']],
    ['Switch', 'w', ['a', 'is']],
    ['Neg', 'no', ['w']],
    ['Sqrt', 'yes', ['w:1']],
    ['Merge', 'y', ['no', 'yes']],
    ['ConcatV2', 'all', ['large', 'p', 'zero'], { N: i(2) }],
  ].map((one) => node(one as NodeText)),
}
const signalWeights = [
  { name: 'n', shape: [1], values: [8], dtype: 'int32' },
  { name: 'half', shape: [], values: [0.5] },
  { name: 'zero', shape: [], values: [0], dtype: 'int32' },
] as const

/** Words with a mask, from either end, beside what does not hide any. */
const words = {
  class_name: 'Sequential',
  config: {
    name: 'words',
    layers: [
      ['Embedding', { name: 'e', input_dim: 5, output_dim: 2, mask_zero: true, batch_input_shape: [null, 4] }],
      ['Dropout', { name: 'd', rate: 0.5 }],
      [
        'Bidirectional',
        {
          name: 'b',
          merge_mode: 'concat',
          layer: {
            class_name: 'GRU',
            config: { name: 'g', units: 1, return_sequences: true, use_bias: false, reset_after: false },
          },
        },
      ],
      [
        'TimeDistributed',
        { name: 't', layer: { class_name: 'Dense', config: { name: 'h', units: 3, use_bias: false } } },
      ],
      ['SimpleRNN', { name: 'r', units: 1, use_bias: false, go_backwards: true }],
    ].map(([class_name, config]) => ({ class_name, config })),
  },
}
const wordWeights = [
  { name: 'e/embeddings', shape: [5, 2], values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ...['forward_g', 'backward_g'].flatMap((name) => [
    { name: `b/${name}/kernel`, shape: [2, 3], values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
    { name: `b/${name}/recurrent_kernel`, shape: [1, 3], values: [1, -1, 0.5] },
  ]),
  { name: 't/h/kernel', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  { name: 'r/kernel', shape: [3, 1], values: [1, 2, 3] },
  { name: 'r/recurrent_kernel', shape: [1, 1], values: [0.5] },
]

/** The text of each model.json and its only shard. */
export const networkFiles = {
  graph: tfjsFiles(graph, weights, { format: 'graph-model' }),
  layers: tfjsFiles(layers, layerWeights, { format: 'layers-model' }),
  signals: tfjsFiles(signals, signalWeights, { format: 'graph-model' }),
  words: tfjsFiles(words, wordWeights, { format: 'layers-model' }),
} as const
