import { describe, expect, it } from 'vitest'
import {
  expectClose,
  made,
  numbersOf,
  type OperatorRun,
  runOperator,
  shapeOf,
  whole,
} from '../../testing/run-operator.ts'
import type { Item, Value } from '../value.ts'

const run = (operator: string, inputs: readonly Item[], rest: Partial<OperatorRun> = {}): Item[] =>
  runOperator(operator, { inputs, domain: 'com.microsoft', version: 1, ...rest })
const numbers = (operator: string, inputs: readonly Item[], rest: Partial<OperatorRun> = {}): number[] =>
  numbersOf(run(operator, inputs, rest)[0])
const uint8 = (list: readonly number[], shape?: readonly number[]): Value => made(list, shape, 'uint8')
const single = (x: number): Value => made([x], [])

// tanh's argument and erf's value at 1 from tables: Φ(1) = 0.8413447, √(2/π) = 0.7978846.
const phi = 0.8413447

describe('fused operators', () => {
  it('convolve, add what skips past, and activate', () => {
    const inputs = [made([1, -2], [1, 1, 1, 2]), made([3], [1, 1, 1, 1]), made([1]), made([0, 2], [1, 1, 1, 2])]
    expectClose(numbers('FusedConv', inputs, { attributes: { activation: 'Relu' } }), [4, 0])
    const leaky = { activation: 'LeakyRelu', activation_params: { floats: [0.5] } }
    expectClose(numbers('FusedConv', inputs, { attributes: leaky }), [4, -1.5])
    expect(() => run('FusedConv', inputs, { attributes: { activation: 'Cosh' } })).toThrow(
      'the activation Cosh is not known',
    )
  })

  it('multiply matrices, scaled, transposed, with the batch inside', () => {
    const a = made([1, 2, 3, 4], [2, 2])
    const b = made([1, 0, 1, 1], [2, 2])
    expectClose(numbers('FusedMatMul', [a, b], { attributes: { transA: 1, alpha: 0.5 } }), [2, 1.5, 3, 2])
    // Two rows of a batch of two: [row, batch, column].
    const turned = made([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
    const ones = made([1, 1, 1, 1], [2, 2, 1])
    expectClose(numbers('FusedMatMul', [turned, ones], { attributes: { transBatchA: 1 } }), [3, 11, 7, 15])
    const gemm = { attributes: { activation: 'LeakyRelu', activation_alpha: { float: 0.1 } } }
    expectClose(numbers('FusedGemm', [made([-1, 2], [2, 1]), made([3], [1, 1])], gemm), [-0.3, 6])
  })

  it('apply GELU in its forms', () => {
    expectClose(numbers('Gelu', [made([1])]), [phi])
    expectClose(numbers('BiasGelu', [made([0.5]), made([0.5])]), [phi])
    expectClose(numbers('FastGelu', [made([1])]), [0.5 * (1 + Math.tanh(0.7978846 * 1.044715))])
    expectClose(numbers('QuickGelu', [made([1])]), [1 / (1 + Math.exp(-1.702))])
    expectClose(numbers('BiasSplitGelu', [made([2, 0], [1, 1, 2]), made([0, 1])]), [2 * phi])
  })

  it('normalise sums with what skips past', () => {
    const inputs = [made([1, 2], [1, 1, 2]), made([0, 1], [1, 1, 2]), made([2, 2]), made([1, 1]), made([0, 1])]
    // 1 and 4 are 2.5 ± 1.5.
    const [y, , , sum] = run('SkipLayerNormalization', inputs, { outputs: 4 })
    expectClose(numbersOf(y), [-1, 3])
    expectClose(numbersOf(sum), [1, 4])
    const simple = [made([3, 4], [1, 1, 2]), made([0, 0], [1, 1, 2]), made([1, 1])]
    expectClose(numbers('SkipSimplifiedLayerNormalization', simple), [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)])
  })

  it('look up words, places and segments', () => {
    const tables = [made([0, 0, 10, 20], [2, 2]), made([1, 2, 3, 4], [2, 2]), made([0, 0, 100, 0], [2, 2])]
    const inputs = [
      whole([1, 0], [1, 2]),
      whole([0, 1], [1, 2]),
      ...tables,
      made([1, 1]),
      made([0, 0]),
      whole([1, 1], [1, 2]),
    ]
    const [, count, sum] = run('EmbedLayerNormalization', inputs, { outputs: 3 })
    expect(numbersOf(sum)).toEqual([11, 22, 103, 4])
    expect(numbersOf(count)).toEqual([2])
  })

  it('pool pictures whose channels are last by name', () => {
    const x = made([1, 8, 3, 4], [1, 2, 1, 2])
    expectClose(numbers('NhwcMaxPool', [x], { attributes: { kernel_shape: [2, 1] } }), [3, 8])
  })
})

describe('attention of ONNX Runtime', () => {
  // Scores 0 and ln 3 (scale 1), so weights 1/4 and 3/4.
  const ln3 = Math.log(3)
  const attributes = { num_heads: 1, scale: { float: 1 } }
  const [q, k, v] = [made([1], [1, 1, 1]), made([0, ln3], [1, 2, 1]), made([4, 8], [1, 2, 1])]

  it('takes queries, keys and values, a bias for each, and a mask of keys', () => {
    expectClose(numbers('MultiHeadAttention', [q, k, v], { attributes }), [7])
    const zeroQuery = made([-1, 0, 1])
    expectClose(numbers('MultiHeadAttention', [q, k, v, zeroQuery], { attributes }), [7])
    const mask = made([1, 0], [1, 2], 'int32')
    expectClose(numbers('MultiHeadAttention', [q, k, v, null, mask], { attributes }), [4])
    const length = made([1], [1], 'int32')
    expectClose(numbers('MultiHeadAttention', [q, k, v, null, length], { attributes }), [4])
  })

  it('projects by itself, sees no later step, and hands on its keys and values', () => {
    // One feature: q = k = x, v = 10·x.
    const inputs = [made([0, 1], [1, 2, 1]), made([1, 1, 10], [1, 3])]
    const run2 = run('Attention', inputs, { attributes: { ...attributes, unidirectional: 1 }, outputs: 2 })
    const weight = Math.E / (1 + Math.E)
    expectClose(numbersOf(run2[0]), [0, 10 * weight])
    expect(shapeOf(run2[1])).toEqual([2, 1, 1, 2, 1])
    expectClose(numbersOf(run2[1]), [0, 1, 0, 10])
  })

  it('turns positions counted from the first', () => {
    const inputs = [made([1, 2, 3, 4], [1, 2, 2]), whole([1]), made([9, 1, 0], [3, 1]), made([9, 0, 1], [3, 1])]
    // Step 0 stands at 1, which turns nothing; step 1 at 2, a quarter.
    expectClose(numbers('RotaryEmbedding', inputs), [1, 2, -4, 3])
  })
})

describe('quantized operators of ONNX Runtime', () => {
  it('add, multiply, activate, pool and concatenate what the numbers stand for', () => {
    const a = [uint8([12, 14]), single(0.5), uint8([10], [])]
    const b = [uint8([2, 4]), single(1), uint8([0], [])]
    // 1 and 2; 2 and 4; in steps of 0.5 from 100.
    const out = [single(0.5), uint8([100], [])]
    expect(numbers('QLinearAdd', [...a, ...b, ...out])).toEqual([106, 112])
    expect(numbers('QLinearMul', [...a, ...b, ...out])).toEqual([104, 116])
    expect(numbers('QLinearConcat', [...out, ...a, ...b], { attributes: { axis: 0 } })).toEqual([102, 104, 104, 108])
    expect(
      numbers('QLinearLeakyRelu', [uint8([6, 14]), ...a.slice(1), ...out], { attributes: { alpha: 0.25 } }),
    ).toEqual([99, 104])
    expect(numbers('QLinearSigmoid', [uint8([10]), ...a.slice(1), single(0.25), uint8([0], [])])).toEqual([2])
    const picture = [uint8([12, 14], [1, 1, 1, 2]), ...a.slice(1), ...out]
    expect(numbers('QLinearGlobalAveragePool', picture)).toEqual([103])
  })

  it('pool windows, with or without what lies beyond the edge', () => {
    // 1 and 2 in steps of 0.5 from 10; means of [edge, 1] and [1, 2] in steps of 0.5 from 100.
    const inputs = [uint8([12, 14], [1, 1, 1, 2]), single(0.5), uint8([10], []), single(0.5), uint8([100], [])]
    const attributes = { kernel_shape: [1, 2], pads: [0, 1, 0, 0] }
    expect(numbers('QLinearAveragePool', inputs, { attributes })).toEqual([102, 103])
    const counted = { attributes: { ...attributes, count_include_pad: 1 } }
    expect(numbers('QLinearAveragePool', inputs, counted)).toEqual([101, 103])
    const last = [uint8([12, 30, 14, 50], [1, 1, 2, 2]), ...inputs.slice(1)]
    const lastly = { attributes: { kernel_shape: [1, 2], channels_last: 1 } }
    expect(numbers('QLinearAveragePool', last, lastly)).toEqual([103, 130])
  })

  it('multiply matrices and add whole numbers, to floats or back to steps', () => {
    // [1, 2] · [[1, 2], [3, 4]] = [7, 10]; 1 more and 1 less; in steps of 0.5 · 1 · 2.
    const inputs = [
      ...[uint8([2, 3], [2, 1]), single(0.5), uint8([1], [])],
      ...[made([1, 2, 3, 4], [2, 2], 'int8'), single(1), made([0], [], 'int8')],
      made([1, -1], [2], 'int32'),
    ]
    const attributes = { transA: 1, alpha: { float: 2 } }
    expectClose(numbers('QGemm', inputs, { attributes }), [8, 9])
    expect(numbers('QGemm', [...inputs, single(0.5), uint8([100], [])], { attributes })).toEqual([116, 118])
    expect(() => run('QGemm', inputs, { attributes: {} })).toThrow(/QGemm/)
  })

  it('attend with projections of whole numbers', () => {
    // 0 and 1 in steps of 0.5 from 5. One feature: q = k = x, v = 10·x; the bias adds 1 to the values.
    const inputs = [
      ...[uint8([5, 7], [1, 2, 1]), made([1, 1, 10], [1, 3], 'int8'), made([0, 0, 1])],
      ...[single(0.5), single(1), null, uint8([5], [])],
    ]
    const weight = Math.E / (1 + Math.E)
    const attributes = { num_heads: 1, unidirectional: 1 }
    const [y, present] = run('QAttention', inputs, { attributes, outputs: 2 })
    expectClose(numbersOf(y), [1, 1 + 10 * weight])
    expectClose(numbersOf(present), [0, 1, 1, 11])
    const lengths = [...inputs.slice(0, 5), whole([1]), uint8([5], [])]
    expectClose(numbers('QAttention', lengths, { attributes: { num_heads: 1 } }), [1, 1])
  })

  it('give products of whole numbers as floats', () => {
    const inputs = [
      uint8([2, 3], [1, 2]),
      made([1, 2, 3, 4], [2, 2], 'int8'),
      single(0.5),
      made([1, 2]),
      null,
      null,
      made([0, 1]),
    ]
    // 2·1 + 3·3 = 11 and 2·2 + 3·4 = 16.
    expectClose(numbers('MatMulIntegerToFloat', inputs), [5.5, 17])
    const dynamic = [made([0, 2.55], [1, 2]), made([1, 2, 3, 4], [2, 2], 'int8'), single(1)]
    expectClose(numbers('DynamicQuantizeMatMul', dynamic), [7.65, 10.2])
  })

  it('run LSTMs on weights of whole numbers, states quantized by their range', () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
    // Two steps of [0, 2.55], in steps of 0.01; weights of the second input, in halves less the zero point, for i, o, f, c.
    const x = made([0, 2.55, 0, 2.55], [2, 1, 2])
    const w = made([9, 9, 9, 9, 3, 4, 1, 2], [1, 2, 4], 'int8')
    const r = made([5, 3, 2, 7], [1, 1, 4], 'int8')
    const scales = [made([0.5], [1]), made([1], [1], 'int8'), made([0.25], [1]), made([3], [1], 'int8')]
    const results = run('DynamicQuantizeLSTM', [x, w, r, null, null, null, null, null, ...scales], {
      ...{ attributes: { hidden_size: 1 }, outputs: 3 },
    })
    let [h, c] = [0, 0]
    // A single state is the end of its range: the quantized number is exact.
    const outputs = [0, 1].map(() => {
      const [i, o, f, g] = [3, 4, 1, 2].map((n, at) => 2.55 * 0.5 * (n - 1) + h * 0.25 * ([5, 3, 2, 7][at] - 3))
      c = sigmoid(f) * c + sigmoid(i) * Math.tanh(g)
      h = sigmoid(o) * Math.tanh(c)
      return h
    })
    expectClose(numbersOf(results[0]), outputs)
    expect(shapeOf(results[0])).toEqual([2, 1, 1, 1])
    expectClose([...numbersOf(results[1]), ...numbersOf(results[2])], [h, c])
    expect(() => run('DynamicQuantizeLSTM', [x, r, r, null, null, null, null, null, ...scales])).toThrow(
      'must be [1, 2, 4]',
    )
  })

  it('unpack weights of four bits', () => {
    // One column of two blocks of 8; the low half of a byte comes first. Block 0 is 9, 8, …; block 1 is 10, 8, ….
    const bytes = uint8([0x89, 0x88, 0x88, 0x88, 0x8a, 0x88, 0x88, 0x88], [1, 2, 4])
    const x = made([1, ...Array<number>(7).fill(5), 1, ...Array<number>(7).fill(5)], [1, 16])
    const attributes = { K: 16, N: 1, bits: 4, block_size: 8 }
    expectClose(numbers('MatMulNBits', [x, bytes, made([10, 100])], { attributes }), [210])
    // Zero points 9 and 8: the first block is 0, −1, −1, ….
    expectClose(numbers('MatMulNBits', [x, bytes, made([10, 100]), uint8([0x89])], { attributes }), [-350 + 200])
    expect(() => run('MatMulNBits', [x, bytes, made([1])], { attributes })).toThrow('do not fit')
  })
})
