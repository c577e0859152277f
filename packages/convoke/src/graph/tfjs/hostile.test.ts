// Damaged models: whatever is changed, the result is a model that runs or an error in words.

import { describe, expect, it } from 'vitest'
import { scope } from '../../autodiff/gradients.ts'
import { withBackend } from '../../backends/current.ts'
import { createReferenceBackend } from '../../backends/reference/index.ts'
import { decodeTfjs } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { zeros } from '../../tensor/index.ts'
import { graphModule } from '../index.ts'
import { functionOf, i, input, list, type NodeText, s, t, tfjsFiles } from '../testing/tfjs.ts'

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

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    yield ((again ^ (again >>> 14)) >>> 0) / 2 ** 32
  }
}

const junk = [
  null,
  -1,
  0,
  1,
  3,
  1e9,
  2 ** 40,
  0.5,
  'SAME',
  'x',
  '',
  [],
  {},
  [1, 2],
  true,
  'relu',
  'constructor',
  '__proto__',
]

/** One or two values of a file lost, exchanged, or made something else. */
function damaged(file: unknown, next: () => number): string {
  const copy = JSON.parse(JSON.stringify(file)) as unknown
  const places: [Record<string, unknown>, string][] = []
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key])
      walk((value as Record<string, unknown>)[key])
    }
  }
  walk(copy)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]
  for (let count = 1 + Math.floor(next() * 2); count > 0; count--) {
    const [[holder, key], [other, from]] = [pick(places), pick(places)]
    const way = next()
    if (way < 0.15) delete holder[key]
    else if (way < 0.65) holder[key] = pick(junk)
    else holder[key] = JSON.parse(JSON.stringify(other[from] ?? null))
  }
  return JSON.stringify(copy)
}

describe('damaged models of TensorFlow.js', () => {
  it.each([
    ['graph', tfjsFiles(graph, weights, { format: 'graph-model' })],
    ['layers', tfjsFiles(layers, layerWeights, { format: 'layers-model' })],
  ])('run or are refused in words: %s', (_, { json, shard }) => {
    const stream = numbers(12)
    const next = (): number => stream.next().value
    let ran = 0
    const open = (text: string): void => {
      const model = graphModule(decodeTfjs(text, () => shard)).eval()
      const given = model.graph.inputs.map(({ shape }) =>
        (shape ?? []).map((length) => (typeof length === 'number' && length > 0 && length < 100 ? length : 1)),
      )
      withBackend(createReferenceBackend(), () => scope(() => void model(...given.map((shape) => zeros(shape)))))
      ran++
    }
    open(json)
    for (let turn = 0; turn < 400; turn++) {
      try {
        open(damaged(JSON.parse(json), next))
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
      }
    }
    // Not everything that is changed matters.
    expect(ran).toBeGreaterThan(20)
  })
})
