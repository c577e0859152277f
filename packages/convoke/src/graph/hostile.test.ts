// Models whose numbers ask for too much, or for what cannot be: refused in words, soon, and before memory is taken.

import { describe, expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { zeros } from '../tensor/index.ts'
import { graphModule, inspectModel } from './index.ts'

const node = (operator: string, inputs: string[], attributes: Record<string, OnnxAttribute> = {}): OnnxNode => ({
  ...{ name: 'n', operator, domain: '', inputs, outputs: ['y'], attributes },
})
const ints = (...value: number[]): OnnxAttribute => ({ type: 'ints', value })
const int = (value: number): OnnxAttribute => ({ type: 'int', value })
const text = (value: string): OnnxAttribute => ({ type: 'string', value })
const i64 = (name: string, ...values: number[]): OnnxTensor => ({
  ...{ name, type: 'int64', shape: [values.length], values: BigInt64Array.from(values, BigInt) },
})
const f32 = (name: string, shape: number[], ...values: number[]): OnnxTensor => ({
  ...{ name, type: 'float32', shape, values: Float32Array.from(values) },
})

const cases: readonly (readonly [label: string, node: OnnxNode, weights: readonly OnnxTensor[]])[] = [
  ['resize sizes', node('Resize', ['x', '', '', 's']), [i64('s', 1, 3, 1000000007, 999999937)]],
  ['resize scale', node('Resize', ['x', '', 's'], { mode: text('cubic') }), [f32('s', [4], 1, 1, 1e9, 1e9)]],
  [
    'resize antialias',
    node('Resize', ['x', '', 's'], { mode: text('linear'), antialias: int(1) }),
    [f32('s', [4], 1, 1, 1e-9, 1e7)],
  ],
  ['resize nan', node('Resize', ['x', '', 's'], { mode: text('linear') }), [f32('s', [4], 1, 1, NaN, -1)]],
  ['upsample', node('Upsample', ['x', 's']), [f32('s', [4], 1e9, 1e9, 1, 1)]],
  ['pad', node('Pad', ['x', 's']), [i64('s', 0, 0, 2 ** 31, 0, 0, 0, 2 ** 31, 0)]],
  ['pad reflect', node('Pad', ['x', 's'], { mode: text('reflect') }), [i64('s', 0, 0, 2 ** 30, 0, 0, 0, 0, 0)]],
  ['pool', node('AveragePool', ['x'], { kernel_shape: ints(1e9, 1e9), pads: ints(1e9, 1e9, 1e9, 1e9) }), []],
  [
    'maxpool',
    node('MaxPool', ['x'], { kernel_shape: ints(1, 1), strides: ints(1e9, 1), pads: ints(0, 0, 2 ** 31, 0) }),
    [],
  ],
  ['tile', node('Tile', ['x', 's']), [i64('s', 1, 1, 2 ** 31, 2 ** 31)]],
  ['convT', node('ConvTranspose', ['x', 'w'], { strides: ints(1e8, 1e8) }), [f32('w', [3, 1, 1, 1], 1, 1, 1)]],
  ['convT neg', node('ConvTranspose', ['x', 'w'], { strides: ints(0, -1) }), [f32('w', [3, 1, 1, 1], 1, 1, 1)]],
  ['conv pad', node('Conv', ['x', 'w'], { pads: ints(-99, 1e9, 1e9, 1e9) }), [f32('w', [1, 3, 1, 1], 1, 1, 1)]],
  ['conv group', node('Conv', ['x', 'w'], { group: int(0) }), [f32('w', [1, 3, 1, 1], 1, 1, 1)]],
  ['split', node('Split', ['x'], { num_outputs: int(1e9), axis: int(2) }), []],
  ['lrn', node('LRN', ['x'], { size: int(1e9) }), []],
  ['d2s', node('DepthToSpace', ['x'], { blocksize: int(1e9) }), []],
  ['onehot', node('OneHot', ['i', 'd', 'v']), [i64('i', 1), i64('d', 2 ** 31 - 1), f32('v', [2], 0, 1)]],
  ['range', node('Range', ['a', 'b', 'c']), [i64('a', 0), i64('b', 2 ** 31 - 1), i64('c', 1)]],
  ['cos', node('ConstantOfShape', ['s']), [i64('s', 2 ** 31, 2 ** 31)]],
  ['expand', node('Expand', ['x', 's']), [i64('s', 1e6, 3, 32, 32)]],
  ['einsum', node('Einsum', ['x'], { equation: text('abcd->' + 'z'.repeat(50)) }), []],
  ['topk', node('TopK', ['x', 's']), [i64('s', 2 ** 31 - 1)]],
  ['reshape', node('Reshape', ['x', 's']), [i64('s', -1, -1, 0, 0, 0, 0, 0, 0)]],
  ['groupnorm', node('GroupNormalization', ['x', 'a', 'a'], { num_groups: int(1e9) }), [f32('a', [3], 1, 1, 1)]],
  ['melw', node('MelWeightMatrix', ['s', 's', 's', 'f', 'f']), [i64('s', 2 ** 30), f32('f', [1], 1)]],
  ['hann', node('HannWindow', ['s']), [i64('s', 2 ** 31 - 1)]],
  ['stft', node('STFT', ['x', 's']), [i64('s', 1)]],
  ['center', node('CenterCropPad', ['x', 's']), [i64('s', 1, 3, 2 ** 31 - 1, 2 ** 31 - 1)]],
  ['col2im', node('Col2Im', ['x', 's', 's'], {}), [i64('s', 2 ** 30, 2 ** 30)]],
  ['affine', node('AffineGrid', ['x', 's'], {}), [i64('s', 1, 1, 2 ** 30, 2 ** 30)]],
  ['randn', node('RandomNormal', [], { shape: ints(2 ** 31, 2 ** 31) }), []],
  [
    'roialign',
    node('RoiAlign', ['x', 'r', 'b'], { output_height: int(1e9), output_width: int(1e9), sampling_ratio: int(1e9) }),
    [f32('r', [1, 4], 0, 0, 1, 1), i64('b', 0)],
  ],
  [
    'nms',
    node('NonMaxSuppression', ['r', 'q', 's'], {}),
    [f32('r', [1, 1, 4], 0, 0, 1, 1), f32('q', [1, 1, 1], 1), i64('s', 2 ** 31 - 1)],
  ],
  ['gather', node('Gather', ['x', 's']), [i64('s', 2 ** 31 - 1)]],
  ['unpool', node('MaxUnpool', ['x', 'x'], { kernel_shape: ints(1e9, 1e9), strides: ints(1e9, 1e9) }), []],
  ['lstm', node('LSTM', ['x', 'x', 'x'], { hidden_size: int(1e9) }), []],
]

const modelOf = (of: OnnxNode, initializers: readonly OnnxTensor[]): OnnxModel => ({
  ...{ irVersion: 8, producer: '', opsets: { '': 21 }, functions: [], metadata: {} },
  graph: {
    ...{ name: '', nodes: [of], initializers, values: [], outputs: [{ name: 'y', type: null }] },
    inputs: [{ name: 'x', type: { kind: 'tensor', type: 'float32', shape: [1, 3, 32, 32] } }],
  },
})

/** What a run comes to: a refusal in words, or nothing. */
function refusalOf(run: () => void): string | null {
  try {
    scope(run)
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(ConvokeError)
    return (error as ConvokeError).message
  }
}

describe('numbers that ask for too much', () => {
  it.each(cases)('%s', (_, of, weights) => {
    const model = modelOf(of, weights)
    const start = performance.now()
    const report = inspectModel(model)
    const module = graphModule(model, { layout: 'as-written' }).eval()
    const refusal = refusalOf(() => void module.run({ x: zeros([1, 3, 32, 32]) }))
    expect(performance.now() - start).toBeLessThan(2000)
    // Each of them is too much but for two: windows may reach beyond everything, and a list may be longer than what it is of.
    if (!['LRN', 'NonMaxSuppression'].includes(of.operator)) expect(refusal).toMatch(new RegExp(`^${of.operator} n: `))
    expect(report.failure ?? '').toMatch(/^$|^\w+ n: /)
  })
})
