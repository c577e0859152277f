// ONNX's own operator tests, read from ../shared/conformance/onnx-node beside the repository. Every folder there is
// either run or left out for a reason given below.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend, relativeError } from '../testing/check-op.ts'
import { arithmeticOperators } from '../testing/onnx-arithmetic.ts'
import { type OnnxNode, type OnnxTensor, readModel, readTensor } from '../testing/onnx-file.ts'
import { type OnnxOperator, shapeOperators } from '../testing/onnx-operators.ts'

const folder = new URL('../../../../../shared/conformance/onnx-node/', import.meta.url)
const operators: Record<string, OnnxOperator> = { ...shapeOperators, ...arithmeticOperators }

/** Operators without an op here. */
const withoutOp: Readonly<Record<string, string>> = {
  'nothing to compute': 'Constant ConstantOfShape Identity Shape Size Dropout EyeLike',
  'quantised arithmetic': 'ConvInteger MatMulInteger QLinearConv QLinearMatMul QuantizeLinear DequantizeLinear',
  'a network of its own, built from ops': 'Attention GRU LSTM RNN CausalConvWithState',
  'results whose shape depends on values': 'NonZero NonMaxSuppression',
  'not an op of this library': 'CumProd GatherND GridSample Hardmax IsInf RoiAlign ScatterND Shrink Trilu',
  'sequences of tensors': 'SplitToSequence',
}

/** Tests of operators that have an op, by the end of their name. */
const leftOut: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/select_last_index$/, 'argMax and argMin find the first of equals'],
  [/reduce_(max|min|log_sum_exp)_empty_set$/, 'an extreme of nothing is refused, not infinite'],
  [/scatter_elements_with_reduction_(max|min|mul)$/, 'scatter replaces or adds'],
  [/onehot_out_of_range_indices$/, 'indices out of range are refused'],
  [/clip_min_greater_than_max$/, 'bounds the wrong way round are refused'],
  [
    /resize_downsample_scales_(cubic|linear)_align_corners$/,
    "'align-corners' holds for sizes that a scale rounds, too",
  ],
  [/resize_tf_crop_and_resize/, 'crop with slice, then resize'],
  [/maxpool_with_argmax_2d_precomputed_strides$/, 'indices are row-major'],
]

/** Expected values are float32 but for one test, which is written with four digits. */
const toleranceOf = (name: string): number =>
  name === 'test_averagepool_2d_ceil_last_window_starts_on_pad' ? 1e-4 : 2e-6

/** Dtypes of ONNX that are held as one of ours: the values fit. */
const held: Readonly<Record<string, Tensor['dtype']>> = {
  ...{ float32: 'float32', float64: 'float32', int32: 'int32', int64: 'int32', uint8: 'uint8', bool: 'bool' },
}

const read = (path: string): Uint8Array => readFileSync(new URL(path, folder))

interface Vector {
  readonly name: string
  readonly node: OnnxNode
  readonly inputs: readonly (OnnxTensor | undefined)[]
  readonly outputs: readonly OnnxTensor[]
}

/** The test of a folder, or why it is left out. */
function load(name: string): Vector | string {
  const model = readModel(read(`${name}/model.onnx`))
  const [node] = model.nodes
  const missing = Object.keys(withoutOp).find((reason) => withoutOp[reason].split(' ').includes(node.operator))
  if (missing !== undefined) return missing
  const rule = leftOut.find(([pattern]) => pattern.test(name))
  if (rule !== undefined) return rule[1]
  if (/_identity_opt|sequence/.test(name)) return 'sequences and optional values'
  const file = (kind: string, index: number): OnnxTensor =>
    readTensor(read(`${name}/test_data_set_0/${kind}_${index}.pb`))
  const given = new Map(model.inputs.map((input, index) => [input, file('input', index)]))
  const inputs = node.inputs.map((input) => given.get(input))
  const outputs = model.outputs.map((_, index) => file('output', index))
  const foreign = [...inputs, ...outputs].find((part) => part !== undefined && !(part.dtype in held))
  if (foreign !== undefined) return `dtype ${foreign.dtype}`
  return { name, node, inputs, outputs }
}

const toTensor = (part: OnnxTensor | undefined): Tensor | undefined =>
  part === undefined ? undefined : tensor([...part.values], { shape: part.shape, dtype: held[part.dtype] })

const present = existsSync(folder)
const loaded = present ? readdirSync(folder).map((name) => [name, load(name)] as const) : []
const vectors = loaded.flatMap(([, entry]) => (typeof entry === 'string' ? [] : [entry]))

describe.skipIf(!present).each(availableBackends())('ONNX operator tests on %s', (backend) => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (name, { node, inputs, outputs }) =>
    onBackend(backend, async () => {
      const operator = operators[node.operator]
      expect(operator, `an op for ${node.operator}, or a reason to leave it out`).toBeDefined()
      const x = inputs.map(toTensor) as Tensor[]
      const result = operator({ x, raw: inputs, attributes: node.attributes, outputs: node.outputs.length })
      const found = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor]
      expect(found.length).toBeGreaterThanOrEqual(outputs.length)
      for (const [index, expected] of outputs.entries()) {
        expect(found[index].shape).toEqual(expected.shape)
        expect(found[index].dtype).toBe(held[expected.dtype])
        expect(relativeError(await found[index].data(), expected.values)).toBeLessThan(toleranceOf(name))
      }
    }),
  )
})

describe.skipIf(!present)('the choice of ONNX operator tests', () => {
  it('runs most of them', () => {
    expect(loaded.length).toBe(894)
    expect(vectors.length).toBeGreaterThan(500)
  })
  it('gives no reason that leaves nothing out', () => {
    for (const [pattern] of leftOut)
      expect(
        loaded.some(([name]) => pattern.test(name)),
        String(pattern),
      ).toBe(true)
    const used = new Set(loaded.map(([, entry]) => entry))
    for (const reason of Object.keys(withoutOp)) expect(used.has(reason), reason).toBe(true)
  })
})

if (!present) console.warn('skipped: ONNX operator tests; shared/conformance/onnx-node is not beside the repository')
