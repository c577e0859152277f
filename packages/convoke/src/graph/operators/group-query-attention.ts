// Attention of language models: causal, with a cache of keys and values that heads share, and rotary positions. Definition:
// docs/ContribOperators.md of ONNX Runtime, com.microsoft.GroupQueryAttention (Ainslie et al. 2023, "GQA").

import * as ops from '../../ops/index.ts'
import { fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call } from '../call.ts'
import { Value } from '../value.ts'
import { attend, inHeads, outOfHeads, window } from './attention.ts'
import { anglesOf, rotated } from './linear-attention.ts'

interface Projections {
  /** `[batch, heads, steps, size]` */
  readonly q: Tensor
  /** `[batch, groups, steps, size]` */
  readonly k: Tensor
  readonly v: Tensor
}

/** Queries, keys and values apart, or packed in the last axis of the first input. */
function projections(call: Call): Projections {
  const [heads, groups] = [call.int('num_heads'), call.int('kv_num_heads')]
  call.require(
    heads >= 1 && groups >= 1 && heads % groups === 0,
    () => `${heads} heads of queries cannot share ${groups} of keys.`,
  )
  const [query, key, value] = [call.value(0), call.optional(1), call.optional(2)]
  call.require(query.rank === 3, () => `the queries ${query} must be [batch, steps, features].`)
  call.require((key === null) === (value === null), () => 'keys and values must be given together, or both be packed.')
  const given = [query, key, value].flatMap((one) => (one === null ? [] : [one.plain]))
  const size = query.shape[2] / (heads + 2 * groups)
  call.require(
    given.length === 3 || Number.isInteger(size),
    () => `${query} does not divide into ${heads + 2 * groups} heads.`,
  )
  const [q, k, v] = given.length === 3 ? given : ops.split(query.plain, [heads * size, groups * size, groups * size], 2)
  return { q: inHeads(call, q, heads), k: inHeads(call, k, groups), v: inHeads(call, v, groups) }
}

/** Steps that lie in the cache before the new ones, of each example. */
function pastSteps(call: Call, batch: number, steps: number): { readonly past: number[]; readonly total: number } {
  const [last, total] = [call.numbers(5) ?? [], call.numbers(6)?.[0] ?? 0]
  call.require(last.length === batch, () => `seqlens_k has ${last.length} numbers for ${batch} examples.`)
  // In a first prompt shorter examples are filled up behind.
  const past = last.map((at) => (steps === total ? 0 : at + 1 - steps))
  call.require(
    past.every((before) => before >= 0 && before + steps <= total),
    () => `seqlens_k ${last.join(', ')} does not fit ${steps} steps of ${total}.`,
  )
  return { past, total }
}

/** The cache `[batch, groups, length, size]` with the new steps written behind those of each example; zeros beyond. */
function grown(call: Call, cache: Value | null, now: Tensor, past: readonly number[], length: number): Tensor {
  const steps = now.shape[2]
  const held = cache?.shape[2] ?? 0
  call.require(
    past.every((before) => before <= held),
    () => `the cache holds ${held} steps; ${past.join(', ')} lie before the new ones.`,
  )
  const parts = past.every((before) => before === past[0])
    ? [{ rows: {}, before: past[0] }]
    : past.map((before, at) => ({ rows: { start: at, stop: at + 1 }, before }))
  const rows = parts.map(({ rows: some, before }) => {
    const own = ops.slice(now, [some, {}, {}, {}])
    const old = cache === null || before === 0 ? null : ops.slice(cache.plain, [some, {}, { stop: before }, {}])
    const whole = old === null ? own : ops.concat([old, own], 2)
    return ops.pad(whole, [
      [0, 0],
      [0, 0],
      [0, length - before - steps],
      [0, 0],
    ])
  })
  return rows.length === 1 ? rows[0] : ops.concat(rows, 0)
}

/** Queries and keys turned by their positions, those after the past when none are given. */
function turned(call: Call, { q, k, v }: Projections, past: readonly number[]): Projections {
  const [cos, sin] = [call.value(7), call.value(8)]
  const [batch, , steps] = q.shape
  const counted = Int32Array.from({ length: batch * steps }, (_, at) => past[Math.floor(at / steps)] + (at % steps))
  const positions = call.optional(9) ?? Value.of(fromData(counted, [batch, steps], 'int32'), 'int64')
  const [a, b] = anglesOf(call, [cos, sin], positions, 2 * cos.shape[1])
  const turn = (x: Tensor): Tensor => rotated(x, { cos: a, sin: b, interleaved: call.flag('rotary_interleaved') })
  return { q: turn(q), k: turn(k), v }
}

function sinkOf(call: Call): Tensor | null {
  const given = call.optional(11)
  if (given !== null) return ops.reshape(given.plain, [given.size, 1, 1])
  return call.flag('smooth_softmax') ? fromData([0], [1, 1, 1], 'float32') : null
}

export function groupQueryAttention(call: Call): (Value | null)[] {
  const { type } = call.value(0)
  const found = projections(call)
  const [batch, , steps, size] = found.q.shape
  const { past, total } = pastSteps(call, batch, steps)
  const { q, k, v } = call.flag('do_rotary') ? turned(call, found, past) : found
  const [keyCache, valueCache] = [call.optional(3), call.optional(4)]
  const length = Math.max(total, keyCache?.shape[2] ?? 0)
  call.count(batch * k.shape[1] * length * size)
  const [keys, values] = [grown(call, keyCache, k, past, length), grown(call, valueCache, v, past, length)]
  // A query sees so many keys, its own included.
  const reach = call.int('local_window_size', -1)
  const left = reach < 0 ? Number.POSITIVE_INFINITY : reach - 1
  const seenOf = (x: Tensor): Tensor => ops.slice(x, [{}, {}, { stop: total }, {}])
  const { y } = attend(
    { q, k: seenOf(keys), v: seenOf(values) },
    {
      scale: call.float('scale', 0) || 1 / Math.sqrt(size),
      softcap: call.float('softcap', 0),
      bias: call.optional(10)?.plain ?? null,
      seen: [window(steps, total, past, { left, right: 0 })],
      sink: sinkOf(call),
    },
  )
  call.require(!call.wants(3), () => 'scores as an output (qk_output) are not given.')
  return [Value.of(outOfHeads(y), type), Value.of(keys, type), Value.of(values, type)]
}
