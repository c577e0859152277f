// Attention as ONNX Runtime's optimiser writes it, and rotary positions in its order of inputs. Definition: docs/ContribOperators.md of
// ONNX Runtime, domain com.microsoft.

import * as ops from '../../ops/index.ts'
import { arange } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'
import { attend, type Heads, inHeads, outOfHeads, window, withinLengths } from './attention.ts'
import { groupQueryAttention } from './group-query-attention.ts'
import { anglesOf, rotated } from './linear-attention.ts'
import { lined, wholeMatmul } from './quantized-products.ts'

/** Keys that may be seen: lengths `[batch]`, or flags `[batch, keys]`, or `[batch, queries, keys]`. */
function seenKeys(call: Call, mask: Value | null, batch: number, keys: number): Tensor[] {
  if (mask === null) return []
  if (mask.rank === 1 && mask.size === batch) return [withinLengths(Array.from(mask.numbers()), keys)]
  const flags = ops.notEqual(mask.plain, 0)
  if (mask.rank === 2) return [ops.reshape(flags, [mask.shape[0], 1, 1, mask.shape[1]])]
  if (mask.rank === 3) return [ops.expandDims(flags, 1)]
  return call.refuse(
    `a mask of ${mask} is not known; it must be lengths [batch], [batch, keys] or [batch, queries, keys].`,
  )
}

interface Settings {
  readonly mask: Value | null
  readonly bias: Value | null
  /** Keys before the first query. */
  readonly past: number
}

function attended(call: Call, heads: Heads, { mask, bias, past }: Settings): Tensor {
  const [batch, , queries, size] = heads.q.shape
  const keys = heads.k.shape[2]
  const seen = seenKeys(call, mask, batch, keys)
  if (call.flag('unidirectional')) seen.push(window(queries, keys, past, { left: Number.POSITIVE_INFINITY, right: 0 }))
  const scale = call.float('scale', 0) || 1 / Math.sqrt(size)
  return outOfHeads(attend(heads, { scale, softcap: 0, bias: bias?.plain ?? null, seen }).y)
}

/** `[batch, steps, heads · size]`, or heads first already; a share of the bias is added before. */
function split(call: Call, x: Value, heads: number, bias: Tensor | null): Tensor {
  if (x.rank === 4) return x.plain
  call.require(
    x.rank === 3,
    () => `the input ${x} must be [batch, steps, features] or [batch, heads, steps, features].`,
  )
  return inHeads(call, bias === null ? x.plain : ops.add(x.plain, bias), heads)
}

/** `[batch, steps, heads, parts, size]` as `parts` tensors `[batch, heads, steps, size]`. */
const unpacked = (x: Value): Tensor[] =>
  ops.split(x.plain, x.shape[3], 3).map((part) => ops.transpose(ops.squeeze(part, 3), [0, 2, 1, 3]))

function headsOf(call: Call, heads: number): Heads {
  const [query, key, value] = [call.value(0), call.optional(1), call.optional(2)]
  if (query.rank === 5) {
    const [q, k, v] = unpacked(query)
    return { q, k, v }
  }
  const width = query.shape[2]
  const bias = call.optional(3)?.plain ?? null
  const parts = bias === null ? [null, null, null] : ops.split(bias, [width, width, bias.size - 2 * width], 0)
  const q = split(call, query, heads, parts[0])
  if (key === null) return call.refuse('it has neither keys nor packed queries.')
  if (key.rank === 5) {
    const [k, v] = unpacked(key)
    return { q, k, v }
  }
  if (value === null) return call.refuse('it has keys but no values.')
  return { q, k: split(call, key, heads, parts[1]), v: split(call, value, heads, parts[2]) }
}

const grown = (past: Value | null, now: Tensor): Tensor => (past === null ? now : ops.concat([past.plain, now], 2))

function multiHeadAttention(call: Call): (Value | null)[] {
  const { type } = call.value(0)
  const given = headsOf(call, call.int('num_heads'))
  const [pastKey, pastValue] = [call.optional(6), call.optional(7)]
  const [k, v] = [grown(pastKey, given.k), grown(pastValue, given.v)]
  const settings = { mask: call.optional(4), bias: call.optional(5), past: pastKey?.shape[2] ?? 0 }
  const y = attended(call, { q: given.q, k, v }, settings)
  return [Value.of(y, type), call.wants(1) ? Value.of(k, type) : null, call.wants(2) ? Value.of(v, type) : null]
}

/** What follows the projections: their columns are queries, keys and values. */
interface Projected {
  readonly type: Value['type']
  /** `[batch, steps, queries + keys + values]` */
  readonly product: Tensor
  readonly sizes: readonly number[]
  readonly mask: Value | null
  /** `[2, batch, heads, steps, size]` */
  readonly past: Value | null
  readonly bias: Value | null
}

function attendedProjections(call: Call, { type, product, sizes, mask, past, bias }: Projected): (Value | null)[] {
  const heads = call.int('num_heads')
  const [q, key, value] = ops.split(product, sizes, 2).map((part) => inHeads(call, part, heads))
  const [pastKey, pastValue] =
    past === null ? [null, null] : ops.split(past.plain, 2, 0).map((part) => Value.of(ops.squeeze(part, 0)))
  const [k, v] = [grown(pastKey, key), grown(pastValue, value)]
  const y = attended(call, { q, k, v }, { mask, bias, past: pastKey?.shape[2] ?? 0 })
  return [Value.of(y, type), call.wants(1) ? Value.of(ops.stack([k, v]), type) : null]
}

function checkProjection(call: Call): readonly [x: Value, weights: Value] {
  const [x, weights] = [call.value(0), call.value(1)]
  call.require(
    x.rank === 3 && weights.rank === 2,
    () => `the input ${x} must be [batch, steps, features], the weights ${weights} a matrix.`,
  )
  return [x, weights]
}

/** With the projections of queries, keys and values inside. */
function projectedAttention(call: Call): (Value | null)[] {
  const [x, weights] = checkProjection(call)
  const third = weights.shape[1] / 3
  const product = ops.matmul(x.plain, weights.plain)
  const added = call.optional(2)
  return attendedProjections(call, {
    type: x.type,
    product: added === null ? product : ops.add(product, added.plain),
    sizes: call.ints('qkv_hidden_sizes') ?? [third, third, third],
    ...{ mask: call.optional(3), past: call.optional(4), bias: call.optional(5) },
  })
}

/** The same with input and weights of eight bits: their scales are inputs 3 and 4, their zero points 6 and 7. */
function quantizedAttention(call: Call): (Value | null)[] {
  const [x, weights] = checkProjection(call)
  const bias = call.value(2)
  const third = weights.shape[1] / 3
  const sums = wholeMatmul(call, x, weights, [call.optional(6), call.optional(7)])
  const scale = ops.multiply(lined(call.value(3), -1), lined(call.value(4), -1))
  return attendedProjections(call, {
    type: bias.type,
    product: ops.add(ops.multiply(sums, scale), bias.plain),
    sizes: [third, third, third],
    ...{ mask: call.optional(5), past: call.optional(8), bias: null },
  })
}

/** Positions come second: of every step, or that of the first. */
function rotaryEmbedding(call: Call): Value {
  const [x, positions] = [call.value(0), call.value(1)]
  const [cos, sin] = [call.value(2), call.value(3)]
  const width = call.int('rotary_embedding_dim', 0) || 2 * cos.shape[1]
  call.require(x.rank === 3 || x.rank === 4, () => `the input ${x} must have 3 axes or 4.`)
  const given = call.int('num_heads', 0)
  const heads = given || Math.round(x.shape[x.rank - 1] / width)
  const t = x.rank === 4 ? x.plain : inHeads(call, x.plain, heads)
  const [batch, , steps] = t.shape
  const first = positions.size === 1 ? positions.numbers()[0] : null
  const places =
    first === null
      ? positions
      : Value.of(ops.broadcastTo(arange(first, first + steps, 1, 'int32'), [batch, steps]), 'int64')
  const [a, b] = anglesOf(call, [cos, sin], places, width)
  const y = rotated(t, { cos: a, sin: b, interleaved: call.flag('interleaved') })
  return Value.of(x.rank === 4 ? y : outOfHeads(y), x.type)
}

export const microsoftAttention: Readonly<Record<string, Operator>> = {
  ...{ MultiHeadAttention: multiHeadAttention, Attention: projectedAttention, QAttention: quantizedAttention },
  ...{ GroupQueryAttention: groupQueryAttention, RotaryEmbedding: rotaryEmbedding },
}
