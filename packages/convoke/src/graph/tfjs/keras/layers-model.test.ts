import { describe, expect, it } from 'vitest'
import { tensor } from '../../../tensor/index.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { graphModule, inspectModel, tfjsToOnnx } from '../../index.ts'
import { run, sequential, tfjsModel, type Weight } from '../../testing/tfjs.ts'

const weight = (name: string, shape: readonly number[], ...values: number[]): Weight => ({ name, shape, values })
const near = (x: Tensor, expected: readonly number[]): void => {
  const found = Array.from(x.dataSync())
  expect(found).toHaveLength(expected.length)
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at], 4)
  })
}
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const hard = (x: number): number => Math.min(1, Math.max(0, 0.2 * x + 0.5))

describe('layers of Keras', () => {
  it('are multiplied, shifted and activated', () => {
    const model = sequential(
      [2],
      [['Dense', { units: 2, activation: 'relu' }]],
      [weight('layer0/kernel', [2, 2], 1, -1, 2, -2), weight('layer0/bias', [2], 0.5, 1)],
    )
    near(run(model, tensor([[3, 4]])), [11.5, 0])
  })

  it('look back only, where their padding is causal', () => {
    const config = { filters: 1, kernel_size: [2], padding: 'causal', dilation_rate: [2], use_bias: false }
    const model = sequential([4, 1], [['Conv1D', config]], [weight('layer0/kernel', [2, 1, 1], 10, 1)])
    // 10 times what was two steps before, plus the step itself.
    near(run(model, tensor([[[1], [2], [3], [4]]])), [1, 2, 13, 24])
  })

  it('convolve each channel, then mix them', () => {
    const config = { filters: 1, kernel_size: [1, 1], activation: 'linear' }
    const model = sequential(
      [1, 1, 2],
      [['SeparableConv2D', config]],
      [
        weight('layer0/depthwise_kernel', [1, 1, 2, 2], 1, 2, 3, 4),
        weight('layer0/pointwise_kernel', [1, 1, 4, 1], 1, 10, 100, 1000),
        weight('layer0/bias', [1], 0.5),
      ],
    )
    near(run(model, tensor([[[[2, 3]]]])), [2 + 40 + 900 + 12000 + 0.5])
  })

  it.each([
    ['same', 2, [1, 2, 3, 6, 5, 10]],
    ['valid', 3, [1, 2, 0, 3, 6, 0, 5, 10, 0]],
  ] as const)('spread pixels by the stride, padding %s', (padding, stride, expected) => {
    const config = { filters: 1, kernel_size: [2], strides: [stride], padding, use_bias: false }
    const model = sequential([3, 1], [['Conv1DTranspose', config]], [weight('layer0/kernel', [2, 1, 1], 1, 2)])
    near(run(model, tensor([[[1], [3], [5]]])), expected)
  })

  it.each([
    [1, [1, 1, 2, 2].map((c) => c)],
    [-1, [1, 2, 1, 2].map((c) => c)],
  ] as const)('normalise along axis %s by what training saw', (axis, channel) => {
    const model = sequential(
      [2, 2],
      [['BatchNormalization', { axis, epsilon: 0, scale: true, center: true }]],
      [
        weight('layer0/gamma', [2], 2, 3),
        weight('layer0/beta', [2], 10, 20),
        weight('layer0/moving_mean', [2], 1, 2),
        weight('layer0/moving_variance', [2], 4, 9),
      ],
    )
    const x = [5, 6, 7, 8]
    // (x − 1) / 2 · 2 + 10 of the first channel, (x − 2) / 3 · 3 + 20 of the second.
    near(
      run(model, tensor([[x.slice(0, 2), x.slice(2)]])),
      x.map((value, at) => (channel[at] === 1 ? value - 1 + 10 : value - 2 + 20)),
    )
  })

  it('remember, as LSTM does', () => {
    const kernels = [0.5, -0.3, 0.8, 0.2]
    const again = [0.1, 0.4, -0.2, 0.6]
    const bias = [0.05, 1, -0.1, 0.3]
    const config = { units: 1, recurrent_activation: 'hard_sigmoid', activation: 'tanh', return_sequences: true }
    const model = sequential(
      [3, 1],
      [['LSTM', config]],
      [
        weight('layer0/kernel', [1, 4], ...kernels),
        weight('layer0/recurrent_kernel', [1, 4], ...again),
        weight('layer0/bias', [4], ...bias),
      ],
    )
    let [h, c] = [0, 0]
    const steps = [1, -2, 0.5].map((x) => {
      const [input, forget, cell, output] = [0, 1, 2, 3].map((gate) => x * kernels[gate] + h * again[gate] + bias[gate])
      c = hard(forget) * c + hard(input) * Math.tanh(cell)
      h = hard(output) * Math.tanh(c)
      return h
    })
    near(run(model, tensor([[[1], [-2], [0.5]]])), steps)
  })

  describe('behind a mask', () => {
    // A layer of one unit without an activation: its state becomes x + 0.5 · state.
    const config = { units: 1, activation: 'linear', use_bias: false }
    const weights = [weight('layer1/kernel', [1, 1], 1), weight('layer1/recurrent_kernel', [1, 1], 0.5)]
    const behind = (more: Record<string, unknown>, masking: Record<string, unknown> = {}) =>
      sequential(
        [5, 1],
        [
          ['Masking', masking],
          ['SimpleRNN', { ...config, ...more }],
        ],
        weights,
      )
    const x = tensor([
      [[0], [1], [0], [2], [0]],
      [[4], [0], [0], [0], [0]],
      [[0], [0], [0], [0], [0]],
    ])

    it('keep the state over steps that are hidden, wherever they are', () => {
      near(run(behind({}), x), [2.5, 4, 0])
      near(run(behind({ return_sequences: true }), x), [0, 1, 1, 2.5, 2.5, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0])
    })

    it('keep it from the other end as well', () => {
      // The last step first: 2, then 1 + 0.5 · 2. Steps come out in the order in which they are run.
      near(run(behind({ go_backwards: true }), x), [2, 4, 0])
      near(
        run(behind({ go_backwards: true, return_sequences: true }), x),
        [0, 2, 2, 2, 2, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0],
      )
    })

    it('hide the value that is named', () => {
      // Zeros count now, the 1 does not: 0, then 0 + 0, 2 + 0, 0 + 0.5 · 2.
      near(run(behind({}, { mask_value: 1 }), x), [1, 0.25, 0])
    })

    it('hide words that are 0, through layers in between, until a layer ends it', () => {
      const words = tensor([[2, 0, 1, 0]])
      const table = weight('layer0/embeddings', [3, 1], 7, 1, 2)
      const model = (between: readonly [string, Record<string, unknown>]) =>
        sequential(
          [4],
          [['Embedding', { mask_zero: true }], between, ['SimpleRNN', config]],
          [table, weight('layer2/kernel', [1, 1], 1), weight('layer2/recurrent_kernel', [1, 1], 0.5)],
        )
      // Words 2 and 1 stand for 2 and 1; 0 stands for 7 where it counts.
      near(run(model(['Dropout', { rate: 0.5 }]), words), [2])
      const all = [2, 7, 1, 7].reduce((h, value) => value + 0.5 * h, 0)
      near(run(model(['Reshape', { target_shape: [4, 1] }]), words), [all])
    })
  })

  it('are opened and counted soon, however many steps they have', () => {
    const steps = 1_000_000
    const config = { units: 2, activation: 'linear', use_bias: false }
    const weights = [weight('layer0/kernel', [1, 2], 1, 1), weight('layer0/recurrent_kernel', [2, 2], 1, 0, 0, 1)]
    const { macs } = inspectModel(sequential([steps, 1], [['SimpleRNN', config]], weights))
    expect(macs).toBe(steps * (1 * 2 + 2 * 2))
  })

  it.each([false, true])('remember, as GRU does, reset after the product: %s', (after) => {
    const [kernels, again] = [
      [0.5, -0.3, 0.8],
      [0.1, 0.4, -0.7],
    ]
    const bias = after ? [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] : [0.1, 0.2, 0.3]
    const config = { units: 1, recurrent_activation: 'sigmoid', reset_after: after }
    const model = sequential(
      [2, 1],
      [['GRU', config]],
      [
        weight('layer0/kernel', [1, 3], ...kernels),
        weight('layer0/recurrent_kernel', [1, 3], ...again),
        weight('layer0/bias', after ? [2, 3] : [3], ...bias),
      ],
    )
    const second = after ? bias.slice(3) : [0, 0, 0]
    let h = 0
    for (const x of [1, -2]) {
      const [z, r] = [0, 1].map((gate) => sigmoid(x * kernels[gate] + bias[gate] + h * again[gate] + second[gate]))
      const inner = after ? r * (h * again[2] + second[2]) : r * h * again[2]
      h = z * h + (1 - z) * Math.tanh(x * kernels[2] + bias[2] + inner)
    }
    near(run(model, tensor([[[1], [-2]]])), [h])
  })

  it('read from both ends', () => {
    const inner = {
      class_name: 'SimpleRNN',
      config: { name: 'rnn', units: 1, activation: 'linear', use_bias: false, return_sequences: true },
    }
    const model = sequential(
      [3, 1],
      [['Bidirectional', { layer: inner, merge_mode: 'concat' }]],
      ['forward', 'backward'].flatMap((way) => [
        weight(`layer0/${way}_rnn/kernel`, [1, 1], 1),
        weight(`layer0/${way}_rnn/recurrent_kernel`, [1, 1], way === 'forward' ? 1 : 10),
      ]),
    )
    // Sums from the left, and from the right each ten times the one before.
    near(run(model, tensor([[[1], [2], [3]]])), [1, 321, 3, 32, 6, 3])
  })

  it('do the same at every step', () => {
    const inner = { class_name: 'Flatten', config: { name: 'flat' } }
    const model = sequential([2, 2, 2], [['TimeDistributed', { layer: inner }]])
    const y = run(
      model,
      tensor([
        [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
      ]),
    )
    expect(y.shape).toEqual([1, 2, 4])
    near(y, [1, 2, 3, 4, 5, 6, 7, 8])
  })

  it.each([
    [
      'ZeroPadding2D',
      {
        padding: [
          [1, 0],
          [0, 1],
        ],
      },
      [1, 3, 3, 1],
      [0, 0, 0, 1, 2, 0, 3, 4, 0],
    ],
    [
      'Cropping2D',
      {
        cropping: [
          [1, 0],
          [0, 1],
        ],
      },
      [1, 1, 1, 1],
      [3],
    ],
    ['UpSampling2D', { size: [1, 2] }, [1, 2, 4, 1], [1, 1, 2, 2, 3, 3, 4, 4]],
    ['Permute', { dims: [2, 1, 3] }, [1, 2, 2, 1], [1, 3, 2, 4]],
    ['Reshape', { target_shape: [-1, 1] }, [1, 4, 1], [1, 2, 3, 4]],
    ['GlobalMaxPooling2D', {}, [1, 1], [4]],
    ['AveragePooling2D', { pool_size: [2, 2], padding: 'same', strides: [1, 1] }, [1, 2, 2, 1], [2.5, 3, 3.5, 4]],
    ['LeakyReLU', { alpha: 0.5 }, [1, 2, 2, 1], [1, 2, 3, 4]],
    ['ReLU', { max_value: 2.5 }, [1, 2, 2, 1], [1, 2, 2.5, 2.5]],
    ['ThresholdedReLU', { theta: 2 }, [1, 2, 2, 1], [0, 0, 3, 4]],
    ['Rescaling', { scale: 2, offset: -1 }, [1, 2, 2, 1], [1, 3, 5, 7]],
    ['Dropout', { rate: 0.5 }, [1, 2, 2, 1], [1, 2, 3, 4]],
  ] as const)('move and change what they are given: %s', (kind, config, shape, expected) => {
    const y = run(
      sequential([2, 2, 1], [[kind, config]]),
      tensor([
        [
          [[1], [2]],
          [[3], [4]],
        ],
      ]),
    )
    expect(y.shape).toEqual(shape)
    near(y, expected)
  })

  const ends = (layer: string, node = 0) => [[layer, node, 0, {}]]
  const inputLayer = (name: string) => ({
    ...{ class_name: 'InputLayer', name, inbound_nodes: [] },
    config: { name, batch_input_shape: [null, 2], dtype: 'float32' },
  })

  it('are shared, and joined in a graph of calls', () => {
    const dense = {
      ...{ class_name: 'Dense', name: 'both', config: { name: 'both', units: 1, use_bias: false } },
      inbound_nodes: [ends('a'), ends('b')],
    }
    const joined = {
      class_name: 'Subtract',
      name: 'y',
      config: { name: 'y' },
      inbound_nodes: [[...ends('both', 0), ...ends('both', 1)]],
    }
    const config = {
      ...{ name: 'net', layers: [joined, dense, inputLayer('a'), inputLayer('b')] },
      ...{
        input_layers: [
          ['a', 0, 0],
          ['b', 0, 0],
        ],
        output_layers: [['y', 0, 0]],
      },
    }
    const model = tfjsModel({ class_name: 'Model', config }, [weight('both/kernel', [2, 1], 1, 10)])
    near(run(model, tensor([[1, 2]]), tensor([[3, 4]])), [21 - 43])
    expect(Object.keys(graphModule(model).namedParameters())).toHaveLength(1)
  })

  it('lie in models inside models, whose calls are counted from the one that made them', () => {
    const inner = {
      ...{ class_name: 'Sequential', name: 'inner', inbound_nodes: [[['x', 0, 0, {}]]] },
      config: {
        name: 'inner',
        layers: [
          { class_name: 'Dense', config: { name: 'd', units: 1, use_bias: false, batch_input_shape: [null, 2] } },
        ],
      },
    }
    const config = {
      ...{ name: 'net', layers: [inputLayer('x'), inner] },
      ...{ input_layers: [['x', 0, 0]], output_layers: [['inner', 1, 0]] },
    }
    near(
      run(tfjsModel({ class_name: 'Functional', config }, [weight('d/kernel', [2, 1], 1, 10)]), tensor([[1, 2]])),
      [21],
    )
  })

  it.each([
    ['a class that is not known', [['Lambda', {}]], /Lambda.*not known/s],
    ['a weight that is missing', [['Dense', { units: 1 }]], /kernel is not in the file/],
    ['settings of another type', [['Reshape', { target_shape: 'wide' }]], /target_shape/],
    ['a circle of layers', null, /needs its own result/],
  ] as const)('are refused in words: %s', (_, layers, message) => {
    const circle = {
      ...{ class_name: 'Activation', name: 'y', config: { name: 'y', activation: 'relu' }, inbound_nodes: [ends('y')] },
    }
    const config = { name: 'net', layers: [circle], input_layers: [['y', 5, 0]], output_layers: [['y', 0, 0]] }
    const model = layers === null ? tfjsModel({ class_name: 'Model', config }, []) : sequential([2], layers)
    expect(() => tfjsToOnnx(model)).toThrow(message)
  })
})
