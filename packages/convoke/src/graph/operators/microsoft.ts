// What ONNX Runtime makes of several operators when it optimises a model: convolutions, products and normalisations with what follows
// them. Definition: docs/ContribOperators.md of ONNX Runtime, domain com.microsoft.

import * as ops from '../../ops/index.ts'
import { arange } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { plainOrder, Value } from '../value.ts'
import { convolution, geometry } from './convolution.ts'
import { together } from './elementwise.ts'
import { microsoftAttention } from './microsoft-attention.ts'
import { microsoftQuantized } from './microsoft-quantized.ts'
import { normalization } from './normalization.ts'
import { products } from './products.ts'
import { quantization } from './quantization.ts'

const mapped = (x: Value, f: (t: Tensor) => Tensor): Value => Value.stored(f(x.tensor), x.order, x.type)

/** The activation that is fused, with its numbers in ONNX's order. */
function activated(call: Call, x: Value, numbers: readonly number[]): Value {
  const name = call.text('activation', '')
  const [a, b] = numbers
  const known: Record<string, (t: Tensor) => Tensor> = {
    '': (t) => t,
    Relu: (t) => ops.relu(t),
    Tanh: (t) => ops.tanh(t),
    Sigmoid: (t) => ops.sigmoid(t),
    Elu: (t) => ops.elu(t, { alpha: a ?? 1 }),
    LeakyRelu: (t) => ops.leakyRelu(t, { alpha: a ?? 0.01 }),
    Softplus: (t) => ops.softplus(t),
    HardSigmoid: (t) => ops.hardSigmoid(t, { alpha: a ?? 0.2, beta: b ?? 0.5 }),
    HardSwish: (t) => ops.hardSwish(t),
    Clip: (t) => ops.clip(t, a ?? Number.NEGATIVE_INFINITY, b ?? Number.POSITIVE_INFINITY),
  }
  call.require(
    Object.hasOwn(known, name),
    () => `the activation ${name} is not known. Known: ${Object.keys(known).join(', ')}.`,
  )
  return mapped(x, known[name])
}

function fusedConv(call: Call): Value {
  const y = convolution.Conv(call) as Value
  const residual = call.optional(3)
  const sum = residual === null ? y : together([y, residual], ([a, b]) => ops.add(a, b))
  return activated(call, sum, call.floats('activation_params') ?? [])
}

function fusedGemm(call: Call): Value {
  const given = ['activation_alpha', 'activation_beta'].flatMap((name) => (call.has(name) ? [call.float(name)] : []))
  return activated(call, products.Gemm(call) as Value, given)
}

/** Axes of a batch that stand behind the rows: [rows, …batch, columns]. */
function batchFirst(x: Value): Value {
  const { rank } = x
  const order = [...plainOrder(rank).slice(1, rank - 1), 0, rank - 1]
  return Value.of(ops.transpose(x.plain, order), x.type)
}

function fusedMatmul(call: Call): Value {
  const operand = (index: number, side: 'A' | 'B'): Value => {
    const x = call.value(index)
    return call.flag(`transBatch${side}`) && x.rank > 2 ? batchFirst(x) : x
  }
  const [a, b] = [operand(0, 'A'), operand(1, 'B')]
  // A vector has no axes to exchange.
  const options = {
    transposeA: call.flag('transA') && a.rank > 1,
    transposeB: call.flag('transB') && b.rank > 1,
  }
  const alpha = call.float('alpha', 1)
  const y = ops.matmul(a.plain, b.plain, options)
  return Value.of(alpha === 1 ? y : ops.multiply(y, alpha), a.type)
}

/** An activation of x, to which a bias may be added first. */
const biased =
  (f: (t: Tensor) => Tensor): Operator =>
  (call) => {
    const [x, bias] = [call.value(0), call.optional(1)]
    return bias === null ? mapped(x, f) : together([x, bias], ([a, b]) => f(ops.add(a, b)))
  }

const gelu = (t: Tensor): Tensor => ops.gelu(t)

function quickGelu(call: Call): Value {
  const alpha = call.float('alpha', 1.702)
  return mapped(call.value(0), (t) => ops.multiply(t, ops.sigmoid(ops.multiply(t, alpha))))
}

/** The normalised sum of an input, what skips past it, and a bias; the sum itself as output 3. */
function skipNormalization(call: Call, simplified: boolean): (Value | null)[] {
  const [x, skip] = [call.value(0), call.value(1)]
  const scale = call.value(2).plain
  const shift = simplified ? undefined : call.optional(3)?.plain
  const bias = call.optional(simplified ? 3 : 4)
  const added = ops.add(x.plain, skip.plain)
  const sum = bias === null ? added : ops.add(added, bias.plain)
  const epsilon = call.float('epsilon', 1e-12)
  const axes = [x.rank - 1]
  const y = simplified
    ? ops.rmsNorm(sum, { axes, scale, epsilon })
    : ops.layerNorm(sum, { axes, scale, bias: shift, epsilon })
  return [Value.of(y, x.type), null, null, call.wants(3) ? Value.of(sum, x.type) : null]
}

/** Sums of rows of tables of words, places and segments, normalised. */
function embedLayerNormalization(call: Call): (Value | null)[] {
  const [words, segments] = [call.value(0), call.optional(1)]
  const [batch, steps] = words.shape
  call.require(words.rank === 2, () => `the words ${words} must be [batch, steps].`)
  const rows = (table: Value, index: Tensor): Tensor => ops.gather(table.plain, ops.cast(index, 'int32'))
  const places = call.optional(8)?.plain ?? ops.broadcastTo(arange(0, steps, 1, 'int32'), [batch, steps])
  const table = call.optional(4)
  const read = ops.add(rows(call.value(2), words.plain), rows(call.value(3), places))
  const sum = table === null || segments === null ? read : ops.add(read, rows(table, segments.plain))
  const options = {
    axes: [2],
    scale: call.value(5).plain,
    bias: call.value(6).plain,
    epsilon: call.float('epsilon', 1e-12),
  }
  const mask = call.optional(7)
  const seen = mask === null ? ops.multiply(ops.cast(words.plain, 'int32'), 0) : ops.cast(mask.plain, 'int32')
  const { type } = call.value(2)
  return [
    Value.of(ops.layerNorm(sum, options), type),
    call.wants(1) ? Value.of(ops.sum(seen, { axes: 1 }), 'int32') : null,
    call.wants(2) ? Value.of(sum, type) : null,
  ]
}

function nhwcMaxPool(call: Call): Value {
  const x = call.value(0)
  const kernel = call.ints('kernel_shape') ?? call.refuse('kernel_shape is missing.')
  const options = { ...geometry(call, x.shape.slice(1, -1), kernel), ceil: call.flag('ceil_mode') }
  return Value.of(ops.cast(ops.maxPool(x.plain, kernel, options), x.plain.dtype), x.type)
}

/** Channels last by name, unless the node says otherwise; SiLU may follow. */
function groupNorm(call: Call): Value {
  const [x, scale, bias] = [call.value(0), call.value(1).plain, call.value(2).plain]
  const last = call.flag('channels_last', true)
  const options = { scale, bias, epsilon: call.float('epsilon', 1e-5) }
  const y = ops.groupNorm(last ? x.plain : x.last, call.int('groups'), options)
  const found = call.flag('activation') ? ops.silu(y) : y
  return last ? Value.of(found, x.type) : Value.last(found, x.type)
}

/** Half of the features open the way for the other. */
function biasSplitGelu(call: Call): Value {
  const x = call.value(0)
  const [left, right] = ops.split(ops.add(x.plain, call.value(1).plain), 2, x.rank - 1)
  return Value.of(ops.multiply(left, ops.gelu(right)), x.type)
}

export const microsoft: Readonly<Record<string, Operator>> = {
  ...{ FusedConv: fusedConv, FusedGemm: fusedGemm, FusedMatMul: fusedMatmul, TransposeMatMul: fusedMatmul },
  ...{ Gelu: biased(gelu), BiasGelu: biased(gelu), QuickGelu: quickGelu, BiasSplitGelu: biasSplitGelu },
  FastGelu: biased((t) => ops.gelu(t, { approximate: 'tanh' })),
  BiasAdd: (call) =>
    together([call.value(0), call.value(1), call.value(2)], ([x, bias, skip]) => ops.add(ops.add(x, bias), skip)),
  SkipLayerNormalization: (call) => skipNormalization(call, false),
  SkipSimplifiedLayerNormalization: (call) => skipNormalization(call, true),
  EmbedLayerNormalization: embedLayerNormalization,
  ...{ LayerNormalization: normalization.LayerNormalization, RMSNormalization: normalization.RMSNormalization },
  SimplifiedLayerNormalization: normalization.SimplifiedLayerNormalization,
  ...{ NhwcMaxPool: nhwcMaxPool, GroupNorm: groupNorm },
  ...{ QuantizeLinear: quantization.QuantizeLinear, DequantizeLinear: quantization.DequantizeLinear },
  ...microsoftAttention,
  ...microsoftQuantized,
}
